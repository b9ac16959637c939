"""The link that opens an invoice for its payer: seen, made new, or closed."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, url_for

from lexapp.config import Settings
from lexapp.database import db
from lexapp.integrations.signed_links import invoice_address
from lexapp.models import Invoice
from lexapp.queries.frozen_invoices import live_link
from lexapp.services.invoice_links import renew_invoice_link, revoke_invoice_links
from lexapp.web.access import current_actor, load, requires
from lexapp.web.forms import CommandForm, sent_key
from lexapp.web.htmx import redirect_after, render, toast

blueprint = Blueprint("invoice_links", __name__)


@blueprint.get("/invoices/<int:invoice_id>/links")
@requires("invoice.send")
def index(invoice_id: int) -> Response:
    invoice, settings = load(Invoice, invoice_id), _settings()
    public_id = live_link(db.session(), firm_id=invoice.firm_id, invoice_id=invoice.id)
    address = invoice_address(public_id, base_url=settings.base_url, secret_key=settings.secret_key) if public_id else ""
    return render(page="invoice_links/index.html", invoice=invoice, address=address, form=CommandForm())


@blueprint.post("/invoices/<int:invoice_id>/links")
@requires("invoice.send")
def renew(invoice_id: int) -> Response:
    """A new link in the place of every earlier one."""
    invoice = load(Invoice, invoice_id)
    renew_invoice_link(db.session(), actor=current_actor(), invoice_id=invoice.id, key=sent_key())
    toast("New link made; the one before is closed")
    return redirect_after(url_for(".index", invoice_id=invoice_id))


@blueprint.post("/invoices/<int:invoice_id>/link-revocation")
@requires("invoice.send")
def revoke(invoice_id: int) -> Response:
    """Nobody opens the invoice by a link any more."""
    invoice = load(Invoice, invoice_id)
    revoke_invoice_links(db.session(), actor=current_actor(), invoice_id=invoice.id, key=sent_key())
    toast("The link is closed")
    return redirect_after(url_for(".index", invoice_id=invoice_id))


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
