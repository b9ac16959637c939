"""Fees that an agreement made, and what a settled statement bills, are not changed by hand where other fees and expenses are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.agreements import SuccessFee
from lexapp.domain.errors import NotAllowed
from lexapp.models import AgreedFee, FeeAgreement, FeeTerm, FixedFeeEntry, Matter, PreBillLine
from lexapp.queries.expense_entries import fixed_fee_line
from lexapp.queries.verification import verify
from lexapp.services.fee_agreements import record_month, record_result, undo_agreed_fee, undo_milestone
from lexapp.services.fixed_fees import FixedFee, discard_fixed_fee, edit_fixed_fee, record_fixed_fee, restore_fixed_fee
from lexapp.services.pre_bills import LineChange, draft_pre_bill, edit_line
from tests import billing
from tests.agreed_fees import FLAT, MONTHLY, agree, fees, milestones, reach, refused
from tests.factories import NOW, TODAY, World, make_matter, make_world

SALE = SuccessFee(name="Success fee on the sale", basis_points=1_000)


@pytest.fixture
def world(session: Session) -> Iterator[World]:
    made = make_world(session)
    yield made
    session.rollback()
    assert verify(session, made.firm_id) == []


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def made(session: Session, world: World, matter: Matter, kind: str) -> FixedFeeEntry:
    """The fee of a milestone, of a result, or of a month."""
    agreement = agree(session, world, matter, {"milestone": FLAT, "result": SALE, "month": MONTHLY}[kind])
    if kind == "milestone":
        return reach(session, world, milestones(session, agreement)[0])
    term_id = session.scalars(select(FeeTerm.id).where(FeeTerm.fee_agreement_id == agreement.id)).one()
    acting: dict[str, Any] = {"actor": world.owner, "fee_term_id": term_id, "now": NOW}
    if kind == "result":
        row = record_result(session, value_minor=1_000_000, achieved_on=TODAY, **acting)
    else:
        row = record_month(session, month=(TODAY.replace(day=1) - timedelta(days=1)).replace(day=1), **acting)
    return session.get_one(FixedFeeEntry, row.fixed_fee_entry_id)


@pytest.mark.parametrize("kind", ["milestone", "result", "month"])
def test_a_fee_that_an_agreement_made_is_neither_changed_nor_moved_nor_discarded_by_hand(
    session: Session, world: World, matter: Matter, kind: str
) -> None:
    entry = made(session, world, matter, kind)
    amount, on = entry.amount_minor, entry.charged_on
    other = make_matter(session, world.owner)
    as_it_is = {"matter_id": matter.id, "charged_on": on, "amount_minor": amount, "description": entry.description}
    which: dict[str, Any] = {"actor": world.owner, "entry_id": entry.id, "version": entry.version, "now": NOW}
    changes: list[dict[str, Any]] = [{"amount_minor": amount + 1}, {"matter_id": other.id}, {"billing_status": "non_billable"}]
    for change in changes:
        session.rollback()
        fee = FixedFee(**{**as_it_is, **change})
        told = refused(partial(edit_fixed_fee, session, fee=fee, **which))
        assert (type(told), told.code, "Undo it on the agreement’s page" in told.message) == (NotAllowed, "fee_is_agreed", True)
    session.rollback()
    assert refused(lambda: discard_fixed_fee(session, **which)).code == "fee_is_agreed"
    session.rollback()
    assert fees(session, matter) == [amount]
    line = fixed_fee_line(session, actor=world.owner, currency="USD", entry_id=entry.id)
    assert line is not None
    assert (line.is_bound, line.is_agreed, line.recovery_id) == (True, True, None)


@pytest.mark.parametrize("kind", ["milestone", "result"])
def test_its_own_page_undoes_it_and_by_hand_it_does_not_come_back(session: Session, world: World, matter: Matter, kind: str) -> None:
    entry = made(session, world, matter, kind)
    session.rollback()
    if kind == "milestone":
        (row,) = milestones(session, agreement_of(session, matter))
        undo_milestone(session, actor=world.owner, milestone_id=row.id, version=row.version, now=NOW)
    else:
        fee = session.scalars(select(AgreedFee)).one()
        undo_agreed_fee(session, actor=world.owner, agreed_fee_id=fee.id, version=fee.version, now=NOW)
    assert fees(session, matter) == []
    session.refresh(entry)
    back: dict[str, Any] = {"actor": world.owner, "entry_id": entry.id, "version": entry.version, "now": NOW}
    session.rollback()
    assert refused(lambda: restore_fixed_fee(session, **back)).code == "fee_is_agreed"
    session.rollback()
    assert fees(session, matter) == []


def test_on_a_pre_bill_an_agreed_fee_is_charged_less_with_a_reason_and_never_more(session: Session, world: World, matter: Matter) -> None:
    entry = made(session, world, matter, "milestone")
    session.rollback()
    (pre_bill_id,) = draft_pre_bill(session, actor=world.owner, matter_id=matter.id, through_on=TODAY, now=NOW)
    (line,) = billing.lines_of(session, pre_bill_id)
    change = LineChange(narrative=line.narrative, quantity_hundredths=100, rate_minor=entry.amount_minor, write_down_reason="As we said")

    def edit(asked: LineChange) -> PreBillLine:
        session.rollback()
        return edit_line(session, actor=world.owner, line_id=line.id, change=asked, version=line.version, now=NOW)

    for more in ({"rate_minor": FLAT.amount_minor + 1}, {"quantity_hundredths": 200}):
        told = refused(partial(edit, replace(change, **more)))
        assert (told.field, told.code) == ("rate", "above_agreed")
    assert edit(replace(change, write_down_minor=50_000)).amount_minor == FLAT.amount_minor - 50_000


def test_a_fee_by_hand_beside_an_agreed_one_is_changed_as_before(session: Session, world: World, matter: Matter) -> None:
    made(session, world, matter, "milestone")
    session.rollback()
    own = record_fixed_fee(session, actor=world.owner, fee=FixedFee(matter.id, TODAY, 10_000), now=NOW)
    which: dict[str, Any] = {"actor": world.owner, "entry_id": own.id, "now": NOW}
    session.rollback()
    edit_fixed_fee(session, fee=FixedFee(matter.id, TODAY, 20_000), version=1, **which)
    assert fees(session, matter) == [FLAT.amount_minor, 20_000]
    session.rollback()
    discard_fixed_fee(session, version=2, **which)
    assert fees(session, matter) == [FLAT.amount_minor]


def agreement_of(session: Session, matter: Matter) -> FeeAgreement:
    return session.scalars(select(FeeAgreement).where(FeeAgreement.matter_id == matter.id)).one()
