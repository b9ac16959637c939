"""Fees by the month and by result: recorded once each, explained, undone, and never where nothing is due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.agreements import (
    AdvanceRetainer,
    AgreedContingency,
    Coverage,
    Covers,
    Hourly,
    Minimum,
    MonthlyRetainer,
    SuccessFee,
    read_term,
)
from lexapp.domain.contingency import Basis, ContingencyTerms, Stage, Tier
from lexapp.domain.dates import day_text
from lexapp.domain.derivations import follow
from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed
from lexapp.models import AgreedFee, ContingencyAgreement, EarnedTransfer, FeeAgreement, FeeTerm, FixedFeeEntry, Matter
from lexapp.queries.agreed_fees import agreed_fees_of, months_to_record
from lexapp.queries.contingency import agreement_on
from lexapp.queries.derivations.entries import fixed_fee_steps
from lexapp.queries.verification import verify
from lexapp.services.contingency import OwnTerms, agree_contingency, remove_contingency
from lexapp.services.fee_agreements import record_minimum, record_month, record_result, remove_agreement, undo_agreed_fee
from lexapp.services.pre_bills import draft_fee
from lexapp.workflows.fee_agreements import record_months_over
from tests.agreed_fees import FLAT, agree, fees, milestones, reach, refused
from tests.billing import work_time
from tests.factories import NOW, TODAY, World, make_matter, make_world
from tests.trust_money import put_in

OCTOBER = date(2026, 10, 1)
IN_OCTOBER = date(2026, 10, 14)
SINCE = date(2026, 10, 1)
TOMORROW = TODAY + timedelta(days=1)
SALE = SuccessFee(name="Success fee on the sale", basis_points=1_000, threshold_minor=200_000_00)


@pytest.fixture
def world(session: Session) -> Iterator[World]:
    made = make_world(session)
    yield made
    session.rollback()
    assert verify(session, made.firm_id) == []


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def agreed(session: Session, world: World, matter: Matter, *terms: Any, since: date = SINCE) -> list[int]:
    made = agree(session, world, matter, *terms, since=since)
    return list(session.scalars(select(FeeTerm.id).where(FeeTerm.fee_agreement_id == made.id).order_by(FeeTerm.position)))


def month(session: Session, world: World, term_id: int, when: date = OCTOBER, **more: Any) -> AgreedFee:
    session.rollback()
    return record_month(session, actor=world.owner, fee_term_id=term_id, month=when, now=NOW, **more)


def offered(session: Session, term_id: int) -> list[date]:
    session.rollback()
    row = session.get_one(FeeTerm, term_id)
    rows = agreed_fees_of(session, firm_id=row.firm_id, matter_id=row.matter_id)
    return months_to_record(read_term(row.kind, row.terms), session.get_one(FeeAgreement, row.fee_agreement_id), rows, TODAY)


def explained(session: Session, row: AgreedFee) -> int:
    return follow(fixed_fee_steps(session.get_one(FixedFeeEntry, row.fixed_fee_entry_id)))


def test_a_result_above_the_threshold_makes_a_fee_and_the_next_goes_on_from_it(session: Session, world: World, matter: Matter) -> None:
    put_in(session, world, matter, 1_000)
    [term_id] = agreed(session, world, matter, SALE)
    told = {"actor": world.owner, "fee_term_id": term_id, "achieved_on": TODAY, "now": NOW}
    first = record_result(session, value_minor=150_000_00, **told)
    second = record_result(session, value_minor=100_000_00, note="Dock Street", key="one-result-0", **told)
    again = record_result(session, value_minor=100_000_00, note="Dock Street", key="one-result-0", **told)
    third = record_result(session, value_minor=10_000_00, **told)
    assert [first.amount_minor, second.amount_minor, third.amount_minor] == [0, 5_000_00, 1_000_00]
    assert (again.id, fees(session, matter)) == (second.id, [5_000_00, 1_000_00])
    assert explained(session, third) == 1_000_00
    assert session.get_one(FixedFeeEntry, second.fixed_fee_entry_id).description == "Success fee on the sale: Dock Street"
    assert len(session.scalars(select(EarnedTransfer)).all()) == 2
    later = refused(lambda: undo_agreed_fee(session, actor=world.owner, agreed_fee_id=second.id, version=second.version, now=NOW))
    on = day_text(TODAY)
    assert later.message == f"The later result of {on}, $10,000.00 achieved, goes on where this one ends. Undo that one first."
    session.rollback()
    undo_agreed_fee(session, actor=world.owner, agreed_fee_id=third.id, version=third.version, now=NOW)
    assert fees(session, matter) == [5_000_00]


@pytest.mark.parametrize(
    ("value", "on", "field"),
    [(0, TODAY, "value"), (-5, TODAY, "value"), (5, date(2026, 9, 30), "achieved_on"), (5, TOMORROW, "achieved_on")],
)
def test_a_result_that_cannot_be_is_refused_beside_its_field(
    session: Session, world: World, matter: Matter, value: int, on: date, field: str
) -> None:
    [term_id] = agreed(session, world, matter, SALE)
    told = {"actor": world.owner, "fee_term_id": term_id, "achieved_on": on, "now": NOW}
    assert refused(lambda: record_result(session, value_minor=value, **told)).field == field


def test_a_minimum_is_not_counted_through_a_day_to_come(session: Session, world: World, matter: Matter) -> None:
    [term_id] = agreed(session, world, matter, Minimum(amount_minor=2_000_00, is_monthly=False))
    told = {"fee_term_id": term_id, "ended_on": TOMORROW}
    assert refused(lambda: record_minimum(session, actor=world.owner, **told, now=NOW)).code == "day_to_come"


@pytest.mark.parametrize("when", [date(9999, 12, 1), date(1, 1, 1)])
def test_a_month_beyond_the_calendar_is_refused(session: Session, world: World, matter: Matter, when: date) -> None:
    [term_id] = agreed(session, world, matter, Minimum(amount_minor=2_000_00))
    assert refused(lambda: month(session, world, term_id, when)).field == "month"


def test_the_minimum_of_a_month_is_what_time_left_missing_and_is_recorded_once(session: Session, world: World, matter: Matter) -> None:
    [_, term_id] = agreed(session, world, matter, Hourly(), Minimum(amount_minor=2_000_00))
    work_time(session, world, matter, hundredths=100, rate=500_00, on=IN_OCTOBER)
    work_time(session, world, matter, hundredths=100, rate=500_00, on=date(2026, 11, 2))
    work_time(session, world, matter, hundredths=100, rate=500_00, on=IN_OCTOBER, status="non_billable")
    row = month(session, world, term_id)
    entry = session.get_one(FixedFeeEntry, row.fixed_fee_entry_id)
    assert (row.amount_minor, row.value_minor, entry.charged_on) == (1_500_00, 500_00, date(2026, 10, 31))
    assert (entry.description, explained(session, row)) == ("Minimum fee for October 2026", 1_500_00)
    assert isinstance(refused(lambda: month(session, world, term_id)), Conflict)
    over = refused(lambda: month(session, world, term_id, date(2026, 11, 1)))
    assert (over.field, "not over yet" in over.message) == ("month", True)
    undo_agreed_fee(session, actor=world.owner, agreed_fee_id=row.id, version=row.version, now=NOW)
    assert month(session, world, term_id).amount_minor == 1_500_00
    assert fees(session, matter) == [1_500_00]


def test_a_month_in_which_enough_was_worked_is_recorded_without_a_fee(session: Session, world: World, matter: Matter) -> None:
    [term_id] = agreed(session, world, matter, Minimum(amount_minor=500_00))
    work_time(session, world, matter, hundredths=100, rate=500_00, on=IN_OCTOBER)
    row = month(session, world, term_id)
    assert (row.amount_minor, row.fixed_fee_entry_id, fees(session, matter)) == (0, None, [])


def test_a_minimum_in_all_counts_what_was_recorded_before(session: Session, world: World, matter: Matter) -> None:
    [term_id] = agreed(session, world, matter, Minimum(amount_minor=2_000_00, is_monthly=False))
    work_time(session, world, matter, hundredths=100, rate=500_00, on=IN_OCTOBER)
    row = record_minimum(session, actor=world.owner, fee_term_id=term_id, ended_on=TODAY, now=NOW)
    assert (row.amount_minor, explained(session, row)) == (1_500_00, 1_500_00)
    again = refused(lambda: record_minimum(session, actor=world.owner, fee_term_id=term_id, ended_on=TODAY, now=NOW))
    assert again.code == "minimum_reached"


def test_a_monthly_retainer_bills_its_fee_and_the_hours_beyond(session: Session, world: World, matter: Matter) -> None:
    paid = {"pays_for": Coverage(Covers.ALL), "hours_hundredths": 1_000, "beyond_minor_per_hour": 400_00}
    [term_id] = agreed(session, world, matter, MonthlyRetainer(name="Counsel", amount_minor=3_000_00, **paid))
    entry = work_time(session, world, matter, hundredths=1_250, rate=500_00, on=IN_OCTOBER)
    entry.fee_term_id = term_id
    session.add(entry)
    session.commit()
    assert month(session, world, term_id).amount_minor == 3_000_00
    assert fees(session, matter) == [3_000_00, 1_000_00]
    beyond = session.scalars(select(AgreedFee).where(AgreedFee.kind == "beyond")).one()
    assert (beyond.name, explained(session, beyond)) == ("Time beyond the retainer, October 2026", 1_000_00)
    given = {"agreed_fee_id": beyond.id, "version": beyond.version}
    session.rollback()
    undo_agreed_fee(session, actor=world.owner, **given, now=NOW)
    assert OCTOBER in offered(session, term_id)
    assert (month(session, world, term_id).kind, fees(session, matter)) == ("beyond", [3_000_00, 1_000_00])
    assert OCTOBER not in offered(session, term_id)


def test_the_job_records_months_once_and_not_again_what_somebody_undid(session: Session, world: World, matter: Matter) -> None:
    [minimum, _] = agreed(session, world, matter, Minimum(amount_minor=2_000_00), MonthlyRetainer(name="Counsel", amount_minor=300_00))
    later = datetime(2026, 12, 2, 12, tzinfo=NOW.tzinfo)
    assert record_months_over(session, firm_id=world.firm_id, now=later) == (0, 0)
    later += timedelta(days=3)
    assert record_months_over(session, firm_id=world.firm_id, now=later) == (2, 0)
    assert record_months_over(session, firm_id=world.firm_id, now=later) == (0, 0)
    row = session.scalars(select(AgreedFee).where(AgreedFee.fee_term_id == minimum)).one()
    assert row.period_start == date(2026, 11, 1)
    session.rollback()
    undo_agreed_fee(session, actor=world.owner, agreed_fee_id=row.id, version=row.version, now=later)
    assert record_months_over(session, firm_id=world.firm_id, now=later) == (0, 0)
    assert fees(session, matter) == [300_00]


def test_an_agreement_with_recorded_fees_stays_and_one_on_a_pre_bill_is_not_undone(session: Session, world: World, matter: Matter) -> None:
    made = agree(session, world, matter, Minimum(amount_minor=2_000_00), since=SINCE)
    term_id = session.scalars(select(FeeTerm.id).where(FeeTerm.fee_agreement_id == made.id)).one()
    row = month(session, world, term_id)
    removing = refused(lambda: remove_agreement(session, actor=world.owner, agreement_id=made.id, version=made.version, now=NOW))
    assert "Minimum fee for October 2026" in removing.message
    session.rollback()
    draft_fee(session, actor=world.owner, fixed_fee_entry_id=row.fixed_fee_entry_id or 0, now=NOW)
    taken = refused(lambda: undo_agreed_fee(session, actor=world.owner, agreed_fee_id=row.id, version=row.version, now=NOW))
    assert isinstance(taken, NotAllowed)


def percent(share: str, source: str = "engagement letter") -> AgreedContingency:
    tiers = {stage: (Tier(0, None, Fraction(share)),) for stage in Stage}
    return AgreedContingency(terms=ContingencyTerms("USD", Basis.GROSS, tiers, source))


def test_contingency_as_a_term_begins_and_ends_with_its_agreement(session: Session, world: World, matter: Matter) -> None:
    agree(session, world, matter, percent("1/3"), since=SINCE)
    second = agree(session, world, matter, percent("2/5"), Hourly(), since=TODAY)
    assert share_on(session, matter, IN_OCTOBER) == "1/3"
    assert share_on(session, matter, TODAY) == "2/5"
    own = OwnTerms(TODAY + timedelta(days=3), terms=percent("1/4").terms)
    assert (
        refused(lambda: agree_contingency(session, actor=world.owner, matter_id=matter.id, agreed=own, now=NOW)).code == "in_fee_agreement"
    )
    session.rollback()
    row = session.scalars(select(ContingencyAgreement).where(ContingencyAgreement.fee_agreement_id == second.id)).one()
    alone = refused(lambda: remove_contingency(session, actor=world.owner, agreement_id=row.id, version=row.version, now=NOW))
    assert isinstance(alone, NotAllowed)
    session.rollback()
    remove_agreement(session, actor=world.owner, agreement_id=second.id, version=second.version, now=NOW)
    assert share_on(session, matter, TODAY) == "1/3"
    agree(session, world, matter, Hourly(), since=TODAY)
    assert share_on(session, matter, TODAY) is None


def share_on(session: Session, matter: Matter, on: date) -> str | None:
    session.rollback()
    found = agreement_on(session, firm_id=matter.firm_id, matter_id=matter.id, on=on)
    return str(found.terms["tiers"]["trial"][0]["percent"]) if found else None


def test_an_advance_asks_for_more_below_its_balance(session: Session, world: World, matter: Matter) -> None:
    advance = AdvanceRetainer(amount_minor=5_000_00, minimum_minor=1_000_00)
    agree(session, world, matter, replace(advance, minimum_minor=0), since=SINCE)
    session.refresh(matter)
    assert matter.trust_minimum_minor is None
    agree(session, world, matter, advance, since=TODAY)
    session.refresh(matter)
    assert matter.trust_minimum_minor == 1_000_00


def test_terms_of_other_kinds_have_no_months(session: Session, world: World, matter: Matter) -> None:
    [term_id] = agreed(session, world, matter, SALE)
    with pytest.raises(Exception, match="no fee by the month"):
        month(session, world, term_id)
    assert refused(lambda: month(session, world, term_id, IN_OCTOBER)).field == "month"
    assert isinstance(refused(lambda: month(session, world, term_id, IN_OCTOBER)), InvalidInput)


def test_a_milestone_is_known_by_its_name_in_any_letters(session: Session, world: World, matter: Matter) -> None:
    first = agree(session, world, matter, replace(FLAT, name="ÄRGER und Öl"))
    second = agree(session, world, matter, replace(FLAT, name="Ärger und öl"), since=TODAY)
    entry = reach(session, world, milestones(session, second)[0])
    assert [one.fixed_fee_entry_id for made in (first, second) for one in milestones(session, made)] == [entry.id] * 2
