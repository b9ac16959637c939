"""A statement that the client consents to is what is billed: discounts spare what it fixed, and a cap that would cut it is refused."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.agreements import AgreedCap, AgreedDiscount, Hourly, Minimum, Term
from lexapp.domain.derivations import follow
from lexapp.domain.errors import InvalidInput
from lexapp.domain.reductions import Counts, Reckoning, VolumeDiscount, YearlyDiscount
from lexapp.domain.reductions import Tier as Step
from lexapp.domain.splits import PayerTerms
from lexapp.models import AgreedFee, ClientDiscount, FeeTerm, Matter, PreBill, PreBillLine
from lexapp.queries.client_discounts import volume_year
from lexapp.queries.derivations.lines import derive_lines
from lexapp.queries.frozen_invoices import frozen_invoice
from lexapp.queries.verification import verify
from lexapp.services import contingency
from lexapp.services.client_discounts import NewDiscount, agree_discount, remove_discount
from lexapp.services.fee_agreements import record_minimum
from lexapp.services.invoices import void_invoice
from lexapp.services.pre_bills import draft_fee, hold_back_line, take_back_line
from tests import billing
from tests.agreed_fees import agree
from tests.factories import NOW, TODAY, World, make_matter, make_world
from tests.settlements import CAPS, COST, FEE, TIME, approve, charged, matter_with_terms, recovered, settle, settled, shared

TENTH = AgreedDiscount(basis_points=1_000)
STEPS = VolumeDiscount((Step(0, 1_000),), counts=Counts.ALL)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return matter_with_terms(session, world)


def agree_volume(session: Session, world: World, matter: Matter, volume: VolumeDiscount = STEPS) -> int:
    discount = NewDiscount(client_id=matter.client_id or 0, terms=YearlyDiscount(volume), effective_from=date(2026, 1, 1))
    return agree_discount(session, actor=world.owner, discount=discount, now=NOW).id


@pytest.mark.parametrize(
    ("discount", "time"),
    [
        (TENTH, 54_000),
        (AgreedDiscount(basis_points=1_000, counts=Counts.ALL), 54_000),
        (AgreedDiscount(amount_minor=20_000, counts=Counts.ALL), 40_000),
        (AgreedDiscount(amount_minor=90_000), 0),
    ],
)
def test_discounts_of_the_matter_spare_what_a_statement_fixed(
    session: Session, world: World, matter: Matter, discount: AgreedDiscount, time: int
) -> None:
    agree(session, world, matter, Hourly(), discount)
    settled(session, world, matter)
    (id_,) = billing.draft(session, world, matter)
    assert charged(session, id_) == {"fixed_fee": FEE, "expense": COST, "time": time}
    assert verify(session, world.firm_id) == []


@pytest.mark.parametrize("reckoning", Reckoning)
def test_a_discount_by_volume_neither_reduces_nor_counts_what_a_statement_fixed(
    session: Session, world: World, matter: Matter, reckoning: Reckoning
) -> None:
    discount_id = agree_volume(session, world, matter, VolumeDiscount((Step(50_000, 1_000),), reckoning, Counts.ALL))
    settled(session, world, matter)
    (id_,) = billing.draft(session, world, matter)
    given = 1_000 if reckoning is Reckoning.ABOVE else 6_000
    assert charged(session, id_) == {"fixed_fee": FEE, "expense": COST, "time": TIME - given}
    year = volume_year(session, discount=session.get_one(ClientDiscount, discount_id), on=TODAY)
    assert year is not None
    assert (year.billed_minor, year.given_minor) == (TIME, given)
    for one in derive_lines(session, firm_id=world.firm_id, condition=PreBillLine.pre_bill_id == id_):
        assert follow(one.steps) == one.line.amount_minor
        assert ("Client’s discount by volume" in [step.label for step in one.steps]) is (one.line.kind == "time")
    assert verify(session, world.firm_id) == []


def test_what_is_voided_and_billed_again_is_spared_again_and_gives_nothing_to_other_bills(
    session: Session, world: World, matter: Matter
) -> None:
    agree_volume(session, world, matter)
    agree(session, world, matter, Hourly(), TENTH)
    fee_id = settled(session, world, matter)
    (invoice,) = billing.issue(session, world, matter)
    first = (invoice.fees_minor, invoice.costs_minor)
    assert first == (FEE + 48_600, COST)
    void_invoice(session, actor=world.owner, invoice_id=invoice.id, reason="Wrong address", now=NOW)
    (alone,) = draft_fee(session, actor=world.owner, fixed_fee_entry_id=fee_id, now=NOW)
    assert charged(session, alone) == {"fixed_fee": FEE}
    (rest,) = billing.draft(session, world, matter)
    assert charged(session, rest) == {"expense": COST, "time": 48_600}
    remove_discount(session, actor=world.owner, discount_id=session.scalars(select(ClientDiscount.id)).one(), version=1, now=NOW)
    assert (charged(session, alone), charged(session, rest)) == ({"fixed_fee": FEE}, {"expense": COST, "time": 54_000})


def test_a_cost_that_was_held_back_with_its_discounts_comes_back_without_them_once_it_is_settled(
    session: Session, world: World, matter: Matter
) -> None:
    agree_volume(session, world, matter)
    agree(session, world, matter, Hourly(), AgreedDiscount(basis_points=1_000, counts=Counts.ALL))
    cost_id = billing.spend(session, world, matter, COST).id
    (id_,) = billing.draft(session, world, matter)
    assert charged(session, id_) == {"expense": 20_250, "time": 48_600}
    line = next(line for line in billing.lines_of(session, id_) if line.kind == "expense")
    line_id, version = line.id, line.version
    session.rollback()
    hold_back_line(session, actor=world.owner, line_id=line_id, version=version, now=NOW)
    settle(session, world, matter, approve(session, world, recovered(session, world, matter, cost_id)))
    version = session.get_one(PreBillLine, line_id).version
    session.rollback()
    take_back_line(session, actor=world.owner, line_id=line_id, version=version, now=NOW)
    assert charged(session, id_) == {"expense": COST, "time": 48_600}


def test_a_minimum_fee_is_neither_reduced_nor_counted_by_volume(session: Session, world: World) -> None:
    matter = make_matter(session, world.owner)
    billing.work_time(session, world, matter)
    agree_volume(session, world, matter)
    agree(session, world, matter, Hourly(), Minimum(amount_minor=200_000, is_monthly=False))
    term_id = session.scalars(select(FeeTerm.id).where(FeeTerm.kind == "minimum")).one()
    record_minimum(session, actor=world.owner, fee_term_id=term_id, ended_on=TODAY, now=NOW)
    (id_,) = billing.draft(session, world, matter)
    assert charged(session, id_) == {"fixed_fee": 140_000, "time": 54_000}
    assert session.get_one(PreBill, id_).volume_billed_minor == 0
    assert session.scalars(select(AgreedFee.amount_minor)).one() == 140_000
    (other,) = billing.draft(session, world, _more(session, world, matter))
    assert session.get_one(PreBill, other).volume_billed_minor == TIME


def test_a_hard_cap_cuts_a_minimum_fee_and_says_so_on_the_invoice_and_where_it_is_explained(session: Session, world: World) -> None:
    matter = make_matter(session, world.owner)
    billing.work_time(session, world, matter)
    agree(session, world, matter, Hourly(), Minimum(amount_minor=200_000, is_monthly=False), AgreedCap(limit_minor=180_000))
    term_id = session.scalars(select(FeeTerm.id).where(FeeTerm.kind == "minimum")).one()
    record_minimum(session, actor=world.owner, fee_term_id=term_id, ended_on=TODAY, now=NOW)
    (invoice,) = billing.issue(session, world, matter)
    (fee,) = frozen_invoice(session, firm_id=world.firm_id, invoice_id=invoice.id).snapshot.matters[0].fixed_fees
    assert (fee.fee_minor, fee.adjustment_minor, fee.amount_minor, fee.note) == (140_000, -20_000, 120_000, "beyond the cap of $1,800.00")
    (found,) = derive_lines(session, firm_id=world.firm_id, condition=PreBillLine.kind == "fixed_fee")
    told = [(step.label, step.figure, step.why) for step in found.steps]
    assert told[0] == ("Minimum", 200_000, "agreed in all")
    assert told[2] == ("Fee agreement", -20_000, "beyond the cap of $1,800.00")


def _more(session: Session, world: World, matter: Matter) -> Matter:
    billing.work_time(session, world, matter)
    return matter


@pytest.mark.parametrize(("cap", "is_refused"), CAPS)
def test_a_cap_that_counts_the_fee_is_refused_with_what_to_do(
    session: Session, world: World, matter: Matter, cap: Term, is_refused: bool
) -> None:
    row = recovered(session, world, matter)
    agree(session, world, matter, Hourly(), cap)
    session.rollback()
    if is_refused:
        with pytest.raises(InvalidInput, match="Agree anew that the cap counts time only"):
            approve(session, world, row)
    else:
        assert approve(session, world, row).status == "approved"


@pytest.mark.parametrize(
    ("fixed_fees", "expenses", "cap_minor", "is_refused"),
    [(10_000, 10_000, None, False), (6_000, 10_000, None, True), (10_000, 0, None, True), (10_000, 10_000, 10**9, True)],
)
def test_a_fee_that_somebody_else_would_be_billed_a_part_of_is_refused(
    session: Session, world: World, matter: Matter, fixed_fees: int, expenses: int, cap_minor: int | None, is_refused: bool
) -> None:
    terms = PayerTerms(matter.client_id or 0, 0, fixed_fees, expenses, cap_minor=cap_minor)
    row = recovered(session, world, matter, billing.spend(session, world, matter, COST).id)
    shared(session, world, matter, terms)
    session.rollback()
    if is_refused:
        with pytest.raises(InvalidInput, match="the recovery is the client’s money"):
            approve(session, world, row)
        return
    fee_id = settle(session, world, matter, approve(session, world, row))
    ids = draft_fee(session, actor=world.owner, fixed_fee_entry_id=fee_id, now=NOW)
    assert [charged(session, id_) for id_ in ids] == [{"fixed_fee": FEE}]


def test_a_cap_that_was_agreed_since_the_consent_stops_the_settlement(session: Session, world: World, matter: Matter) -> None:
    row = approve(session, world, recovered(session, world, matter))
    agree(session, world, matter, Hourly(), AgreedCap(limit_minor=100_000))
    with pytest.raises(InvalidInput, match="cut what the client consents to"):
        settle(session, world, matter, row)


def test_a_cap_of_all_work_of_an_earlier_agreement_is_refused_for_the_costs_of_its_days(
    session: Session, world: World, matter: Matter
) -> None:
    agree(session, world, matter, Hourly(), AgreedCap(limit_minor=10**9, counts=Counts.ALL))
    agree(session, world, matter, Hourly(), since=TODAY)
    row = recovered(session, world, matter, billing.spend(session, world, matter, COST).id)
    with pytest.raises(InvalidInput, match="cut what the client consents to"):
        approve(session, world, row)
    without = {"recovery_id": row.id, "version": row.version, "expense_entry_ids": []}
    session.rollback()
    row = contingency.choose_costs(session, actor=world.owner, now=NOW, **without)
    assert approve(session, world, row).status == "approved"
