"""Time entries at a browser: page, fragment, what is refused beside its field, and the colleague and the outsider in the room."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from lexapp.database import db, scope_to_firm
from lexapp.domain import permissions
from lexapp.domain.permissions import Actor, Role
from lexapp.models import Matter, TimeEntry
from lexapp.services.time_entries import TimeRow, Work, record_time, record_time_entries
from tests.factories import World, make_matter, make_member, make_rate, make_timekeeper
from tests.web.time_forms import TODAY, count, form_of, text
from tests.web.visitor import Visitor, signed_in


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def partner(session: Session, world: World) -> Actor:
    """Somebody who records time and may do so for others."""
    return make_member(session, world.owner, Role.BILLING_MANAGER, world.partner.id)


@pytest.fixture
def me(app: Flask, session: Session, partner: Actor) -> Visitor:
    return signed_in(app, session, partner)


@pytest.fixture
def associate(app: Flask, session: Session, world: World) -> Visitor:
    """A timekeeper who sees only their own time."""
    return signed_in(app, session, make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id))


@pytest.fixture
def entry(session: Session, world: World, matter: Matter) -> TimeEntry:
    make_rate(session, world.owner, "matter", 72_000, matter_id=matter.id)
    work = Work(matter.id, world.partner.id, TODAY, 4320, "Draft motion to compel", "L350", "A103")
    return record_time(session, actor=world.owner, work=work)


# ── the list ─────────────────────────────────────────────────────────────────────────────────────


def test_the_list_shows_rate_reason_and_totals(me: Visitor, entry: TimeEntry):
    page = text(me.get("/time?period=all"))
    assert "Port Authority claims" in page
    assert "Draft motion to compel" in page
    assert "720.00" in page
    assert "864.00" in page
    assert "1 entry" in page


def test_a_row_fetches_its_menu_and_its_reasons_and_its_page_shows_the_same(me: Visitor, outsider: Visitor, entry: TimeEntry):
    parts = {"acts": "Duplicate", "hours": "Three values of time", "rate": "Matter rate"}
    for part, words in parts.items():
        address = f"/time/{entry.id}/{part}"
        assert address in text(me.get("/time?period=all")) or part == "hours"
        assert words in text(me.get(address, htmx=True))
        assert "<html" not in text(me.get(address, htmx=True))
        assert words in text(me.get(address))
        assert outsider.get(address).status_code == 404


def test_an_entry_without_a_rate_has_no_reason_to_show(session: Session, world: World, matter: Matter, me: Visitor):
    nobody = make_timekeeper(session, world.owner, "Tomasz Wray", "PARALG")
    entry = record_time(session, actor=world.owner, work=Work(matter.id, nobody.id, TODAY, 360))
    assert 'role="dialog"' not in text(me.get(f"/time/{entry.id}/rate", htmx=True))


def test_a_row_takes_little(me: Visitor, entry: TimeEntry):
    (row,) = re.findall(r'<tr role="row" id="time-entry-.*?</tr>', text(me.get("/time?period=all")), re.DOTALL)
    assert len(row) < 2300


def test_htmx_gets_the_list_alone(me: Visitor, entry: TimeEntry):
    answer = me.get("/time?period=all", htmx=True)
    assert text(answer).lstrip().startswith('<div id="time-list"')
    assert "<html" not in text(answer)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("period=all&q=motion+compel", True),
        ("period=all&q=%25%25%25", False),
        ("period=all&status=unbilled", True),
        ("period=all&status=billed", False),
        ("period=all&status=on_pre_bill", False),
        ("period=all&status=no_rate", False),
        ("period=all&billing=no_charge", False),
        ("from=2020-01-01&to=2020-02-01", False),
        ("period=all&matter=999999", False),
        ("period=nonsense&status=drop+table&page=-1&timekeeper=1+OR+1%3D1&from=x&matter=../", True),
        ("period=all&page=99999999999999999999", True),
    ],
)
def test_filters_find_what_they_say_and_never_break(me: Visitor, entry: TimeEntry, query: str, found: bool):
    answer = me.get(f"/time?{query}")
    assert answer.status_code == 200
    assert ("Draft motion to compel" in text(answer)) is found


def test_an_entry_without_a_rate_says_so(session: Session, world: World, matter: Matter, me: Visitor):
    nobody = make_timekeeper(session, world.owner, "Tomasz Wray", "PARALG")
    record_time(session, actor=world.owner, work=Work(matter.id, nobody.id, TODAY, 360))
    assert "No rate yet" in text(me.get("/time?period=all"))
    assert "No rate yet" in text(me.get("/time?period=all&status=no_rate"))
    assert "entry without a rate" not in text(me.get("/today"))


def test_who_may_not_see_rates_gets_none(monkeypatch: pytest.MonkeyPatch, me: Visitor, entry: TimeEntry):
    blind = permissions.ROLE_PERMISSIONS | {Role.BILLING_MANAGER: permissions.ROLE_PERMISSIONS[Role.BILLING_MANAGER] - {"rate.see"}}
    monkeypatch.setattr(permissions, "ROLE_PERMISSIONS", blind)
    for address in ("/time?period=all", f"/time/{entry.id}", "/today"):
        page = text(me.get(address))
        assert "720.00" not in page
        assert "864.00" not in page


def test_a_timekeeper_sees_only_their_own(session: Session, world: World, matter: Matter, associate: Visitor, entry: TimeEntry):
    own = record_time(session, actor=world.owner, work=Work(matter.id, world.associate.id, TODAY, 600, "My own work"))
    page = text(associate.get("/time?period=all"))
    assert "My own work" in page
    assert "Draft motion" not in page
    assert associate.get(f"/time/{own.id}").status_code == 200
    for address in (f"/time/{entry.id}", f"/time/{entry.id}/edit"):
        assert associate.get(address).status_code == 404
    for verb in ("", "/discard", "/duplicate"):
        assert associate.post(f"/time/{entry.id}{verb}", form_of(world, matter)).status_code == 404
    assert count(session) == 2


def test_to_an_outsider_and_a_stranger_there_is_nothing(
    session: Session, world: World, matter: Matter, entry: TimeEntry, outsider: Visitor, stranger: Visitor
):
    scope_to_firm(session, world.firm_id)
    assert "Draft motion" not in text(outsider.get("/time?period=all"))
    for address in (f"/time/{entry.id}", f"/time/{entry.id}/edit"):
        assert outsider.get(address).status_code == 404
        assert stranger.get(address).status_code == 303
    for verb in ("", "/discard", "/duplicate", "/restoration"):
        assert outsider.post(f"/time/{entry.id}{verb}", form_of(world, matter)).status_code == 404


def test_fifty_rows_take_at_most_a_dozen_queries(app: Flask, session: Session, world: World, matter: Matter, me: Visitor):
    rows = [TimeRow(matter.id, world.partner.id, TODAY - timedelta(days=day), 360, f"Entry {day}") for day in range(60)]
    record_time_entries(session, actor=world.owner, rows=rows)
    me.get("/time?period=all")
    seen: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    assert "1–50 of 60" in text(me.get("/time?period=all"))
    queries = [statement for statement in seen if statement.lstrip().startswith(("SELECT", "WITH")) and "set_config" not in statement]
    assert len(queries) <= 12, queries


# ── recording ────────────────────────────────────────────────────────────────────────────────────


def test_on_the_page_of_a_matter_the_count_of_its_tab_goes_back_with_the_list(world: World, matter: Matter, me: Visitor):
    there = {"Referer": f"http://localhost/matters/{matter.id}/time"}
    answer = me.post(f"/time?period=all&matter={matter.id}", form_of(world, matter, quick="y"), htmx=True, headers=there)
    assert 'hx-target="#tabs"' in answer.text
    tabs = answer.text.split('hx-target="#tabs"')[1].split("</template>")[0]
    assert re.search(r"aria-current[^>]*>\s*Time.{0,60}?1", tabs, re.DOTALL), tabs
    elsewhere = me.post(f"/time?period=all&matter={matter.id}", form_of(world, matter, quick="y", key="key-tabs-22"), htmx=True)
    assert 'hx-target="#tabs"' not in elsewhere.text


def test_a_quick_entry_comes_back_as_the_list_and_an_empty_form(session: Session, world: World, matter: Matter, me: Visitor):
    answer = me.post("/time?period=all", form_of(world, matter, quick="y"), htmx=True)
    assert answer.status_code == 200
    assert text(answer).lstrip().startswith('<div id="time-list"')
    assert "Call with A. Strand" in text(answer)
    assert 'hx-target="#quick"' in text(answer)
    assert "Time recorded" in answer.headers["HX-Trigger"]
    assert count(session) == 1


def test_without_htmx_an_entry_leads_back_to_the_list(session: Session, world: World, matter: Matter, me: Visitor):
    assert me.get("/time/new").status_code == 200
    answer = me.post("/time?period=all", form_of(world, matter))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/time?period=all")
    assert "Time recorded" in text(me.get(answer.headers["Location"]))


def test_the_same_form_sent_twice_records_once(session: Session, world: World, matter: Matter, me: Visitor):
    for _ in range(2):
        assert me.post("/time", form_of(world, matter)).status_code == 303
    assert count(session) == 1


def test_a_timekeeper_records_for_nobody_else_and_types_no_rate(session: Session, world: World, matter: Matter, associate: Visitor):
    assert associate.post("/time", form_of(world, matter, rate_minor="1.00")).status_code == 303
    session.rollback()
    recorded = session.scalars(select(TimeEntry)).one()
    assert (recorded.timekeeper_id, recorded.rate_is_typed) == (world.associate.id, False)


def test_an_auditor_reads_and_records_nothing(
    session: Session, world: World, matter: Matter, member: Callable[[Role], Visitor], entry: TimeEntry
):
    auditor = member(Role.AUDITOR)
    assert "Draft motion" in text(auditor.get("/time?period=all"))
    assert auditor.post("/time", form_of(world, matter)).status_code == 403
    assert count(session) == 1


def test_a_list_for_a_scalar_and_a_missing_form_number_are_refused_or_read_once(
    session: Session, world: World, matter: Matter, me: Visitor
):
    assert me.post("/time", form_of(world, matter, matter_id=[str(matter.id), "999"])).status_code == 303
    assert me.post("/time", form_of(world, matter, key="")).status_code == 422
    assert me.post("/time", form_of(world, matter), csrf=False).status_code == 400
    assert count(session) == 1


def test_another_firms_matter_and_timekeeper_are_refused_beside_their_fields(
    world: World, matter: Matter, outsider: Visitor, session: Session
):
    scope_to_firm(session, world.firm_id)
    answer = outsider.post("/time", form_of(world, matter, timekeeper_id=str(world.partner.id)), htmx=True)
    assert answer.status_code == 422
    assert 'id="new-timekeeper_id-error"' in text(answer)
    assert count(session) == 0


# ── changing ─────────────────────────────────────────────────────────────────────────────────────


def edited(world: World, matter: Matter, entry: TimeEntry, **changes: Any) -> dict[str, Any]:
    return form_of(world, matter, key="edit-key-0001", version=str(entry.version), **changes)


def test_a_row_is_edited_in_place_and_as_a_page(session: Session, world: World, matter: Matter, me: Visitor, entry: TimeEntry):
    fragment = me.get(f"/time/{entry.id}/edit?period=all", htmx=True)
    assert text(fragment).lstrip().startswith("<tr")
    assert "L350" in text(me.get(f"/time/{entry.id}/edit"))
    answer = me.post(f"/time/{entry.id}?period=all", edited(world, matter, entry, recorded_seconds="2"), htmx=True)
    assert text(answer).lstrip().startswith('<div id="time-list"')
    assert "1,440.00" in text(answer)
    page = text(me.get(f"/time/{entry.id}"))
    assert "1:12:00 → 2:00:00" in page
    assert "Recorded" in page


def test_a_bad_edit_comes_back_into_its_row(session: Session, world: World, matter: Matter, me: Visitor, entry: TimeEntry):
    answer = me.post(f"/time/{entry.id}", edited(world, matter, entry, recorded_seconds="25:00"), htmx=True)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (422, f"#entry-edit-{entry.id}")
    assert 'value="25:00"' in text(answer)
    session.rollback()
    assert session.get_one(TimeEntry, entry.id).recorded_seconds == 4320


def test_a_stale_form_is_a_conflict_that_shows_both_and_can_be_sent_again(
    session: Session, world: World, matter: Matter, me: Visitor, entry: TimeEntry
):
    mine = edited(world, matter, entry, narrative="My words")
    assert me.post(f"/time/{entry.id}", edited(world, matter, entry, narrative="Their words")).status_code == 303
    answer = me.post(f"/time/{entry.id}", mine | {"key": "edit-key-0002"}, htmx=True)
    assert answer.status_code == 409
    assert "Their words" in text(answer)
    assert "My words" in text(answer)
    found = re.search(r'name="version" value="(\d+)"', text(answer))
    assert found
    assert me.post(f"/time/{entry.id}", mine | {"key": "edit-key-0003", "version": found[1]}).status_code == 303
    session.rollback()
    assert session.get_one(TimeEntry, entry.id).narrative == "My words"


def test_discard_and_undo_and_duplicate(session: Session, me: Visitor, entry: TimeEntry):
    answer = me.post(f"/time/{entry.id}/discard?period=all", {"version": "1"}, htmx=True)
    assert f"/time/{entry.id}/restoration" in answer.headers["HX-Trigger"]
    assert count(session) == 0
    assert me.post(f"/time/{entry.id}/restoration?version=2").status_code == 303
    assert count(session) == 1
    assert me.post(f"/time/{entry.id}/duplicate", htmx=True).status_code == 200
    assert count(session) == 2


def test_the_search_for_matters_finds_by_every_word_and_only_ones_own(matter: Matter, me: Visitor, outsider: Visitor, stranger: Visitor):
    assert "Port Authority" in text(me.get("/time/matter-options?q=port+castel"))
    assert "Port Authority" not in text(me.get("/time/matter-options?q=port+nowhere"))
    assert "No matter yet" in text(me.get("/time/matter-options?none=y"))
    assert "Port Authority" not in text(outsider.get("/time/matter-options?q=port"))
    assert stranger.get("/time/matter-options").status_code == 303
