"""Ticked rows of the list of time: changed, discarded, taken back; what stays says why."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm
from lexapp.domain.permissions import Role
from lexapp.models import Matter, TimeEntry
from lexapp.services.time_entries import Work, discard_time, edit_time, record_time
from lexapp.web.lists import page_of
from tests import billing
from tests.factories import World, make_guideline, make_matter, make_world
from tests.web.time_forms import TODAY, text
from tests.web.visitor import Visitor


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def recorded(session: Session, world: World, matter: Matter, number: int = 3) -> list[int]:
    works = [Work(matter.id, world.partner.id, TODAY, 3600, f"Work {one}") for one in range(number)]
    return [record_time(session, actor=world.owner, work=work).id for work in works]


def entries(session: Session, firm_id: int | None = None) -> list[TimeEntry]:
    session.rollback()
    if firm_id is not None:
        scope_to_firm(session, firm_id)
    return list(session.scalars(select(TimeEntry).order_by(TimeEntry.id)))


def sent(ids: list[int], **more: Any) -> dict[str, Any]:
    return {"key": "test-key-0001", "ids": [str(id_) for id_ in ids], "versions": " ".join(f"{id_}:1" for id_ in ids), **more}


def mark_of_all(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the box “all that match” sends, on a list that holds more than a page."""
    monkeypatch.setattr("lexapp.web.time_lists.page_of", partial(page_of, size=1))
    found = re.search(r'name="all" value="([^"]+)"', text(visitor.get("/time?period=all")))
    assert found
    return found[1]


def undo_of(page: str) -> str:
    found = re.search(r"/time/changes/\d+/reversal[^\"]*", page)
    assert found
    return found[0]


def test_a_button_of_the_bar_changes_the_ticked_rows_and_the_toast_takes_it_back(
    owner: Visitor, session: Session, world: World, matter: Matter
):
    ids = recorded(session, world, matter)
    answer = owner.post("/time/changes?period=all", sent(ids[:2], billing_status="no_charge"))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/time?period=all")
    assert [entry.billing_status for entry in entries(session)] == ["no_charge", "no_charge", "billable"]
    page = text(owner.get("/time?period=all"))
    assert "2 entries changed" in page
    owner.post(undo_of(page))
    assert {entry.billing_status for entry in entries(session)} == {"billable"}


def test_without_a_change_said_the_page_asks_shows_the_effect_and_does_it(owner: Visitor, session: Session, world: World, matter: Matter):
    ids = recorded(session, world, matter, 2)
    asked = owner.post("/time/changes?period=all", sent(ids))
    assert asked.headers["Location"] == f"/time/changes?ids={ids[0]}.{ids[1]}&period=all"
    assert "Change 2 entries" in text(owner.get(asked.headers["Location"]))
    given = {"key": "test-key-0002", "chosen": f"{ids[0]}:1 {ids[1]}:1"}
    assert "Say what becomes of them" in text(owner.post("/time/changes", given))
    looked = owner.post("/time/changes", {**given, "find": "Work", "replacement": "Draft", "look": "y"})
    assert (looked.status_code, "Draft 0" in text(looked), "Changes" in text(looked)) == (200, True, True)
    assert entries(session)[0].narrative == "Work 0"
    assert owner.post("/time/changes", {**given, "find": "Work", "replacement": "Draft"}).status_code == 303
    assert [entry.narrative for entry in entries(session)] == ["Draft 0", "Draft 1"]


def test_what_the_client_does_not_accept_stays_and_says_why(owner: Visitor, session: Session, world: World, matter: Matter):
    ids = recorded(session, world, matter, 2)
    rules = {"most_characters": 12, "length_weight": "refuse", "forbidden_words": "tc", "forbidden_weight": "refuse"}
    make_guideline(session, world.owner, matter.client_id, **rules)
    longer = Work(make_matter(session, world.owner, name="Berth").id, world.partner.id, TODAY, 3600, "Work on the berth")
    ids.append(record_time(session, actor=world.owner, work=longer).id)
    given = {"key": "test-key-0007", "chosen": " ".join(f"{id_}:1" for id_ in ids), "prefix": "On this day:"}
    looked = text(owner.post("/time/changes", {**given, "look": "y"}))
    assert "2 stay as they are: 2 against a guideline." in looked
    assert "takes at most 12. Take 7 out." in looked
    assert "Change 1 entry" in looked
    owner.post("/time/changes?period=all", given)
    assert [entry.narrative for entry in entries(session)] == ["Work 0", "Work 1", "On this day: Work on the berth"]
    page = text(owner.get("/time?period=all"))
    assert "1 entry changed. 2 stay as they are: 2 against a guideline." in page
    assert "takes at most 12. Take 7 out." in page
    refused = owner.post("/time/changes", {"key": "test-key-0008", "chosen": f"{ids[0]}:1", "prefix": "tc"})
    assert (refused.status_code, "does not accept “tc”" in text(refused), 'id="changes-prefix-error"' in text(refused)) == (422, True, True)


def test_all_that_match_are_changed_and_those_that_cannot_say_why(
    owner: Visitor, session: Session, world: World, matter: Matter, monkeypatch: pytest.MonkeyPatch
):
    ids = recorded(session, world, matter)
    taken = billing.work_time(session, world, make_matter(session, world.owner, name="Berth"))
    billing.draft(session, world, session.get_one(Matter, taken.matter_id))
    page = text(owner.get("/time/changes?period=all&all=y"))
    assert "1 stays as it is: 1 on a pre-bill." in page
    assert "Change 3 entries" in page
    given = {"key": "test-key-0003", "all": mark_of_all(owner, monkeypatch), "billing_status": "non_billable"}
    owner.post("/time/changes?period=all", given)
    assert {entry.id for entry in entries(session) if entry.billing_status == "non_billable"} == set(ids)
    assert "3 entries changed. 1 stays as it is: 1 on a pre-bill." in text(owner.get("/time?period=all"))


@pytest.mark.parametrize("deed", ["add", "edit", "discard and add"])
def test_all_that_match_are_those_that_were_shown(
    owner: Visitor, session: Session, world: World, matter: Matter, monkeypatch: pytest.MonkeyPatch, deed: str
):
    ids = recorded(session, world, matter)
    shown = mark_of_all(owner, monkeypatch)
    if deed == "edit":
        work = Work(matter.id, world.partner.id, TODAY, 3600, "Hearing")
        edit_time(session, actor=world.owner, entry_id=ids[0], version=1, work=work)
    if deed == "discard and add":
        discard_time(session, actor=world.owner, entry_id=ids[0], version=1)
    if "add" in deed:
        recorded(session, world, matter, 1)
    for address in ("/time/discards?period=all", "/time/changes?period=all"):
        stale = owner.post(address, {"key": "test-key-0005", "all": shown, "billing_status": "no_charge"})
        assert (stale.status_code, "changed after you opened the list" in text(stale)) == (409, True)
    now = entries(session)
    assert {entry.billing_status for entry in now} == {"billable"}
    assert [entry.id for entry in now if entry.discarded_at] == (ids[:1] if "discard" in deed else [])
    again = {"key": "test-key-0006", "all": mark_of_all(owner, monkeypatch)}
    assert owner.post("/time/discards?period=all", again).status_code == 303
    assert all(entry.discarded_at for entry in entries(session))


def test_what_changed_meanwhile_is_shown_as_it_is_now(owner: Visitor, session: Session, world: World, matter: Matter):
    ids = recorded(session, world, matter, 1)
    owner.post("/time/changes", sent(ids, billing_status="no_charge"))
    stale = owner.post("/time/changes", {"key": "test-key-0004", "chosen": f"{ids[0]}:1", "prefix": "Re:"})
    assert (stale.status_code, "was changed after you opened" in text(stale), f'value="{ids[0]}:2"' in text(stale)) == (409, True, True)


def test_discarded_rows_come_back(owner: Visitor, session: Session, world: World, matter: Matter):
    ids = recorded(session, world, matter, 2)
    owner.post("/time/discards", sent(ids))
    assert all(entry.discarded_at for entry in entries(session))
    owner.post(undo_of(text(owner.get("/time?period=all"))))
    assert not any(entry.discarded_at for entry in entries(session))


def test_entries_of_another_firm_and_of_others_stay_as_they_are(
    owner: Visitor, member: Any, session: Session, world: World, matter: Matter
):
    mine, stranger = recorded(session, world, matter, 1), make_world(session, "Other LLP")
    foreign = recorded(session, stranger, make_matter(session, stranger.owner), 1)
    scope_to_firm(session, world.firm_id)
    owner.post("/time/changes", sent([*mine, *foreign], billing_status="no_charge"))
    assert "1 entry changed. 1 stays as it is: 1 no longer there." in text(owner.get("/time?period=all"))
    member(Role.TIMEKEEPER).post("/time/discards", sent(mine))
    for firm, status in ((world, "no_charge"), (stranger, "billable")):
        found = {entry.billing_status for entry in entries(session, firm.firm_id) if entry.firm_id == firm.firm_id}
        assert found == {status}
        assert not any(entry.discarded_at for entry in entries(session, firm.firm_id))
    scope_to_firm(session, world.firm_id)
    assert member(Role.TIMEKEEPER).post("/time/changes/1/reversal").status_code == 404


@pytest.mark.parametrize("ids", ["", "x", "0", "99999999999999999999", "1.2.3\x00", "." * 5000])
def test_an_address_without_entries_leads_back_to_the_list(owner: Visitor, ids: str):
    assert owner.get("/time/changes", query_string={"ids": ids}).status_code == 303
