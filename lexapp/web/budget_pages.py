"""What the page of a budget shows: how each part stands, who was told what, what is held, and the budgets before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for

from lexapp.books.budgets import StoredBudget, Watched, budget_on, budgets_of, caps_on, spent_of, standings_of
from lexapp.books.fee_agreements import agreements_of
from lexapp.database import db
from lexapp.domain.budgets import Beyond, Budget, Measure, Spent, Standing, phase_of, standing_of
from lexapp.models import Matter
from lexapp.queries.budgets import holds_of_matter, notices_of_budget
from lexapp.services.budgets import may_decide
from lexapp.web.access import current_actor, may
from lexapp.web.budget_charts import burn_chart
from lexapp.web.budget_words import BEYOND, forecast_said, title_of
from lexapp.web.dates import today_here
from lexapp.web.lists import Order, page_of
from lexapp.web.reports.figures import month_name
from lexapp.web.reports.sheet import Column, Sheet


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: the whole, a phase, a task, or what has no budget of its own (`code` is "-")."""

    code: str
    title: str
    money: Standing | None
    hours: Standing | None
    spent_minor: int
    spent_hundredths: int
    is_task: bool = False

    @property
    def most(self) -> Standing | None:
        """Of money and hours the one that is nearer to its end."""
        found = [one for one in (self.money, self.hours) if one is not None]
        return max(found, key=lambda one: one.spent * 1_000 // one.limit.most, default=None)

    @property
    def tone(self) -> str:
        """For the bar: near from 75 %, over once it is reached."""
        percent = self.most.percent if self.most else 0
        return "over" if percent >= 100 else "near" if percent >= 75 else ""

    @property
    def width(self) -> int:
        return min(self.most.percent, 100) if self.most else 0


def rows_of(budget: Budget, spent: Sequence[Spent], today: date) -> list[Row]:
    """The whole first, its parts as they are agreed, and the rest of the work."""
    standings = standings_of(budget, spent, today)
    codes = list(dict.fromkeys(one.limit.code for one in standings))
    rows = [_row(budget, code, [one for one in standings if one.limit.code == code], spent) for code in codes]
    whole, parts = rows[0], [row for row in rows[1:] if not row.is_task or phase_of(row.code) not in codes]
    other = whole.spent_minor - sum(row.spent_minor for row in parts)
    hours = whole.spent_hundredths - sum(row.spent_hundredths for row in parts)
    return [*rows, Row("-", "Work without a part of its own", None, None, other, hours)] if rows[1:] else rows


def _row(budget: Budget, code: str, standings: Sequence[Standing], spent: Sequence[Spent]) -> Row:
    by = {one.limit.measure: one for one in standings}
    limit = standings[0].limit
    mine = [one for one in spent if limit.code in ("", one.task_code, phase_of(one.task_code)) and _in_days(budget, one.on)]
    minor = sum(one.minor for one in mine if one.is_fee or budget.counts.value == "all")
    money, hours = by.get(Measure.MONEY), by.get(Measure.HOURS)
    is_task = bool(code) and code != phase_of(code)
    return Row(code, title_of(code), money, hours, minor, sum(one.hundredths for one in mine), is_task)


def _in_days(budget: Budget, on: date) -> bool:
    return (budget.counts_from is None or budget.counts_from <= on) and (budget.effective_to is None or on <= budget.effective_to)


@dataclass(frozen=True, slots=True)
class CapRow:
    """A cap of the fee agreement in force, as it stands today."""

    title: str
    standing: Standing
    is_hard: bool

    @property
    def most(self) -> Standing:
        return self.standing

    @property
    def tone(self) -> str:
        return "over" if self.standing.percent >= 100 else "near" if self.standing.percent >= 75 else ""

    @property
    def width(self) -> int:
        return min(self.standing.percent, 100)


def cap_rows(watched: Sequence[Watched], spent: Sequence[Spent], today: date) -> list[CapRow]:
    """The caps among what is watched on a matter."""
    caps = [one for one in watched if one.fee_term_id is not None]
    return [CapRow(cap_title(one, today), standing_of(one.limits[0], spent, today), one.is_hard) for one in caps]


def cap_title(watched: Watched, today: date) -> str:
    """What a cap is called: hard or soft, its phase, its month."""
    kind = "Hard cap" if watched.is_hard else "Soft cap"
    of = f" of {watched.limits[0].code}" if watched.limits[0].code else ""
    return f"{kind}{of}{f', {month_name(today)}' if watched.month else ''}"


def stored_budgets(matter: Matter) -> list[StoredBudget]:
    """All that stand, the latest first."""
    return budgets_of(db.session(), firm_id=matter.firm_id, matter_ids={matter.id}).get(matter.id, [])[::-1]


def budget_shown(matter: Matter) -> dict[str, Any]:
    """The context of `budgets/show.html`. Four queries."""
    session, today = db.session(), today_here()
    budgets = stored_budgets(matter)
    now = budget_on(budgets, today)
    found: dict[str, Any] = {"matter": matter, "budgets": budgets, "now": now, "today": today, "rows": [], "beyond_words": BEYOND}
    spent, found["caps"] = _spent_and_caps(matter, today)
    if now is not None:
        rows = rows_of(now.budget, spent, today)
        whole = rows[0].money or rows[0].hours
        found |= {"rows": rows, "whole": whole, "forecast": forecast_said(whole) if whole else ""}
        others = [(cap.title, cap.standing.limit.most) for cap in found["caps"] if cap.standing.limit.last is None and rows[0].money]
        found["chart"] = burn_chart(whole, whole.limit.by_day(spent), today, others) if whole else None
        found["told"] = notices_of_budget(session, firm_id=matter.firm_id, budget_id=now.id)
    holds = holds_of_matter(session, firm_id=matter.firm_id, matter_id=matter.id) if budgets and may("time.view_all") else []
    found["held"] = [one for one in holds if not one.outcome]
    found["decided"] = [one for one in holds if one.outcome]
    return found | {"may_decide": may_decide(current_actor(), matter), "blocks": now is not None and now.budget.beyond is Beyond.BLOCK}


def _spent_and_caps(matter: Matter, today: date) -> tuple[list[Spent], list[CapRow]]:
    spent = spent_of(db.session(), firm_id=matter.firm_id, matter_ids={matter.id})[matter.id]
    agreed = agreements_of(db.session(), firm_id=matter.firm_id, matter_ids={matter.id}).get(matter.id)
    return spent, cap_rows(caps_on(matter.id, agreed, today) if agreed else [], spent, today)


def budget_summary(matter: Matter) -> dict[str, Any]:
    """The one line that stands on the matter's page. Three queries."""
    today = today_here()
    budgets = stored_budgets(matter)
    now = budget_on(budgets, today)
    spent, caps = _spent_and_caps(matter, today)
    rows = rows_of(now.budget, spent, today) if now is not None else []
    parts: list[Row | CapRow] = [*(row for row in rows[1:] if row.most), *caps]
    tight = max(parts, key=lambda row: row.most.percent if row.most else 0, default=None)
    return {"matter": matter, "budgets": budgets, "now": now, "whole": rows[0] if rows else None, "tight": tight, "today": today}


def budget_sheet(matter: Matter, rows: Sequence[Row]) -> Sheet:
    """The table as a file: the parts, with the whole as its total."""

    def money(name: str, label: str, read: Any) -> Column:
        return Column(name, label, "money", read)

    columns = [
        Column("part", "Part", "text", lambda row: row.title),
        money("budget", "Budget", lambda row: row.money.limit.most if row.money else None),
        money("spent", "Spent", lambda row: row.spent_minor),
        money("billed", "Of it billed", lambda row: row.money.billed_minor if row.money else None),
        money("left", "Left", lambda row: row.money.left if row.money else None),
        Column("hours_budget", "Hours budget", "hours", lambda row: row.hours.limit.most if row.hours else None),
        Column("hours", "Hours", "hours", lambda row: row.spent_hundredths),
        Column("percent", "Used", "percent", lambda row: row.most.spent * 1_000 // row.most.limit.most if row.most else None),
        Column("reached", "Reached on", "date", lambda row: row.most.reached_on if row.most else None, summed=False),
    ]
    return Sheet(f"Budget {matter.number}", columns, rows[1:] or rows, rows[0], Order("part", False), page_of(len(rows), size=100))


def entries_url(matter: Matter, row: Row) -> str | None:
    """Where the entries behind what was spent are."""
    if not may("time.view_all") or not may("rate.see"):
        return None
    return url_for("budgets.entries", matter_id=matter.id, code=row.code or None)
