"""The week as a grid, cell by cell, and the day by the clock: what is typed, what is refused, who sees nothing of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.budgets import Beyond
from lexapp.domain.permissions import Actor, Role
from lexapp.models import Firm, Matter, TimeEntry
from lexapp.services.time_entries import Work, record_time
from lexapp.services.timers import TimerNote, start_timer, stop_timer
from tests.budgets import give, holds
from tests.factories import World, make_firm, make_matter, make_member
from tests.web.time_forms import TODAY, count, text
from tests.web.visitor import Visitor, signed_in

CELL = "/time/week/cell"


@pytest.fixture
def lawyer(session: Session, world: World) -> Actor:
    return make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id)


@pytest.fixture
def me(app: Flask, session: Session, lawyer: Actor) -> Visitor:
    return signed_in(app, session, lawyer)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def typed(matter: Matter, hours: str, key: str = "key-cell-1", **others: str) -> dict[str, str]:
    return {"matter_id": str(matter.id), "worked_on": TODAY.isoformat(), "recorded_seconds": hours, "key": key, **others}


def only(session: Session) -> TimeEntry:
    session.rollback()
    return session.scalars(select(TimeEntry).where(TimeEntry.discarded_at.is_(None))).one()


def test_a_cell_records_changes_and_takes_away(session: Session, me: Visitor, matter: Matter):
    answer = me.post(CELL, typed(matter, "1:30"), htmx=True)
    assert answer.headers["HX-Retarget"] == f"#cell-{matter.id}-{TODAY:%Y%m%d}"
    assert 'hx-target="#week-total"' in text(answer)
    me.post(CELL, typed(matter, "1:30"), htmx=True)  # the same again is the same
    entry = only(session)
    assert entry.recorded_seconds == 5400
    held = {"entry_id": str(entry.id), "version": str(entry.version)}
    me.post(CELL, typed(matter, "2", key="key-cell-2", **held), htmx=True)
    assert only(session).recorded_seconds == 7200
    stale = me.post(CELL, typed(matter, "3", key="key-cell-3", **held), htmx=True)
    assert stale.status_code == 409
    assert "Somebody changed this entry" in text(stale)
    assert "You typed: 3." in text(stale)
    assert 'name="recorded_seconds" value="2.00"' in text(stale)  # leaving the cell again sends nothing over it
    held["version"] = str(only(session).version)
    gone = me.post(CELL, typed(matter, "", key="key-cell-4", **held), htmx=True)
    assert "Time discarded" in gone.headers["HX-Trigger"]
    assert count(session) == 0


def test_the_panel_writes_what_was_done(session: Session, me: Visitor, matter: Matter):
    me.post(CELL, typed(matter, "0.5"), htmx=True)
    entry = only(session)
    opened = text(me.get(f"{CELL}?cell_matter={matter.id}&cell_on={TODAY.isoformat()}", htmx=True))
    assert 'name="narrative"' in opened
    held = {"entry_id": str(entry.id), "version": str(entry.version), "panel": "y", "narrative": "Draft motion", "activity_code": "A103"}
    assert me.post(CELL, typed(matter, "0.5", key="key-cell-2", **held)).status_code == 303
    assert (only(session).narrative, only(session).activity_code) == ("Draft motion", "A103")
    wrong = me.post(CELL, typed(matter, "never", key="key-cell-3", **held), htmx=True)
    assert wrong.status_code == 422
    assert wrong.headers["HX-Retarget"] == "#panel"


def test_the_panel_shows_what_stands_now_beside_what_was_typed(session: Session, me: Visitor, matter: Matter):
    me.post(CELL, typed(matter, "0.5"), htmx=True)
    entry = only(session)
    held = {"entry_id": str(entry.id), "version": str(entry.version), "panel": "y"}
    me.post(CELL, typed(matter, "0.5", key="key-cell-2", narrative="Theirs", **held), htmx=True)
    wrong = me.post(CELL, typed(matter, "never", key="key-cell-3", narrative="Mine", **held), htmx=True)
    assert f'name="version" value="{held["version"]}"' in text(wrong)
    stale = me.post(CELL, typed(matter, "0.5", key="key-cell-4", narrative="Mine", **held), htmx=True)
    assert stale.status_code == 409
    for part in ("Stands now", "Theirs", "Mine", f'name="version" value="{only(session).version}"'):
        assert part in text(stale)
    assert "<dt>Date</dt>" not in text(stale)
    assert only(session).narrative == "Theirs"


@pytest.mark.parametrize("panel", [{}, {"panel": "y"}])
def test_an_empty_cell_typed_in_twice_holds_one_entry(session: Session, me: Visitor, matter: Matter, panel: dict[str, str]):
    me.post(CELL, typed(matter, "1:30"), htmx=True)
    second_tab = me.post(CELL, typed(matter, "1:15", key="key-cell-2", **panel), htmx=True)
    assert second_tab.status_code == 409
    assert "There is an entry of this day on this matter by now" in text(second_tab)
    assert f'name="entry_id" value="{only(session).id}"' in text(second_tab)
    assert panel or f'id="row-total-{matter.id}">1.50' in text(second_tab), "what adds up with it is told, too"


def test_without_script_only_the_cell_that_was_typed_in_is_wrong(session: Session, world: World, me: Visitor, matter: Matter):
    make_matter(session, world.owner, name="Berth")
    assert text(me.post(CELL, typed(matter, "abc"))).count("cell-error") == 1


def test_what_cannot_be_read_stays_in_its_cell_with_the_reason(me: Visitor, matter: Matter):
    answer = me.post(CELL, typed(matter, "abc"), htmx=True)
    assert answer.status_code == 422
    assert 'value="abc"' in text(answer)
    assert "That is not a duration" in text(answer)


def test_time_beyond_a_budget_opens_the_panel_where_it_can_be_held(session: Session, world: World, me: Visitor, matter: Matter):
    give(session, world, matter, beyond=Beyond.BLOCK)
    refused = me.post(CELL, typed(matter, "20"), htmx=True)
    assert (refused.status_code, refused.headers["HX-Retarget"]) == (422, "#panel")
    assert "Held beyond the budget" in text(refused)
    assert 'value="20' in text(refused)
    assert "Held beyond the budget" in text(me.post(CELL, typed(matter, "20", key="key-cell-2")))
    answer = me.post(CELL, typed(matter, "20", key="key-cell-3", panel="y", billing_status="held"))
    assert answer.status_code == 303
    entry = only(session)
    assert (entry.billing_status, entry.recorded_seconds) == ("non_billable", 72_000)
    assert [hold.time_entry_id for hold in holds(session)] == [entry.id]
    opened = text(me.get(f"{CELL}?cell_matter={matter.id}&cell_on={TODAY.isoformat()}", htmx=True))
    assert '<option value="non_billable" selected' in opened


def test_a_cell_with_several_entries_opens_them(session: Session, me: Visitor, matter: Matter, lawyer: Actor):
    for words in ("Call", "Letter"):
        record_time(session, actor=lawyer, work=Work(matter.id, lawyer.timekeeper_id or 0, TODAY, 3600, words))
    page = text(me.get(f"/time/week?on={TODAY.isoformat()}"))
    assert "2 entries: open them" in page
    opened = text(me.get(f"{CELL}?cell_matter={matter.id}&cell_on={TODAY.isoformat()}", htmx=True))
    assert "Letter" in opened
    assert 'name="recorded_seconds"' not in opened


def test_nobody_types_into_the_week_of_another(session: Session, world: World, me: Visitor, outsider: Visitor, matter: Matter):
    me.post(f"{CELL}?timekeeper={world.partner.id}", typed(matter, "1"), htmx=True)
    assert only(session).timekeeper_id == world.associate.id
    entry = record_time(session, actor=world.owner, work=Work(matter.id, world.partner.id, TODAY, 3600))
    theirs = typed(matter, "2", key="key-cell-9", entry_id=str(entry.id), version="1")
    assert me.post(CELL, theirs, htmx=True).status_code in (404, 422)
    session.refresh(entry)
    assert entry.recorded_seconds == 3600
    assert outsider.post(CELL, typed(matter, "1"), htmx=True).status_code == 404
    assert count(session) == 2


def test_an_added_matter_has_a_row(session: Session, world: World, me: Visitor):
    added = [make_matter(session, world.owner, name=f"Berth {number}") for number in range(7)]
    page = text(me.get(f"/time/week?matter={added[0].id}&matter={added[1].id}"))
    assert len(re.findall(r'id="row-total-\d+"', page)) == 5
    assert "Berth 0" in page


def test_the_day_shows_what_was_measured_and_the_gaps(session: Session, me: Visitor, matter: Matter, lawyer: Actor):
    friday = TODAY - timedelta(days=(TODAY.weekday() - 4) % 7 or 7)
    began = datetime(friday.year, friday.month, friday.day, 17, tzinfo=UTC)
    timer = start_timer(session, actor=lawyer, note=TimerNote(matter.id, "Call with expert"), now=began)
    stop_timer(session, actor=lawyer, timer_id=timer.id, now=began + timedelta(minutes=90))
    record_time(session, actor=lawyer, work=Work(matter.id, lawyer.timekeeper_id or 0, friday, 3600, "Letter"))
    page = text(me.get(f"/time/day?on={friday.isoformat()}"))
    for part in ("Call with expert", "1:30", "Add time here", "Without a time of day", "Letter"):
        assert part in page
    minutes = re.search(r"minutes=(\d+)", page)
    assert minutes
    assert 'value="' in text(me.get(f"/time/new?on={friday.isoformat()}&minutes={minutes[1]}"))


@pytest.mark.parametrize("query", ["", "?on=nonsense", "?on=2100-12-31", "?on=0001-01-01", "?timekeeper=99999999999999999999", "?matter=x"])
def test_odd_addresses_show_a_week_and_a_day(me: Visitor, query: str):
    assert me.get(f"/time/week{query}").status_code == 200
    assert me.get(f"/time/day{query}").status_code == 200


def test_what_no_hundredths_say_is_shown_as_it_was_typed(session: Session, me: Visitor, matter: Matter):
    assert 'value="7:20"' in text(me.post(CELL, typed(matter, "7:20"), htmx=True))
    assert only(session).recorded_seconds == 26_400


def test_a_closed_day_refuses_in_its_cell_and_keeps_what_was_typed(session: Session, me: Visitor, matter: Matter):
    session.get_one(Firm, matter.firm_id).time_closed_through = TODAY
    session.commit()
    answer = me.post(CELL, typed(matter, "1:10"), htmx=True)
    assert (answer.status_code, "are closed" in text(answer), 'value="1:10"' in text(answer)) == (422, True, True)
    assert count(session) == 0


def test_a_closed_day_offers_no_time_in_its_gaps(session: Session, me: Visitor, matter: Matter):
    friday = TODAY - timedelta(days=(TODAY.weekday() - 4) % 7 or 7)
    address = f"/time/day?on={friday.isoformat()}"
    assert "Add time here" in text(me.get(address))
    session.get_one(Firm, matter.firm_id).time_closed_through = friday
    session.commit()
    page = text(me.get(address))
    assert ("Add time here" in page, "No time" in page, ">Closed<" in page) == (False, True, True)


def test_rows_of_last_week_come_without_their_hours(session: Session, world: World, me: Visitor, lawyer: Actor):
    assert lawyer.timekeeper_id
    closed = [make_matter(session, world.owner, name=f"Quiet {number}") for number in range(7)]
    week = TODAY - timedelta(days=TODAY.weekday())
    for matter in closed:
        record_time(session, actor=lawyer, work=Work(matter.id, lawyer.timekeeper_id, week - timedelta(days=3), 3600))
    page = text(me.get(f"/time/week?rows=last&on={week.isoformat()}"))
    assert all(f"Quiet {number}" in page for number in range(7))
    assert 'value="1.00"' not in page
    assert count(session) == 7


def test_the_owner_of_a_new_firm_is_shown_what_to_do_first(app: Flask, session: Session):
    owner = make_firm(session, "Quill & Hart LLP")
    visitor = signed_in(app, session, owner)
    for address in ("/time/week", "/time/day"):
        answer = visitor.get(address)
        assert answer.status_code == 200
        assert 'href="/timekeepers/new"' in text(answer)
        assert "Make yourself a timekeeper" in text(answer)


@pytest.mark.parametrize("address", ["/time/week", "/time/day"])
def test_an_owner_without_a_timekeeper_sees_the_first_of_the_firm(owner: Visitor, world: World, address: str):
    page = text(owner.get(address))
    assert re.search(rf'<option value="{world.associate.id}" selected>Ines Achterberg', page)
