"""Paying early on the screens: one tick beside the invoice, what the payer sees behind the link, what each page calls it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.config import Settings
from lexapp.domain.reductions import EarlyDiscount
from lexapp.integrations.documents import invoice_html, receipt_html
from lexapp.integrations.letters import Attachment, InvoiceLetter, invoice_message
from lexapp.integrations.signed_links import sign_link
from lexapp.models import Allocation, Client, Invoice, InvoiceLink, Matter, Payment
from lexapp.queries.frozen_invoices import frozen_invoice
from lexapp.queries.payments.receipts import payment_receipt
from lexapp.queries.verification import verify
from lexapp.services.client_discounts import NewDiscount, agree_discount
from tests import billing
from tests.factories import NOW, OPENED, TODAY, World, local_today, make_client, make_matter
from tests.web.reading import text_of
from tests.web.visitor import Visitor

KEY = "0f3c1d5e-early"
LAST_DAY = TODAY + timedelta(days=10)


@pytest.fixture
def client(session: Session, world: World) -> Iterator[Client]:
    made = make_client(session, world.owner)
    discount = NewDiscount(client_id=made.id, terms=EarlyDiscount(200, 10), effective_from=OPENED)
    agree_discount(session, actor=world.owner, discount=discount, now=NOW)
    yield made
    session.rollback()
    assert verify(session, world.firm_id) == []


@pytest.fixture
def invoice(session: Session, world: World, client: Client) -> Invoice:
    """1,234.55, of which 24.69 may be kept through December 3."""
    return issued_on(session, world, client, TODAY)


def issued_on(session: Session, world: World, client: Client, day: date) -> Invoice:
    matter = make_matter(session, world.owner, client)
    billing.charge_fixed_fee(session, world, matter, 1_234_55)
    (issued,) = billing.issue(session, world, matter, issued_on=day, print_now=False)
    session.refresh(issued)
    session.expunge(issued)
    session.rollback()
    return issued


def sent(invoice: Invoice, amount: str = "1,209.86", on: date = TODAY, **more: str) -> dict[str, str]:
    day = {"received_on": on.isoformat(), "method": "transfer", "key": KEY, f"early_{invoice.id}": "y"}
    return {"payer_id": str(invoice.payer_id), "amount": amount, f"invoice_{invoice.id}": amount, **day, **more}


def test_one_tick_settles_the_invoice_and_every_page_says_so(session: Session, owner: Visitor, invoice: Invoice):
    form = text_of(owner.get(f"/payments/new?invoice_id={invoice.id}"))
    assert "Keeps $24.69 for paying through Dec 3, 2026" in form
    assert owner.post("/payments", sent(invoice)).status_code == 303
    session.rollback()
    payment = session.scalars(select(Payment)).one()
    shown = text_of(owner.get(f"/payments/{payment.id}"))
    assert "Discount for early payment" in shown
    assert "and $24.69 of discount for early payment" in shown
    page = text_of(owner.get(f"/invoices/{invoice.id}"))
    assert "Paid" in page
    assert "Discount for early payment" in page
    assert "Discount for early payment kept" in text_of(owner.get(f"/invoices/{invoice.id}/derivation"))


def test_the_amount_with_the_tick_must_be_the_rest_and_what_was_ticked_stays(session: Session, owner: Visitor, invoice: Invoice):
    answer = owner.post("/payments", sent(invoice, "1,234.55"))
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "takes $1,209.86" in html
    assert "checked" in html[html.index(f'name="early_{invoice.id}"') :][:60]
    assert session.scalars(select(Payment.id)).all() == []


def test_a_tick_for_an_invoice_that_offers_nothing_is_no_field(session: Session, world: World, owner: Visitor):
    matter = make_matter(session, world.owner)
    (other,) = billing.issue(session, world, _charged(session, world, matter))
    session.rollback()
    assert "Keeps" not in text_of(owner.get(f"/payments/new?invoice_id={other.id}"))
    assert owner.post("/payments", sent(other, "100.00")).status_code == 303
    session.rollback()
    assert session.scalars(select(Allocation.is_discount)).all() == [False]


def _charged(session: Session, world: World, matter: Matter) -> Matter:
    billing.charge_fixed_fee(session, world, matter, 100_00)
    return matter


def test_credit_that_came_in_time_is_applied_with_the_discount(session: Session, owner: Visitor, invoice: Invoice):
    owner.post("/payments", sent(invoice, **{f"invoice_{invoice.id}": "", f"early_{invoice.id}": ""}))
    session.rollback()
    payment_id = session.scalars(select(Payment.id)).one()
    typed = {"effective_on": TODAY.isoformat(), "key": "0f3c1d5e-apply", f"invoice_{invoice.id}": "1,209.86", f"early_{invoice.id}": "y"}
    assert owner.post(f"/payments/{payment_id}/allocations", typed).status_code == 303
    assert "Not applied to any invoice" not in text_of(owner.get(f"/payments/{payment_id}"))


def test_behind_the_link_it_stands_while_it_can_be_kept(
    session: Session, settings: Settings, stranger: Visitor, owner: Visitor, world: World, client: Client
):
    """The link goes by the clock, so the invoice is of today."""
    today = local_today()
    invoice = issued_on(session, world, client, today)
    public_id = session.scalars(select(InvoiceLink.public_id).where(InvoiceLink.invoice_id == invoice.id)).one()
    session.rollback()
    link = f"/i/{sign_link(public_id, secret_key=settings.secret_key)}"
    assert "Pay $1,209.86 by " in text_of(stranger.get(link))
    owner.post("/payments", sent(invoice, "10.00", on=today, **{f"early_{invoice.id}": ""}))
    assert "Pay $1,209.86" not in text_of(stranger.get(link))


def test_invoice_mail_and_receipt_say_it(session: Session, world: World, owner: Visitor, invoice: Invoice):
    snapshot = frozen_invoice(session, firm_id=world.firm_id, invoice_id=invoice.id).snapshot
    printed = "Paid by December 3, 2026, this invoice is settled with $1,209.86: a discount of 2 %, $24.69, for early payment."
    assert printed in invoice_html(snapshot)
    told = {"link": "", "mail_from": "a@b.test", "message_id": "<1@b.test>", "sent_at": NOW, "pdf": Attachment("a.pdf", b"%PDF")}
    letter = InvoiceLetter(snapshot, (("R. Diaz", "r@b.test"),), 1_234_55, **told)  # type: ignore[arg-type]
    assert all(printed in str(part.get_content()) for part in invoice_message(letter).walk() if part.get_content_maintype() == "text")
    assert printed not in invoice_message(replace(letter, open_minor=5_00)).as_string()
    session.rollback()
    owner.post("/payments", sent(invoice))
    session.rollback()
    payment_id = session.scalars(select(Payment.id)).one()
    receipt = payment_receipt(session, firm_id=world.firm_id, payment_id=payment_id).snapshot
    assert "less a discount of $24.69 for early payment" in receipt_html(receipt)
