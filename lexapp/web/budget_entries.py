"""The entries behind what was spent of a budget, of one phase or task or of all."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for

from lexapp.books.budgets import SpentEntry, budget_on, spent_entries
from lexapp.database import db
from lexapp.domain.budgets import CODES, phase_of
from lexapp.domain.reductions import Counts
from lexapp.models import Matter
from lexapp.queries.reports.scope import names_of
from lexapp.web.access import may
from lexapp.web.budget_pages import stored_budgets
from lexapp.web.budget_words import title_of
from lexapp.web.lists import asked_choice
from lexapp.web.reports.asked import Asked
from lexapp.web.reports.figures import amount, counted, prose_hours
from lexapp.web.reports.links import link_to
from lexapp.web.reports.report import Report
from lexapp.web.reports.sheet import Column, asked_part, make_listing

OTHER = "-"
KINDS = {"time": "Time", "fixed_fee": "Fixed fee", "expense": "Expense"}


def entries_report(matter: Matter, asked: Asked) -> Report:
    """Those that count towards the budget in force, or all work of the matter where there is none."""
    code = asked_choice("code", ("", *CODES, OTHER))
    found = _counted(matter, code, asked)
    part = asked_part(len(found))
    shown = found if part.is_file else found[part.page.offset : part.page.offset + part.page.limit]
    total = SpentEntry("", 0, asked.today, True, "", None, "", _sum(found, 0), _sum(found, 1), _sum(found, 2))
    people = names_of(db.session(), firm_id=matter.firm_id, by="credited", keys={one.timekeeper_id for one in shown})
    names = {key: name.label for key, name in people.items() if key is not None}
    worth = f"{amount(total.minor)} in {counted(len(found), 'entry', 'entries')}, {prose_hours(total.hundredths)}."
    return Report(
        slug="budget-entries",
        name="Entries",
        title="Work without a part of its own" if code == OTHER else title_of(code),
        answer=f"{matter.number} {matter.name}. {worth}",
        filters=(),
        sheet=make_listing("Entries of the budget", _columns(names), shown, total, part),
        way=(("Budget", url_for("budgets.of_matter", matter_id=matter.id)),),
    )


def _sum(found: Sequence[SpentEntry], place: int) -> int:
    return sum((one.minor, one.billed_minor, one.hundredths)[place] for one in found)


def _counted(matter: Matter, code: str, asked: Asked) -> list[SpentEntry]:
    every = spent_entries(db.session(), firm_id=matter.firm_id, matter_id=matter.id)
    stored = budget_on(stored_budgets(matter), asked.today)
    if stored is None:
        return [one for one in every if _of_code(one, code, ())]
    whole, codes = stored.budget.limits[0], [part.code for part in stored.budget.parts]
    is_all = stored.budget.counts is Counts.ALL
    in_days = [one for one in every if (whole.first is None or whole.first <= one.on) and (whole.last is None or one.on <= whole.last)]
    return [one for one in in_days if (one.is_fee or is_all) and _of_code(one, code, codes)]


def _of_code(one: SpentEntry, code: str, codes: Sequence[str]) -> bool:
    mine = ("", one.task_code, phase_of(one.task_code))
    if code == OTHER:
        return not any(each in codes for each in mine[1:])
    return code in mine


def _columns(names: dict[int, str]) -> list[Column]:
    def url(one: SpentEntry) -> str | None:
        endpoint = {"time": "time.show", "fixed_fee": "fixed_fees.edit", "expense": "expenses.edit"}.get(one.kind)
        return link_to(endpoint, entry_id=one.id) if endpoint else None

    columns = [
        Column("date", "Date", "date", lambda one: one.on),
        Column("text", "Work", "text", lambda one: one.text or "No narrative yet", link=url, sub=lambda one: KINDS.get(one.kind)),
        Column("who", "By", "text", lambda one: names.get(one.timekeeper_id or 0, ""), classes="fit drop"),
        Column("task", "Task", "text", lambda one: one.task_code, classes="fit drop"),
        Column("hours", "Hours", "hours", lambda one: one.hundredths),
    ]
    if may("rate.see"):
        columns += [
            Column("billed", "Billed", "money", lambda one: one.billed_minor),
            Column("unbilled", "Not billed", "money", lambda one: one.unbilled_minor),
            Column("spent", "Spent", "money", lambda one: one.minor, classes="num lead"),
        ]
    return columns
