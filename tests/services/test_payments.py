"""Payments received, applied, taken back; every test ends with books that prove themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.books import applied_amounts, open_amounts
from lexapp.domain.errors import InvalidInput, KeyReused, NotAllowed, NotFound
from lexapp.domain.money import Money
from lexapp.domain.permissions import Role
from lexapp.models import Allocation, Client, Invoice, JournalEntry, Matter, Payment
from lexapp.queries.verification import verify
from lexapp.services import payments, trust
from tests.factories import NOW, TODAY, World, make_client, make_matter, make_member, make_world
from tests.issued_invoices import make_invoice, void_invoice

DAY = timedelta(days=1)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


@pytest.fixture
def world(session: Session) -> Iterator[World]:
    made = make_world(session)
    yield made
    session.rollback()
    assert verify(session, made.firm_id) == []


@pytest.fixture
def payer(session: Session, world: World) -> Client:
    return make_client(session, world.owner)


@pytest.fixture
def matter(session: Session, world: World, payer: Client) -> Matter:
    return make_matter(session, world.owner, payer)


def pay(session: Session, world: World, payer: Client, minor: int, applied: dict[int, int] | None = None, **more: Any) -> Payment:
    given: dict[str, Any] = {"received_on": TODAY, "method": "cheque", "reference": "1042"} | more
    amounts = {id_: usd(each) for id_, each in (applied or {}).items()}
    return payments.record_payment(session, actor=world.owner, payer_id=payer.id, amount=usd(minor), allocations=amounts, now=NOW, **given)


def owed(session: Session, world: World, *invoices: Invoice) -> list[int]:
    amounts = open_amounts(session, firm_id=world.firm_id, invoice_ids=[one.id for one in invoices])
    return [sum(minor for (id_, _), minor in amounts.items() if id_ == one.id) for one in invoices]


def test_a_payment_over_two_invoices_leaves_the_rest_as_credit(session: Session, world: World, payer: Client, matter: Matter) -> None:
    first, second = make_invoice(session, world, (matter, 100_00)), make_invoice(session, world, (matter, 50_00))
    payment = pay(session, world, payer, 200_00, {first.id: 100_00, second.id: 20_00})
    assert owed(session, world, first, second) == [0, 30_00]
    payments.allocate_payment(
        session, actor=world.owner, payment_id=payment.id, allocations={second.id: usd(30_00)}, effective_on=TODAY, now=NOW
    )
    assert owed(session, world, first, second) == [0, 0]
    assert (payment.number, payment.kind) == (1, "receipt")


def test_what_an_invoice_gets_is_spread_over_its_matters_and_adds_up(session: Session, world: World, payer: Client, matter: Matter) -> None:
    other, third = make_matter(session, world.owner, payer), make_matter(session, world.owner, payer)
    invoice = make_invoice(session, world, (matter, 100), (other, 100), (third, 100))
    pay(session, world, payer, 200, {invoice.id: 200})
    assert list(applied_amounts(session, firm_id=world.firm_id, invoice_ids=[invoice.id]).values()) == [67, 67, 66]
    pay(session, world, payer, 100, {invoice.id: 100})
    assert owed(session, world, invoice) == [0]
    codes = session.scalars(select(JournalEntry.event_code).order_by(JournalEntry.sequence)).all()
    assert codes.count("payment.applied") == 6


def test_an_application_is_never_dated_before_its_invoice(session: Session, world: World, payer: Client, matter: Matter) -> None:
    invoice = make_invoice(session, world, (matter, 100_00))
    pay(session, world, payer, 100_00, {invoice.id: 100_00}, received_on=TODAY - 5 * DAY)
    assert session.scalars(select(Allocation.effective_on)).all() == [TODAY]


def test_too_much_void_or_anothers_invoice_is_refused_beside_its_field(
    session: Session, world: World, payer: Client, matter: Matter
) -> None:
    mine, gone = make_invoice(session, world, (matter, 100_00)), make_invoice(session, world, (matter, 50_00))
    void_invoice(session, world, gone)
    theirs = make_invoice(session, world, (make_matter(session, world.owner), 10_00))
    for applied, sentence in (
        ({mine.id: 100_01}, r"owes \$100\.00"),
        ({gone.id: 1}, "is void"),
        ({theirs.id: 1}, "another payer"),
        ({mine.id: 0}, "above zero"),
    ):
        with pytest.raises((InvalidInput, NotAllowed), match=sentence) as refusal:
            pay(session, world, payer, 500_00, applied)
        assert refusal.value.field == f"invoice_{next(iter(applied))}"
    with pytest.raises(InvalidInput, match=r"\$50\.00 more than the \$50\.00"):
        pay(session, world, payer, 50_00, {mine.id: 100_00})
    with pytest.raises(NotFound):
        pay(session, world, payer, 50_00, {999_999: 1})
    assert session.scalar(select(func.count(Payment.id))) == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"method": "trust"}, "method"),
        ({"method": "barter"}, "method"),
        ({"received_on": TODAY + DAY}, "received_on"),
        ({"received_on": date(2025, 1, 1)}, "received_on"),
    ],
)
def test_a_payment_that_cannot_be_names_its_field(
    session: Session, world: World, payer: Client, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        pay(session, world, payer, 1_00, **changes)
    assert refusal.value.field == field


def test_payments_never_go_to_a_trust_account(session: Session, world: World, payer: Client) -> None:
    with pytest.raises(NotAllowed, match="as a deposit"):
        pay(session, world, payer, 1_00, bank_account_id=world.trust.id)


def test_an_invoice_is_paid_once_by_a_repeated_key(session: Session, world: World, payer: Client, matter: Matter) -> None:
    invoice = make_invoice(session, world, (matter, 100_00))
    one, again = (pay(session, world, payer, 100_00, {invoice.id: 100_00}, key="key-12345") for _ in range(2))
    assert one.id == again.id
    with pytest.raises(KeyReused):
        pay(session, world, payer, 100_00, {invoice.id: 99_00}, key="key-12345")
    with pytest.raises(NotAllowed, match="is paid"):
        pay(session, world, payer, 100_00, {invoice.id: 1_00})


def test_what_is_taken_off_an_invoice_is_credit_again_and_taken_off_once(
    session: Session, world: World, payer: Client, matter: Matter
) -> None:
    invoice = make_invoice(session, world, (matter, 100_00))
    pay(session, world, payer, 100_00, {invoice.id: 100_00})
    allocation_id = session.scalars(select(Allocation.id)).one()

    def take_off(id_: int) -> Payment:
        return payments.unapply_allocation(session, actor=world.owner, allocation_id=id_, now=NOW)

    take_off(allocation_id)
    assert owed(session, world, invoice) == [100_00]
    assert applied_amounts(session, firm_id=world.firm_id, invoice_ids=[invoice.id]) == {}
    with pytest.raises(NotAllowed, match="before"):
        take_off(allocation_id)
    negative_id = session.scalars(select(Allocation.id).where(Allocation.reverses_id.is_not(None))).one()
    with pytest.raises(NotAllowed, match="Apply the payment again"):
        take_off(negative_id)


def refund(session: Session, world: World, payment: Payment, minor: int, **more: Any) -> Payment:
    given: dict[str, Any] = {"refunded_on": TODAY, "method": "transfer"} | more
    return payments.refund_payment(session, actor=world.owner, payment_id=payment.id, amount=usd(minor), now=NOW, **given)


def test_only_what_is_not_applied_is_refunded(session: Session, world: World, payer: Client, matter: Matter) -> None:
    invoice = make_invoice(session, world, (matter, 60_00))
    payment = pay(session, world, payer, 100_00, {invoice.id: 60_00})
    with pytest.raises(InvalidInput, match=r"Only \$40\.00"):
        refund(session, world, payment, 40_01)
    back = refund(session, world, payment, 40_00)
    assert (back.kind, back.original_payment_id, back.number) == ("refund", payment.id, 2)
    with pytest.raises(NotAllowed, match="applied or given back"):
        refund(session, world, payment, 1)
    with pytest.raises(NotAllowed, match="gives money back"):
        refund(session, world, back, 1)


def bounce(session: Session, world: World, payment: Payment, **more: Any) -> Payment:
    given: dict[str, Any] = {"reversed_on": TODAY, "reason": "Unpaid cheque"} | more
    return payments.reverse_payment(session, actor=world.owner, payment_id=payment.id, now=NOW, **given)


def test_a_bounced_cheque_opens_its_invoices_again(session: Session, world: World, payer: Client, matter: Matter) -> None:
    other = make_matter(session, world.owner, payer)
    invoice = make_invoice(session, world, (matter, 60_00), (other, 40_00))
    payment = pay(session, world, payer, 150_00, {invoice.id: 100_00})
    back = bounce(session, world, payment)
    assert (back.kind, back.memo, owed(session, world, invoice)) == ("reversal", "Unpaid cheque", [100_00])
    with pytest.raises(NotAllowed, match="only once"):
        bounce(session, world, payment)
    with pytest.raises(NotAllowed, match="applied or given back"):
        refund(session, world, payment, 1)
    void_invoice(session, world, invoice)


def test_a_refunded_payment_is_not_reversed_and_a_reversal_wants_a_reason(session: Session, world: World, payer: Client) -> None:
    payment = pay(session, world, payer, 100_00)
    for changes in ({"reason": "  "}, {"reversed_on": TODAY - DAY}, {"reversed_on": TODAY + DAY}):
        with pytest.raises(InvalidInput):
            bounce(session, world, payment, **changes)
    refund(session, world, payment, 1_00)
    with pytest.raises(NotAllowed, match=r"\$1\.00 of this payment was refunded"):
        bounce(session, world, payment)


def test_a_payment_from_trust_is_corrected_in_trust(session: Session, world: World, matter: Matter) -> None:
    deposit = trust.deposit_to_trust(
        session, actor=world.owner, matter_id=matter.id, amount=usd(50_00), effective_on=TODAY, source="Client", method="transfer", now=NOW
    )
    invoice = make_invoice(session, world, (matter, 50_00))
    trust.apply_trust_to_invoice(
        session,
        actor=world.owner,
        trust_ledger_id=deposit.trust_ledger_id or 0,
        invoice_id=invoice.id,
        amount=usd(50_00),
        effective_on=TODAY,
        now=NOW,
    )
    receipt = session.scalars(select(Payment)).one()
    allocation_id = session.scalars(select(Allocation.id)).one()
    for attempt in (lambda: refund(session, world, receipt, 1), lambda: bounce(session, world, receipt)):
        with pytest.raises(NotAllowed, match="Reverse the trust movement"):
            attempt()
    with pytest.raises(NotAllowed, match="Reverse the trust movement"):
        payments.unapply_allocation(session, actor=world.owner, allocation_id=allocation_id, now=NOW)


def test_who_may_not_is_refused(session: Session, world: World, payer: Client) -> None:
    assistant = make_member(session, world.owner, Role.ASSISTANT)
    with pytest.raises(NotAllowed, match="assistant"):
        payments.record_payment(session, actor=assistant, payer_id=payer.id, amount=usd(1), received_on=TODAY, method="cheque", now=NOW)


def test_anothers_payer_is_not_found(session: Session, world: World) -> None:
    other = make_world(session, "Quillfeather & Lind")
    with pytest.raises(NotFound):
        pay(session, world, make_client(session, other.owner), 1_00)
