"""An invoice as its payer sees it, behind a signed link and without signing in. Looking changes nothing; asking for the PDF makes it."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, abort, current_app, g, make_response, render_template, url_for

from lexapp.config import Settings
from lexapp.database import db
from lexapp.extensions import limiter
from lexapp.integrations.documents.invoice import invoice_page
from lexapp.integrations.signed_links import read_link
from lexapp.queries.client_pages import ClientPage, client_page
from lexapp.services.invoice_links import ask_for_document
from lexapp.web.access import public
from lexapp.web.bank_fields import method_words
from lexapp.web.htmx import redirect_after
from lexapp.web.stored_files import send_document, send_logo

LOOKS = "60 per minute"
ASKS = "10 per minute"
GONE = 410
blueprint = Blueprint("client_invoices", __name__)


@blueprint.get("/i/<signed>")
@public
@limiter.limit(LOOKS)
def show(signed: str) -> Response:
    page = _page(signed)
    if page is None:
        return _closed(404)
    if page.state != "open":
        return _closed(200 if page.state == "paid" else GONE, page, signed)
    printed = invoice_page(page.invoice.snapshot)
    return make_response(render_template("client_invoices/show.html", page=page, printed=printed, signed=signed, methods=method_words()))


@blueprint.get("/i/<signed>/logo")
@public
@limiter.limit(LOOKS)
def logo(signed: str) -> Response:
    """The logo as the invoice was frozen with it."""
    page = _page(signed)
    digest = page.invoice.snapshot.logo_hash if page else ""
    return send_logo(digest, firm_id=page.invoice.firm_id) if page and digest else abort(404)


@blueprint.get("/i/<signed>/pdf")
@public
@limiter.limit(LOOKS)
def pdf(signed: str) -> Response:
    page = _page(signed)
    if page is None or not page.gives_document:
        return show(signed)
    return send_document(page.document or abort(404), download=True)


@blueprint.post("/i/<signed>/document")
@public
@limiter.limit(ASKS)
def ask(signed: str) -> Response:
    page = _page(signed)
    if page is None or not page.gives_document:
        return show(signed)
    if page.document is None:
        ask_for_document(db.session(), firm_id=page.invoice.firm_id, invoice_id=page.invoice.id, now=datetime.now(UTC))
    return redirect_after(url_for(".show", signed=signed))


@blueprint.after_request
def keep_to_yourself(response: Response) -> Response:
    """Not for search engines, and the address, which is the key, is told to no other site."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(signed: str) -> ClientPage | None:
    settings: Settings = current_app.extensions["settings"]
    public_id = read_link(signed, secret_key=settings.secret_key)
    page = client_page(db.session(), public_id=public_id, now=datetime.now(UTC)) if public_id else None
    if page is not None:
        g.locale = page.invoice.snapshot.locale
    return page


def _closed(status: int, page: ClientPage | None = None, signed: str = "") -> Response:
    return make_response(render_template("client_invoices/closed.html", page=page, signed=signed), status)
