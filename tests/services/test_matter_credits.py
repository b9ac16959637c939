"""Who is credited for what was collected: agreed from a day, taken back, and worked out on payments and on what is taken back of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm, transaction
from lexapp.domain.credits import CreditKind, CreditShare
from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from lexapp.domain.money import Money
from lexapp.domain.periods import Period
from lexapp.domain.permissions import Role
from lexapp.models import Allocation, AuditEvent, Client, Matter, MatterCredit
from lexapp.queries.reports.credits import collected_fees, credited, credits_by
from lexapp.queries.reports.scope import Scope
from lexapp.queries.verification import verify
from lexapp.services import payments
from lexapp.services.matter_credits import NewCreditSplit, agree_credit_split, remove_credit_split
from tests.credits import share_credit
from tests.factories import NOW, OPENED, TODAY, World, make_client, make_matter, make_member, make_world
from tests.issued_invoices import make_invoice

DAY = timedelta(days=1)
EVER = Period(OPENED, TODAY + 60 * DAY)


@pytest.fixture
def world(session: Session) -> Iterator[World]:
    made = make_world(session)
    yield made
    session.rollback()
    scope_to_firm(session, made.firm_id)
    assert verify(session, made.firm_id) == []


@pytest.fixture
def payer(session: Session, world: World) -> Client:
    return make_client(session, world.owner)


@pytest.fixture
def matter(session: Session, world: World, payer: Client) -> Matter:
    made = make_matter(session, world.owner, payer)
    with transaction(session, world.firm_id):
        session.add(made)
        made.originating_timekeeper_id, made.responsible_timekeeper_id = world.partner.id, world.partner.id
    return made


def collect(session: Session, world: World, payer: Client, invoice_id: int, minor: int, days: int = 0) -> int:
    """The id of what was applied first, so many days from now."""
    amount = Money(minor, "USD")
    given = {"payer_id": payer.id, "amount": amount, "received_on": TODAY + days * DAY, "method": "cheque", "reference": "1"}
    paid = payments.record_payment(session, actor=world.owner, allocations={invoice_id: amount}, now=NOW + days * DAY, **given)  # type: ignore[arg-type]
    return session.scalars(select(Allocation.id).where(Allocation.payment_id == paid.id).order_by(Allocation.id)).first() or 0


def given(session: Session, world: World, kind: CreditKind = CreditKind.ORIGINATING, period: Period = EVER) -> dict[int | None, int]:
    sums: dict[int | None, int] = {}
    for one in credited(session, scope=Scope(world.owner), period=period):
        if one.kind is kind:
            sums[one.timekeeper_id] = sums.get(one.timekeeper_id, 0) + one.minor
    return sums


def dates(session: Session, matter: Matter) -> list[tuple[date, date | None, int]]:
    names = (MatterCredit.effective_from, MatterCredit.effective_to, MatterCredit.share_basis_points)
    mine = select(*names).where(MatterCredit.matter_id == matter.id, MatterCredit.removed_at.is_(None))
    return [tuple(row) for row in session.execute(mine.order_by(MatterCredit.effective_from, MatterCredit.position))]  # type: ignore[misc]


def test_the_shares_of_the_day_of_collection_divide_it_to_the_cent(session: Session, world: World, payer: Client, matter: Matter) -> None:
    invoice = make_invoice(session, world, (matter, 300_00))
    share_credit(session, world, matter, [(world.partner, 6_000), (world.associate, 4_000)], start=TODAY - 30 * DAY)
    share_credit(session, world, matter, [(world.partner, 2_500), (world.associate, 7_500)], start=TODAY + DAY)
    collect(session, world, payer, invoice.id, 100_01)
    assert given(session, world) == {world.partner.id: 60_01, world.associate.id: 40_00}
    collect(session, world, payer, invoice.id, 100_00, days=1)
    assert given(session, world) == {world.partner.id: 85_01, world.associate.id: 115_00}
    assert given(session, world, CreditKind.RESPONSIBLE) == {world.partner.id: 200_01}
    assert collected_fees(session, scope=Scope(world.owner), period=EVER) == 200_01


def test_what_is_taken_back_later_takes_the_credit_from_those_who_had_it(
    session: Session, world: World, payer: Client, matter: Matter
) -> None:
    invoice = make_invoice(session, world, (matter, 300_00))
    share_credit(session, world, matter, [(world.partner, 6_000), (world.associate, 4_000)], start=TODAY - 30 * DAY)
    share_credit(session, world, matter, [(world.associate, 10_000)], start=TODAY + DAY)
    applied = collect(session, world, payer, invoice.id, 100_01)
    later = TODAY + 5 * DAY
    payments.unapply_allocation(session, actor=world.owner, allocation_id=applied, now=NOW + 5 * DAY)
    assert given(session, world, period=Period(later, later)) == {world.partner.id: -60_01, world.associate.id: -40_00}
    assert {row.originating_minor for row in credits_by(session, scope=Scope(world.owner), period=EVER)} == {0}


def test_without_a_split_the_matters_own_timekeepers_have_it_all_or_nobody(
    session: Session, world: World, payer: Client, matter: Matter
) -> None:
    bare = make_matter(session, world.owner, payer, "Nobody's")
    collect(session, world, payer, make_invoice(session, world, (matter, 10_00), (bare, 20_00)).id, 30_00)
    assert given(session, world) == {world.partner.id: 10_00, None: 20_00}
    rows = credits_by(session, scope=Scope(world.owner), period=EVER)
    assert (rows[0].name.label, rows[0].originating_minor, rows[0].responsible_minor) == ("Nobody", 20_00, 20_00)


def test_a_new_split_ends_the_one_before_and_a_mistake_is_taken_back(session: Session, world: World, matter: Matter) -> None:
    first = share_credit(session, world, matter, [(world.partner, 6_000), (world.associate, 4_000)])
    (second,) = share_credit(session, world, matter, [(world.associate, 10_000)], start=TODAY)
    before = [(OPENED, TODAY - DAY, 6_000), (OPENED, TODAY - DAY, 4_000)]
    assert dates(session, matter) == [*before, (TODAY, None, 10_000)]
    with pytest.raises(InvalidInput, match="starts on this day already"):
        share_credit(session, world, matter, [(world.partner, 10_000)], start=TODAY)
    with pytest.raises(Conflict, match="after you opened the page"):
        remove_credit_split(session, actor=world.owner, matter_credit_id=first[0].id, version=1, now=NOW)
    remove_credit_split(session, actor=world.owner, matter_credit_id=second.id, version=second.version, now=NOW)
    assert dates(session, matter) == before
    with pytest.raises(NotFound):
        remove_credit_split(session, actor=world.owner, matter_credit_id=second.id, version=2, now=NOW)
    said = session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("matter.credit%")).order_by(AuditEvent.id)).all()
    assert said == ["matter.credit_agreed", "matter.credit_agreed", "matter.credit_removed"]


def test_a_repeated_command_agrees_once(session: Session, world: World, matter: Matter) -> None:
    split = NewCreditSplit(kind=CreditKind.RESPONSIBLE, shares=(CreditShare(world.partner.id, 10_000),), effective_from=TODAY)
    for _ in range(2):
        agree_credit_split(session, actor=world.owner, matter_id=matter.id, split=split, key="credit-0001", now=NOW)
    assert len(dates(session, matter)) == 1


def test_what_cannot_be_agreed_is_refused(session: Session, world: World, matter: Matter) -> None:
    own = session.scalars(select(Matter).where(Matter.firm_id == world.firm_id, Matter.is_internal)).one()
    stranger = make_member(session, world.owner, Role.TIMEKEEPER)
    own_id, matter_id, partner_id = own.id, matter.id, world.partner.id
    other = make_world(session, "Another firm")
    whole = {"kind": CreditKind.ORIGINATING, "effective_from": TODAY}
    mine = NewCreditSplit(shares=(CreditShare(partner_id, 10_000),), **whole)  # type: ignore[arg-type]
    theirs = NewCreditSplit(shares=(CreditShare(other.partner.id, 10_000),), **whole)  # type: ignore[arg-type]
    for actor, asked_id, split, error in (
        (stranger, matter_id, mine, NotAllowed),
        (world.owner, own_id, mine, NotAllowed),
        (world.owner, matter_id, theirs, InvalidInput),
        (other.owner, matter_id, theirs, NotFound),
    ):
        with pytest.raises(error):
            agree_credit_split(session, actor=actor, matter_id=asked_id, split=split, now=NOW)
        session.rollback()
    scope_to_firm(session, world.firm_id)
    assert session.scalars(select(MatterCredit.id).where(MatterCredit.matter_id == matter_id)).all() == []
