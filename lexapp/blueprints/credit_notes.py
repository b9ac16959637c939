"""Credit notes: credit an issued invoice, one note with its document, sending and voiding it."""

from __future__ import annotations

from uuid import uuid4

from flask import Blueprint, Response, abort, url_for

from lexapp.database import db
from lexapp.domain.errors import Refused
from lexapp.domain.money import Money
from lexapp.models import CreditNote, Invoice
from lexapp.queries.credit_notes import frozen_note, note_state, stored_note, to_credit
from lexapp.queries.frozen_invoices import open_minor
from lexapp.services.credit_notes import credit_invoice, print_credit_note, send_credit_note, void_credit_note
from lexapp.web.access import current_actor, load, requires
from lexapp.web.credit_note_forms import CreditForm, VoidNoteForm, credit_form
from lexapp.web.dates import today_here
from lexapp.web.forms import sent_key
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.stored_files import send_document

blueprint = Blueprint("credit_notes", __name__)


@blueprint.get("/invoices/<int:invoice_id>/credit-notes/new")
@requires("invoice.void")
def new(invoice_id: int) -> Response:
    invoice = load(Invoice, invoice_id)
    return _form_page(invoice, {"formdata": None, "data": {"credited_on": max(today_here(), invoice.issued_on)}})


def _form_page(invoice: Invoice, given: dict[str, object], form: CreditForm | None = None) -> Response:
    found = to_credit(db.session(), invoice=invoice)
    form = form or credit_form(found.lines, **given)
    return render(
        page="credit_notes/new.html",
        fragment="credit_notes/_credit_form.html",
        status=form.status,
        form=form,
        invoice=invoice,
        lines=found.lines,
        is_taxed=any(tax.left_minor for tax in found.creditable.taxes if not tax.is_included),
        currency=invoice.currency,
        open_minor=open_minor(db.session(), firm_id=invoice.firm_id, invoice_id=invoice.id),
    )


@blueprint.post("/invoices/<int:invoice_id>/credit-notes")
@requires("invoice.void")
def create(invoice_id: int) -> Response:
    """What was typed comes back with what is wrong beside it."""
    invoice = load(Invoice, invoice_id)
    form = credit_form(to_credit(db.session(), invoice=invoice).lines)
    if not form.validate_on_submit():
        return _form_page(invoice, {}, form)
    given = {"reason": form.reason.data, "credited_on": form.credited_on.data, "lines": form.wanted, "key": form.key.data}
    try:
        note = credit_invoice(db.session(), actor=current_actor(), invoice_id=invoice_id, **given)
    except Refused as error:
        form.refuse(error)
        return _form_page(load(Invoice, invoice_id), {}, form)
    toast(f"{note.number} takes {Money(note.total_minor, note.currency)} off the invoice")
    return redirect_after(url_for(".show", credit_note_id=note.id))


@blueprint.get("/credit-notes/<int:credit_note_id>")
@requires("invoice.view")
def show(credit_note_id: int) -> Response:
    return _page(load(CreditNote, credit_note_id))


def _page(note: CreditNote, form: VoidNoteForm | None = None) -> Response:
    """The page of one note; with a form that was refused, its dialog is open."""
    return render(
        page="credit_notes/show.html",
        fragment="credit_notes/_document.html",
        status=form.status if form else 200,
        form=form or VoidNoteForm(formdata=None),
        refused=form is not None,
        note=note,
        invoice=load(Invoice, note.invoice_id),
        snapshot=frozen_note(db.session(), firm_id=note.firm_id, note_id=note.id).snapshot,
        document=note_state(db.session(), firm_id=note.firm_id, note_id=note.id),
        currency=note.currency,
        new_key=lambda: str(uuid4()),
    )


@blueprint.get("/credit-notes/<int:credit_note_id>/document")
@requires("invoice.view")
def document(credit_note_id: int) -> Response:
    """The stored PDF, checked against its hash; 404 while it is being made. Its name says that it is void."""
    note = load(CreditNote, credit_note_id)
    stored = stored_note(db.session(), firm_id=note.firm_id, note_id=note.id) or abort(404)
    return send_document(stored, name=f"{stored.file_name.removesuffix('.pdf')} VOID.pdf" if note.voided_on else None)


@blueprint.post("/credit-notes/<int:credit_note_id>/document")
@requires("invoice.send")
def make_document(credit_note_id: int) -> Response:
    note = load(CreditNote, credit_note_id)
    print_credit_note(db.session(), actor=current_actor(), note_id=note.id, key=sent_key())
    return redirect_after(url_for(".show", credit_note_id=credit_note_id))


@blueprint.post("/credit-notes/<int:credit_note_id>/sendings")
@requires("invoice.send")
def send(credit_note_id: int) -> Response:
    note = load(CreditNote, credit_note_id)
    send_credit_note(db.session(), actor=current_actor(), note_id=note.id, key=sent_key())
    toast("The credit note is on its way to the payer")
    return redirect_after(url_for(".show", credit_note_id=credit_note_id))


@blueprint.post("/credit-notes/<int:credit_note_id>/void")
@requires("invoice.void")
def void(credit_note_id: int) -> Response:
    note, form = load(CreditNote, credit_note_id), VoidNoteForm()
    if not form.validate_on_submit():
        return _page(note, form)
    try:
        void_credit_note(db.session(), actor=current_actor(), note_id=credit_note_id, reason=form.reason.data, key=form.key.data)
    except Refused as error:
        form.refuse(error)
        return _page(load(CreditNote, credit_note_id), form)
    toast("Credit note voided. The invoice owes again what it had credited")
    return redirect_after(url_for(".show", credit_note_id=credit_note_id))
