"""The rows behind the figures of reports: time entries, applications, unbilled work, postings. Their totals are the figures."""

from __future__ import annotations

from typing import Any

from flask import url_for

from lexapp.database import db
from lexapp.domain.spread import Charges
from lexapp.queries.reports.collections import Application, applications
from lexapp.queries.reports.entries import WorkedRow, WorkedSums, with_billing, worked_rows, worked_sums
from lexapp.queries.reports.postings import ACCOUNTS, EarnedRow, application_names, earned_rows, earned_sums
from lexapp.queries.reports.wip_entries import AGES, KINDS, UnbilledEntry, WipFilter, unbilled_entries, unbilled_sums
from lexapp.web.access import may, may_open
from lexapp.web.filters import date_long
from lexapp.web.lists import asked_choice
from lexapp.web.reports.asked import Asked
from lexapp.web.reports.figures import amount, counted, prose_hours, span_text
from lexapp.web.reports.report import Report
from lexapp.web.reports.sheet import Column, asked_part, make_listing

OF_WORK = ("period", "timekeeper", "client", "matter", "practice", "responsible")
OF_MONEY = ("period", "client", "matter", "practice", "responsible")
BILLING = (("", "All hours"), ("billable", "Billable"), ("no_charge", "No charge"), ("non_billable", "Non-billable"))
STATUS = dict(BILLING)
EARNED = (
    ("income", "Income"),
    ("fees", "Fees"),
    ("costs", "Costs with mark-up"),
    ("recovered", "Costs recovered"),
    ("tax", "Tax"),
    ("all", "All"),
)
SHOWN_TYPES = {"time": "time.show"}


def _link(endpoint: str, **values: Any) -> str | None:
    return url_for(endpoint, **values) if may_open(endpoint) else None


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
    return _link("time.show", entry_id=row.id)


def hours_entries(asked: Asked) -> Report:
    session, billing = db.session(), asked_choice("billing", STATUS)
    wanted = {"scope": asked.scope, "period": asked.period, "billing": billing}
    sums = worked_sums(session, **wanted)
    part = asked_part(sums.count)
    columns = [*_of_entry(), Column("status", "Status", "text", lambda row: STATUS[row.billing_status], classes="fit drop")]
    columns.append(Column("hours", "Hours", "hours", lambda row: row.quantity, classes="num lead"))
    if may("rate.see"):
        columns.append(Column("worth", "Worth", "money", lambda row: row.value_minor, classes="num"))
    return Report(
        slug="hours-entries",
        name="Time entries",
        title="Time entries behind the hours",
        answer=_hours_sentence(asked, sums),
        filters=OF_WORK,
        segments=(("billing", "Billing", BILLING, billing),),
        sheet=make_listing("Time entries", columns, worked_rows(session, **wanted, **part.limits), sums, part),
        way=(("Hours", url_for("reports.billable_hours", **_back(asked))),),
    )


def _back(asked: Asked) -> dict[str, str]:
    return {name: value for name, value in asked.kept.items() if name in ("period", "from", "to", "on")}


def productivity_entries(asked: Asked) -> Report:
    session, wanted = db.session(), {"scope": asked.scope, "period": asked.period}
    sums = worked_sums(session, **wanted, billing="billable")
    part = asked_part(sums.count)
    rows = worked_rows(session, **wanted, billing="billable", **part.limits)
    rows, sums = with_billing(session, **wanted, rows=rows, firm_sums=sums)
    worth = [("value", "Worth"), ("billed", "Billed"), ("collected", "Collected")]
    columns = [*_of_entry(), Column("hours", "Hours", "hours", lambda row: row.quantity)]
    if may("rate.see"):
        columns += [Column(name, label, "money", lambda row, name=name: getattr(row, f"{name}_minor")) for name, label in worth]
    return Report(
        slug="productivity-entries",
        name="Billable work",
        title="What became of the work",
        answer=_hours_sentence(asked, sums),
        filters=OF_WORK,
        sheet=make_listing("Billable work", columns, rows, sums, part),
        way=(("Productivity", url_for("reports.productivity", **_back(asked))),),
    )


# ── money ────────────────────────────────────────────────────────────────────────────────────────


def collections_entries(asked: Asked) -> Report:
    session = db.session()
    found = sorted(applications(session, scope=asked.scope, period=asked.period), key=lambda one: (one.effective_on, one.id))
    part = asked_part(len(found))
    shown = found if part.is_file else found[part.page.offset : part.page.offset + part.page.limit]
    names = application_names(session, firm_id=asked.scope.firm_id, applications=shown)
    paid = sum((one.paid for one in found), Charges())
    total = Application(0, 0, 0, 0, asked.period.last, paid.total_minor, 0, None, paid, paid)
    return Report(
        slug="collected-payments",
        name="Applied payments",
        title="Payments behind what was collected",
        answer=f"{amount(paid.total_minor)} in {counted(len(found), 'application')}. {span_text(asked.period.first, asked.period.last)}.",
        filters=OF_MONEY,
        sheet=make_listing("Applied payments", _of_application(names), shown, total, part),
        way=(("Collected revenue", url_for("reports.collected", **_back(asked))),),
    )


def _of_application(names: dict[int, Any]) -> list[Column]:
    def invoice_url(one: Application) -> str | None:
        return _link("invoices.show", invoice_id=one.invoice_id) if one.id else None

    def payment_url(one: Application) -> str | None:
        return _link("payments.show", payment_id=one.payment_id) if one.id else None

    return [
        Column("date", "Applied", "date", lambda one: one.effective_on),
        Column(
            "payer", "Payer and matter", "text", lambda one: names[one.id].payer, sub=lambda one: names[one.id].matter, sub_label="Matter"
        ),
        Column("invoice", "Invoice", "text", lambda one: names[one.id].invoice_number, link=invoice_url, classes="fit drop"),
        Column("payment", "Payment", "text", lambda one: f"No. {names[one.id].payment_number}", link=payment_url, classes="fit drop"),
        Column("fees", "Fees", "money", lambda one: one.paid.fees_minor),
        Column("costs", "Costs", "money", lambda one: one.paid.costs_minor),
        Column("tax", "Tax", "money", lambda one: one.paid.tax_minor),
        Column("amount", "Applied", "money", lambda one: one.amount_minor, classes="num lead"),
    ]


def income_entries(asked: Asked) -> Report:
    session, kind = db.session(), asked_choice("part", ACCOUNTS, "income")
    wanted = {"scope": asked.scope, "period": asked.period, "part": kind}
    count, minor = earned_sums(session, **wanted)
    part = asked_part(count)
    total = EarnedRow(0, asked.period.last, None, "", "", "", minor, False)
    return Report(
        slug="income-postings",
        name="Postings",
        title="Postings behind what was earned",
        answer=f"{amount(minor)} in {counted(count, 'posting')} of invoices. {span_text(asked.period.first, asked.period.last)}.",
        filters=OF_MONEY,
        segments=(("part", "Part", EARNED, kind),),
        sheet=make_listing("Postings", _of_posting(), earned_rows(session, **wanted, **part.limits), total, part),
        way=(("Income", url_for("reports.income", **_back(asked))),),
    )


def _of_posting() -> list[Column]:
    def invoice_url(row: EarnedRow) -> str | None:
        return _link("invoices.show", invoice_id=row.invoice_id) if row.invoice_id else None

    def entry_url(row: EarnedRow) -> str | None:
        return _link("journal.show", entry_id=row.entry_id) if row.entry_id else None

    return [
        Column("date", "Date", "date", lambda row: row.effective_on, link=entry_url),
        Column("matter", "Matter", "text", lambda row: row.matter, sub=lambda row: "Voided" if row.is_void else "", sub_label="State"),
        Column("invoice", "Invoice", "text", lambda row: row.number, link=invoice_url, classes="fit"),
        Column("account", "Account", "text", lambda row: row.account, classes="fit drop"),
        Column("amount", "Earned", "money", lambda row: row.amount_minor, classes="num lead"),
    ]


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
        way=(("Work in progress", url_for("reports.unbilled", **_back(asked))),),
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
        columns.append(Column("worth", "Not billed", "money", lambda row: row.worth_minor, classes="num lead"))
    return columns


def _unbilled_url(row: UnbilledEntry) -> str | None:
    endpoint = {"time": "time.show", "fixed_fee": "fixed_fees.show", "expense": "expenses.show"}.get(row.kind)
    return _link(endpoint, entry_id=row.id) if endpoint else None
