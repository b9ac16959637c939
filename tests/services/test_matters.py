"""Matters: numbers, payers, states."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm
from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from lexapp.models import AuditEvent, Client, Matter, PracticeArea
from lexapp.services.clients import archive_client
from lexapp.services.matters import MatterFacts, change_matter_status, edit_matter, open_matter
from tests.factories import NOW, TODAY, World, make_client, make_firm, make_matter, make_timekeeper, make_world

FACTS = MatterFacts(name="Port Authority claims", opened_on=date(2026, 3, 3))


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def client(session: Session, world: World) -> Client:
    return make_client(session, world.owner)


def test_a_matter_takes_the_next_number_of_its_year_and_its_client_pays(session: Session, world: World, client: Client) -> None:
    first = open_matter(session, actor=world.owner, client_id=client.id, facts=FACTS, now=NOW)
    open_matter(
        session, actor=world.owner, client_id=client.id, facts=MatterFacts(number="2026-0002", name="Typed", opened_on=TODAY), now=NOW
    )
    third = open_matter(session, actor=world.owner, client_id=client.id, facts=FACTS, now=NOW)
    last_year = open_matter(
        session, actor=world.owner, client_id=client.id, facts=MatterFacts(name="Old", opened_on=date(2025, 12, 31)), now=NOW
    )
    assert [first.number, third.number, last_year.number] == ["2026-0001", "2026-0003", "2025-0001"]


def test_a_practice_area_is_added_once_whatever_its_case(session: Session, world: World, client: Client) -> None:
    for name in ("Maritime", "maritime"):
        facts = MatterFacts(name="M", opened_on=TODAY, practice_area=name)
        open_matter(session, actor=world.owner, client_id=client.id, facts=facts, now=NOW)
    assert list(session.scalars(select(PracticeArea.name))) == ["Maritime"]


def test_references_to_another_firm_are_refused_beside_their_field(session: Session, world: World, client: Client) -> None:
    client_id = client.id
    other = make_firm(session, "Quillfeather & Lind")
    stranger = make_timekeeper(session, other, "Orla Lind", "PARTNR")
    facts = MatterFacts(name="M", opened_on=TODAY, responsible_timekeeper_id=stranger.id)
    with pytest.raises(InvalidInput) as refusal:
        open_matter(session, actor=world.owner, client_id=client_id, facts=facts, now=NOW)
    assert refusal.value.field == "responsible_timekeeper_id"
    with pytest.raises(InvalidInput) as refusal:
        open_matter(session, actor=other, client_id=client_id, facts=FACTS, now=NOW)
    assert refusal.value.field == "client_id"


@pytest.mark.parametrize("minor", [-1, 0, 10**11 + 1])
def test_a_trust_minimum_is_above_zero_and_no_slip_of_the_keyboard(session: Session, world: World, client: Client, minor: int) -> None:
    with pytest.raises(InvalidInput) as refusal:
        open_matter(session, actor=world.owner, client_id=client.id, facts=replace(FACTS, trust_minimum_minor=minor), now=NOW)
    assert refusal.value.field == "trust_minimum"
    assert open_matter(session, actor=world.owner, client_id=client.id, facts=replace(FACTS, trust_minimum_minor=10**11), now=NOW).id


def test_an_archived_client_gets_no_new_matter(session: Session, world: World, client: Client) -> None:
    archive_client(session, actor=world.owner, client_id=client.id, version=client.version, now=NOW)
    with pytest.raises(InvalidInput, match="Restore the client first"):
        open_matter(session, actor=world.owner, client_id=client.id, facts=FACTS, now=NOW)


def test_a_stale_edit_is_refused_and_the_audit_keeps_both_sides(session: Session, world: World) -> None:
    matter = make_matter(session, world.owner)
    facts = MatterFacts(name="Renamed", opened_on=matter.opened_on, description="Berths")
    edit_matter(session, actor=world.owner, matter_id=matter.id, version=1, facts=facts, now=NOW)
    with pytest.raises(Conflict):
        edit_matter(session, actor=world.owner, matter_id=matter.id, version=1, facts=FACTS, now=NOW)
    session.refresh(matter)
    assert (matter.name, matter.description) == ("Renamed", "Berths")
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "matter.edited")).one()
    assert event.before is not None
    assert event.before["name"] == "Port Authority claims"


def test_a_matter_is_closed_today_and_reopened_without_a_closing_day(session: Session, world: World) -> None:
    matter = make_matter(session, world.owner)
    closed = change_matter_status(session, actor=world.owner, matter_id=matter.id, version=matter.version, action="close", now=NOW)
    assert (closed.status, closed.closed_on) == ("closed", TODAY)
    with pytest.raises(NotAllowed, match="already closed"):
        change_matter_status(session, actor=world.owner, matter_id=matter.id, version=matter.version, action="close", now=NOW)
    opened = change_matter_status(session, actor=world.owner, matter_id=matter.id, version=matter.version, action="reopen", now=NOW)
    assert (opened.status, opened.closed_on) == ("open", None)


def test_a_pending_matter_is_opened(session: Session, world: World, client: Client) -> None:
    matter = open_matter(session, actor=world.owner, client_id=client.id, facts=FACTS, status="pending", now=NOW)
    opened = change_matter_status(session, actor=world.owner, matter_id=matter.id, version=matter.version, action="open", now=NOW)
    assert opened.status == "open"


def test_the_internal_matter_is_never_closed(session: Session, world: World, client: Client) -> None:
    internal = session.scalars(select(Matter).where(Matter.firm_id == world.firm_id, Matter.is_internal)).one()
    with pytest.raises(NotAllowed):
        change_matter_status(session, actor=world.owner, matter_id=internal.id, version=internal.version, action="close", now=NOW)


def test_another_firm_finds_no_such_matter(session: Session, world: World) -> None:
    matter_id = make_matter(session, world.owner).id
    outsider = make_firm(session, "Quillfeather & Lind")
    with pytest.raises(NotFound):
        change_matter_status(session, actor=outsider, matter_id=matter_id, version=1, action="close", now=NOW)
    scope_to_firm(session, world.firm_id)
    assert session.scalar(select(func.count(AuditEvent.id)).where(AuditEvent.action == "matter.closed")) == 0
