"""The client's page: what a link shows, when it stops working, and that looking changes nothing."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lexapp.config import Settings
from lexapp.database import transaction
from lexapp.domain.errors import NotAllowed, NotFound
from lexapp.domain.money import Money
from lexapp.domain.permissions import Role
from lexapp.integrations.signed_links import sign_link
from lexapp.integrations.storage import open_storage
from lexapp.models import AuditEvent, Command, Firm, Invoice, InvoiceLink, Matter, OutboxMessage
from lexapp.services.documents import record_document
from lexapp.services.invoice_links import renew_invoice_link, revoke_invoice_links
from lexapp.services.invoices import void_invoice
from lexapp.services.payments import record_payment
from tests.billing import issue, spend, work_time
from tests.documents.test_logos import picture
from tests.factories import NOW, TODAY, World, make_firm, make_matter, make_member
from tests.web.test_logos import upload
from tests.web.visitor import Visitor

PDF = b"%PDF-1.7 for the test"


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def invoice(session: Session, world: World, matter: Matter) -> Invoice:
    with transaction(session, world.firm_id):
        session.execute(update(Firm).values(email="accounts@brannock.test", phone="+1 555 0142", address="1180 Chandlery Row\nDunmore"))
    work_time(session, world, matter, narrative="Draft <motion> to compel")
    spend(session, world, matter, 4_900)
    (issued,) = issue(session, world, matter, print_now=False)
    session.refresh(issued)
    session.expunge(issued)
    session.rollback()
    return issued


def address(session: Session, settings: Settings, invoice: Invoice) -> str:
    newest = select(InvoiceLink.public_id).where(InvoiceLink.invoice_id == invoice.id).order_by(InvoiceLink.id.desc())
    public_id = session.scalars(newest.limit(1)).one()
    session.rollback()
    return f"/i/{sign_link(public_id, secret_key=settings.secret_key)}"


@pytest.fixture
def link(session: Session, settings: Settings, invoice: Invoice) -> str:
    return address(session, settings, invoice)


def store_pdf(session: Session, settings: Settings, invoice: Invoice) -> None:
    digest = open_storage(settings.storage_url).put(PDF, firm_id=invoice.firm_id)
    record_document(
        session,
        firm_id=invoice.firm_id,
        kind="invoice_pdf",
        subject=("invoice", invoice.id),
        file_name=f"{invoice.number}.pdf",
        media_type="application/pdf",
        size_bytes=len(PDF),
        sha256=digest,
        created_at=NOW,
        now=NOW,
    )
    session.rollback()


def pay(session: Session, world: World, invoice: Invoice, minor: int) -> None:
    record_payment(
        session,
        actor=world.owner,
        payer_id=invoice.payer_id,
        method="cheque",
        amount=Money(minor, "USD"),
        received_on=TODAY,
        bank_account_id=world.operating.id,
        allocations={invoice.id: Money(minor, "USD")},
        now=NOW,
    )
    session.rollback()


def rows(session: Session) -> tuple[int, int]:
    counted = (
        session.scalar(select(func.count()).select_from(Command)) or 0,
        session.scalar(select(func.count()).select_from(AuditEvent)) or 0,
    )
    session.rollback()
    return counted


def text_of(answer: TestResponse) -> str:
    return " ".join(answer.text.split())


def test_a_client_sees_what_is_due_what_for_and_how_to_pay(stranger: Visitor, invoice: Invoice, link: str):
    answer = stranger.get(link)
    assert answer.status_code == 200
    text = text_of(answer)
    for words in (
        invoice.number,
        "649",
        "Draft &lt;motion&gt; to compel",
        "Court fee",
        "Port Authority claims",
        "Castellane Shipping",
        "Dunmore",
    ):
        assert words in text
    assert "How to pay" in text
    assert f"Please name {invoice.number}" in text
    assert "mailto:accounts@brannock.test?subject=Invoice%20" in text


def test_the_address_is_told_to_no_other_site_and_the_page_is_kept_nowhere(stranger: Visitor, link: str):
    for path in (link, "/i/nonsense"):
        headers = stranger.get(path).headers
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"
        assert "noindex" in headers["X-Robots-Tag"]


def test_looking_changes_nothing(session: Session, settings: Settings, stranger: Visitor, invoice: Invoice, link: str):
    store_pdf(session, settings, invoice)
    before = rows(session)
    for path in (link, f"{link}/pdf"):
        stranger.get(path)
    assert rows(session) == before


def test_payments_received_so_far_are_taken_off(session: Session, world: World, stranger: Visitor, invoice: Invoice, link: str):
    pay(session, world, invoice, 10_000)
    text = text_of(stranger.get(link))
    assert "you paid $100.00 on November 23, 2026" in text
    assert "of $649.00" in text
    assert "(100.00)" in text
    assert "549.00" in text


def test_the_pdf_is_offered_once_it_is_there_and_is_the_stored_file(
    session: Session, settings: Settings, stranger: Visitor, invoice: Invoice, link: str
):
    assert stranger.get(f"{link}/pdf").status_code == 404
    assert "PDF is being made" not in stranger.get(link).text
    store_pdf(session, settings, invoice)
    assert f'href="{link}/pdf"' in stranger.get(link).text
    answer = stranger.get(f"{link}/pdf")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "application/pdf", PDF)
    assert answer.headers["Content-Disposition"] == f"attachment; filename={invoice.number}.pdf"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_pdf_that_nobody_asked_for_is_offered_and_made_once_on_asking(session: Session, stranger: Visitor, invoice: Invoice, link: str):
    assert f'action="{link}/document"' in stranger.get(link).text
    for _ in range(2):
        assert stranger.post(f"{link}/document").headers["Location"] == link
    (owed,) = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "invoice.document"))
    assert owed.payload == {"invoice_id": invoice.id}
    session.rollback()
    text = stranger.get(link).text
    assert "The PDF is being made" in text
    assert f"{link}/document" not in text


def test_a_pdf_that_could_not_be_made_is_not_promised(session: Session, world: World, stranger: Visitor, invoice: Invoice, link: str):
    stranger.post(f"{link}/document")
    with transaction(session, world.firm_id):
        session.execute(update(OutboxMessage).where(OutboxMessage.kind == "invoice.document").values(state="dead"))
    assert "The PDF could not be made. The firm can send it to you." in stranger.get(link).text


def test_a_paid_invoice_says_when_and_still_gives_its_pdf(
    session: Session, settings: Settings, world: World, stranger: Visitor, invoice: Invoice, link: str
):
    pay(session, world, invoice, 64_900)
    text = stranger.get(link).text
    assert "Paid in full on November 23, 2026" in text
    assert "motion" not in text
    assert f'action="{link}/document"' in text
    assert stranger.get(f"{link}/pdf").status_code == 404
    store_pdf(session, settings, invoice)
    assert f'href="{link}/pdf"' in stranger.get(link).text
    assert stranger.get(f"{link}/pdf").data == PDF


def test_a_voided_invoice_says_that_it_is_not_to_be_paid(session: Session, world: World, stranger: Visitor, invoice: Invoice, link: str):
    void_invoice(session, actor=world.owner, invoice_id=invoice.id, reason="Wrong payer", now=NOW)
    session.rollback()
    answer = stranger.get(link)
    assert answer.status_code == 410
    assert f"{invoice.number} was voided" in answer.text
    assert "motion" not in answer.text
    assert stranger.get(f"{link}/pdf").status_code == 410
    assert stranger.post(f"{link}/document").status_code == 410
    assert session.scalars(select(OutboxMessage.id).where(OutboxMessage.kind == "invoice.document")).all() == []


def test_a_new_link_closes_the_old_one(session: Session, settings: Settings, world: World, stranger: Visitor, invoice: Invoice, link: str):
    renew_invoice_link(session, actor=world.owner, invoice_id=invoice.id, key="renew-once", now=NOW)
    renew_invoice_link(session, actor=world.owner, invoice_id=invoice.id, key="renew-once", now=NOW)
    session.rollback()
    answer = stranger.get(link)
    assert answer.status_code == 410
    assert "This link was closed" in answer.text
    assert stranger.get(address(session, settings, invoice)).status_code == 200
    assert len(session.scalars(select(InvoiceLink.id)).all()) == 2


def test_links_are_renewed_and_closed_only_by_whoever_may_send(
    session: Session, settings: Settings, world: World, stranger: Visitor, invoice: Invoice, link: str
):
    with pytest.raises(NotAllowed):
        renew_invoice_link(session, actor=make_member(session, world.owner, Role.AUDITOR), invoice_id=invoice.id)
    with pytest.raises(NotFound):
        revoke_invoice_links(session, actor=make_firm(session, "Quillfeather & Lind"), invoice_id=invoice.id)
    assert stranger.get(link).status_code == 200
    assert revoke_invoice_links(session, actor=world.owner, invoice_id=invoice.id) == 1
    session.rollback()
    assert stranger.get(link).status_code == 410


def test_the_firm_sees_the_link_that_its_payer_has(owner: Visitor, outsider: Visitor, invoice: Invoice, link: str):
    assert f'{link}"' in owner.get(f"/invoices/{invoice.id}/links").text
    assert f"/invoices/{invoice.id}/links" in owner.get(f"/invoices/{invoice.id}").text
    owner.post(f"/invoices/{invoice.id}/link-revocation")
    assert "There is no link" in owner.get(f"/invoices/{invoice.id}/links").text
    assert outsider.get(f"/invoices/{invoice.id}/links").status_code == 404


def test_the_buttons_on_an_invoice_renew_and_close_its_links(
    session: Session, owner: Visitor, outsider: Visitor, stranger: Visitor, invoice: Invoice, link: str
):
    assert outsider.post(f"/invoices/{invoice.id}/links").status_code == 404
    assert outsider.post(f"/invoices/{invoice.id}/link-revocation").status_code == 404
    assert stranger.get(link).status_code == 200
    assert owner.post(f"/invoices/{invoice.id}/links").status_code == 303
    assert stranger.get(link).status_code == 410
    assert owner.post(f"/invoices/{invoice.id}/link-revocation").status_code == 303
    live = session.scalars(select(InvoiceLink.id).where(InvoiceLink.revoked_at.is_(None))).all()
    assert live == []


@pytest.mark.parametrize("change", ["{0}x", "x{0}", "nonsense", "{0}" + "x" * 5_000, "%00", "..%2f..%2fetc"])
def test_an_address_that_was_not_signed_here_opens_nothing(stranger: Visitor, link: str, change: str):
    signed = link.rpartition("/")[2]
    answer = stranger.get("/i/" + change.format(signed))
    assert answer.status_code == 404


def test_a_link_of_another_installation_opens_nothing(stranger: Visitor, session: Session, invoice: Invoice):
    public_id = session.scalars(select(InvoiceLink.public_id)).one()
    session.rollback()
    answer = stranger.get(f"/i/{sign_link(public_id, secret_key='another secret of thirty-two letters')}")
    assert answer.status_code == 404
    assert "This link opens nothing" in answer.text


def test_somebody_who_tries_many_links_is_slowed_down(app: Flask, stranger: Visitor):
    answers = [stranger.get(f"/i/guess-{number}").status_code for number in range(61)]
    assert answers[:60] == [404] * 60
    assert answers[60] == 429


def test_the_firms_logo_and_introduction_stand_above_the_work(
    session: Session, settings: Settings, world: World, owner: Visitor, stranger: Visitor, matter: Matter
):
    assert upload(owner, picture()).status_code == 303
    with transaction(session, world.firm_id):
        session.execute(update(Firm).values(invoice_introduction="Thank you for your trust.\n\nQuestions are <welcome>."))
    work_time(session, world, matter)
    (issued,) = issue(session, world, matter, print_now=False)
    here = address(session, settings, issued)
    shown = text_of(stranger.get(here))
    assert f'src="{here}/logo"' in shown
    assert "<p>Thank you for your trust.</p><p>Questions are &lt;welcome&gt;.</p>" in shown
    assert stranger.get(f"{here}/logo").mimetype == "image/png"
    assert stranger.get("/i/nothing/logo").status_code == 404


def test_a_page_without_a_logo_asks_for_none(stranger: Visitor, link: str):
    assert "/logo" not in stranger.get(link).text
    assert stranger.get(f"{link}/logo").status_code == 404
