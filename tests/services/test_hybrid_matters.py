"""Matters of several terms at once, from the agreement to the issued invoice and the journal."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.domain.agreements import (
    AgreedCap,
    AgreedDiscount,
    Coverage,
    Covers,
    Flat,
    Hourly,
    HourlyRate,
    Minimum,
    MonthlyRetainer,
    SuccessFee,
    Term,
)
from lexapp.domain.derivations import comes_to
from lexapp.domain.reductions import Counts, Window
from lexapp.models import Account, FeeTerm, Invoice, Matter, Posting, PreBillLine, TimeEntry
from lexapp.queries.derivations import derive_lines
from lexapp.queries.trust import earned_transfers
from lexapp.queries.verification import verify
from lexapp.services.fee_agreements import record_month, record_result
from lexapp.services.time_entries import Work, record_time
from lexapp.services.trust import approve_earned_transfer
from tests.agreed_fees import agree, milestones, reach
from tests.billing import issue
from tests.factories import NOW, TODAY, World, make_matter, make_world
from tests.trust_money import put_in, usd

SINCE, OCTOBER = date(2026, 10, 1), date(2026, 10, 12)
HYBRID = (
    Hourly((HourlyRate("", 200_00),)),
    SuccessFee(name="Success fee on the sale", basis_points=1_000, threshold_minor=1_000_00),
    Flat(name="Due diligence report", amount_minor=500_00, pays_for=Coverage(Covers.PHASES, ("L100",))),
    AgreedCap(limit_minor=1_000_00, window=Window.MONTH, counts=Counts.TIME),
)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def work(session: Session, world: World, matter: Matter, hours: int, code: str, on: date = OCTOBER) -> TimeEntry:
    session.rollback()
    told = Work(matter.id, world.partner.id, on, hours * 3_600, "Review the data room", task_code=code)
    return record_time(session, actor=world.owner, work=told, now=NOW)


def term_of(session: Session, matter: Matter, kind: str) -> int:
    return session.scalars(select(FeeTerm.id).where(FeeTerm.matter_id == matter.id, FeeTerm.kind == kind)).one()


def posted(session: Session, invoice: Invoice) -> dict[str, int]:
    query = select(Account.role, func.sum(Posting.amount_minor)).join(Account, Account.id == Posting.account_id)
    rows = session.execute(query.where(Posting.journal_entry_id == invoice.journal_entry_id).group_by(Account.role))
    return {role: int(minor) for role, minor in rows}


def lines(session: Session, invoice: Invoice) -> list[tuple[str, str, int]]:
    query = select(PreBillLine.kind, PreBillLine.narrative, PreBillLine.amount_minor)
    rows = session.execute(query.where(PreBillLine.pre_bill_id == invoice.pre_bill_id).order_by(PreBillLine.position))
    return [(kind, narrative, int(amount)) for kind, narrative, amount in rows]


def test_reduced_hours_a_success_fee_and_a_fixed_phase_under_a_monthly_cap(session: Session, world: World, matter: Matter) -> None:
    put_in(session, world, matter, 400_00)
    agreement = agree(session, world, matter, *HYBRID, since=SINCE)
    covered = work(session, world, matter, 2, "L120")
    hourly = [work(session, world, matter, hours, "L210") for hours in (4, 2)]
    november = work(session, world, matter, 1, "L210", TODAY)
    assert (covered.fee_term_id is None, [one.rate_minor_per_hour for one in (*hourly, november)]) == (False, [200_00] * 3)
    reach(session, world, milestones(session, agreement)[0])
    result = {"fee_term_id": term_of(session, matter, "success_fee"), "value_minor": 6_000_00, "achieved_on": TODAY}
    record_result(session, actor=world.owner, **result, now=NOW)
    [invoice] = issue(session, world, matter)
    assert sorted(lines(session, invoice)) == sorted(
        [
            ("time", "Review the data room", 800_00),
            ("time", "Review the data room", 200_00),
            ("time", "Review the data room", 200_00),
            ("fixed_fee", "Due diligence report", 500_00),
            ("fixed_fee", "Success fee on the sale", 500_00),
        ]
    )
    assert posted(session, invoice) == {"receivable": 2_200_00, "fee_income": -2_200_00}
    derived = derive_lines(session, firm_id=world.firm_id, condition=PreBillLine.pre_bill_id == invoice.pre_bill_id)
    assert sorted(comes_to(one.steps) or 0 for one in derived) == [200_00, 200_00, 500_00, 500_00, 800_00]
    first, second = earned_transfers(session, firm_id=world.firm_id, matter_id=matter.id)
    assert (first.proposed_minor, second.proposed_minor) == (400_00, 400_00)
    session.rollback()
    approving = {"transfer_id": first.id, "version": first.version, "invoice_id": invoice.id, "amount": usd(400_00)}
    approve_earned_transfer(session, actor=world.owner, **approving, effective_on=TODAY, now=NOW)
    [left] = earned_transfers(session, firm_id=world.firm_id, matter_id=matter.id)
    assert (left.state, left.balance_minor) == ("empty", 0)
    assert verify(session, world.firm_id) == []


def test_a_retained_matter_is_billed_its_month_and_the_hours_beyond(session: Session, world: World, matter: Matter) -> None:
    paid = {"pays_for": Coverage(Covers.ALL), "hours_hundredths": 10_00, "beyond_minor_per_hour": 300_00}
    agree(session, world, matter, MonthlyRetainer(name="General counsel", amount_minor=3_000_00, **paid), since=SINCE)  # type: ignore[arg-type]
    work(session, world, matter, 12, "")
    session.rollback()
    record_month(session, actor=world.owner, fee_term_id=term_of(session, matter, "monthly_retainer"), month=SINCE, now=NOW)
    [invoice] = issue(session, world, matter)
    assert lines(session, invoice) == [
        ("fixed_fee", "General counsel, October 2026", 3_000_00),
        ("fixed_fee", "Time beyond the retainer, October 2026", 600_00),
    ]
    assert posted(session, invoice) == {"receivable": 3_600_00, "fee_income": -3_600_00}
    assert verify(session, world.firm_id) == []


def test_a_minimum_counts_time_as_the_cap_lets_it_be_billed(session: Session, world: World, matter: Matter) -> None:
    cap = AgreedCap(limit_minor=1_000_00, window=Window.MONTH, counts=Counts.TIME)
    agree(session, world, matter, Hourly((HourlyRate("", 200_00),)), cap, Minimum(amount_minor=1_500_00), since=SINCE)
    work(session, world, matter, 6, "L210")
    [invoice] = issue(session, world, matter)
    assert invoice.total_minor == 1_000_00
    session.rollback()
    row = record_month(session, actor=world.owner, fee_term_id=term_of(session, matter, "minimum"), month=SINCE, now=NOW)
    assert (row.value_minor, row.amount_minor) == (1_000_00, 500_00)
    [second] = issue(session, world, matter)
    assert lines(session, second) == [("fixed_fee", "Minimum fee for October 2026", 500_00)]
    assert verify(session, world.firm_id) == []


@pytest.mark.parametrize("drafted_first", [True, False])
@pytest.mark.parametrize(
    ("less", "fee"),
    [
        ((AgreedDiscount(basis_points=1_000),), 1_550_00),
        ((AgreedDiscount(amount_minor=100_00),), 1_600_00),
        ((AgreedDiscount(basis_points=1_000), AgreedCap(limit_minor=400_00, window=Window.MONTH, counts=Counts.TIME)), 1_600_00),
    ],
)
def test_a_minimum_is_what_is_charged_whether_its_month_was_drafted_first(
    session: Session, world: World, matter: Matter, less: tuple[Term, ...], fee: int, drafted_first: bool
) -> None:
    agree(session, world, matter, Hourly((HourlyRate("", 100_00),)), Minimum(amount_minor=2_000_00), *less, since=SINCE)
    work(session, world, matter, 3, "L210")
    work(session, world, matter, 2, "L210")
    first = issue(session, world, matter) if drafted_first else []
    session.rollback()
    row = record_month(session, actor=world.owner, fee_term_id=term_of(session, matter, "minimum"), month=SINCE, now=NOW)
    assert (row.value_minor, row.amount_minor) == (2_000_00 - fee, fee)
    invoices = [*first, *issue(session, world, matter)]
    assert sum(invoice.total_minor for invoice in invoices) == 2_000_00
    assert verify(session, world.firm_id) == []


def test_time_that_was_written_down_counts_for_a_minimum_as_it_will_be_billed(session: Session, world: World, matter: Matter) -> None:
    agree(session, world, matter, Hourly((HourlyRate("", 100_00),)), Minimum(amount_minor=2_000_00), since=SINCE)
    entry = work(session, world, matter, 5, "L210")
    entry.adjustment_minor, entry.adjustment_reason = -50_00, "Courtesy"
    session.add(entry)
    session.commit()
    row = record_month(session, actor=world.owner, fee_term_id=term_of(session, matter, "minimum"), month=SINCE, now=NOW)
    assert row.amount_minor == 1_550_00
    [invoice] = issue(session, world, matter)
    assert invoice.total_minor == 2_000_00
