"""The time entries behind hours and productivity, and the unbilled work behind work in progress. Their totals are the figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import url_for

from lexapp.database import db
from lexapp.queries.reports.charged import ChargedLine, charged, charged_rows
from lexapp.queries.reports.entries import WorkedRow, WorkedSums, with_billing, worked_rows, worked_sums
from lexapp.queries.reports.wip_entries import AGES, KINDS, UnbilledEntry, WipFilter, unbilled_entries, unbilled_sums
from lexapp.web.access import may
from lexapp.web.filters import date_long
from lexapp.web.lists import address, asked_choice, asked_id
from lexapp.web.reports.asked import Asked
from lexapp.web.reports.figures import amount, counted, prose_hours, span_text
from lexapp.web.reports.links import link_to, way_back
from lexapp.web.reports.report import Report
from lexapp.web.reports.sheet import Column, asked_part, make_listing

OF_WORK = ("period", "timekeeper", "client", "matter", "practice", "responsible")
BILLING = (("", "All hours"), ("billable", "Billable"), ("no_charge", "No charge"), ("non_billable", "Non-billable"))
STATUS = dict(BILLING)
_NARRATIVE: dict[str, Any] = {"sub": lambda row: row.narrative, "sub_label": "Narrative"}


def _hours_sentence(asked: Asked, sums: WorkedSums) -> str:
    return f"{counted(sums.count, 'entry', 'entries')}, {prose_hours(sums.quantity)}. {span_text(asked.period.first, asked.period.last)}."


def _of_entry() -> list[Column]:
    return [
        Column("date", "Date", "date", lambda row: row.worked_on),
        Column(
            "matter",
            "Matter and narrative",
            "text",
            lambda row: row.matter,
            link=_entry_url,
            **_NARRATIVE,
        ),
        Column("who", "By", "text", lambda row: row.timekeeper, classes="fit drop"),
    ]


def _entry_url(row: WorkedRow) -> str | None:
    return link_to("time.show", entry_id=row.id)


def _worth_url(row: WorkedRow | WorkedSums) -> str | None:
    return link_to("derivations.time_entry", time_entry_id=row.id) if isinstance(row, WorkedRow) else None


def hours_entries(asked: Asked) -> Report:
    session, billing = db.session(), asked_choice("billing", STATUS)
    wanted = {"scope": asked.scope, "period": asked.period, "billing": billing}
    sums = worked_sums(session, **wanted)
    part = asked_part(sums.count)
    columns = [*_of_entry(), Column("status", "Status", "text", lambda row: STATUS[row.billing_status], classes="fit drop")]
    columns.append(Column("hours", "Hours", "hours", lambda row: row.quantity, classes="num lead"))
    if may("rate.see"):
        columns.append(Column("worth", "Worth", "money", lambda row: row.value_minor, link=_worth_url, classes="num"))
    return Report(
        slug="hours-entries",
        name="Time entries",
        title="Time entries behind the hours",
        answer=_hours_sentence(asked, sums),
        filters=OF_WORK,
        segments=(("billing", "Billing", BILLING, billing),),
        sheet=make_listing("Time entries", columns, worked_rows(session, **wanted, **part.limits), sums, part),
        way=(("Hours", url_for("reports.billable_hours", **way_back(asked))),),
    )


def productivity_entries(asked: Asked) -> Report:
    session, wanted = db.session(), {"scope": asked.scope, "period": asked.period}
    sums = worked_sums(session, **wanted, billing="billable")
    part = asked_part(sums.count)
    rows = worked_rows(session, **wanted, billing="billable", **part.limits)
    rows, sums = with_billing(session, **wanted, rows=rows, firm_sums=sums)
    columns = [*_of_entry(), Column("hours", "Hours", "hours", lambda row: row.quantity)]
    if may("rate.see"):
        columns.append(Column("value", "Worth", "money", lambda row: row.value_minor, link=_worth_url))
        columns += _of_charge(lambda row: _charges_url(asked, row))
    return Report(
        slug="productivity-entries",
        name="Billable work",
        title="What became of the work",
        answer=_hours_sentence(asked, sums),
        filters=OF_WORK,
        sheet=make_listing("Billable work", columns, rows, sums, part),
        way=(("Productivity", url_for("reports.productivity", **way_back(asked))),),
    )


def charged_entries(asked: Asked) -> Report:
    """The invoice lines behind what was billed and collected, of all work of the period or of one entry."""
    entry_id = asked_id("entry")
    found = charged(db.session(), scope=asked.scope, period=asked.period, entry_id=entry_id)
    part = asked_part(found.count)
    rows = charged_rows(db.session(), found, **part.limits)
    total = ChargedLine(0, 0, asked.period.last, "", "", "", 0, "", found.billed_minor, found.collected_minor)
    sums = f"{amount(found.billed_minor)} billed and {amount(found.collected_minor)} of it collected, in " if may("rate.see") else ""
    one = rows[0].narrative if rows else "One entry"
    return Report(
        slug="productivity-invoice-lines",
        name="Invoice lines",
        title="What invoices charge for the work",
        answer=f"{sums}{counted(found.count, 'invoice line')}. {span_text(asked.period.first, asked.period.last)}.",
        filters=OF_WORK,
        sheet=make_listing("Invoice lines", _of_line(), rows, total, part),
        cleared=((("Entry", one, address(entry=None, page=None)),) if entry_id else ()),
        way=(("Productivity", url_for("reports.productivity", **way_back(asked))),),
    )


def _charges_url(asked: Asked, row: WorkedRow | WorkedSums) -> str:
    entry = {"entry": row.id} if isinstance(row, WorkedRow) else {}
    return url_for("reports.charged_entries", **asked.rows(**entry))


def _of_charge(url: Callable[[Any], str | None], collected_url: Callable[[Any], str | None] | None = None) -> list[Column]:
    return [
        Column("billed", "Billed", "money", lambda row: row.billed_minor, link=url, classes="num lead"),
        Column("collected", "Collected", "money", lambda row: row.collected_minor, link=collected_url or url, classes="num"),
    ]


def _of_line() -> list[Column]:
    def invoice_url(row: ChargedLine) -> str | None:
        return link_to("invoices.show", invoice_id=row.invoice_id) if row.id else None

    def line_url(row: ChargedLine) -> str | None:
        return link_to("derivations.line", line_id=row.id) if row.id else None

    return [
        Column("date", "Date", "date", lambda row: row.worked_on),
        Column("matter", "Matter and narrative", "text", lambda row: row.matter, link=_line_entry_url, **_NARRATIVE),
        Column("who", "By", "text", lambda row: row.timekeeper, classes="fit drop"),
        Column("invoice", "Invoice", "text", lambda row: row.number, link=invoice_url, classes="fit"),
        *(_of_charge(line_url, invoice_url) if may("rate.see") else ()),
    ]


def _line_entry_url(row: ChargedLine) -> str | None:
    return link_to("time.show", entry_id=row.entry_id)


# ── work in progress ─────────────────────────────────────────────────────────────────────────────


def wip_entries(asked: Asked) -> Report:
    session, kinds = db.session(), (("", "All"), ("time", "Time"), ("fixed_fee", "Fixed fees"), ("expense", "Expenses"))
    wanted = WipFilter(asked_choice("kind", KINDS), asked_choice("age", AGES))
    of = {"scope": asked.scope, "on": asked.on, "wanted": wanted}
    count, quantity, minor = unbilled_sums(session, **of)
    part = asked_part(count)
    total = UnbilledEntry("", 0, asked.on, "", "", "", quantity, minor, False)
    worth = f"{amount(minor)}, " if may("rate.see") else ""
    return Report(
        slug="work-in-progress-entries",
        name="Unbilled work",
        title="Entries that are not billed yet",
        answer=f"{worth}{counted(count, 'entry', 'entries')}, {prose_hours(quantity)}, on {date_long(asked.on)}.",
        filters=("on", *OF_WORK[1:]),
        segments=(("kind", "Kind", kinds, wanted.kind),),
        sheet=make_listing("Unbilled work", _of_unbilled(), unbilled_entries(session, **of, **part.limits), total, part),
        way=(("Work in progress", url_for("reports.unbilled", **way_back(asked))),),
    )


def _of_unbilled() -> list[Column]:
    columns = [
        Column("date", "Date", "date", lambda row: row.dated_on),
        Column("matter", "Matter and text", "text", lambda row: row.matter, link=_unbilled_url, sub=lambda row: row.text, sub_label="Text"),
        Column("who", "By", "text", lambda row: row.timekeeper, classes="fit drop"),
        Column("kind", "Kind", "text", lambda row: KINDS[row.kind] + (", on a pre-bill" if row.waits else ""), classes="fit drop"),
        Column("hours", "Hours", "hours", lambda row: row.quantity),
    ]
    if may("rate.see"):
        columns.append(Column("worth", "Not billed", "money", lambda row: row.worth_minor, link=_unbilled_worth_url, classes="num lead"))
    return columns


def _unbilled_url(row: UnbilledEntry) -> str | None:
    endpoint = {"time": "time.show", "fixed_fee": "fixed_fees.edit", "expense": "expenses.edit"}.get(row.kind)
    return link_to(endpoint, entry_id=row.id) if endpoint else None


def _unbilled_worth_url(row: UnbilledEntry) -> str | None:
    return link_to(f"derivations.{row.kind}_entry", **{f"{row.kind}_entry_id": row.id}) if row.id else None
