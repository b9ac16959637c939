"""Budgets in words: where an entry brings one, when it is reached, and the pace that this rests on."""

from __future__ import annotations

from sqlalchemy import select

from lexapp.books.budgets import budget_on, budgets_of, spent_of, standings_of, weight_of
from lexapp.database import db
from lexapp.domain.budgets import Beyond, Budget, Limit, Measure, Standing, code_name
from lexapp.models import BudgetHold, TimeEntry
from lexapp.web.dates import today_here
from lexapp.web.filters import date_long
from lexapp.web.reports.figures import amount, counted, prose_hours

BEYOND = {
    Beyond.WARN: "Work beyond is warned of",
    Beyond.BLOCK: "Work beyond is not billed, unless somebody lets it be",
}


def budget_said(entry: TimeEntry) -> str:
    """What saving an entry means for the budget of its matter, in a sentence; nothing where there is none, or it is far off. One query."""
    found = budgets_of(db.session(), firm_id=entry.firm_id, matter_ids={entry.matter_id}).get(entry.matter_id, ())
    stored = budget_on(found, entry.worked_on)
    if stored is None:
        return ""
    if entry.billing_status == "non_billable":
        return _held(entry)
    weight = weight_of(entry)
    spent = spent_of(db.session(), firm_id=entry.firm_id, matter_ids={entry.matter_id})[entry.matter_id]
    reached = [one for one in standings_of(stored.budget, spent, today_here()) if weight.of(one.limit) and _is_near(one, stored.budget)]
    most = max(reached, key=lambda one: one.percent, default=None)
    return f"This brings {whose(most.limit)} to {most.percent} % of its budget." if most else ""


def _is_near(standing: Standing, budget: Budget) -> bool:
    return standing.percent >= min(budget.thresholds)


def _held(entry: TimeEntry) -> str:
    held = select(BudgetHold.code).where(BudgetHold.firm_id == entry.firm_id, BudgetHold.time_entry_id == entry.id)
    code = db.session().scalar(held.where(BudgetHold.decided_at.is_(None)))
    return (
        ""
        if code is None
        else f"It goes beyond the budget of {code or 'the matter'}: it is held, and not billable until somebody lets it be."
    )


def whose(limit: Limit) -> str:
    """What a limit is of, within a sentence."""
    return limit.code or "the matter"


def title_of(code: str) -> str:
    """What a limit is of, as a heading."""
    return f"{code} {code_name(code)}" if code else "Whole matter"


def figure_of(limit: Limit, value: int) -> str:
    """A value of what is limited, in a sentence."""
    return amount(value) if limit.measure is Measure.MONEY else prose_hours(value)


def forecast_said(standing: Standing) -> str:
    """When it is reached, and the pace that says so."""
    if standing.is_reached:
        return f"It is used up: {figure_of(standing.limit, standing.spent)} of {figure_of(standing.limit, standing.limit.most)}."
    if standing.pace is None:
        return "Nothing was recorded in the last eight weeks: there is no pace to go by."
    when = f"It is reached on {date_long(standing.reached_on)}" if standing.reached_on else "It is not reached in its days"
    return f"{when}, {pace_said(standing)}"


def pace_said(standing: Standing) -> str:
    """The pace in words: `if work goes on at $1,240.00 a week, as in the last 38 days.`"""
    if standing.pace is None:
        return "if work goes on."
    a_week, days = figure_of(standing.limit, standing.pace.a_week), counted(standing.pace.days, "day")
    since = "as today" if standing.pace.days == 1 else f"as in the last {days}"
    return f"if work goes on at {a_week} a week, {since}."
