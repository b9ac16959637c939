"""Everything that should not be typed into a time entry, and what is harmless but looks otherwise."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Role
from lexapp.models import Matter
from lexapp.services.time_entries import Work, record_time
from tests.factories import NOW, TODAY, World, make_matter, make_member, make_rounding
from tests.web.time_forms import count, form_of, text
from tests.web.visitor import Visitor, signed_in

BAD_TIMES = ["0", "-1", "24:01", "100", "NaN", "1e3", "0x10", "1_000", "１２", "٣", "", "1:60", "3600000000000", "<script>", "1h\x00"]
BAD_DATES = ["", "2026-02-30", "1900-01-01", "9999-12-31", "12026-01-01", "1750000000", "1750000000000", "someday", "2126-01-01", "<b>"]
BAD_IDS = ["", "0", "-1", "999999", str(2**63), "1 OR 1=1", "../", "x", "1.0", "018f-uuid"]
BAD_TEXTS = ["a\x00b", "evil \u202e name", "bell \x07", "x" * 4001]
BAD_RATES = ["-1", "1e3", "NaN", "Infinity", "0.001", "1.000,00", "€5", "1_000", "999999999999999999.99", "٣"]
GOOD_TEXTS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "{% raw %}",
    "</textarea>",
    "👩‍⚖️ ZWJ",
    "עברית mixed",
    "a\r\nb",
    "=1+1",
]
BAD = [
    *[("recorded_seconds", value) for value in BAD_TIMES],
    *[("worked_on", value) for value in BAD_DATES],
    *[("matter_id", value) for value in BAD_IDS],
    *[("timekeeper_id", value) for value in BAD_IDS],
    *[("narrative", value) for value in BAD_TEXTS],
    *[("rate_minor", value) for value in BAD_RATES],
    ("billing_status", "free"),
    ("task_code", "L999"),
    ("activity_code", "A103; drop"),
]


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def me(app: Flask, session: Session, world: World) -> Visitor:
    return signed_in(app, session, make_member(session, world.owner, Role.BILLING_MANAGER, world.partner.id))


@pytest.mark.parametrize(("field", "value"), BAD, ids=lambda value: ascii(value)[:30])
def test_bad_input_is_refused_beside_its_field_and_stays(
    session: Session, world: World, matter: Matter, me: Visitor, field: str, value: str
):
    answer = me.post("/time", form_of(world, matter, **{field: value}), htmx=True)
    page = text(answer)
    assert answer.status_code == 422
    assert re.search(rf'id="new-{field}-error"', page), page
    assert "Call with A. Strand" in page or field == "narrative"
    if field in ("recorded_seconds", "worked_on", "rate_minor") and value.isprintable() and "<" not in value:
        assert f'value="{value}"' in page
    assert count(session) == 0


@pytest.mark.parametrize("words", GOOD_TEXTS, ids=ascii)
def test_whatever_is_written_is_shown_as_text(world: World, matter: Matter, me: Visitor, words: str):
    assert me.post("/time", form_of(world, matter, narrative=words)).status_code == 303
    page = text(me.get("/time?period=all"))
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "1 entry" in page


def test_the_edit_form_refuses_the_same_and_stays_in_its_row(session: Session, world: World, matter: Matter, me: Visitor):
    assert me.post("/time", form_of(world, matter)).status_code == 303
    for field, value in (("recorded_seconds", "24:01"), ("worked_on", "1900-01-01"), ("matter_id", "999999"), ("narrative", "a\x00b")):
        sent = form_of(world, matter, key="edit-" + field.replace("_", "-"), version="1", **{field: value})
        answer = me.post("/time/1", sent, htmx=True)
        assert answer.status_code == 422
        assert f'id="entry-1-{field}-error"' in text(answer)
    broken = me.post("/time/1", form_of(world, matter, key="edit-00001", version="one"), htmx=True)
    assert broken.status_code == 422


def test_the_reading_below_the_time_follows_the_rule_of_the_firm_and_of_the_matter(
    session: Session, world: World, matter: Matter, me: Visitor
):
    work = Work(matter.id, world.partner.id, TODAY, 420)
    entry_id = record_time(session, actor=world.owner, work=work, now=NOW).id
    firm = 'data-increment="360" data-direction="up" data-minimum="0"'
    assert firm in me.get("/time/new").text
    assert firm in me.get(f"/time/{entry_id}/edit").text
    make_rounding(session, world.owner, 900, increment_direction="nearest", minimum_seconds=1800, matter_id=matter.id)
    assert firm in me.get("/time/new").text
    assert firm in me.get(f"/time/{entry_id}/edit").text, "what is recorded keeps its rule"
    entry_id = record_time(session, actor=world.owner, work=work, now=NOW).id
    assert 'data-increment="900" data-direction="nearest" data-minimum="1800"' in me.get(f"/time/{entry_id}/edit").text
    make_rounding(session, world.owner, 360, per_day=True)
    assert "data-increment" not in me.get("/time/new").text
