"""The screens of credit notes: typed by line or all that is open, refused beside the field, shown wherever the invoice is."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.config import Settings
from lexapp.domain.money import Money
from lexapp.domain.permissions import Role
from lexapp.integrations.signed_links import sign_link
from lexapp.models import CreditNote, Invoice, InvoiceLink
from lexapp.queries.frozen_invoices import open_minor
from lexapp.services.payments import record_payment
from tests.billing import charge_fixed_fee, issue, lines_of, work_time
from tests.factories import NOW, TODAY, World, make_matter
from tests.web.reading import text_of
from tests.web.visitor import Visitor

DAY = TODAY.isoformat()


@pytest.fixture
def invoice(session: Session, world: World) -> Invoice:
    """600.00 of time and a fee of 400.00."""
    matter = make_matter(session, world.owner)
    work_time(session, world, matter)
    charge_fixed_fee(session, world, matter, 400_00)
    (issued,) = issue(session, world, matter, print_now=False)
    session.refresh(issued)
    session.expunge(issued)
    session.rollback()
    return issued


def boxes(session: Session, invoice: Invoice) -> list[str]:
    names = [f"line_{line.id}" for line in lines_of(session, invoice.pre_bill_id)]
    session.rollback()
    return names


def owed(session: Session, invoice: Invoice) -> int:
    session.rollback()
    return open_minor(session, firm_id=invoice.firm_id, invoice_id=invoice.id)


def notes(session: Session) -> list[CreditNote]:
    session.rollback()
    return list(session.scalars(select(CreditNote).order_by(CreditNote.id)))


def typed(**more: str) -> dict[str, str]:
    return {"credited_on": DAY, "reason": "Agreed by telephone", "key": "0f3c1d5e-credit"} | more


def test_an_amount_of_a_line_is_credited_once_and_stands_on_the_invoice(session: Session, owner: Visitor, invoice: Invoice) -> None:
    first, _ = boxes(session, invoice)
    page = text_of(owner.get(f"/invoices/{invoice.id}/credit-notes/new"))
    assert "to bill it anew, void the invoice" in page
    answers = [owner.post(f"/invoices/{invoice.id}/credit-notes", typed(**{first: "150"})) for _ in range(2)]
    (note,) = notes(session)
    assert [answer.headers["Location"] for answer in answers] == [f"/credit-notes/{note.id}"] * 2
    assert owed(session, invoice) == 850_00
    shown = text_of(owner.get(f"/credit-notes/{note.id}"))
    assert "Agreed by telephone" in shown
    assert "Draft motion to compel" in shown
    page = text_of(owner.get(f"/invoices/{invoice.id}"))
    assert note.number in page
    assert "Credited" in page
    assert f"Credit note {note.number}" in text_of(owner.get(f"/invoices/{invoice.id}/derivation"))


def test_what_was_typed_stays_with_what_is_wrong_beside_it(session: Session, owner: Visitor, invoice: Invoice) -> None:
    first, second = boxes(session, invoice)
    address = f"/invoices/{invoice.id}/credit-notes"
    refused = owner.post(address, typed(**{first: "600.01", second: "1.25", "reason": "Half a"}))
    assert refused.status_code == 422
    assert "more than is left of this line" in text_of(refused)
    assert 'value="1.25"' in refused.text
    assert 'value="Half a"' in refused.text
    for given, sentence in (
        ({first: "1", "reason": ""}, "Say why it is credited"),
        ({first: "1", "credited_on": ""}, "Choose the day"),
        ({first: "1", "credited_on": "2026-01-01"}, "was issued on"),
        ({first: "1", "credited_on": "2099-01-01"}, "today or earlier"),
        ({first: "x"}, "amount"),
        ({}, "Enter an amount beside at least one line"),
        ({first: "1", "whole": "y"}, "Empty the boxes"),
    ):
        answer = owner.post(address, typed(**given))
        assert (answer.status_code, sentence in text_of(answer)) == (422, True), sentence
    assert notes(session) == []


def test_all_that_is_open_is_credited_and_then_there_is_nothing_left(
    session: Session, world: World, owner: Visitor, invoice: Invoice
) -> None:
    paid = {"payer_id": invoice.payer_id, "amount": Money(333_33, "USD"), "allocations": {invoice.id: Money(333_33, "USD")}}
    record_payment(session, actor=world.owner, received_on=TODAY, method="cheque", now=NOW, **paid)
    assert owner.post(f"/invoices/{invoice.id}/credit-notes", typed(whole="y")).status_code == 303
    assert [note.total_minor for note in notes(session)] == [666_67]
    assert owed(session, invoice) == 0
    page = owner.get(f"/invoices/{invoice.id}")
    assert "/credit-notes/new" not in page.text
    assert "take the payment off the invoice first" in text_of(owner.get(f"/invoices/{invoice.id}/credit-notes/new"))
    again = owner.post(f"/invoices/{invoice.id}/credit-notes", typed(whole="y", key="0f3c1d5e-again"))
    assert (again.status_code, "Nothing is open" in text_of(again)) == (422, True)


def test_a_note_is_voided_with_a_reason_and_before_its_invoice(session: Session, owner: Visitor, invoice: Invoice) -> None:
    first, _ = boxes(session, invoice)
    owner.post(f"/invoices/{invoice.id}/credit-notes", typed(**{first: "10"}))
    (note,) = notes(session)
    assert "Void its credit notes first" in text_of(owner.get(f"/invoices/{invoice.id}"))
    refused = owner.post(f"/invoices/{invoice.id}/void", {"reason": "Wrong payer", "key": "0f3c1d5e-void"})
    assert (refused.status_code, "Void its credit notes first" in text_of(refused)) == (422, True)
    empty = owner.post(f"/credit-notes/{note.id}/void", {"reason": "", "key": "0f3c1d5e-void-1"})
    assert (empty.status_code, "Say why the credit note is voided" in text_of(empty)) == (422, True)
    assert owner.post(f"/credit-notes/{note.id}/void", {"reason": "Mistyped", "key": "0f3c1d5e-void-2"}).status_code == 303
    assert "Mistyped" in text_of(owner.get(f"/credit-notes/{note.id}"))
    assert owed(session, invoice) == 1_000_00
    assert owner.post(f"/invoices/{invoice.id}/void", {"reason": "Wrong payer", "key": "0f3c1d5e-void-3"}).status_code == 303
    gone = text_of(owner.get(f"/invoices/{invoice.id}/credit-notes/new"))
    assert "is void" in gone


def test_the_payers_page_asks_for_the_rest(
    session: Session, settings: Settings, owner: Visitor, stranger: Visitor, invoice: Invoice
) -> None:
    public_id = session.scalars(select(InvoiceLink.public_id).where(InvoiceLink.invoice_id == invoice.id)).one()
    first, _ = boxes(session, invoice)
    link = f"/i/{sign_link(public_id, secret_key=settings.secret_key)}"
    owner.post(f"/invoices/{invoice.id}/credit-notes", typed(**{first: "150"}))
    page = text_of(stranger.get(link))
    assert "$850.00" in page
    assert "$150.00 is credited" in page
    owner.post(f"/invoices/{invoice.id}/credit-notes", typed(whole="y", key="0f3c1d5e-rest"))
    settled = text_of(stranger.get(link))
    assert "Settled on" in settled
    assert "of which $1,000.00 was credited" in settled


@pytest.mark.parametrize("role", [Role.BOOKKEEPER, Role.ASSISTANT, Role.AUDITOR])
def test_who_may_not_void_sees_the_note_and_writes_none(
    session: Session, owner: Visitor, invoice: Invoice, member: object, role: Role
) -> None:
    first, _ = boxes(session, invoice)
    owner.post(f"/invoices/{invoice.id}/credit-notes", typed(**{first: "10"}))
    (note,) = notes(session)
    reader: Visitor = member(role)  # type: ignore[operator]
    assert reader.get(f"/credit-notes/{note.id}").status_code == 200
    assert reader.get(f"/invoices/{invoice.id}/credit-notes/new").status_code == 403
    assert reader.post(f"/invoices/{invoice.id}/credit-notes", typed(**{first: "10"})).status_code == 403
    assert reader.post(f"/credit-notes/{note.id}/void", {"reason": "x", "key": "0f3c1d5e-mine"}).status_code == 403
    assert session.scalar(select(func.count(CreditNote.id))) == 1


def test_another_firm_finds_neither_note_nor_form(session: Session, owner: Visitor, outsider: Visitor, invoice: Invoice) -> None:
    first, _ = boxes(session, invoice)
    owner.post(f"/invoices/{invoice.id}/credit-notes", typed(**{first: "10"}))
    (note,) = notes(session)
    for address in (f"/credit-notes/{note.id}", f"/credit-notes/{note.id}/document", f"/invoices/{invoice.id}/credit-notes/new"):
        assert outsider.get(address).status_code == 404
    assert outsider.post(f"/credit-notes/{note.id}/void", {"reason": "x", "key": "0f3c1d5e-theirs"}).status_code == 404
