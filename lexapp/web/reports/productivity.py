"""How productive is everybody?"""

from __future__ import annotations

from typing import Any

from flask import url_for

from lexapp.database import db
from lexapp.domain.periods import Period
from lexapp.domain.utbms import classification_name
from lexapp.queries.reports.productivity import ProductivityRow, productivity, sum_productivity
from lexapp.web.access import may
from lexapp.web.reports.asked import Asked
from lexapp.web.reports.charts import Bar, Chart, Series, bars_chart
from lexapp.web.reports.figures import percent, prose_hours, span_text
from lexapp.web.reports.names import PRODUCTIVITY
from lexapp.web.reports.report import Figure, Report
from lexapp.web.reports.sheet import Column, Why, make_sheet

FILTERS = ("period", "timekeeper", "client", "matter", "practice", "responsible")
SERIES = (Series("Billable hours", "stand"), Series("Other hours", "mute", "mute"), Series("Available", "target", "target"))
RULES = (
    ("Utilization", "Billable hours ÷ available hours. Available are eight hours each weekday, or the timekeeper’s yearly target by the "
     "share of its weekdays, in months with any time, through today."),
    ("Realization", "What invoices charge ÷ what the billable hours are worth at their rates."),
    ("Collection", "What was collected ÷ what invoices charge."),
    ("Of which work", "Billed and collected are those of the work done in the period, to date. Expenses do not count."),
)  # fmt: skip


def productivity_report(asked: Asked) -> Report:
    counted = Period(asked.period.first, min(asked.period.last, max(asked.today, asked.period.first)))
    rows = productivity(db.session(), scope=asked.scope, period=counted)
    total = sum_productivity(rows)
    return Report(
        slug="productivity",
        name=PRODUCTIVITY.name,
        title=PRODUCTIVITY.title,
        answer=_answer(asked, total),
        filters=FILTERS,
        figures=_figures(asked, total),
        chart=_chart(asked, rows),
        sheet=make_sheet("Productivity", _columns(asked, total), rows, total, default="name"),
        rules=RULES if may("rate.see") else RULES[:1],
    )


def _answer(asked: Asked, total: ProductivityRow) -> str:
    when = span_text(asked.period.first, asked.period.last)
    if not total.total:
        return f"No time was recorded, {when}."
    used = (
        f"{prose_hours(total.billable)} of {prose_hours(total.available)} available were billable: {percent(total.utilization)} utilization"
    )
    worth = f", {percent(total.realization)} realization, {percent(total.collection)} collection" if may("rate.see") else ""
    return f"{used}{worth}. {when}."


def _hours_url(asked: Asked, total: ProductivityRow | None, status: str = "") -> Any:
    def url(row: ProductivityRow) -> str:
        mine = {} if row is total else {"timekeeper": row.key}
        return url_for("reports.hours_entries", **asked.rows(billing=status, **mine))

    return url


def _worth_url(asked: Asked, total: ProductivityRow | None, endpoint: str = "reports.productivity_entries") -> Any:
    def url(row: ProductivityRow) -> str:
        mine = {} if row is total else {"timekeeper": row.key}
        return url_for(endpoint, **asked.rows(**mine))

    return url


def _class(row: ProductivityRow) -> str:
    return classification_name(row.classification)


def _columns(asked: Asked, total: ProductivityRow) -> list[Column]:
    of_hours = [
        Column("name", "Timekeeper", "text", lambda row: row.name, sub=_class, sub_label="Class"),
        Column("available", "Available", "hours", lambda row: row.available),
        Column("billable", "Billable", "hours", lambda row: row.billable, link=_hours_url(asked, total, "billable")),
        Column("utilization", "Utilization", "percent", lambda row: row.utilization, why=why_utilization, classes="num lead"),
    ]
    url, lines = _worth_url(asked, total), _worth_url(asked, total, "reports.charged_entries")
    of_worth = [
        Column("value", "Billable value", "money", lambda row: row.value_minor, link=url),
        Column("billed", "Billed", "money", lambda row: row.billed_minor, link=lines),
        Column("realization", "Realization", "percent", lambda row: row.realization, why=why_realization),
        Column("collected", "Collected", "money", lambda row: row.collected_minor, link=lines),
        Column("collection", "Collection", "percent", lambda row: row.collection, why=why_collection),
    ]
    return of_hours + of_worth if may("rate.see") else of_hours


def why_utilization(row: ProductivityRow) -> Why:
    parts = (("Billable hours", "hours", row.billable), ("÷ available hours", "hours", row.available))
    return Why("Utilization", percent(row.utilization), parts, "" if row.available else "No hours were available in the period.")


def why_realization(row: ProductivityRow) -> Why:
    parts = (("Billed", "money", row.billed_minor), ("÷ billable value", "money", row.value_minor))
    return Why("Realization", percent(row.realization), parts, "Work that is not billed yet counts in the value.")


def why_collection(row: ProductivityRow) -> Why:
    parts = (("Collected", "money", row.collected_minor), ("÷ billed", "money", row.billed_minor))
    return Why("Collection", percent(row.collection), parts)


def _figures(asked: Asked, total: ProductivityRow) -> list[Figure]:
    hours = f"{prose_hours(total.billable)} of {prose_hours(total.available)}"
    found = [Figure("Utilization", "percent", total.utilization, hours, why=why_utilization(total))]
    if not may("rate.see"):
        return found
    url = _worth_url(asked, total)(total)
    return [
        *found,
        Figure("Realization", "percent", total.realization, "billed of billable value", why=why_realization(total)),
        Figure("Collection", "percent", total.collection, "collected of billed", why=why_collection(total)),
        Figure("Billed", "money", total.billed_minor, "of the work of the period", url=url),
    ]


def _chart(asked: Asked, rows: list[ProductivityRow]) -> Chart | None:
    url = _hours_url(asked, None)
    ordered = sorted(rows, key=lambda row: -(row.utilization or 0))
    bars = [
        Bar(row.name, (row.billable, row.total - row.billable, 0), url(row), percent(row.utilization), mark=row.available)
        for row in ordered
    ]
    return bars_chart("Hours and those available", "hours", SERIES, bars)
