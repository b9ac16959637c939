"""What did we collect?"""

from __future__ import annotations

from typing import Any

from flask import url_for

from lexapp.database import db
from lexapp.queries.reports.collections import GROUPS, CollectedRow, collected_by, collected_in_journal, sum_collected
from lexapp.web.reports.asked import Asked
from lexapp.web.reports.charts import Bar, Chart, Series, bars_chart, columns_chart
from lexapp.web.reports.figures import amount, span_text
from lexapp.web.reports.groups import choices, filter_of, first_column, label_of
from lexapp.web.reports.names import COLLECTED
from lexapp.web.reports.report import Figure, Proof, Report
from lexapp.web.reports.sheet import Column, make_sheet

FILTERS = ("period", "client", "matter", "practice", "responsible")
SERIES = (Series("Fees", "stand"), Series("Costs", "stand--2", "2"), Series("Tax", "mute", "mute"))
PARTS = (("fees_minor", "Fees"), ("costs_minor", "Costs"), ("tax_minor", "Tax"))
RULES = (
    ("Collected", "What was applied to invoices in the period, from payments and from trust; what was taken back counts against it."),
    ("Fees, costs, tax", "A part payment pays each in proportion; cents go by largest remainder. A paid invoice has paid each in full."),
    ("By timekeeper", "All of a matter counts for who stands on it today; the shares that were agreed are in the report on credit."),
    ("Not here", "Payments that are not applied yet: they are the payer’s credit."),
)


def collections_report(asked: Asked) -> Report:
    session = db.session()
    rows = collected_by(session, scope=asked.scope, period=asked.period, by=asked.by)
    total = sum_collected(rows)
    booked = collected_in_journal(session, scope=asked.scope, period=asked.period)
    default = "name" if asked.by == "month" else "-total"
    return Report(
        slug="collected-revenue",
        name=COLLECTED.name,
        title=COLLECTED.title,
        answer=_answer(asked, total),
        filters=FILTERS,
        groups=choices(GROUPS),
        figures=_figures(asked, total),
        chart=_chart(asked, rows),
        sheet=make_sheet("Collected revenue", _columns(asked, total), rows, total, default=default),
        proofs=[Proof("Collected", total.total_minor, "Taken off receivables", booked)],
        rules=RULES,
    )


def _answer(asked: Asked, total: CollectedRow) -> str:
    when = span_text(asked.period.first, asked.period.last)
    if not total.total_minor:
        return f"Nothing was collected, {when}."
    tax = f", {amount(total.tax_minor)} tax" if total.tax_minor else ""
    return f"{amount(total.total_minor)} collected: {amount(total.fees_minor)} fees, {amount(total.costs_minor)} costs{tax}. {when}."


def _url(asked: Asked, total: CollectedRow | None) -> Any:
    def url(row: CollectedRow) -> str | None:
        found = {} if row is total else filter_of(asked.by, row.key, asked.period)
        return None if found is None else url_for("reports.collected_entries", **asked.rows(**found))

    return url


def _columns(asked: Asked, total: CollectedRow) -> list[Column]:
    url = _url(asked, total)
    parts = [Column(name, label, "money", lambda row, name=name: getattr(row, name), link=url) for name, label in PARTS]
    return [
        first_column(asked.by),
        *parts,
        Column("total", "Collected", "money", lambda row: row.total_minor, link=url, classes="num lead"),
    ]


def _figures(asked: Asked, total: CollectedRow) -> list[Figure]:
    url = _url(asked, total)(total)
    parts = [Figure(label, "money", getattr(total, name), url=url) for name, label in PARTS]
    return [Figure("Collected", "money", total.total_minor, url=url), *parts]


def _chart(asked: Asked, rows: list[CollectedRow]) -> Chart | None:
    url = _url(asked, None)
    bars = [Bar(label_of(asked.by, row), (row.fees_minor, row.costs_minor, row.tax_minor), url(row)) for row in rows]
    return (columns_chart if asked.by == "month" else bars_chart)("Collected", "money", SERIES, bars)
