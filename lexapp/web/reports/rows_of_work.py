"""The time entries behind hours and productivity, and the unbilled work behind work in progress. Their totals are the figures."""

from __future__ import annotations

from flask import url_for

from lexapp.database import db
from lexapp.queries.reports.entries import WorkedRow, WorkedSums, with_billing, worked_rows, worked_sums
from lexapp.queries.reports.wip_entries import AGES, KINDS, UnbilledEntry, WipFilter, unbilled_entries, unbilled_sums
from lexapp.web.access import may
from lexapp.web.filters import date_long
from lexapp.web.lists import asked_choice
from lexapp.web.reports.asked import Asked
from lexapp.web.reports.figures import amount, counted, prose_hours, span_text
from lexapp.web.reports.links import link_to, way_back
from lexapp.web.reports.report import Report
from lexapp.web.reports.sheet import Column, asked_part, make_listing

OF_WORK = ("period", "timekeeper", "client", "matter", "practice", "responsible")
BILLING = (("", "All hours"), ("billable", "Billable"), ("no_charge", "No charge"), ("non_billable", "Non-billable"))
STATUS = dict(BILLING)


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
            sub=lambda row: row.narrative,
            sub_label="Narrative",
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
    became = [("billed", "Billed"), ("collected", "Collected")]
    columns = [*_of_entry(), Column("hours", "Hours", "hours", lambda row: row.quantity)]
    if may("rate.see"):
        columns.append(Column("value", "Worth", "money", lambda row: row.value_minor, link=_worth_url))
        columns += [Column(name, label, "money", lambda row, name=name: getattr(row, f"{name}_minor")) for name, label in became]
    return Report(
        slug="productivity-entries",
        name="Billable work",
        title="What became of the work",
        answer=_hours_sentence(asked, sums),
        filters=OF_WORK,
        sheet=make_listing("Billable work", columns, rows, sums, part),
        way=(("Productivity", url_for("reports.productivity", **way_back(asked))),),
    )


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
