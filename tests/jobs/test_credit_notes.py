"""The PDF of a credit note: made by the worker as soon as the note is issued, and mailed to the payer when that is asked for."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.domain.errors import InvalidInput, NotAllowed
from lexapp.jobs.place import Place
from lexapp.jobs.worker import run_due
from lexapp.models import Client, CreditNote, SentMail, StoredDocument
from lexapp.services.credit_notes import credit_invoice, print_credit_note, send_credit_note, void_credit_note
from tests.documents.reading import text_of
from tests.factories import NOW, TODAY, World
from tests.jobs.issued import issue_invoices
from tests.servers import MailSink


@pytest.fixture
def note(session: Session, world: World) -> CreditNote:
    (invoice,) = issue_invoices(session, world)
    made = credit_invoice(session, actor=world.owner, invoice_id=invoice.id, reason="Duplicate research", credited_on=TODAY, now=NOW)
    session.refresh(made)
    session.expunge(made)
    session.rollback()
    return made


def work_off(session: Session, place: Place) -> None:
    session.rollback()
    while run_due(place):
        pass


def printed(session: Session, place: Place) -> list[bytes]:
    found = session.scalars(select(StoredDocument).where(StoredDocument.kind == "credit_note_pdf")).all()
    data = [place.outside.storage.get(one.sha256, firm_id=one.firm_id) for one in found]
    session.rollback()
    return data


def test_a_credit_note_is_printed_once_with_its_reason_and_what_is_left(session: Session, world: World, place: Place, note: CreditNote):
    work_off(session, place)
    print_credit_note(session, actor=world.owner, note_id=note.id, now=NOW)
    work_off(session, place)
    (pdf,) = printed(session, place)
    text = text_of(pdf)
    for words in ("Credit note CN-2026-0001", "Duplicate research", "Nothing is left to pay", "Open before"):
        assert words in text


def test_a_credit_note_is_mailed_to_the_payer_with_the_same_file(
    session: Session, world: World, place: Place, mail_sink: MailSink, note: CreditNote
):
    with transaction(session, world.firm_id):
        session.execute(update(Client).values(email="payer@client.test"))
    for _ in range(2):
        send_credit_note(session, actor=world.owner, note_id=note.id, key="once", now=NOW)
    work_off(session, place)
    (message,) = mail_sink.messages
    assert message["Subject"].startswith("Credit note CN-2026-0001 from")
    (attached,) = message.iter_attachments()
    assert [attached.get_payload(decode=True)] == printed(session, place)
    body = message.get_body(("plain",))
    assert body is not None
    assert "Duplicate research" in body.get_content()
    sent = session.scalars(select(SentMail)).one()
    assert (sent.kind, sent.subject_kind, sent.subject_id) == ("credit_note", "credit_note", note.id)


def test_it_is_not_sent_without_an_address_nor_when_it_is_void(session: Session, world: World, note: CreditNote):
    with transaction(session, world.firm_id):
        session.execute(update(Client).values(email=""))
    with pytest.raises((InvalidInput, NotAllowed), match="address"):
        send_credit_note(session, actor=world.owner, note_id=note.id, now=NOW)
    session.rollback()
    void_credit_note(session, actor=world.owner, note_id=note.id, reason="Wrong invoice", now=NOW)
    with pytest.raises(NotAllowed, match="is void"):
        send_credit_note(session, actor=world.owner, note_id=note.id, now=NOW)
