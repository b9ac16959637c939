"""One client: the overview and its parts, each with an address of its own. Going from part to part replaces what is below the head."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_login import current_user

from lexapp.blueprints.clients.listing import blueprint
from lexapp.database import db
from lexapp.domain.reductions import YearlyDiscount
from lexapp.models import Client
from lexapp.queries.client_discounts import DiscountRow, VolumeYear, discounts_of_client, volume_year
from lexapp.queries.clients import client_counts, contacts_of
from lexapp.queries.invoices import InvoiceFilter, list_invoices
from lexapp.queries.invoices.listing import FILTERS, PAGE
from lexapp.queries.matters import MatterFilter, matter_rows
from lexapp.queries.payments import PaymentFilter, list_payments
from lexapp.queries.rates import SeenRates, rates_of_client
from lexapp.queries.standing import standing_of_clients
from lexapp.queries.timeline import client_timeline
from lexapp.web.access import load, may, requires, whose_work
from lexapp.web.bank_fields import PAYMENT_WORDS, method_words
from lexapp.web.dates import today_here
from lexapp.web.guideline_words import guidelines_shown
from lexapp.web.happenings import happenings, seen_kinds
from lexapp.web.htmx import render
from lexapp.web.invoice_words import STATE_WORDS
from lexapp.web.lists import PER_PAGE, Page, asked_choice, asked_page
from lexapp.web.rounding_places import rules_shown
from lexapp.web.standing import shown_figures
from lexapp.web.taxation import taxation_of_client

LATEST = 8


@blueprint.get("/clients/<int:client_id>")
@requires("client.view")
def show(client_id: int) -> Response:
    client, session, shown = load(Client, client_id), db.session(), shown_figures()
    mine = {"firm_id": client.firm_id, "client_id": client_id}
    seen = SeenRates(client.firm_id, today_here(), whose_work())
    return _part(
        "overview",
        client,
        shown=shown,
        matters=_matters(client, limit=LATEST),
        contacts=contacts_of(session, **mine),
        rates=rates_of_client(session, seen=seen, client_id=client_id) if may("rate.see") else [],
        standing=standing_of_clients(session, firm_id=client.firm_id, client_ids=[client_id], shown=shown)[client_id],
        happenings=happenings(client_timeline(session, **mine, kinds=seen_kinds())),
        taxation=taxation_of_client(client),
        **rules_shown(client=client),
    )


@blueprint.get("/clients/<int:client_id>/matters")
@requires("client.view")
def matters(client_id: int) -> Response:
    client, number = load(Client, client_id), asked_page()
    counts = client_counts(db.session(), client=client)
    part = {"limit": PER_PAGE, "offset": (number - 1) * PER_PAGE}
    found = {"matters": _matters(client, **part), "pages": Page(number, counts.matters), "shown": shown_figures()}
    return _part("matters", client, counts=counts, **found)


@blueprint.get("/clients/<int:client_id>/invoices")
@requires("invoice.view")
def invoices(client_id: int) -> Response:
    """The invoices that the client pays, whosever matters they are for."""
    client, state = load(Client, client_id), asked_choice("state", FILTERS)
    wanted = InvoiceFilter(state=state, payer_id=client_id, page=asked_page())
    found = list_invoices(db.session(), firm_id=client.firm_id, wanted=wanted, today=today_here())
    return _part("invoices", client, found=found, state=state, words=STATE_WORDS, pages=Page(wanted.page, found.count, PAGE))


@blueprint.get("/clients/<int:client_id>/payments")
@requires("payment.view")
def payments(client_id: int) -> Response:
    client, number = load(Client, client_id), asked_page()
    part = {"limit": PER_PAGE, "offset": (number - 1) * PER_PAGE}
    found = list_payments(db.session(), firm_id=client.firm_id, wanted=PaymentFilter(payer_id=client_id), **part)
    return _part("payments", client, found=found, pages=Page(number, found.count), methods=method_words(), kinds=PAYMENT_WORDS)


@blueprint.get("/clients/<int:client_id>/guidelines")
@requires("client.view")
def guidelines(client_id: int) -> Response:
    """What the client accepts on its bills."""
    client = load(Client, client_id)
    return _part("guidelines", client, matter=None, **guidelines_shown(client=client))


@blueprint.get("/clients/<int:client_id>/discounts")
@requires("rate.see")
def discounts(client_id: int) -> Response:
    """What is agreed on all matters of the client: by volume, for early payment."""
    client = load(Client, client_id)
    mine = {"firm_id": client.firm_id, "client_id": client_id, "currency": current_user.currency}
    rows = discounts_of_client(db.session(), **mine)
    return _part("discounts", client, rows=rows, year=_volume_year(rows), today=today_here())


def _volume_year(rows: list[DiscountRow]) -> VolumeYear | None:
    """Where the client stands in its year, for whoever sees invoices."""
    found = [row.discount for row in rows if row.state(today_here()) == "now" and row.discount.kind == YearlyDiscount.kind]
    return volume_year(db.session(), discount=found[0], on=today_here()) if found and may("invoice.view") else None


def _matters(client: Client, **part: Any) -> list[Any]:
    """The newest first."""
    wanted = MatterFilter(client_id=client.id)
    return matter_rows(db.session(), firm_id=client.firm_id, wanted=wanted, shown=shown_figures(), column="opened", **part)


def _part(part: str, client: Client, **found: Any) -> Response:
    counts = found.pop("counts", None) or client_counts(db.session(), client=client)
    return render(page="clients/show.html", fragment="clients/_part.html", part=part, client=client, counts=counts, **found)
