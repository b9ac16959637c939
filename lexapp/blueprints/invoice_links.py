"""The links that open an invoice for its payer: a new one, or none at all."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, url_for

from lexapp.config import Settings
from lexapp.database import db
from lexapp.integrations.signed_links import invoice_address
from lexapp.models import Invoice
from lexapp.services.invoice_links import renew_invoice_link, revoke_invoice_links
from lexapp.web.access import current_actor, load, requires
from lexapp.web.forms import CommandForm
from lexapp.web.htmx import redirect_after, toast

blueprint = Blueprint("invoice_links", __name__)


@blueprint.post("/invoices/<int:invoice_id>/links")
@requires("invoice.send")
def renew(invoice_id: int) -> Response:
    """A new link in the place of every earlier one."""
    invoice = load(Invoice, invoice_id)
    link = renew_invoice_link(db.session(), actor=current_actor(), invoice_id=invoice.id, key=_key())
    settings: Settings = current_app.extensions["settings"]
    toast(f"New link: {invoice_address(link.public_id, base_url=settings.base_url, secret_key=settings.secret_key)}")
    return redirect_after(_invoice_url(invoice_id))


@blueprint.post("/invoices/<int:invoice_id>/link-revocation")
@requires("invoice.send")
def revoke(invoice_id: int) -> Response:
    """Nobody opens the invoice by a link any more."""
    invoice = load(Invoice, invoice_id)
    revoke_invoice_links(db.session(), actor=current_actor(), invoice_id=invoice.id, key=_key())
    toast("Its links are closed")
    return redirect_after(_invoice_url(invoice_id))


def _key() -> str | None:
    form = CommandForm()
    return form.key.data if form.validate() else None


def _invoice_url(invoice_id: int) -> str:
    shown = "invoices.show"
    return url_for(shown, invoice_id=invoice_id) if shown in current_app.view_functions else "/"
