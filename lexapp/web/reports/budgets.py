"""Which budgets are nearly used up?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import url_for

from lexapp.books.budgets import Watched, spent_of, watched_on
from lexapp.database import db
from lexapp.domain.budgets import Limit, Measure, Spent, Standing, standing_of
from lexapp.queries.budgets import BudgetedMatter, budgeted_matters
from lexapp.web.access import may
from lexapp.web.budget_pages import cap_title
from lexapp.web.budget_words import forecast_said
from lexapp.web.lists import asked_choice
from lexapp.web.reports.asked import Asked
from lexapp.web.reports.charts import Bar, Chart, Series, bars_chart
from lexapp.web.reports.figures import amount, counted, on_chart
from lexapp.web.reports.names import BUDGETS
from lexapp.web.reports.report import Figure, Report
from lexapp.web.reports.sheet import Column, Why, make_sheet

FILTERS = ("client", "matter", "practice", "responsible")
SERIES = (Series("Spent", "stand"), Series("Budget or cap", "target", "target"))
KINDS = (("", "All"), ("near", "75 % or more"), ("over", "Used up"))
LEAST = {"": 0, "near": 75, "over": 100}
RULES = (
    ("Spent", "Work that was billed at what was charged, other work at its value, as far as the budget or cap counts it."),
    ("Reached on", "The day on which it is used up if work goes on as in the last eight weeks."),
    ("Caps", "Those of the fee agreement in force, hard and soft; one by the month stands as of this month."),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A budget or a cap of a matter as it stands today."""

    matter: BudgetedMatter
    what: str
    standing: Standing

    @property
    def per_mille(self) -> int:
        return self.standing.spent * 1_000 // self.standing.limit.most

    @property
    def is_money(self) -> bool:
        return self.standing.limit.measure is Measure.MONEY


def budgets_report(asked: Asked) -> Report:
    kind, every = asked_choice("kind", tuple(LEAST)), _rows(asked)
    rows = [row for row in every if row.standing.percent >= LEAST[kind]]
    return Report(
        slug="budgets",
        name=BUDGETS.name,
        title=BUDGETS.title,
        answer=_answer(every),
        filters=FILTERS,
        segments=(("kind", "Used", KINDS, kind),),
        figures=_figures(rows) if rows else (),
        chart=_chart(rows),
        sheet=make_sheet("Budgets", _columns(), rows, rows, default="-used"),
        rules=RULES,
    )


def _answer(every: Sequence[Row]) -> str:
    if not every:
        return "No matter has a budget or a cap today."
    near, over = (sum(row.standing.percent >= least for row in every) for least in (75, 100))
    said = f"{near} at 75 % or more, {over} used up." if near else "None has come to 75 %."
    return f"{counted(len(every), 'budget or cap', 'budgets and caps')} in force today. {said}"


def _rows(asked: Asked) -> list[Row]:
    """Budgets of money and of hours, and caps; the most used first. Four queries."""
    session, firm_id = db.session(), asked.scope.firm_id
    matters = {one.id: one for one in budgeted_matters(session, scope=asked.scope, on=asked.today)}
    watched = watched_on(session, firm_id=firm_id, matter_ids=matters, on=asked.today)
    spent = spent_of(session, firm_id=firm_id, matter_ids=watched)
    rows = [row for id_, some in watched.items() for one in some for row in _of(matters[id_], one, spent[id_], asked)]
    return sorted(rows, key=lambda row: (-row.per_mille, row.matter.number))


def _of(matter: BudgetedMatter, watched: Watched, spent: Sequence[Spent], asked: Asked) -> list[Row]:
    """The whole of a budget, each cap."""
    limits = [limit for limit in watched.limits if watched.fee_term_id is not None or not limit.code]
    return [Row(matter, _what(watched, limit, asked), standing_of(limit, spent, asked.today)) for limit in limits]


def _what(watched: Watched, limit: Limit, asked: Asked) -> str:
    if watched.fee_term_id is not None:
        return cap_title(watched, asked.today)
    return "Budget" if limit.measure is Measure.MONEY else "Budget of hours"


def _money(read: Callable[[Standing], int]) -> Callable[[Any], int | None]:
    """Of a row, or the sum of all of them; nothing where hours are limited."""

    def value(row: Any) -> int | None:
        if isinstance(row, Row):
            return read(row.standing) if row.is_money else None
        return sum(read(one.standing) for one in row if one.is_money)

    return value


def _hours(row: Row) -> str | None:
    standing = row.standing
    return None if row.is_money else f"{standing.spent / 100:,.2f} of {standing.limit.most / 100:,.2f} h"


def _url(row: Any) -> str | None:
    return url_for("budgets.of_matter", matter_id=row.matter.id) if isinstance(row, Row) else None


def _why(row: Any) -> Why | None:
    if not isinstance(row, Row):
        return None
    kind = row.standing.limit.measure.value
    parts = (("Spent", kind, row.standing.spent), ("Of", kind, row.standing.limit.most))
    return Why("Used", f"{row.standing.percent}\u00a0%", parts, forecast_said(row.standing))


def _columns() -> list[Column]:
    start = [
        Column("matter", "Matter", "text", lambda row: row.matter.name, link=_url, sub=_sub, sub_label="Client"),
        Column("what", "What", "text", lambda row: row.what, sub=_hours, sub_label="Hours", classes="fit drop"),
        Column("responsible", "Responsible", "text", lambda row: row.matter.responsible, classes="fit drop"),
    ]
    if may("rate.see"):
        start += [
            Column("spent", "Spent", "money", _money(_spent), classes="num lead"),
            Column("budget", "Budget", "money", _money(lambda one: one.limit.most)),
            Column("left", "Left", "money", _money(lambda one: one.left)),
        ]
    place = "num" if may("rate.see") else "num lead"
    used = Column("used", "Used", "percent", lambda row: row.per_mille, why=_why, classes=place, summed=False)
    reached = Column("reached", "Reached on", "date", lambda row: row.standing.reached_on, classes="num drop", summed=False)
    return [*start, used, reached]


def _sub(row: Any) -> str:
    return f"{row.matter.number} {row.matter.client_name}".strip()


def _spent(one: Standing) -> int:
    return one.spent


def _figures(rows: Sequence[Row]) -> list[Figure]:
    worst = max(rows, key=lambda row: row.per_mille)
    note = worst.matter.name
    if may("rate.see") and worst.is_money:
        left = worst.standing.left
        note = f"{note}, {amount(left)} left" if left >= 0 else f"{note}, {amount(-left)} beyond"
    nearest = Figure("Nearest to its end", "percent", worst.per_mille, note=note, url=_url(worst))
    if not may("rate.see"):
        return [nearest]
    beyond = -(_money(lambda one: min(one.left, 0))(rows) or 0)
    left = Figure("Left", "money", _money(lambda one: one.left)(rows), note=f"{amount(beyond)} beyond those used up" if beyond else "")
    return [Figure("Spent", "money", _money(_spent)(rows)), left, nearest]


def _chart(rows: Sequence[Row]) -> Chart | None:
    if not may("rate.see"):
        return None
    shown = [row for row in rows if row.is_money]
    bars = [Bar(row.matter.name, (row.standing.spent,), _url(row), note=_note(row), mark=row.standing.limit.most) for row in shown]
    found = bars_chart("Spent of budgets and caps", "money", SERIES[:1], bars)
    return replace(found, series=SERIES) if found else None


def _note(row: Row) -> str:
    return f"{on_chart('money', row.standing.spent)} of {on_chart('money', row.standing.limit.most)}"
