"""Every bad thing that a phone may send, in one post: each is answered for itself, and none stops the queue or breaks the office."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.domain.permissions import Role
from lexapp.models import Matter, TimeEntry
from tests.devices import Phone, key
from tests.factories import World, make_matter, make_member
from tests.web.visitor import Visitor, signed_in

JSON = {"Accept": "application/json", "Content-Type": "application/json"}
Change = Callable[[dict[str, Any]], dict[str, Any]]


def told(**said: object) -> Change:
    return lambda event: {**event, "said": {**event["said"], **said}}


def given(**fields: object) -> Change:
    return lambda event: {**event, **fields}


WHOLE: dict[str, tuple[Change, str]] = {
    "another person": (given(user=999_999), "rejected"),
    "another firm": (given(firm=999_999), "rejected"),
    "another type of event": (given(type="explode"), "rejected"),
    "no timer": (given(timer="1 OR 1=1"), "rejected"),
    "a year in which nobody worked": (given(at="1900-01-01T10:00:00+00:00"), "rejected"),
    "a year to come": (given(at="9999-12-31T23:59:59+00:00"), "rejected"),
    "a moment in seconds": (given(at=1_772_000_000), "rejected"),
    "a moment in milliseconds": (given(at=1_772_000_000_000), "rejected"),
    "a moment without a zone": (given(at="2026-02-28T10:00:00"), "rejected"),
    "the thirtieth of February": (given(at="2026-02-30T10:00:00+00:00"), "rejected"),
    "a zone that is none": (given(offset=25 * 60), "rejected"),
    "less than nothing": (told(recorded_seconds=-360), "rejected"),
    "a minute more than a day": (told(recorded_seconds=86_460), "rejected"),
    "part of a second": (told(recorded_seconds=0.5), "rejected"),
    "not a number": (told(recorded_seconds=float("nan")), "rejected"),
    "a matter of nobody": (told(matter_id=999_999), "parked"),
    "a matter beyond the numbers": (told(matter_id=2**64), "rejected"),
    "a matter in a list": (told(matter_id=[1]), "rejected"),
    "a megabyte of text": (told(narrative="x" * 1_000_000), "rejected"),
    "a NUL": (told(narrative="a\x00b"), "rejected"),
    "half a character": (told(narrative="\ud800"), "rejected"),
    "markup": (told(narrative="<script>alert(1)</script>{{7*7}}</textarea>"), "applied"),
    "letters of every kind": (told(narrative="👩‍👩‍👧 مرحبا Z̷̢a\u0301lgo\r\nnext line"), "applied"),
    "a formula": (told(narrative="=HYPERLINK(\"http://x\")"), "applied"),
    "a gap in the numbers": (given(seq=5_000), "applied"),
    "a number from before": (given(seq=1), "applied"),
    "no event": (lambda event: "half a JSON", "rejected"),  # type: ignore[dict-item,return-value]
    "nothing at all": (lambda event: None, "rejected"),  # type: ignore[dict-item,return-value]
}  # fmt: skip


@pytest.fixture
def me(app: Flask, session: Session, world: World) -> tuple[Visitor, Phone]:
    partner = make_member(session, world.owner, Role.TIMEKEEPER, world.partner.id)
    return signed_in(app, session, partner), Phone.of(partner)


def answers_to(visitor: Visitor, phone: Phone, events: list[Any], now: datetime) -> list[dict[str, Any]]:
    answer = visitor.post("/timer/sync", json.dumps(phone.post(now, events)).encode(), headers=JSON)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: list[dict[str, Any]] = answer.get_json()["answers"]
    return found


def test_every_bad_event_has_an_answer_of_its_own_and_the_good_ones_go_through(session: Session, world: World, me: tuple[Visitor, Phone]):
    visitor, phone = me
    now, matter_id = datetime.now(UTC), make_matter(session, world.owner).id
    session.rollback()
    events: list[Any] = []
    for change, _outcome in WHOLE.values():
        events.append(phone.keep("quick_entry", key(), now - timedelta(hours=1), matter_id=matter_id, recorded_seconds=360))
        events.append(change(phone.keep("quick_entry", key(), now - timedelta(hours=1), matter_id=matter_id, recorded_seconds=360)))
    found = answers_to(visitor, phone, events, now)
    assert {one["outcome"] for one in found[0::2]} == {"applied"}
    assert dict(zip(WHOLE, (one["outcome"] for one in found[1::2]), strict=True)) == {name: outcome for name, (_, outcome) in WHOLE.items()}
    assert all(one["message"].endswith(".") for one in found if one["outcome"] in ("rejected", "parked"))
    kept = sum(1 for _, outcome in WHOLE.values() if outcome == "applied")
    assert session.query(TimeEntry).count() == len(WHOLE) + kept


def test_what_happened_to_the_matter_or_the_clock_meanwhile_is_answered_event_by_event(
    session: Session, world: World, me: tuple[Visitor, Phone]
):
    visitor, phone = me
    now, matter_id, closed_id = datetime.now(UTC), make_matter(session, world.owner).id, make_matter(session, world.owner, name="Closed").id
    with transaction(session, world.firm_id):
        session.execute(update(Matter).where(Matter.id == closed_id).values(status="closed", closed_on=now.date()))
    same = phone.keep("quick_entry", key(), now, matter_id=matter_id, recorded_seconds=360)
    events = [
        same,
        {**same, "said": {**same["said"], "recorded_seconds": 3600}},
        phone.keep("quick_entry", key(), now, matter_id=closed_id, recorded_seconds=360),
        phone.keep("stop", key(), now, matter_id=matter_id),
        phone.keep("quick_entry", key(), now + timedelta(days=1), matter_id=matter_id, recorded_seconds=360),
        same,
    ]
    found = [(one["outcome"], one["reason"]) for one in answers_to(visitor, phone, events, now)]
    assert found[:4] == [("applied", ""), ("rejected", "id_reused"), ("parked", "matter_is_closed"), ("parked", "start_missing")]
    assert found[4][0] in ("applied", "parked")
    assert found[5][0] == "duplicate"
