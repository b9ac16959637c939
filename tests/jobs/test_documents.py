"""The PDF of an invoice: made once, stored by its hash, the same at every try."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.integrations.storage import open_storage
from lexapp.jobs.place import Place
from lexapp.jobs.worker import run_due
from lexapp.models import Change, OutboxMessage, StoredDocument
from lexapp.queries.frozen_invoices import frozen_invoice, live_link
from lexapp.workflows.invoice_documents import file_name, make_invoice_document, print_invoice
from lexapp.workflows.verification import DOCUMENTS, verify_firm
from tests.factories import NOW, World
from tests.jobs.issued import issue_invoices

Row = Callable[[int], OutboxMessage]


def test_the_worker_prints_and_stores_an_issued_invoice(session: Session, world: World, place: Place):
    (invoice,) = issue_invoices(session, world)
    assert run_due(place)
    session.expire_all()
    (document,) = session.scalars(select(StoredDocument)).all()
    data = place.outside.storage.get(document.sha256, firm_id=world.firm_id)
    assert data.startswith(b"%PDF-")
    assert hashlib.sha256(data).hexdigest() == document.sha256
    assert (document.kind, document.subject_kind, document.subject_id) == ("invoice_pdf", "invoice", invoice.id)
    assert (document.file_name, document.size_bytes, document.created_at) == ("INV-2026-0001.pdf", len(data), NOW)
    assert session.scalars(select(OutboxMessage.state)).all() == ["done"]
    at = session.scalars(select(Change.at).where(Change.subject_kind == "invoice", Change.subject_id == invoice.id)).all()
    assert len(at) == 2, "issued, and printed"


def test_a_second_try_finds_the_document_and_makes_no_other(session: Session, world: World, place: Place):
    (invoice,) = issue_invoices(session, world)
    first = make_invoice_document(session, place.outside, firm_id=world.firm_id, invoice_id=invoice.id)
    again = make_invoice_document(session, place.outside, firm_id=world.firm_id, invoice_id=invoice.id)
    assert first.id == again.id
    assert len(session.scalars(select(StoredDocument)).all()) == 1


def test_two_workers_that_print_the_same_invoice_give_the_same_bytes(session: Session, world: World, place: Place):
    (invoice,) = issue_invoices(session, world)
    made = make_invoice_document(session, place.outside, firm_id=world.firm_id, invoice_id=invoice.id)
    link = live_link(session, firm_id=world.firm_id, invoice_id=invoice.id)
    printed = print_invoice(place.outside, frozen_invoice(session, firm_id=world.firm_id, invoice_id=invoice.id), link)
    assert link
    assert hashlib.sha256(printed).hexdigest() == made.sha256


def test_file_names_hold_nothing_that_a_system_could_trip_over():
    assert file_name("INV-2026-0001") == "INV-2026-0001.pdf"
    assert file_name("../7\r\n:a") == "7-a.pdf"
    assert file_name("№") == "invoice.pdf"


def test_a_document_that_is_damaged_or_gone_is_named_by_the_verification(session: Session, world: World, place: Place, tmp_path: Path):
    invoices = issue_invoices(session, world, 2)
    for invoice in invoices:
        make_invoice_document(session, place.outside, firm_id=world.firm_id, invoice_id=invoice.id)
    storage = open_storage(f"file://{tmp_path}/copies")
    digests = session.scalars(select(StoredDocument.sha256).order_by(StoredDocument.id))
    first, second = (place.outside.storage.get(digest, firm_id=world.firm_id) for digest in digests)
    storage.put(first, firm_id=world.firm_id)
    assert verify_firm(session, place.outside.storage, firm_id=world.firm_id) == []
    (gone,) = verify_firm(session, storage, firm_id=world.firm_id)
    assert (gone.check, "INV-2026-0002.pdf" in gone.sentence, "missing" in gone.sentence) == (DOCUMENTS, True, True)
    storage.put(second, firm_id=world.firm_id)
    for path in (tmp_path / "copies").rglob("*"):
        if path.is_file() and path.read_bytes() == first:
            path.write_bytes(first[:-1])
    (damaged,) = verify_firm(session, storage, firm_id=world.firm_id)
    assert "INV-2026-0001.pdf" in damaged.sentence
