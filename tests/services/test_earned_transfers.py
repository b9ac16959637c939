"""A milestone reached while its matter has money in trust: the transfer is prepared, and moves nothing until it is approved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.fixed_fees import FixedFee
from lexapp.domain.agreements import Coverage, Covers
from lexapp.domain.errors import Conflict, InsufficientTrustFunds, InvalidInput, NotAllowed
from lexapp.domain.permissions import Role
from lexapp.models import EarnedTransfer, FeeAgreement, FixedFeeEntry, Invoice, JournalEntry, Matter, Payment, PreBillLine
from lexapp.queries.trust import TransferRow, earned_transfers, ready_minor
from lexapp.queries.verification import verify
from lexapp.services.fee_agreements import undo_milestone
from lexapp.services.fixed_fees import record_fixed_fees
from lexapp.services.invoices import issue_invoices
from lexapp.services.pre_bills import approve_pre_bills, draft_fee
from lexapp.services.trust import approve_earned_transfer, prepare_earned_transfer, reverse_trust_transaction, withdraw_earned_transfer
from tests.agreed_fees import FLAT, agree, milestones, reach, refused
from tests.billing import work_time
from tests.factories import NOW, TODAY, World, make_matter, make_member, make_world
from tests.trust_money import held, put_in, usd


@pytest.fixture
def world(session: Session) -> Iterator[World]:
    made = make_world(session)
    yield made
    session.rollback()
    assert verify(session, made.firm_id) == []


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def reached(session: Session, world: World, matter: Matter) -> FixedFeeEntry:
    return reach(session, world, milestones(session, agree(session, world, matter, FLAT))[0])


def prepared(session: Session, matter: Matter) -> TransferRow | None:
    session.rollback()
    rows = earned_transfers(session, firm_id=matter.firm_id, matter_id=matter.id)
    return rows[0] if rows else None


def approve(session: Session, world: World, row: TransferRow, minor: int, **more: Any) -> Any:
    session.rollback()
    given = {"actor": world.owner, "transfer_id": row.id, "version": row.version, "effective_on": TODAY, "now": NOW}
    invoice_id = row.bill.invoice_id if row.bill else 0
    return approve_earned_transfer(session, **{**given, "invoice_id": invoice_id or 0, "amount": usd(minor), **more})


def issue_fee(session: Session, world: World, entry: FixedFeeEntry) -> Invoice:
    made = draft_fee(session, actor=world.owner, fixed_fee_entry_id=entry.id, now=NOW)
    session.rollback()
    approve_pre_bills(session, actor=world.owner, pre_bill_ids=made, now=NOW)
    session.rollback()
    issued = issue_invoices(session, actor=world.owner, pre_bill_ids=made, issued_on=TODAY, now=NOW)
    return session.get_one(Invoice, issued[0])


def test_from_agreement_to_the_fee_paid_out_of_trust(session: Session, world: World, matter: Matter) -> None:
    ledger_id = put_in(session, world, matter, 300_000).trust_ledger_id or 0
    work_time(session, world, matter)
    entry = reached(session, world, matter)
    row = prepared(session, matter)
    assert row is not None
    assert (row.state, row.proposed_minor, row.fee_minor, row.balance_minor) == ("unbilled", 0, 250_000, 300_000)
    assert held(session, ledger_id) == 300_000
    invoice = issue_fee(session, world, entry)
    assert [line.kind for line in session.scalars(select(PreBillLine))] == ["fixed_fee"]
    row = prepared(session, matter)
    assert row is not None
    assert (row.state, row.proposed_minor) == ("ready", 250_000)
    assert held(session, ledger_id) == 300_000
    moved = approve(session, world, row, 250_000)
    assert (held(session, ledger_id), prepared(session, matter)) == (50_000, None)
    assert session.get_one(JournalEntry, moved.journal_entry_id).event_code == "trust.applied"
    paid = session.scalars(select(Payment).where(Payment.trust_transaction_id == moved.id)).one()
    assert (paid.amount_minor, paid.method, moved.invoice_id) == (250_000, "trust", invoice.id)


def test_without_money_in_trust_nothing_is_prepared_and_it_can_be_later(session: Session, world: World, matter: Matter) -> None:
    entry = reached(session, world, matter)
    assert prepared(session, matter) is None
    empty = refused(lambda: prepare_earned_transfer(session, actor=world.owner, fixed_fee_entry_id=entry.id, now=NOW))
    assert empty.code == "trust_is_empty"
    put_in(session, world, matter, 100_000)
    ids = {prepare_earned_transfer(session, actor=world.owner, fixed_fee_entry_id=entry.id, now=NOW).id for _ in range(2)}
    assert len(ids) == 1
    issue_fee(session, world, entry)
    row = prepared(session, matter)
    assert row is not None
    assert row.proposed_minor == 100_000
    with pytest.raises(InsufficientTrustFunds):
        approve(session, world, row, 100_001)


def test_undoing_the_milestone_withdraws_the_transfer(session: Session, world: World, matter: Matter) -> None:
    put_in(session, world, matter, 300_000)
    agreement = agree(session, world, matter, FLAT)
    reach(session, world, milestones(session, agreement)[0])
    one = milestones(session, agreement)[0]
    session.rollback()
    undo_milestone(session, actor=world.owner, milestone_id=one.id, version=one.version, now=NOW)
    assert prepared(session, matter) is None
    assert session.scalars(select(EarnedTransfer)).one().withdrawn_at is not None
    reach(session, world, milestones(session, agreement)[0])
    assert prepared(session, matter) is not None


def test_a_transfer_is_refused_before_the_invoice_and_after_it_was_withdrawn(session: Session, world: World, matter: Matter) -> None:
    put_in(session, world, matter, 300_000)
    reached(session, world, matter)
    other = make_matter(session, world.owner)
    work_time(session, world, other)
    row = prepared(session, matter)
    assert row is not None
    with pytest.raises(InvalidInput):
        approve(session, world, row, 100)
    session.rollback()
    withdraw_earned_transfer(session, actor=world.owner, transfer_id=row.id, version=row.version, now=NOW)
    assert isinstance(refused(lambda: approve(session, world, row, 100)), Conflict)
    assert prepared(session, matter) is None


def test_it_is_approved_once_by_who_may_move_trust_money(session: Session, world: World, matter: Matter) -> None:
    put_in(session, world, matter, 300_000)
    issue_fee(session, world, reached(session, world, matter))
    row = prepared(session, matter)
    assert row is not None
    manager = make_member(session, world.owner, Role.BILLING_MANAGER)
    assert isinstance(refused(lambda: approve(session, world, row, 100, actor=manager)), NotAllowed)
    bookkeeper = make_member(session, world.owner, Role.BOOKKEEPER)
    ids = {approve(session, world, row, 100, actor=bookkeeper, key="approve-once-1").id for _ in range(2)}
    assert len(ids) == 1
    assert isinstance(refused(lambda: approve(session, world, row, 100)), Conflict)


def test_a_fee_of_a_day_to_come_is_not_earned(session: Session, world: World, matter: Matter) -> None:
    put_in(session, world, matter, 300_000)
    milestone = milestones(session, agree(session, world, matter, FLAT))[0]
    early = refused(lambda: reach(session, world, milestone, on=TODAY + timedelta(days=1)))
    assert (early.field, early.message) == ("reached_on", "This day lies in the future. Write the day on which it was reached.")
    session.rollback()
    entry = reach(session, world, milestones(session, session.get_one(FeeAgreement, milestone.fee_agreement_id))[0])
    issue_fee(session, world, entry)
    row = prepared(session, matter)
    assert row is not None
    before = refused(lambda: approve(session, world, row, 100, effective_on=TODAY - timedelta(days=1)))
    assert before.field == "effective_on"
    assert held(session, row.ledger_id) == 300_000


def test_a_transfer_is_not_prepared_before_the_day_of_its_fee(session: Session, world: World, matter: Matter) -> None:
    put_in(session, world, matter, 300_000)
    fee = FixedFee(matter.id, TODAY + timedelta(days=1), 10_000)
    (entry_id,) = record_fixed_fees(session, actor=world.owner, fees=[fee], now=NOW)
    early = refused(lambda: prepare_earned_transfer(session, actor=world.owner, fixed_fee_entry_id=entry_id, now=NOW))
    assert "stays in trust until then" in early.message


def test_no_more_is_ready_than_the_ledger_holds(session: Session, world: World, matter: Matter) -> None:
    put_in(session, world, matter, 300_000)
    another = replace(FLAT, name="Second filing", pays_for=Coverage(Covers.NOTHING))
    for one in milestones(session, agree(session, world, matter, FLAT, another)):
        entry = reach(session, world, one)
        session.rollback()
        issue_fee(session, world, entry)
        session.rollback()
    rows = earned_transfers(session, firm_id=world.firm_id)
    assert [row.proposed_minor for row in rows] == [250_000, 250_000]
    assert (ready_minor(rows), ready_minor(rows[:1]), ready_minor([])) == (300_000, 250_000, 0)


def test_a_reversed_transfer_waits_for_approval_again(session: Session, world: World, matter: Matter) -> None:
    put_in(session, world, matter, 300_000)
    issue_fee(session, world, reached(session, world, matter))
    row = prepared(session, matter)
    assert row is not None
    moved = approve(session, world, row, 250_000)
    assert prepared(session, matter) is None
    why = {"trust_transaction_id": moved.id, "effective_on": TODAY, "reason": "Wrong client"}
    session.rollback()
    reverse_trust_transaction(session, actor=world.owner, **why, now=NOW)
    again = prepared(session, matter)
    assert again is not None
    assert (again.id != row.id, again.state, again.proposed_minor) == (True, "ready", 250_000)
    approve(session, world, again, 250_000)
    assert (held(session, row.ledger_id), prepared(session, matter)) == (50_000, None)
