"""The receipt of a payment: printed by the worker, mailed to the payer, dated with the day it was recorded."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.domain.errors import InvalidInput, NotAllowed, NotFound
from lexapp.domain.money import Money
from lexapp.domain.permissions import Role
from lexapp.jobs.place import Place
from lexapp.jobs.worker import run_due
from lexapp.models import Allocation, AuditEvent, BankAccount, Client, Firm, Invoice, Matter, Payment, SentMail, StoredDocument
from lexapp.queries.payments.receipts import payment_receipt
from lexapp.services.payments import allocate_payment, print_receipt, record_payment, reverse_payment, send_receipt
from tests.billing import issue, share_matter, work_time
from tests.documents.reading import text_of
from tests.factories import NOW, TODAY, World, make_client, make_firm, make_matter, make_member
from tests.jobs.issued import issue_invoices
from tests.servers import MailSink
from tests.trust_money import put_in


@pytest.fixture
def payment(session: Session, world: World) -> Payment:
    """$100.00 by check, $60.00 of it on an invoice."""
    (invoice,) = issue_invoices(session, world)
    with transaction(session, world.firm_id):
        session.execute(update(Client).values(email="payer@client.test"))
        session.execute(update(BankAccount).where(BankAccount.id == world.operating.id).values(account_last4="9231"))
    made = record_payment(
        session,
        actor=world.owner,
        payer_id=invoice.payer_id,
        method="cheque",
        amount=Money(10_000, "USD"),
        received_on=TODAY,
        reference="CHK 7741",
        allocations={invoice.id: Money(6_000, "USD")},
        now=NOW,
    )
    session.refresh(made)
    session.expunge(made)
    session.rollback()
    return made


def work_off(session: Session, place: Place) -> None:
    session.rollback()
    while run_due(place):
        pass


def receipts(session: Session, place: Place) -> list[bytes]:
    found = session.scalars(select(StoredDocument).where(StoredDocument.kind == "receipt_pdf")).all()
    data = [place.outside.storage.get(one.sha256, firm_id=one.firm_id) for one in found]
    session.rollback()
    return data


def test_a_receipt_is_printed_once_and_says_what_the_payment_paid(session: Session, world: World, place: Place, payment: Payment):
    for _ in range(2):
        print_receipt(session, actor=world.owner, payment_id=payment.id, now=NOW)
        work_off(session, place)
    (pdf,) = receipts(session, place)
    text = text_of(pdf)
    for words in ("Receipt 1", "One hundred", "$100.00", "by check", "CHK 7741", "ending 9231", "Kept as credit on the account", "40.00"):
        assert words in text


def test_a_receipt_speaks_of_cheques_outside_the_united_states(session: Session, world: World, payment: Payment):
    given = {"firm_id": world.firm_id, "payment_id": payment.id}
    assert payment_receipt(session, **given).snapshot.method == "check"
    session.execute(update(Firm).values(locale="en-GB"))
    session.expire_all()
    assert payment_receipt(session, **given).snapshot.method == "cheque"


def test_a_receipt_is_mailed_to_the_payer_with_the_same_file(
    session: Session, world: World, place: Place, mail_sink: MailSink, payment: Payment
):
    send_receipt(session, actor=world.owner, payment_id=payment.id, key="once", now=NOW)
    send_receipt(session, actor=world.owner, payment_id=payment.id, key="once", now=NOW)
    work_off(session, place)
    (message,) = mail_sink.messages
    assert (message["To"], message["Subject"].partition(" from ")[0]) == (
        '"Castellane Shipping & Terminal Holdings, Inc." <payer@client.test>',
        "Receipt 1",
    )
    (attached,) = message.iter_attachments()
    assert [attached.get_payload(decode=True)] == receipts(session, place)
    body = message.get_body(("plain",))
    assert body is not None
    assert "$60.00 of invoice" in body.get_content()
    sent = session.scalars(select(SentMail)).one()
    assert (sent.kind, sent.subject_kind, sent.subject_id, sent.attempts, sent.sent_at is not None) == (
        "receipt",
        "payment",
        payment.id,
        1,
        True,
    )
    asked = select(func.count()).where(AuditEvent.action == "receipt.sent")
    assert session.scalar(asked) == 1


def test_what_was_paid_before_is_not_open_on_a_later_receipt(session: Session, world: World, place: Place, payment: Payment):
    later = record_payment(
        session, actor=world.owner, payer_id=payment.payer_id, method="cash", amount=Money(5_000, "USD"), received_on=TODAY, now=NOW
    )

    invoice = session.scalars(select(Invoice)).one()
    allocate_payment(
        session, actor=world.owner, payment_id=later.id, allocations={invoice.id: Money(5_000, "USD")}, effective_on=TODAY, now=NOW
    )
    print_receipt(session, actor=world.owner, payment_id=later.id, now=NOW)
    work_off(session, place)
    total = invoice.total_minor
    text = text_of(receipts(session, place)[0])
    assert f"{(total - 6_000) / 100:,.2f} 50.00 {(total - 11_000) / 100:,.2f}" in text


def test_a_receipt_tells_what_is_in_trust_to_the_client_only(session: Session, world: World, payment: Payment):
    matter = session.scalars(select(Matter).join(Allocation, Allocation.matter_id == Matter.id)).one()
    secret = make_matter(session, world.owner, session.get_one(Client, payment.payer_id), "Not to be known")
    put_in(session, world, matter, 500_00)
    put_in(session, world, secret, 70_00)
    with transaction(session, world.firm_id):
        session.execute(update(Matter).where(Matter.id == secret.id).values(is_walled=True))
    assert told(session, payment) == 500_00
    insurer = make_client(session, world.owner, "Halvorsen Mutual Insurance")
    by_insurer = record_payment(
        session, actor=world.owner, payer_id=insurer.id, method="cheque", amount=Money(1_000, "USD"), received_on=TODAY, now=NOW
    )
    assert told(session, by_insurer) == 0
    share_matter(session, world, matter, {insurer.id: 10_000})
    work_time(session, world, matter)
    (invoice,) = issue(session, world, matter)
    allocate_payment(
        session, actor=world.owner, payment_id=by_insurer.id, allocations={invoice.id: Money(1_000, "USD")}, effective_on=TODAY, now=NOW
    )
    receipt = payment_receipt(session, firm_id=world.firm_id, payment_id=by_insurer.id).snapshot
    assert (receipt.client_name, receipt.held_in_trust_minor) == ("Castellane Shipping & Terminal Holdings, Inc.", None)


def told(session: Session, payment: Payment) -> int | None:
    return payment_receipt(session, firm_id=payment.firm_id, payment_id=payment.id).snapshot.held_in_trust_minor


def test_money_that_went_back_has_no_receipt(session: Session, world: World, payment: Payment):
    reverse_payment(session, actor=world.owner, payment_id=payment.id, reversed_on=TODAY, reason="Returned unpaid", now=NOW)
    with pytest.raises(NotAllowed, match="was given back"):
        send_receipt(session, actor=world.owner, payment_id=payment.id, now=NOW)


def test_a_payer_without_an_address_gets_a_sentence(session: Session, world: World, payment: Payment):
    with transaction(session, world.firm_id):
        session.execute(update(Client).values(email=""))
    with pytest.raises(InvalidInput, match="has no e-mail address"):
        send_receipt(session, actor=world.owner, payment_id=payment.id, now=NOW)


def test_receipts_are_for_those_who_record_payments_in_the_firm(session: Session, world: World, payment: Payment):
    for command in (print_receipt, send_receipt):
        with pytest.raises(NotAllowed):
            command(session, actor=make_member(session, world.owner, Role.AUDITOR), payment_id=payment.id)
        with pytest.raises(NotFound):
            command(session, actor=make_firm(session, f"Quillfeather {command.__name__}"), payment_id=payment.id)
