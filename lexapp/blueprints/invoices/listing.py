"""The list of invoices and the page of one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, url_for
from flask_login import current_user

from lexapp.database import db
from lexapp.domain.money import Money
from lexapp.integrations.documents.sections import tax_words
from lexapp.models import Invoice
from lexapp.queries.derivations import lines_behind
from lexapp.queries.invoices import AgeBucket, InvoiceFilter, age_buckets, invoice_detail, list_invoices, payers_with_invoices
from lexapp.queries.invoices.listing import FILTERS, PAGE
from lexapp.queries.pre_bills import latest_run, run_view
from lexapp.queries.trust import money_for_invoice
from lexapp.web.access import current_actor, load, may, requires
from lexapp.web.bank_fields import method_words
from lexapp.web.dates import today_in_zone
from lexapp.web.forms import CommandForm, NoteField
from lexapp.web.htmx import render
from lexapp.web.invoice_words import STATE_WORDS
from lexapp.web.lists import Page, asked_choice, asked_id, asked_page, asked_text

blueprint = Blueprint("invoices", __name__)


class VoidForm(CommandForm):
    reason = NoteField("Reason", longest=250, needed="Say why the invoice is voided. The reason stays with it.")


@blueprint.get("/invoices")
@requires("invoice.view")
def index() -> Response:
    firm_id, today = current_actor().firm_id, today_in_zone(current_user.time_zone)
    wanted = InvoiceFilter(
        state=asked_choice("state", FILTERS),
        payer_id=asked_id("payer"),
        matter_id=asked_id("matter"),
        text=asked_text(),
        page=asked_page(),
    )
    found = list_invoices(db.session(), firm_id=firm_id, wanted=wanted, today=today)
    return render(
        page="invoices/index.html",
        fragment="invoices/_list.html",
        found=found,
        wanted=wanted,
        paging=Page(wanted.page, found.count, PAGE),
        words=STATE_WORDS,
        today=today,
        currency=current_user.currency,
        payers=payers_with_invoices(db.session(), firm_id=firm_id),
        **_around(firm_id),
    )


def _around(firm_id: int) -> dict[str, Any]:
    """The figures above the list, and the billing run that is under way."""
    today = today_in_zone(current_user.time_zone)
    run = latest_run(db.session(), firm_id=firm_id, kind="issue")
    running = run is not None and run.state == "running"
    buckets = age_buckets(db.session(), firm_id=firm_id, on=today)
    return {"figures": _figures(buckets), "progress": run_view(db.session(), run=run) if run and running else None}


def _figures(buckets: list[AgeBucket]) -> list[dict[str, Any]]:
    everything = AgeBucket("Open", sum(each.count for each in buckets), sum(each.open_minor for each in buckets))
    urls = {"Open": url_for(".index", state="unpaid"), "1–30 days late": url_for(".index", state="overdue")}
    return [
        {
            "label": bucket.label,
            "amount": Money(bucket.open_minor, current_user.currency),
            "note": f"{bucket.count} invoice{'' if bucket.count == 1 else 's'}",
            "url": urls.get(bucket.label),
        }
        for bucket in (everything, *buckets)
    ]


@blueprint.get("/invoices/<int:invoice_id>")
@requires("invoice.view")
def show(invoice_id: int) -> Response:
    return page_of(load(Invoice, invoice_id))


def page_of(invoice: Invoice, form: VoidForm | None = None) -> Response:
    """The page of one invoice; with a form that was refused, its dialog is open."""
    today = today_in_zone(current_user.time_zone)
    detail = invoice_detail(db.session(), invoice=invoice, today=today)
    return render(
        page="invoices/show.html",
        fragment="invoices/_state.html",
        status=form.status if form else 200,
        form=form or VoidForm(formdata=None),
        refused=form is not None,
        detail=detail,
        invoice=invoice,
        snapshot=detail.snapshot,
        words=STATE_WORDS,
        today=today,
        currency=invoice.currency,
        may_pay=may("payment.record"),
        explained=lines_behind(db.session(), invoice=invoice),
        methods=method_words(),
        in_trust=_in_trust(invoice) if detail.open_minor else [],
        tax_words=tax_words(detail.snapshot),
    )


def _in_trust(invoice: Invoice) -> list[tuple[int, int]]:
    """Trust money that the person may apply to the invoice."""
    return money_for_invoice(db.session(), firm_id=invoice.firm_id, invoice_id=invoice.id) if may("trust.apply") else []
