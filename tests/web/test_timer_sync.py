"""Posting what a phone kept: every answer is about one event, and nothing but such an answer is an acknowledgement."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lexapp.domain.device_events import MOST_EVENTS
from lexapp.domain.permissions import Actor, Role
from lexapp.models import Matter, TimeEntry
from tests.devices import Phone, key
from tests.factories import World, make_matter, make_member
from tests.web.visitor import Visitor, signed_in

JSON = {"Accept": "application/json", "Content-Type": "application/json"}


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def partner(session: Session, world: World) -> Actor:
    return make_member(session, world.owner, Role.TIMEKEEPER, world.partner.id)


@pytest.fixture
def me(app: Flask, session: Session, partner: Actor) -> Visitor:
    return signed_in(app, session, partner)


@pytest.fixture
def phone(partner: Actor) -> Phone:
    return Phone.of(partner)


def post(visitor: Visitor, body: Any, **options: Any) -> TestResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return visitor.post("/timer/sync", data, headers=JSON | options.pop("headers", {}), **options)


def recorded(session: Session) -> int:
    found = session.scalar(select(func.count(TimeEntry.id))) or 0
    session.rollback()
    return found


def test_events_are_answered_one_by_one(me: Visitor, session: Session, matter: Matter, phone: Phone):
    now, timer = datetime.now(UTC), key()
    phone.keep("start", timer, now - timedelta(minutes=30), matter_id=matter.id)
    phone.keep("stop", timer, now - timedelta(minutes=1))
    phone.waiting.append({"id": "nonsense"})
    answer = post(me, phone.post(now))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.get_json()
    assert (body["lexapp"], body["schema"]) == ("timer-sync", 1)
    assert [one["outcome"] for one in body["answers"]] == ["applied", "applied", "rejected"]
    assert [one["id"] for one in body["answers"]] == [phone.waiting[0]["id"], phone.waiting[1]["id"], None]
    assert recorded(session) == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"schema": 1}', b"<html>Please sign in to the guest network</html>"],
    ids=["nothing", "half", "a list", "null", "text", "no utf-8", "deep", "no events", "a portal"],
)
def test_a_post_that_cannot_be_read_is_refused_with_a_sentence(me: Visitor, body: bytes):
    answer = post(me, body)
    assert answer.status_code == 422
    assert answer.get_json()["message"].endswith(".")
    assert answer.get_json()["answers"] == []


def test_last_years_schema_is_told_to_reload(me: Visitor, phone: Phone):
    answer = post(me, {**phone.post(datetime.now(UTC)), "schema": 0})
    assert (answer.status_code, answer.get_json()["reason"]) == (422, "schema_unknown")


@pytest.mark.parametrize("field", ["ahead", "monotonic"])
@pytest.mark.parametrize("value", [2**53 - 1, 1 - 2**53])
def test_a_device_that_counts_ages_is_refused_with_a_sentence(me: Visitor, phone: Phone, field: str, value: int):
    phone.keep("start", key(), datetime.now(UTC))
    answer = post(me, {**phone.post(datetime.now(UTC)), field: value})
    assert (answer.status_code, answer.get_json()["reason"]) == (422, f"{field}_unreadable")


def test_too_many_events_are_refused_whole(me: Visitor, phone: Phone):
    answer = post(me, phone.post(datetime.now(UTC), [{}] * (MOST_EVENTS + 1)))
    assert (answer.status_code, answer.get_json()["reason"]) == (422, "too_many_events")


def test_a_compressed_post_is_not_unpacked(me: Visitor, phone: Phone):
    bomb = gzip.compress(json.dumps(phone.post(datetime.now(UTC))).encode())
    assert post(me, bomb, headers={"Content-Encoding": "gzip"}).status_code == 415


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seq", -1),
        ("seq", 10**400),
        ("seq", "1"),
        ("seq", float("nan")),
        ("at", "2026-02-30T10:00:00+00:00"),
        ("at", 1_772_000_000),
        ("at", "2026-02-28T10:00:00"),
        ("offset", 100_000),
        ("type", "explode"),
        ("timer", "../../etc/passwd"),
        ("said", {"narrative": "x" * 4_001}),
        ("said", {"narrative": "\ud800"}),
        ("said", {"narrative": "a\x00b"}),
        ("said", {"matter_id": 2**70}),
        ("said", {"matter_id": "1"}),
        ("said", {"task_code": "'; DROP TABLE timers"}),
        ("said", {"recorded_seconds": 86_401}),
        ("said", {"billing_status": "free"}),
        ("said", ["narrative"]),
        ("ahead", 2**53 - 1),
        ("ahead", 1 - 2**53),
        ("monotonic", 2**53 - 1),
        ("monotonic", 1 - 2**53),
        ("firm", 999),
    ],
)
def test_a_bad_value_rejects_its_event_and_no_other(me: Visitor, session: Session, matter: Matter, phone: Phone, field: str, value: object):
    now = datetime.now(UTC)
    bad = {**phone.keep("quick_entry", key(), now, matter_id=matter.id, recorded_seconds=360), field: value}
    good = phone.keep("quick_entry", key(), now, matter_id=matter.id, recorded_seconds=360)
    answer = post(me, phone.post(now, [bad, good]))
    assert [one["outcome"] for one in answer.get_json()["answers"]] == ["rejected", "applied"]
    assert answer.get_json()["answers"][0]["message"].endswith(".")
    assert recorded(session) == 1


def test_without_a_session_the_answer_is_401_and_not_a_page(app: Flask, session: Session, phone: Phone):
    answer = post(Visitor(app, session), phone.post(datetime.now(UTC)))
    assert (answer.status_code, answer.mimetype) == (401, "application/json")


def test_without_the_forms_token_nothing_is_taken(me: Visitor, phone: Phone):
    answer = post(me, phone.post(datetime.now(UTC)), csrf=False)
    assert (answer.status_code, answer.mimetype) == (400, "application/json")


def test_events_of_another_person_are_not_taken(app: Flask, session: Session, world: World, matter: Matter, phone: Phone):
    colleague = signed_in(app, session, make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id))
    phone.keep("quick_entry", key(), datetime.now(UTC), matter_id=matter.id, recorded_seconds=360)
    answer = post(colleague, phone.post(datetime.now(UTC)))
    assert [(one["outcome"], one["reason"]) for one in answer.get_json()["answers"]] == [("rejected", "other_user")]
    assert recorded(session) == 0
