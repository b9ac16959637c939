"""What a settled statement says is left to do, and the days that it may bear."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy.orm import Session

from lexapp.domain.contingency import Basis, ContingencyTerms, Stage, Tier
from lexapp.domain.errors import InvalidInput
from lexapp.domain.snapshots.coding import decode
from lexapp.domain.snapshots.settlements import SettlementSnapshot
from lexapp.models import Matter, Recovery
from lexapp.queries.contingency import SettlementStep, settlement_steps
from lexapp.services import contingency, trust
from lexapp.services.contingency import Consent, OwnTerms, RecoveryFacts
from lexapp.services.invoices import issue_invoices
from lexapp.services.pre_bills import approve_pre_bills, hold_back_line
from tests import billing
from tests.factories import NOW, OPENED, TODAY, World, make_matter, make_world
from tests.trust_money import put_in, usd

THIRD = ContingencyTerms("USD", Basis.GROSS, {stage: (Tier(0, None, Fraction(1, 3)),) for stage in Stage}, "engagement letter")
FEE, COST = 333_333, 4_005


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    found = make_matter(session, world.owner)
    contingency.agree_contingency(session, actor=world.owner, matter_id=found.id, agreed=OwnTerms(OPENED, terms=THIRD), now=NOW)
    return found


def recovered(session: Session, world: World, matter: Matter, on: date = TODAY) -> Recovery:
    acting: dict[str, Any] = {"actor": world.owner, "now": NOW}
    cost_id = billing.spend(session, world, matter, COST).id
    facts = RecoveryFacts(on, 1_000_000, "Calverton Hospital", Stage.BEFORE_SUIT)
    row = contingency.record_recovery(session, matter_id=matter.id, facts=facts, **acting)
    return contingency.choose_costs(session, recovery_id=row.id, version=row.version, expense_entry_ids=[cost_id], **acting)


def approve(session: Session, world: World, row: Recovery, on: date = TODAY) -> Recovery:
    given = Consent(on, "signed copy")
    return contingency.approve_statement(session, actor=world.owner, recovery_id=row.id, version=row.version, given=given, now=NOW)


def settle(session: Session, world: World, row: Recovery, on: date = TODAY) -> Recovery:
    session.refresh(row)
    return contingency.settle_statement(session, actor=world.owner, recovery_id=row.id, version=row.version, settled_on=on, now=NOW)


def own_steps(session: Session, row: Recovery) -> tuple[SettlementStep, SettlementStep]:
    session.rollback()
    figures = decode(SettlementSnapshot, row.snapshot).figures
    bill, pay = (step for step in settlement_steps(session, row, figures) if step.kind in ("bill", "apply"))
    return bill, pay


def test_the_fee_and_the_costs_are_billed_once_all_of_them_are_and_no_more_is_paid_than_the_statement_says(
    session: Session, world: World, matter: Matter
) -> None:
    billing.work_time(session, world, matter)
    row = approve(session, world, recovered(session, world, matter))
    ledger_id = put_in(session, world, matter, 1_000_000).trust_ledger_id or 0
    row = settle(session, world, row)
    (pre_bill_id,) = billing.draft(session, world, matter)
    cost = next(line for line in billing.lines_of(session, pre_bill_id) if line.kind == "expense")
    hold_back_line(session, actor=world.owner, line_id=cost.id, version=cost.version, now=NOW)
    approve_pre_bills(session, actor=world.owner, pre_bill_ids=[pre_bill_id], now=NOW)
    (first,) = issue_invoices(session, actor=world.owner, pre_bill_ids=[pre_bill_id], issued_on=TODAY, send=False, now=NOW)
    bill, pay = own_steps(session, row)
    assert (bill.done, pay.done, pay.invoice_id, pay.left_minor) == (False, False, first, FEE + COST)
    out: dict[str, Any] = {"actor": world.owner, "trust_ledger_id": ledger_id, "effective_on": TODAY, "now": NOW}
    trust.apply_trust_to_invoice(session, invoice_id=first, amount=usd(FEE), **out)
    (second,) = billing.issue(session, world, matter)
    bill, pay = own_steps(session, row)
    assert (bill.done, pay.done, pay.invoice_id, pay.left_minor) == (True, False, second.id, COST)
    trust.apply_trust_to_invoice(session, invoice_id=second.id, amount=usd(COST), **out)
    bill, pay = own_steps(session, row)
    assert (bill.done, pay.done, pay.left_minor) == (True, True, 0)


@pytest.mark.parametrize("on", [TODAY - timedelta(days=1), date(1991, 11, 1)])
def test_consent_and_settlement_before_what_they_follow_are_refused_beside_their_day(
    session: Session, world: World, matter: Matter, on: date
) -> None:
    row = recovered(session, world, matter)
    with pytest.raises(InvalidInput, match="The recovery was received on") as told:
        approve(session, world, row, on)
    assert told.value.field == "consented_on"
    session.rollback()
    row = approve(session, world, row)
    put_in(session, world, matter, 1_000_000)
    with pytest.raises(InvalidInput, match="The client consented on") as told:
        settle(session, world, row, on)
    assert told.value.field == "settled_on"
