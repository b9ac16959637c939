"""The timer bar: on every page, by htmx and without, for its own timekeeper only."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm
from lexapp.domain.permissions import Actor, Role
from lexapp.models import Firm, Matter, TimeEntry, Timer
from lexapp.services.time_entries import Work, record_time
from lexapp.services.timers import TimerNote, start_timer
from tests.factories import World, make_matter, make_member
from tests.web.time_forms import TODAY
from tests.web.visitor import Visitor, signed_in


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
def colleague(app: Flask, session: Session, world: World) -> Visitor:
    return signed_in(app, session, make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id))


def text(answer: Any) -> str:
    return answer.get_data(as_text=True)


def started(session: Session, actor: Actor, matter_id: int | None, **ago: float) -> int:
    """A timer that has run for a while."""
    note = TimerNote(matter_id, "Prepare for deposition")
    return start_timer(session, actor=actor, note=note, now=datetime.now(UTC) - timedelta(**ago)).id


def state(session: Session, timer_id: int) -> str:
    session.rollback()
    return session.get_one(Timer, timer_id).state


def entries(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count(TimeEntry.id))) or 0


def test_starting_from_the_bar_answers_with_the_bar(session: Session, matter: Matter, me: Visitor):
    answer = me.post("/timers", {"matter_id": str(matter.id), "key": "start-0001"}, htmx=True)
    assert answer.status_code == 200
    assert text(answer).lstrip().startswith('<aside class="timerbar" id="timer-bar"')
    assert "Port Authority claims" in text(answer)
    assert "is-running" in text(answer)


def test_a_button_elsewhere_starts_with_one_press_and_without_htmx_leads_back(session: Session, matter: Matter, me: Visitor):
    answer = me.post("/timers", {"matter_id": str(matter.id)}, headers={"Referer": "http://localhost/time?period=all"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/time?period=all")
    assert "Port Authority claims" in text(me.get("/time"))


def test_a_timer_starts_on_what_an_entry_says(session: Session, world: World, matter: Matter, me: Visitor, outsider: Visitor):
    scope_to_firm(session, world.firm_id)
    matter_id = matter.id
    work = Work(matter_id, world.partner.id, TODAY, 3600, "Draft answer", "L210", "A103")
    entry_id = record_time(session, actor=world.owner, work=work).id
    assert outsider.post(f"/time/{entry_id}/timers").status_code == 404
    assert "is-running" in text(me.post(f"/time/{entry_id}/timers", htmx=True))
    session.rollback()
    scope_to_firm(session, world.firm_id)
    timer = session.scalars(select(Timer)).one()
    found = (timer.matter_id, timer.narrative, timer.task_code, timer.activity_code, timer.state)
    assert found == (matter_id, "Draft answer", "L210", "A103", "running")


def test_a_timer_survives_signing_out_and_another_browser(app: Flask, session: Session, partner: Actor, matter: Matter, me: Visitor):
    started(session, partner, matter.id, minutes=10)
    me.post("/sign-out")
    page = text(signed_in(app, session, partner).get("/today"))
    assert re.search(r'data-ticks="60\d"', page)
    assert "Prepare for deposition" in page


def test_pause_resume_switch_discard_and_undo(session: Session, partner: Actor, matter: Matter, me: Visitor):
    first, second = started(session, partner, matter.id, minutes=10), started(session, partner, None, minutes=5)
    assert state(session, first) == "paused"
    assert me.post(f"/timers/{first}/resume", htmx=True).status_code == 200
    assert (state(session, first), state(session, second)) == ("running", "paused")
    assert me.post(f"/timers/{first}/pause").status_code == 303
    answer = me.post(f"/timers/{second}/discard", htmx=True)
    assert f"/timers/{second}/restoration" in answer.headers["HX-Trigger"]
    assert me.post(f"/timers/{second}/restoration").status_code == 303
    assert state(session, second) == "paused"
    again = me.post(f"/timers/{first}/pause", htmx=True)
    assert again.status_code == 403
    assert "already paused" in again.headers["HX-Trigger"]


def test_stopping_makes_an_entry(session: Session, partner: Actor, matter: Matter, me: Visitor):
    timer = started(session, partner, matter.id, minutes=7)
    answer = me.post(f"/timers/{timer}/stop", htmx=True)
    assert answer.status_code == 200
    assert "0.20 h recorded" in answer.headers["HX-Trigger"]
    assert (state(session, timer), entries(session)) == ("stopped", 1)
    entry = session.scalars(select(TimeEntry)).one()
    assert entry.measured_seconds in (420, 421, 422)
    page = text(me.get(f"/time/{entry.id}"))
    assert "Segments" in page
    assert "by a timer" in page


def test_without_a_matter_the_panel_asks_for_it(session: Session, partner: Actor, matter: Matter, me: Visitor):
    timer = started(session, partner, None, minutes=7)
    answer = me.post(f"/timers/{timer}/stop", htmx=True)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (422, "#timer-panel")
    assert 'id="timer-matter_id-error"' in text(answer)
    assert me.post(f"/timers/{timer}/stop").status_code == 422
    assert (state(session, timer), entries(session)) == ("running", 0)
    sent = {"key": "stop-0001", "version": "1", "matter_id": str(matter.id), "narrative": "Found it", "recorded_seconds": "0.5"}
    assert me.post(f"/timers/{timer}/stop", sent, htmx=True).status_code == 200
    session.rollback()
    entry = session.scalars(select(TimeEntry)).one()
    assert (entry.recorded_seconds, entry.narrative, entry.matter_id) == (1800, "Found it", matter.id)


def test_the_panel_saves_what_a_timer_is_for_and_notices_another_window(session: Session, partner: Actor, matter: Matter, me: Visitor):
    timer = started(session, partner, None, minutes=1)
    assert "Prepare for deposition" in text(me.get(f"/timers/{timer}"))
    assert text(me.get(f"/timers/{timer}", htmx=True)).lstrip().startswith('<div id="timer-panel"')
    sent = {"key": "save-0001", "version": "1", "matter_id": str(matter.id), "narrative": "Review inventory"}
    assert me.post(f"/timers/{timer}", sent, htmx=True).status_code == 200
    assert "Review inventory" in text(me.get("/timers/bar", htmx=True))
    stale = me.post(f"/timers/{timer}", sent | {"narrative": "Other"}, htmx=True)
    assert stale.status_code == 409
    assert "another window" in text(stale)
    assert "Other" in text(stale)
    assert "Stands now" in text(stale)
    assert "Review inventory" in text(stale)
    assert me.post(f"/timers/{timer}/stop", sent | {"narrative": "Other", "recorded_seconds": "1h"}, htmx=True).status_code == 409
    seen = sent | {"narrative": "Other", "recorded_seconds": "1h", "version": "2"}
    assert me.post(f"/timers/{timer}/stop", seen, htmx=True).status_code == 200
    assert session.scalars(select(TimeEntry)).one().narrative == "Other"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("matter_id", "999999"),
        ("matter_id", str(2**63)),
        ("matter_id", "1 OR 1=1"),
        ("narrative", "a\x00b"),
        ("narrative", "x" * 4001),
        ("recorded_seconds", "0"),
        ("recorded_seconds", "24:01"),
        ("recorded_seconds", "NaN"),
        ("task_code", "L999"),
        ("billing_status", "free"),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_bad_input_is_refused_beside_its_field(session: Session, partner: Actor, matter: Matter, me: Visitor, field: str, value: str):
    timer = started(session, partner, matter.id, minutes=7)
    sent = {"key": "stop-0001", "version": "1", "matter_id": str(matter.id), "narrative": "Kept words", "billing_status": "billable"}
    answer = me.post(f"/timers/{timer}/stop", sent | {field: value}, htmx=True)
    assert answer.status_code == 422
    assert f'id="timer-{field}-error"' in text(answer)
    assert "Kept words" in text(answer) or field == "narrative"
    assert (state(session, timer), entries(session)) == ("running", 0)


def test_a_timer_is_nobody_elses(
    session: Session, partner: Actor, matter: Matter, colleague: Visitor, outsider: Visitor, stranger: Visitor
):
    scope_to_firm(session, partner.firm_id)
    timer = started(session, partner, matter.id, minutes=1)
    for verb in ("pause", "stop", "discard", "restoration", "resume"):
        assert colleague.post(f"/timers/{timer}/{verb}").status_code == 404
        assert outsider.post(f"/timers/{timer}/{verb}").status_code in (403, 404)
        assert stranger.post(f"/timers/{timer}/{verb}").status_code in (303, 400)
    for address in (f"/timers/{timer}",):
        assert colleague.get(address).status_code == 404
        assert outsider.get(address).status_code == 404
    assert "Port Authority" not in text(colleague.get("/today"))
    assert state(session, timer) == "running"


def test_who_records_no_time_has_a_page_without_a_bar(world: World, owner: Visitor):
    page = text(owner.get("/today"))
    assert 'id="timer-bar" aria-label="Timers" hidden' in page
    assert owner.post("/timers", {}).status_code == 403


def test_the_page_to_start_a_timer_works_without_script(matter: Matter, me: Visitor):
    page = text(me.get("/timers/new"))
    assert 'action="/timers"' in page
    assert "Port Authority claims" in page
    bad = me.post("/timers", {"matter_id": "999999", "key": "start-0001"})
    assert bad.status_code == 422
    assert "Choose a matter of the list" in text(bad)


def test_the_page_of_a_new_timer_starts_by_its_button_only(matter: Matter, me: Visitor):
    page = text(me.get("/timers/new"))
    form = page[page.index('id="start-form"') :].split("</form>")[0]
    assert "data-submits" not in form
    assert 'hx-post="/timers"' not in form  # a started timer leads away: the form that stays would be refused with other values
    assert 'data-key="ctrl+enter"' in form
    bar = text(me.get("/today"))
    dialog = bar[bar.index('id="start-form"') :].split("</form>")[0]
    assert "data-submits" in dialog
    assert 'hx-post="/timers"' in dialog
    assert 'data-key="ctrl+enter"' in dialog


def test_a_refused_start_stays_what_it_was(me: Visitor):
    sent = {"matter_id": "999999", "key": "start-0002"}
    assert "data-submits" in text(me.post("/timers", sent, htmx=True))
    assert "data-submits" not in text(me.post("/timers", sent)).partition('id="start-form"')[2]


def test_a_timer_started_on_its_page_leads_to_today(matter: Matter, me: Visitor):
    answer = me.post("/timers", {"matter_id": str(matter.id), "key": "start-0003"}, headers={"Referer": "http://localhost/timers/new"})
    assert (answer.status_code, answer.location) == (303, "/today")


def test_an_owner_without_a_timekeeper_is_told_how_to_become_one(session: Session, owner: Visitor, world: World):
    page = text(owner.get("/timers/new"))
    assert 'id="start-form"' not in page
    assert "Make yourself a timekeeper" in page
    assert f'href="/people/{world.owner.membership_id}/edit"' in page
    refused = text(owner.post("/timers", {"key": "start-0004"}))
    assert "Ask an owner" not in refused
    assert "open your name under People" in refused


def test_a_timekeeper_without_one_is_told_whom_to_ask(app: Flask, session: Session, world: World):
    nobody = signed_in(app, session, make_member(session, world.owner, Role.TIMEKEEPER))
    for address in ("/timers/new", "/time/week", "/time/day"):
        answer = nobody.get(address)
        assert answer.status_code == 200
        assert "Ask an owner of the firm" in text(answer)
        assert "/people/" not in text(answer)
    assert nobody.post("/timers", {"key": "start-0005"}).status_code == 403


def test_a_small_screen_counts_its_timers(session: Session, world: World, partner: Actor, me: Visitor):
    session.get_one(Firm, world.firm_id).timers_at_once = True
    session.commit()
    for _ in range(3):
        started(session, partner, None, minutes=5)
    session.commit()
    assert re.search(r'<a class="[^"]*timerbar-count[^"]*" href="/today#timers">3 timers</a>', text(me.get("/time")))
    assert 'id="timers"' in text(me.get("/today"))
