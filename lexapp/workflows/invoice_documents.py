"""The PDF of an invoice: read what was frozen, print it, keep the file by its hash, record it once."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm
from lexapp.domain.errors import Refused
from lexapp.domain.numbering import file_stem
from lexapp.domain.snapshots import InvoiceSnapshot
from lexapp.integrations.documents import invoice_pdf
from lexapp.integrations.pdf import PdfLimitError
from lexapp.integrations.signed_links import invoice_address
from lexapp.models import StoredDocument
from lexapp.queries.frozen_invoices import FrozenInvoice, frozen_invoice, live_link, stored_invoice_pdf
from lexapp.services.documents import record_document
from lexapp.workflows.outside import Outside


def make_invoice_document(session: Session, outside: Outside, *, firm_id: int, invoice_id: int) -> StoredDocument:
    """The document of the invoice, made if it is not there yet. Dated with the instant of issue, so that every try gives the same bytes.

    Raises Refused when the invoice is too large to print.
    """
    scope_to_firm(session, firm_id)
    existing = stored_invoice_pdf(session, firm_id=firm_id, invoice_id=invoice_id)
    if existing is not None:
        return existing
    invoice = frozen_invoice(session, firm_id=firm_id, invoice_id=invoice_id)
    link = live_link(session, firm_id=firm_id, invoice_id=invoice_id)
    session.rollback()  # a read left open would keep writers out on SQLite for as long as the page is set
    data = print_invoice(outside, invoice, link)
    digest = outside.storage.put(data, firm_id=firm_id)
    return record_document(
        session,
        firm_id=firm_id,
        kind="invoice_pdf",
        subject=("invoice", invoice_id),
        file_name=file_name(invoice.number),
        media_type="application/pdf",
        size_bytes=len(data),
        sha256=digest,
        created_at=invoice.issued_at,
        now=outside.now(),
    )


def print_invoice(outside: Outside, invoice: FrozenInvoice, link: str | None) -> bytes:
    """The PDF with the address of the client's page, which depends on where this installation lives and so is not frozen."""

    def read_logo(digest: str) -> bytes:
        return outside.storage.get(digest, firm_id=invoice.firm_id)

    try:
        return invoice_pdf(_with_address(outside, invoice.snapshot, link), invoice.issued_at, read_logo=read_logo)
    except PdfLimitError as error:
        raise Refused(str(error)) from error


def _with_address(outside: Outside, snapshot: InvoiceSnapshot, link: str | None) -> InvoiceSnapshot:
    if link is None:
        return snapshot
    address = invoice_address(link, base_url=outside.base_url, secret_key=outside.secret_key)
    return replace(snapshot, how_to_pay=replace(snapshot.how_to_pay, link=address))


def file_name(number: str) -> str:
    """A name that every system takes, from an invoice's number."""
    return f"{file_stem(number, 'invoice')}.pdf"
