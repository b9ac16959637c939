"""A line of a pre-bill: opened in place, edited, held back, taken back."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for
from flask_login import current_user

from lexapp.blueprints.pre_bills.listing import blueprint
from lexapp.blueprints.pre_bills.review import review_context
from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.domain.money import Money
from lexapp.domain.pre_bills import MOST_UNITS_HUNDREDTHS
from lexapp.domain.quantities import parse_hundredths
from lexapp.domain.utbms import lookup
from lexapp.models import PreBill, PreBillLine
from lexapp.queries.pre_bills import review_lines
from lexapp.services.pre_bills import LineChange, edit_line, hold_back_line, take_back_line
from lexapp.web.access import current_actor, load, requires
from lexapp.web.forms import FlagField, HoursField, MoneyField, NoteField, TextField, sent_version
from lexapp.web.forms.versions import VersionedForm
from lexapp.web.htmx import fragments, render, toast
from lexapp.web.line_findings import checks_of, line_hints


class QuantityField(HoursField):
    """Hours of a time line, units of a cost."""

    units = False

    def parse(self, text: str) -> int:
        return parse_hundredths(text, maximum=MOST_UNITS_HUNDREDTHS) if self.units else super().parse(text)


class LineForm(VersionedForm):
    """A line as its reviewer may change it. `reduction` is taken off: shown on the invoice as an adjustment, or written down inside."""

    narrative = NoteField("Narrative", longest=15_000, needed="Type what was done.")
    task_code = TextField("Task code", longest=10)
    activity_code = TextField("Activity code", longest=10)
    expense_code = TextField("Expense code", longest=10)
    quantity = QuantityField("Hours")
    rate = MoneyField("Rate", zero=True, needed="Type the rate.")
    reduction = MoneyField("Write-down", zero=True)
    reason = TextField("Reason", longest=200)
    shown = FlagField("Show the reduction on the invoice", hint="As an adjustment on this line, not a write-down")
    no_charge = FlagField("No charge", hint="The line is printed, and costs nothing")

    def refuse(self, error: Refused) -> None:
        """The service's two kinds of reduction are one field here."""
        renamed = {"write_down": "reduction", "adjustment": "reduction", "write_down_reason": "reason", "adjustment_reason": "reason"}
        error.field = renamed.get(error.field or "", error.field)
        super().refuse(error)

    def change(self, line: PreBillLine) -> LineChange:
        off = self.reduction.data.minor if self.reduction.data else 0
        return LineChange(
            narrative=self.narrative.data,
            quantity_hundredths=line.quantity_hundredths if self.quantity.data is None else self.quantity.data,
            rate_minor=self.rate.data.minor,
            task_code=self.task_code.data or "",
            activity_code=self.activity_code.data or "",
            expense_code=(self.expense_code.data or "") if line.kind == "expense" else line.expense_code,
            write_down_minor=0 if self.shown.data else off,
            write_down_reason=self.reason.data or "",
            adjustment_minor=-off if self.shown.data else 0,
            adjustment_reason=self.reason.data or "",
            no_charge=self.no_charge.data,
        )


def _form(line: PreBillLine, **given: Any) -> LineForm:
    """The line as it stands, with what was sent over it; without that where `formdata=None` is given."""
    shown = line.adjustment_minor != 0
    currency = current_user.currency
    data = {
        **{name: getattr(line, name) for name in ("version", "narrative", "task_code", "activity_code", "expense_code")},
        "quantity": line.quantity_hundredths,
        "rate": Money(line.rate_minor, currency),
        "reduction": Money(-line.adjustment_minor, currency) if shown else None,
        "reason": line.adjustment_reason or line.write_down_reason,
        "shown": shown,
        "no_charge": line.billing_status == "no_charge",
    }
    form = LineForm(ids=f"line-{line.id}", data=data, **given)
    form.quantity.units = line.kind != "time"
    if line.kind != "time":
        form.quantity.label.text, form.rate.label.text = "Units", "Price"
    return form


@blueprint.get("/pre-bill-lines/<int:line_id>")
@requires("pre_bill.view")
def line(line_id: int) -> Response:
    return _line_row(load(PreBillLine, line_id))


@blueprint.get("/pre-bill-lines/<int:line_id>/edit")
@requires("pre_bill.edit")
def edit(line_id: int) -> Response:
    found = load(PreBillLine, line_id)
    return _desk(found, _form(found))


@blueprint.post("/pre-bill-lines/<int:line_id>")
@requires("pre_bill.edit")
def save(line_id: int) -> Response:
    found = load(PreBillLine, line_id)
    form = _form(found)
    if not form.validate_on_submit():
        return _desk(found, form)
    version = form.version_seen if form.version.raw_data else 0
    try:
        given = {"change": form.change(found), "version": version, "key": form.key.data}
        edit_line(db.session(), actor=current_actor(), line_id=line_id, **given)
    except Refused as error:
        form.refuse(error)
        now = load(PreBillLine, line_id)
        if isinstance(error, Conflict):
            form.compare(_form(now, formdata=None))
        return _desk(now, form, 409 if isinstance(error, Conflict) else None)
    return _changed(line_id)


@blueprint.post("/pre-bill-lines/<int:line_id>/holding")
@requires("pre_bill.edit")
def hold(line_id: int) -> Response:
    load(PreBillLine, line_id)
    line = hold_back_line(db.session(), actor=current_actor(), line_id=line_id, version=sent_version())
    toast("Line held back", undo=url_for(".take_back", line_id=line_id, version=line.version))
    return _changed(line_id)


@blueprint.post("/pre-bill-lines/<int:line_id>/return")
@requires("pre_bill.edit")
def take_back(line_id: int) -> Response:
    load(PreBillLine, line_id)
    take_back_line(db.session(), actor=current_actor(), line_id=line_id, version=sent_version())
    return _changed(line_id)


@blueprint.post("/pre-bill-lines/<int:line_id>/reading")
@requires("pre_bill.edit")
def read(line_id: int) -> Response:
    """The hints on what is typed so far. Nothing is written."""
    found = load(PreBillLine, line_id)
    hints = line_hints(load(PreBill, found.pre_bill_id), found, _form(found))
    return render(page="narratives/hints.html", fragment="narratives/_hints.html", hints=hints)


def _context(found: PreBillLine) -> dict[str, Any]:
    """The lines are read anew, as their findings are counted beside the whole; the one that is asked for is among them."""
    pre_bill = load(PreBill, found.pre_bill_id)
    groups = review_lines(db.session(), firm_id=pre_bill.firm_id, pre_bill_id=pre_bill.id)
    view = next(view for views in groups.values() for view in views if view.line.id == found.id)
    return {**review_context(pre_bill), "checks": checks_of(pre_bill, groups), "view": view, "kind": found.kind}


def _line_row(found: PreBillLine) -> Response:
    return render(page="pre_bills/line.html", fragment="pre_bills/_line.html", **_context(found))


def _desk(found: PreBillLine, form: LineForm, status: int | None = None) -> Response:
    codes = [lookup(code) for code in (found.task_code, found.activity_code, found.expense_code) if code]
    names = [code.name for code in codes if code]
    focus = "reduction" if request.args.get("focus") == "reduction" else "narrative"
    given = {**_context(found), "form": form, "code_names": names, "focus": focus}
    given["hints_found"] = line_hints(given["pre_bill"], found, form, given["checks"].rules.get(found.dated_on))
    return render(page="pre_bills/line.html", fragment="pre_bills/_line_desk.html", status=status or form.status, **given)


def _changed(line_id: int) -> Response:
    """The line, and everything that adds it up."""
    found = load(PreBillLine, line_id)
    parts = ("pre_bills/_line.html", "pre_bills/_foot.html", "pre_bills/_rail.html", "pre_bills/_actions.html", "pre_bills/_bill_menu.html")
    return fragments(*parts, otherwise=url_for(".show", pre_bill_id=found.pre_bill_id), **_context(found))
