"""What is not billed yet?"""

from __future__ import annotations

from typing import Any

from flask import url_for

from lexapp.database import db
from lexapp.queries.reports.wip import AGES, GROUPS, WipRow, held_back, recorded_and_billed, sum_wip, wip_by
from lexapp.web.access import may
from lexapp.web.filters import date_long, date_short
from lexapp.web.reports.asked import Asked
from lexapp.web.reports.charts import Bar, Chart, Series, bars_chart
from lexapp.web.reports.figures import amount, counted, prose_hours
from lexapp.web.reports.groups import choices, filter_of, first_column, label_of
from lexapp.web.reports.names import WIP
from lexapp.web.reports.report import Figure, Proof, Report
from lexapp.web.reports.sheet import Column, make_sheet

FILTERS = ("on", "timekeeper", "client", "matter", "practice", "responsible")
SERIES = (Series("Fees", "stand"), Series("Fixed fees", "stand--2", "2"), Series("Expenses", "leak", "3"))
HOURS = (Series("Unbilled hours", "stand"),)
PARTS = (("fees_minor", "Fees", "time"), ("fixed_minor", "Fixed fees", "fixed_fee"), ("expenses_minor", "Expenses", "expense"))
RULES = (
    ("Not billed", "Billable work through the day that no invoice of that day charges; also what waits on a pre-bill."),
    ("Worth", "Quantity × rate as recorded, before agreed reductions and write-downs."),
    ("Expenses that wait", "An expense without the approval or receipt that it needs is not counted, nor one that trust money paid."),
    ("Split between payers", "What one payer was billed is taken off; the share of the others stays."),
)


def wip_report(asked: Asked) -> Report:
    rows = wip_by(db.session(), scope=asked.scope, on=asked.on, by=asked.by)
    total, worth = sum_wip(rows), may("rate.see")
    return Report(
        slug="work-in-progress",
        name=WIP.name,
        title=WIP.title,
        answer=_answer(asked, total, worth) + _held_back(asked, worth),
        filters=FILTERS,
        groups=choices(GROUPS),
        figures=_figures(asked, total, worth),
        chart=_chart(asked, rows, worth),
        sheet=make_sheet("Work in progress", _columns(asked, total, worth), rows, total, default="-total" if worth else "-hours"),
        proofs=_proofs(asked, total) if worth else (),
        rules=RULES,
    )


def _held_back(asked: Asked, worth: bool) -> str:
    """What is not counted, because somebody has to see to it first."""
    count, minor = held_back(db.session(), scope=asked.scope, on=asked.on)
    if not count:
        return ""
    of = f" of {amount(minor)}" if worth else ""
    waits = counted(count, "expense", "expenses")
    return f" Not counted: {waits}{of} without the approval or receipt that {'it needs' if count == 1 else 'they need'}."


def _proofs(asked: Asked, total: WipRow) -> list[Proof]:
    sums = recorded_and_billed(db.session(), scope=asked.scope, on=asked.on)
    return [Proof("Not billed + billed", total.total_minor + sums.billed_minor, "Recorded", sums.recorded_minor)]


def _answer(asked: Asked, total: WipRow, worth: bool) -> str:
    when = "today" if asked.on == asked.today else f"on {date_long(asked.on)}"
    if total.oldest_on is None:
        return f"Everything was billed {when}." if asked.on != asked.today else "Everything is billed today."
    what = (
        f"{amount(total.total_minor)} not billed {when}, {prose_hours(total.quantity)} in it"
        if worth
        else f"{prose_hours(total.quantity)} not billed {when}"
    )
    bare = f" {counted(total.without_rate, 'entry has', 'entries have')} no rate." if total.without_rate else ""
    return f"{what}; the oldest work is of {date_short(total.oldest_on)}.{bare}"


def _url(asked: Asked, total: WipRow | None, **more: str) -> Any:
    def url(row: WipRow) -> str:
        found = {} if row is total else filter_of(asked.by, row.key, asked.period) or {}
        kept = {name: value for name, value in asked.kept.items() if name not in ("by", "period", "from", "to")}
        return url_for("reports.unbilled_entries", **{**kept, **found, **more})

    return url


def _columns(asked: Asked, total: WipRow, worth: bool) -> list[Column]:
    url = _url(asked, total)
    start = [first_column(asked.by), Column("oldest", "Oldest", "date", lambda row: row.oldest_on, classes="num drop", summed=False)]
    hours = Column(
        "hours", "Hours", "hours", lambda row: row.quantity, link=_url(asked, total, kind="time"), classes="num" if worth else "num lead"
    )
    if not worth:
        return [*start, hours]
    parts = [
        Column(name, label, "money", lambda row, name=name: getattr(row, name), link=_url(asked, total, kind=kind))
        for name, label, kind in PARTS
    ]
    old = Column("old", "Over 60 days", "money", lambda row: sum(row.by_age[2:]), link=_url(asked, total, age="old"))
    return [*start, hours, *parts, old, Column("total", "Not billed", "money", lambda row: row.total_minor, link=url, classes="num lead")]


def _figures(asked: Asked, total: WipRow, worth: bool) -> list[Figure]:
    if not worth:
        return [Figure("Not billed", "hours", total.quantity, url=_url(asked, total, kind="time")(total))]
    ages = [
        Figure(age.label, "money", minor, url=_url(asked, total, age=age.code)(total))
        for age, minor in zip(AGES, total.by_age, strict=True)
    ]
    return [Figure("Not billed", "money", total.total_minor, prose_hours(total.quantity), url=_url(asked, total)(total)), *ages]


def _chart(asked: Asked, rows: list[WipRow], worth: bool) -> Chart | None:
    url = _url(asked, None)
    if not worth:
        return bars_chart("Hours not billed", "hours", HOURS, [Bar(label_of(asked.by, row), (row.quantity,), url(row)) for row in rows])
    bars = [Bar(label_of(asked.by, row), (row.fees_minor, row.fixed_minor, row.expenses_minor), url(row)) for row in rows]
    return bars_chart("Not billed", "money", SERIES, bars)
