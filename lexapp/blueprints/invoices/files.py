"""The files of an invoice: the PDF that is the document, and LEDES 1998B."""

from __future__ import annotations

from flask import Response, abort

from lexapp.blueprints.invoices.listing import blueprint
from lexapp.database import db
from lexapp.domain.numbering import file_stem
from lexapp.models import Invoice
from lexapp.queries.frozen_invoices import stored_invoice_pdf
from lexapp.queries.ledes import ledes_1998b
from lexapp.web.access import load, requires
from lexapp.web.stored_files import send_document


@blueprint.get("/invoices/<int:invoice_id>/document")
@requires("invoice.view")
def document(invoice_id: int) -> Response:
    """The stored PDF, checked against its hash; 404 while it is being made. Its bytes never change; its name says that it is void."""
    invoice = load(Invoice, invoice_id)
    stored = stored_invoice_pdf(db.session(), firm_id=invoice.firm_id, invoice_id=invoice.id)
    document = stored or abort(404)
    void = f"{document.file_name.removesuffix('.pdf')} VOID.pdf" if invoice.voided_on else None
    return send_document(document, name=void)


@blueprint.get("/invoices/<int:invoice_id>/ledes")
@requires("invoice.view")
def ledes(invoice_id: int) -> Response:
    invoice = load(Invoice, invoice_id)
    text = ledes_1998b(db.session(), invoice=invoice)
    return _file(text.encode("ascii"), "text/plain; charset=us-ascii", f"{file_stem(invoice.number, 'invoice')}.ledes.txt")


def _file(data: bytes, media_type: str, name: str) -> Response:
    response = Response(data, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
