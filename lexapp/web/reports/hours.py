"""Which hours are billable?"""

from __future__ import annotations

from typing import Any

from flask import url_for

from lexapp.database import db
from lexapp.queries.reports.hours import GROUPS, HoursRow, hours_by, sum_hours
from lexapp.web.reports.asked import Asked
from lexapp.web.reports.charts import Bar, Chart, Series, bars_chart, columns_chart
from lexapp.web.reports.figures import in_words, percent, prose_hours, span_text
from lexapp.web.reports.groups import choices, filter_of, first_column, label_of
from lexapp.web.reports.names import HOURS
from lexapp.web.reports.report import Figure, Report
from lexapp.web.reports.sheet import Column, Why, make_sheet

FILTERS = ("period", "timekeeper", "client", "matter", "practice", "responsible")
SERIES = (Series("Billable", "stand"), Series("No charge", "stand--2", "2"), Series("Non-billable", "mute", "mute"))
KINDS = (("billable", "Billable"), ("no_charge", "No charge"), ("non_billable", "Non-billable"))
RULES = (
    ("Billable", "Hours to be charged, in the quantity that is billed."),
    ("No charge", "Shown on the invoice, charged nothing."),
    ("Non-billable", "The firm’s own time, and work that no client sees."),
)


def hours_report(asked: Asked) -> Report:
    rows = hours_by(db.session(), scope=asked.scope, period=asked.period, by=asked.by)
    total = sum_hours(rows)
    default = "name" if asked.by in ("month", "week") else "-total"
    return Report(
        slug="hours",
        name=HOURS.name,
        title=HOURS.title,
        answer=_answer(asked, total),
        filters=FILTERS,
        groups=choices(GROUPS),
        figures=_figures(asked, total),
        chart=_chart(asked, rows),
        sheet=make_sheet("Hours", _columns(asked, total), rows, total, default=default),
        rules=RULES,
    )


def _answer(asked: Asked, total: HoursRow) -> str:
    when = span_text(asked.period.first, asked.period.last)
    if not total.total:
        return f"No time was recorded, {when}."
    return f"{prose_hours(total.billable)} of {prose_hours(total.total)} billable, {percent(total.billable_per_mille)}. {when}."


def _rows_url(asked: Asked, by: str, total: HoursRow, status: str = "") -> Any:
    def url(row: HoursRow) -> str:
        found = {} if row is total else filter_of(by, row.key, asked.period) or {}
        return url_for("reports.hours_entries", **asked.rows(billing=status, **found))

    return url


def _columns(asked: Asked, total: HoursRow) -> list[Column]:
    of_kind = [
        Column(name, label, "hours", lambda row, name=name: getattr(row, name), link=_rows_url(asked, asked.by, total, name))
        for name, label in KINDS
    ]
    return [
        first_column(asked.by),
        *of_kind,
        Column("total", "All hours", "hours", lambda row: row.total, link=_rows_url(asked, asked.by, total), classes="num lead"),
        Column("share", "Billable of all", "percent", lambda row: row.billable_per_mille, why=_why, classes="num"),
    ]


def _why(row: HoursRow) -> Why | None:
    if not row.total:
        return None
    parts = (("Billable hours", "hours", row.billable), ("÷ all hours", "hours", row.total))
    return Why("Billable of all hours", percent(row.billable_per_mille), parts)


def _figures(asked: Asked, total: HoursRow) -> list[Figure]:
    urls = {name: _rows_url(asked, asked.by, total, name)(total) for name, _ in KINDS}
    return [
        Figure("Billable of all", "percent", total.billable_per_mille, f"of {in_words('hours', total.total)} h", why=_why(total)),
        *(Figure(label, "hours", getattr(total, name), url=urls[name]) for name, label in KINDS),
    ]


def _chart(asked: Asked, rows: list[HoursRow]) -> Chart | None:
    url = _rows_url(asked, asked.by, HoursRow(None, rows[0].name)) if rows else None
    bars = [Bar(label_of(asked.by, row), (row.billable, row.no_charge, row.non_billable), url(row) if url else None) for row in rows]
    draw = columns_chart if asked.by in ("month", "week") else bars_chart
    return draw("Hours", "hours", SERIES, bars)
