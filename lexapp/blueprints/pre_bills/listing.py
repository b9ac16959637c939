"""The list of pre-bills and what is done to many: make them, approve them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from flask import Blueprint, Response, request, url_for
from flask_login import current_user

from lexapp.database import db
from lexapp.domain.errors import InvalidInput, Refused
from lexapp.domain.money import Money
from lexapp.queries.pre_bills import count_by_state, list_pre_bills
from lexapp.queries.unbilled import UnbilledMatter, unbilled_matters
from lexapp.services.pre_bills import approve_pre_bills, draft_pre_bill, start_draft_run
from lexapp.web.access import current_actor, requires
from lexapp.web.dates import parse_date, today_in_zone
from lexapp.web.forms import CommandForm, DateField, sent_key
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.lists import address, asked_choice, asked_id, asked_page
from lexapp.web.paths import LARGEST_ID

blueprint = Blueprint("pre_bills", __name__)
STATES = ("", "open", "approved", "issued", "discarded")
MOST_AT_ONCE = 5_000


class NewPreBillsForm(CommandForm):
    """Which work is billed: everything through a day, of the matters that are ticked."""

    through_on = DateField("Billed through", needed="Type the last day that is billed.")


def asked_ids(name: str = "ids") -> list[int]:
    """The ids that were ticked; what is no id is left out."""
    typed = request.values.getlist(name)[:MOST_AT_ONCE]
    return sorted({int(text) for text in typed if text.isascii() and text.isdigit() and 0 < len(text) < 19 and int(text) <= LARGEST_ID})


@blueprint.get("/pre-bills")
@requires("pre_bill.view")
def index() -> Response:
    firm_id, state, page = current_actor().firm_id, asked_choice("state", STATES), asked_page()
    rows, more = list_pre_bills(db.session(), firm_id=firm_id, state=state, matter_id=asked_id("matter"), page=page)
    return render(
        page="pre_bills/index.html",
        fragment="pre_bills/_list.html",
        rows=rows,
        state=state,
        counts=count_by_state(db.session(), firm_id=firm_id),
        earlier=address(page=page - 1) if page > 1 else None,
        later=address(page=page + 1) if more else None,
        currency=current_user.currency,
    )


@blueprint.get("/pre-bills/new")
@requires("pre_bill.edit")
def new() -> Response:
    form = NewPreBillsForm(formdata=None)
    form.through_on.data, form.through_on.errors = _through()
    return _new_page(form)


def _through() -> tuple[date, Sequence[str]]:
    """The day in the address, today without one, and what is wrong with it."""
    today = today_in_zone(current_user.time_zone)
    try:
        text = request.args.get("through_on", "").strip()
        return (parse_date(text, today=today) if text else today), ()
    except ValueError as error:
        return today, (str(error),)


def _new_page(form: NewPreBillsForm) -> Response:
    through_on = form.through_on.data or today_in_zone(current_user.time_zone)
    matter_id = asked_id("matter")
    wanted = None if matter_id is None else [matter_id]
    matters = unbilled_matters(db.session(), firm_id=current_actor().firm_id, through_on=through_on, matter_ids=wanted)
    return render(
        page="pre_bills/new.html",
        fragment="pre_bills/_unbilled.html",
        status=form.status,
        form=form,
        through_on=through_on,
        matters=matters,
        total=_total(matters),
        currency=current_user.currency,
        ticked=asked_ids() or ([matter_id] if matter_id else []),
    )


def _total(matters: Sequence[UnbilledMatter]) -> Money:
    return Money(sum(matter.total_minor for matter in matters), current_user.currency)


@blueprint.post("/pre-bills")
@requires("pre_bill.edit")
def create() -> Response:
    """One matter is drafted at once and opened; many are drafted by the worker, and their progress is shown."""
    form = NewPreBillsForm()
    ids = asked_ids()
    if not form.validate_on_submit():
        return _new_page(form)
    try:
        return redirect_after(_draft(form, ids))
    except Refused as error:
        form.refuse(error)
        return _new_page(form)


def _draft(form: NewPreBillsForm, matter_ids: list[int]) -> str:
    given = {"actor": current_actor(), "through_on": form.through_on.data, "key": form.key.data}
    if not matter_ids:
        raise InvalidInput("Tick at least one matter.")
    if len(matter_ids) == 1:
        made = draft_pre_bill(db.session(), matter_id=matter_ids[0], **given)
        return url_for("pre_bills.show", pre_bill_id=made[0])
    return url_for("billing_runs.show", run_id=start_draft_run(db.session(), matter_ids=matter_ids, **given).id)


def _seen_versions() -> dict[int, int]:
    """What the list showed: `12:3 14:1` are pre-bills with their versions."""
    pairs = re.findall(r"(?<![0-9])([0-9]{1,18}):([0-9]{1,9})(?![0-9])", request.form.get("versions", ""))
    return {int(id_): int(version) for id_, version in pairs}


@blueprint.post("/pre-bills/approvals")
@requires("pre_bill.approve")
def approve_many() -> Response:
    ids = asked_ids()
    done = approve_pre_bills(db.session(), actor=current_actor(), pre_bill_ids=ids, versions=_seen_versions(), key=sent_key())
    left = len(ids) - len(done)
    also = f". {left} not open, or with every line held back" if left else ""
    toast(f"{len(done)} pre-bill{'' if len(done) == 1 else 's'} approved{also}")
    return redirect_after(url_for(".index", state="approved"))
