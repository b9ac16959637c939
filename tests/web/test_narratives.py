"""Hints under a narrative: what the client does not accept, quoted; codes to choose with one press; errors beside their fields."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Actor, Role
from lexapp.models import Guideline, Matter, TimeEntry
from lexapp.services.timers import TimerNote, start_timer
from lexapp.services.walls import wall_matter
from tests.factories import World, make_firm, make_guideline, make_matter, make_member
from tests.web.time_forms import text
from tests.web.visitor import Visitor, signed_in

BLOCK = "Draft motion to compel; call client re motion; attention to file"
READING = "/narratives/reading?of=new-narrative&kind=time"
QUOTES = {"blocks": "Each entry holds one task (5.1).", "codes": "Lines carry UTBMS codes (2)."}


@pytest.fixture
def lawyer(session: Session, world: World) -> Actor:
    return make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id)


@pytest.fixture
def me(app: Flask, session: Session, lawyer: Actor) -> Visitor:
    return signed_in(app, session, lawyer)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def guideline(session: Session, world: World, matter: Matter) -> Guideline:
    given = {"most_characters": 80, "blocks_weight": "refuse", "length_weight": "refuse", "needs_task_code": True}
    return make_guideline(session, world.owner, matter.client_id, **given, needs_activity_code=True, quotes=QUOTES)


def typed(matter: Matter, narrative: str = BLOCK, **others: str) -> dict[str, str]:
    fields = {"worked_on": "today", "matter_id": str(matter.id), "recorded_seconds": "1:00", "narrative": narrative}
    return fields | {"task_code": "", "activity_code": "", "billing_status": "billable"} | others


def test_hints_quote_the_guideline_and_nothing_is_written(session: Session, me: Visitor, matter: Matter, guideline: Guideline):
    shown = text(me.post(READING, typed(matter), htmx=True))
    for part in (
        "Block billing: three tasks",
        "“Each entry holds one task (5.1).”",
        "“attention to file” is vague",
        "asks for a task code",
    ):
        assert part in shown
    assert 'data-marks="47 64"' in shown
    assert 'data-fills="task_code" data-value="L350"' in shown
    assert 'data-fills="activity_code" data-value="A103"' in shown
    assert "64 of 80" in shown
    assert not session.scalars(select(TimeEntry)).all()


def test_without_a_guideline_there_are_mild_hints_and_codes_to_choose(me: Visitor, matter: Matter):
    shown = text(me.post(READING, typed(matter, "Draft motion to compel")))
    assert "hint--" not in shown
    assert 'data-value="L350"' in shown
    assert "is vague" in text(me.post(READING, typed(matter, "Review file"), htmx=True))
    assert "hint--" not in text(me.post(READING, typed(matter, "  "), htmx=True))


def test_places_are_counted_as_scripts_count_them(me: Visitor, matter: Matter):
    assert 'data-marks="4 11"' in text(me.post(READING, typed(matter, "\U0001f600 \r\nvarious letters"), htmx=True))


def test_codes_are_offered_for_the_fields_that_the_form_has(me: Visitor, matter: Matter):
    fields = {name: value for name, value in typed(matter).items() if name != "task_code"}
    shown = text(me.post(READING, fields | {"activity_code": "A109"}, htmx=True))
    assert "data-fills" not in shown


def test_time_is_refused_beside_its_fields_and_what_was_typed_stays(session: Session, me: Visitor, matter: Matter, guideline: Guideline):
    answer = me.post("/time", typed(matter), htmx=True)
    assert answer.status_code == 422
    shown = text(answer)
    assert "“Lines carry UTBMS codes (2).”" in shown
    assert BLOCK in shown
    for field in ("narrative", "task_code", "activity_code"):
        assert f'id="new-{field}-error"' in shown
    assert shown.count("Block billing") == 1
    assert not session.scalars(select(TimeEntry)).all()
    assert me.post("/time", typed(matter, "Draft motion to compel", task_code="L350", activity_code="A103"), htmx=True).status_code < 400


def test_the_timer_stops_with_what_is_missing_asked_for(session: Session, lawyer: Actor, me: Visitor, matter: Matter, guideline: Guideline):
    timer = start_timer(session, actor=lawyer, note=TimerNote(matter.id, "Draft motion"), now=datetime.now(UTC) - timedelta(hours=1))
    answer = me.post(f"/timers/{timer.id}/stop", {}, htmx=True)
    assert answer.status_code == 422
    assert 'id="timer-task_code-error"' in text(answer)


def test_an_entry_saved_without_script_says_what_its_words_lack(me: Visitor, matter: Matter):
    answer = me.post("/time", typed(matter, "Review file"))
    assert answer.status_code == 303
    assert "“Review file” is vague" in text(me.get(answer.headers["Location"]))


def test_the_page_of_an_entry_shows_what_is_found(session: Session, me: Visitor, matter: Matter, world: World):
    me.post("/time", typed(matter, "Draft motion; call client re motion"))
    entry = session.scalars(select(TimeEntry)).one()
    make_guideline(session, world.owner, matter.client_id, quotes=QUOTES)
    shown = text(me.get(f"/time/{entry.id}"))
    assert "Block billing: two tasks" in shown
    assert "Each entry holds one task" in shown


def test_an_expense_is_read_by_its_own_fields(me: Visitor, matter: Matter, session: Session, world: World):
    make_guideline(session, world.owner, matter.client_id, needs_expense_code=True)
    fields = {
        "incurred_on": "today",
        "matter_id": str(matter.id),
        "description": "Filing fee, motion",
        "code": "",
        "billing_status": "billable",
    }
    shown = text(me.post("/narratives/reading?of=expense-description&kind=expense", fields, htmx=True))
    assert "asks for an expense code" in shown
    assert 'data-fills="code" data-value="E112"' in shown


def test_a_walled_matter_and_another_firms_tell_nothing(
    app: Flask, session: Session, world: World, me: Visitor, matter: Matter, guideline: Guideline
):
    fields = typed(matter)
    wall_matter(session, actor=world.owner, matter_id=matter.id, version=matter.version, membership_ids=[])
    for visitor in (me, signed_in(app, session, make_firm(session, "Quillfeather & Lind"))):
        answer = visitor.post(READING, fields, htmx=True)
        assert answer.status_code == 200
        assert "one task (5.1)" not in text(answer)


def test_what_cannot_be_read_is_no_obstacle(me: Visitor):
    bad = {"worked_on": "never", "matter_id": "x", "recorded_seconds": "-", "narrative": "Review file\x00 <script>", "task_code": "ZZ"}
    answer = me.post("/narratives/reading?of=%22onload&kind=other&measured=999999999999", bad, htmx=True)
    assert answer.status_code == 200
    assert "“Review file” is vague" in text(answer)
    assert 'id="hints-narrative"' in text(answer)
