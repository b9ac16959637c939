"""Discounts of a client: agreed from a day, one of a kind at a time, ended, taken back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import Role
from lexapp.domain.reductions import EarlyDiscount, Tier, VolumeDiscount, YearlyDiscount
from lexapp.models import AuditEvent, Client, ClientDiscount
from lexapp.queries.client_discounts import early_discounts
from lexapp.services.client_discounts import NewDiscount, agree_discount, end_discount, remove_discount
from tests.factories import NOW, OPENED, World, make_client, make_member, make_world

EARLY = EarlyDiscount(200, 10)
VOLUME = YearlyDiscount(VolumeDiscount((Tier(100_000_00, 1_000),)))
JULY = date(2026, 7, 1)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def client(session: Session, world: World) -> Client:
    return make_client(session, world.owner)


def agree(
    session: Session,
    world: World,
    client: Client,
    terms: EarlyDiscount | YearlyDiscount = EARLY,
    since: date = OPENED,
    until: date | None = None,
) -> ClientDiscount:
    discount = NewDiscount(client_id=client.id, terms=terms, effective_from=since, effective_to=until)
    return agree_discount(session, actor=world.owner, discount=discount, now=NOW)


def test_one_holds_until_the_next_of_its_kind_begins(session: Session, world: World, client: Client):
    first, other = agree(session, world, client), agree(session, world, client, VOLUME)
    second = agree(session, world, client, EarlyDiscount(300, 5), JULY)
    session.expire_all()
    assert (first.effective_to, second.effective_to, other.effective_to) == (JULY - timedelta(days=1), None, None)
    asked = {"firm_id": world.firm_id, "client_ids": [client.id]}
    assert early_discounts(session, **asked, on=JULY - timedelta(days=1)) == {client.id: EARLY}
    assert early_discounts(session, **asked, on=JULY) == {client.id: EarlyDiscount(300, 5)}
    assert early_discounts(session, **asked, on=OPENED - timedelta(days=1)) == {}


def test_it_is_written_to_the_trail_of_the_client_in_words(session: Session, world: World, client: Client):
    agree(session, world, client, VOLUME)
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "client_discount.agreed")).one()
    assert (event.subject_kind, event.subject_id) == ("client", client.id)
    assert event.after["title"].startswith("10 % above $100,000.00 a year.")


def test_the_same_key_agrees_once(session: Session, world: World, client: Client):
    discount = NewDiscount(client_id=client.id, terms=EARLY, effective_from=OPENED)
    first = agree_discount(session, actor=world.owner, discount=discount, key="once", now=NOW)
    assert agree_discount(session, actor=world.owner, discount=discount, key="once", now=NOW).id == first.id
    assert len(session.scalars(select(ClientDiscount.id)).all()) == 1


def test_dates_that_cannot_stand_are_refused_beside_their_field(session: Session, world: World, client: Client):
    agree(session, world, client, since=JULY)
    for since, until, field in ((JULY, None, "effective_from"), (OPENED, JULY, "effective_to"), (JULY, OPENED, "effective_to")):
        with pytest.raises(InvalidInput) as caught:
            agree(session, world, client, since=since, until=until)
        assert caught.value.field == field
        session.rollback()


def test_terms_that_cannot_stand_and_clients_of_nobody_are_refused(session: Session, world: World, client: Client):
    with pytest.raises(InvalidInput, match=r"between 0\.01"):
        agree(session, world, client, EarlyDiscount(0, 10))
    session.rollback()
    elsewhere = make_client(session, make_world(session, "Another LLP").owner)
    with pytest.raises(InvalidInput, match="Pick the client"):
        agree(session, world, elsewhere)


def test_it_is_ended_and_a_stale_page_ends_nothing(session: Session, world: World, client: Client):
    row = agree(session, world, client)
    end_discount(session, actor=world.owner, discount_id=row.id, version=row.version, effective_to=JULY, now=NOW)
    assert row.effective_to == JULY
    with pytest.raises(Conflict):
        end_discount(session, actor=world.owner, discount_id=row.id, version=1, effective_to=OPENED, now=NOW)


def test_a_mistake_is_taken_back_and_holds_for_nothing(session: Session, world: World, client: Client):
    row = agree(session, world, client)
    remove_discount(session, actor=world.owner, discount_id=row.id, version=row.version, now=NOW)
    assert early_discounts(session, firm_id=world.firm_id, client_ids=[client.id], on=JULY) == {}
    session.rollback()
    with pytest.raises(NotFound):
        end_discount(session, actor=world.owner, discount_id=row.id, version=row.version, effective_to=JULY, now=NOW)
    session.rollback()
    assert agree(session, world, client).removed_at is None


def test_who_may_not_agree_rates_agrees_no_discounts(session: Session, world: World, client: Client):
    timekeeper = make_member(session, world.owner, Role.TIMEKEEPER)
    with pytest.raises(NotAllowed):
        agree_discount(session, actor=timekeeper, discount=NewDiscount(client_id=client.id, terms=EARLY, effective_from=OPENED), now=NOW)
