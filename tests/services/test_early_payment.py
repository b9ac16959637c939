"""Paid within the agreed days: the discount settles the rest of the invoice, and goes with the payment when that is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.books import open_amounts
from lexapp.domain.errors import InvalidInput, NotAllowed
from lexapp.domain.money import Money
from lexapp.domain.periods import Period
from lexapp.domain.permissions import Role
from lexapp.domain.reductions import EarlyDiscount
from lexapp.models import Account, Allocation, Client, Invoice, JournalEntry, Matter, Payment, Posting
from lexapp.queries.frozen_invoices import frozen_invoice, received_payments
from lexapp.queries.payments import payment_detail
from lexapp.queries.payments.receipts import payment_receipt
from lexapp.queries.reports.collections import collected_by, collected_in_journal, sum_collected
from lexapp.queries.reports.scope import Scope
from lexapp.queries.verification import verify
from lexapp.services import payments
from lexapp.services.client_discounts import NewDiscount, agree_discount
from lexapp.services.invoices import issue_invoices, void_invoice
from tests.billing import approved, charge_fixed_fee, spend
from tests.factories import NOW, OPENED, TODAY, World, make_client, make_matter, make_member, make_world

ISSUED = TODAY - timedelta(days=10)
EVER = Period(date(2000, 1, 1), date(2100, 1, 1))


def usd(minor: int) -> Money:
    return Money(minor, "USD")


@pytest.fixture
def world(session: Session) -> Iterator[World]:
    made = make_world(session)
    yield made
    session.rollback()
    assert verify(session, made.firm_id) == []


@pytest.fixture
def client(session: Session, world: World) -> Client:
    made = make_client(session, world.owner)
    discount = NewDiscount(client_id=made.id, terms=EarlyDiscount(200, 10), effective_from=OPENED)
    agree_discount(session, actor=world.owner, discount=discount, now=NOW)
    return made


@pytest.fixture
def matter(session: Session, world: World, client: Client) -> Matter:
    return make_matter(session, world.owner, client)


@pytest.fixture
def invoice(session: Session, world: World, matter: Matter) -> Invoice:
    """1,200.00 fees and 34.55 expenses: 24.69 may be kept."""
    return issue(session, world, matter)


def issue(session: Session, world: World, matter: Matter, issued_on: date = ISSUED) -> Invoice:
    charge_fixed_fee(session, world, matter, 1_200_00)
    spend(session, world, matter, 34_55)
    (id_,) = issue_invoices(session, actor=world.owner, pre_bill_ids=approved(session, world, matter), issued_on=issued_on, now=NOW)
    return session.get_one(Invoice, id_)


def pay(session: Session, world: World, invoice: Invoice, minor: int = 1_209_86, on: date = TODAY, **more: Any) -> Payment:
    given: dict[str, Any] = {"allocations": {invoice.id: usd(minor)}, "early": [invoice.id], "received_on": on, "method": "transfer"} | more
    return payments.record_payment(session, actor=world.owner, payer_id=invoice.payer_id, amount=usd(minor), now=NOW, **given)


def owed(session: Session, world: World, invoice: Invoice) -> int:
    return sum(open_amounts(session, firm_id=world.firm_id, invoice_ids=[invoice.id]).values())


def balance(session: Session, role: str) -> int:
    query = select(func.coalesce(func.sum(Posting.amount_minor), 0)).join(Account, Account.id == Posting.account_id)
    return int(session.scalar(query.where(Account.role == role)) or 0)


def test_it_is_frozen_on_the_invoice_with_its_last_day(session: Session, world: World, invoice: Invoice):
    frozen = frozen_invoice(session, firm_id=world.firm_id, invoice_id=invoice.id).snapshot.early
    assert frozen is not None
    assert (frozen.basis_points, frozen.amount_minor, frozen.last_on) == (200, 24_69, TODAY)
    assert (invoice.early_discount_minor, invoice.early_discount_until_on) == (24_69, TODAY)


def test_who_pays_the_rest_on_the_last_day_keeps_it_and_owes_nothing(session: Session, world: World, invoice: Invoice, matter: Matter):
    payment = pay(session, world, invoice)
    assert owed(session, world, invoice) == 0
    assert [balance(session, role) for role in ("early_discounts", "receivable", "client_credit")] == [24_69, 0, 0]
    entry = session.scalars(select(JournalEntry).where(JournalEntry.event_code == "payment.discounted")).one()
    legs = session.execute(select(Posting.client_id, Posting.matter_id).where(Posting.journal_entry_id == entry.id)).all()
    assert set(legs) == {(invoice.payer_id, matter.id)}
    detail = payment_detail(session, payment=payment)
    assert (detail.applied_minor, detail.discount_minor, detail.unapplied_minor) == (1_209_86, 24_69, 0)
    shown = received_payments(session, firm_id=world.firm_id, invoice_id=invoice.id)
    assert [(one.amount.minor, one.is_discount) for one in shown] == [(1_209_86, False), (24_69, True)]


def test_collected_is_what_money_came_and_the_receipt_says_what_was_kept(session: Session, world: World, invoice: Invoice):
    payment = pay(session, world, invoice)
    scope = Scope(world.owner)
    assert sum_collected(collected_by(session, scope=scope, period=EVER, by="client")).total_minor == 1_209_86
    assert collected_in_journal(session, scope=scope, period=EVER) == 1_209_86
    (line,) = payment_receipt(session, firm_id=world.firm_id, payment_id=payment.id).snapshot.lines
    assert (line.open_before_minor, line.paid_minor, line.discount_minor, line.open_after_minor) == (1_234_55, 1_209_86, 24_69, 0)


def test_sent_twice_it_is_kept_once(session: Session, world: World, invoice: Invoice):
    first = pay(session, world, invoice, key="once")
    assert pay(session, world, invoice, key="once").id == first.id
    assert session.scalar(select(func.count(Allocation.id)).where(Allocation.is_discount)) == 1


def test_after_the_last_day_or_for_less_than_the_rest_nothing_is_kept(session: Session, world: World, invoice: Invoice, matter: Matter):
    late = issue(session, world, matter, ISSUED - timedelta(days=1))
    for one, minor, words in (
        (late, 1_209_86, "through Nov 22, 2026"),
        (invoice, 1_209_85, "takes \\$1,209.86"),
        (invoice, 1_234_55, "takes \\$1,209.86"),
    ):
        with pytest.raises((NotAllowed, InvalidInput), match=words) as caught:
            pay(session, world, one, minor)
        assert caught.value.field == f"invoice_{one.id}"
        session.rollback()
    pay(session, world, invoice, 1_234_55, early=[])
    assert balance(session, "early_discounts") == 0


def test_where_part_was_paid_before_or_none_is_offered_nothing_is_kept(session: Session, world: World, invoice: Invoice):
    pay(session, world, invoice, 10_00, early=[])
    with pytest.raises(NotAllowed, match="Part of invoice"):
        pay(session, world, invoice, 1_200_00)
    session.rollback()
    other = issue(session, world, make_matter(session, world.owner))
    with pytest.raises(NotAllowed, match="no discount"):
        pay(session, world, other)


def test_a_reversed_payment_takes_the_discount_with_it(session: Session, world: World, invoice: Invoice):
    payment = pay(session, world, invoice)
    payments.reverse_payment(session, actor=world.owner, payment_id=payment.id, reversed_on=TODAY, reason="Cheque bounced", now=NOW)
    assert owed(session, world, invoice) == 1_234_55
    assert [balance(session, role) for role in ("early_discounts", "client_credit", "operating_bank")] == [0, 0, 0]


def test_taking_the_money_off_takes_the_discount_off_and_it_can_be_kept_again(session: Session, world: World, invoice: Invoice):
    payment = pay(session, world, invoice)
    money = session.scalars(select(Allocation).where(Allocation.is_discount.is_(False))).one()
    payments.unapply_allocation(session, actor=world.owner, allocation_id=money.id, now=NOW)
    assert owed(session, world, invoice) == 1_234_55
    assert payment_detail(session, payment=payment).unapplied_minor == 1_209_86
    again = {"payment_id": payment.id, "allocations": {invoice.id: usd(1_209_86)}, "early": [invoice.id]}
    payments.allocate_payment(session, actor=world.owner, effective_on=TODAY, now=NOW, **again)
    assert owed(session, world, invoice) == 0


def test_the_discount_is_taken_off_alone_when_it_was_kept_by_mistake(session: Session, world: World, invoice: Invoice):
    payment = pay(session, world, invoice)
    kept = session.scalars(select(Allocation).where(Allocation.is_discount)).one()
    payments.unapply_allocation(session, actor=world.owner, allocation_id=kept.id, now=NOW)
    assert owed(session, world, invoice) == 24_69
    assert payment_detail(session, payment=payment).unapplied_minor == 0


def test_a_settled_invoice_is_not_voided_before_its_payment_is_taken_off(session: Session, world: World, invoice: Invoice):
    pay(session, world, invoice)
    with pytest.raises(NotAllowed, match="Payments are applied"):
        void_invoice(session, actor=world.owner, invoice_id=invoice.id, reason="Wrong payer", now=NOW)


def test_the_next_invoice_shows_what_was_kept_and_carries_nothing_over(session: Session, world: World, invoice: Invoice, matter: Matter):
    pay(session, world, invoice)
    account = frozen_invoice(session, firm_id=world.firm_id, invoice_id=issue(session, world, matter, TODAY).id).snapshot.account
    assert f"Discount for early payment of {invoice.number}" in [line.description for line in account.payments]
    assert account.total_due_minor == 1_234_55


def test_a_discount_that_would_be_nothing_or_everything_is_not_offered(session: Session, world: World, matter: Matter):
    charge_fixed_fee(session, world, matter, 20)
    ids = issue_invoices(session, actor=world.owner, pre_bill_ids=approved(session, world, matter), issued_on=TODAY, now=NOW)
    assert session.get_one(Invoice, ids[0]).early_discount_until_on is None


def test_who_may_not_record_payments_keeps_nothing(session: Session, world: World, invoice: Invoice):
    stranger = make_member(session, world.owner, Role.TIMEKEEPER)
    with pytest.raises(NotAllowed):
        payments.record_payment(
            session,
            actor=stranger,
            payer_id=invoice.payer_id,
            amount=usd(1_209_86),
            received_on=TODAY,
            method="cash",
            allocations={invoice.id: usd(1_209_86)},
            early=[invoice.id],
            now=NOW,
        )
