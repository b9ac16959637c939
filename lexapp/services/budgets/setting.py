"""A new budget from a day, which ends the one before; its last day; and taking back one that was a mistake."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.budgets import StoredBudget, spent_of, tell_reached, watched_budget
from lexapp.books.changes import change, lock_record, lock_shown
from lexapp.books.dated_rows import end_row, lock_alike, make_room
from lexapp.books.work_terms import firm_terms, matter_terms
from lexapp.database import transaction
from lexapp.domain.budgets import Budget, Limit, Measure
from lexapp.domain.errors import InvalidInput, NotFound
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.models import BudgetPart, MatterBudget

NOUN = "budget"
TAKEN = "A budget begins on this day already. Choose another day, or remove that one first if it was a mistake."


def set_budget(
    session: Session, *, actor: Actor, matter_id: int, budget: Budget, key: str | None = None, now: datetime | None = None
) -> MatterBudget:
    """Give a matter a budget from a day on. The one in force ends the day before; a later one ends this one.

    Thresholds that are reached on that day are not told any more. Raises InvalidInput beside a field, NotAllowed.
    """
    actor.require("rate.edit")
    inputs = {"matter_id": matter_id, **budget.as_json()}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="budget.set", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(MatterBudget, command.result["budget_id"])
        currency = _check(session, actor, matter_id, budget)
        rows = lock_alike(session, MatterBudget, _standing(actor.firm_id, matter_id), firm_id=actor.firm_id)
        days = {"first": budget.effective_from, "last": budget.effective_to}
        last = make_room(rows, **days, taken=TAKEN, another="Another budget")  # type: ignore[arg-type]
        row = _add(session, command, matter_id, replace(budget, effective_to=last), currency)
        audit(session, command, action="budget.set", subject_kind="matter", subject_id=matter_id, after=_facts(row))
        succeed(session, command, budget_id=row.id)
    return row


def end_budget(
    session: Session, *, actor: Actor, budget_id: int, version: int, last_day: date, key: str | None = None, now: datetime | None = None
) -> MatterBudget:
    """Set or move the last day of a budget; later work is under none. Raises Conflict, InvalidInput, NotFound."""
    actor.require("rate.edit")
    inputs = {"budget_id": budget_id, "version": version, "last_day": last_day}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="budget.end", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(MatterBudget, budget_id)
        row = lock_record(session, MatterBudget, firm_id=actor.firm_id, record_id=budget_id, version=version, noun=NOUN)
        _refuse_removed(row)
        end_row(row, last_day, name="The budget", afterwards="Set a new budget for later days.")
        session.flush()
        audit(session, command, action="budget.ended", subject_kind="matter", subject_id=row.matter_id, after=_facts(row))
        succeed(session, command, budget_id=row.id)
    return row


def remove_budget(
    session: Session, *, actor: Actor, budget_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> None:
    """Take back one that was a mistake: the one before goes on through its days. What it held stays to be decided."""
    actor.require("rate.edit")
    inputs = {"budget_id": budget_id, "version": version}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="budget.remove", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return
        row = lock_shown(session, MatterBudget, firm_id=actor.firm_id, record_id=budget_id, noun=NOUN, version=version)
        _refuse_removed(row)
        for before in lock_alike(session, MatterBudget, _standing(actor.firm_id, row.matter_id), firm_id=actor.firm_id):
            if before.effective_to == row.effective_from - timedelta(days=1):
                change(before, {"effective_to": row.effective_to})
        change(row, {"removed_at": command.at})
        session.flush()
        audit(session, command, action="budget.removed", subject_kind="matter", subject_id=row.matter_id, before=_facts(row))
        succeed(session, command, budget_id=row.id)


def _refuse_removed(row: MatterBudget) -> None:
    if row.removed_at is not None:
        raise NotFound("This budget was taken back. Reload the page to see those that stand.")


def _check(session: Session, actor: Actor, matter_id: int, budget: Budget) -> str:
    """Refuse what cannot be set; the currency."""
    firm = firm_terms(session, actor.firm_id)
    budget.check(firm.currency)
    matter = matter_terms(session, firm, {matter_id})[matter_id]
    if matter.client_id is None:
        raise InvalidInput("The firm’s own matter is not billed and takes no budget. Choose another matter.", field="matter_id")
    if matter.status == "closed":
        raise InvalidInput(f"{matter.label} is closed. Reopen it to set a budget.", field="matter_id")
    return firm.currency


def _standing(firm_id: int, matter_id: int) -> list[Any]:
    return [MatterBudget.firm_id == firm_id, MatterBudget.matter_id == matter_id, MatterBudget.removed_at.is_(None)]


def _add(session: Session, command: CommandRecord, matter_id: int, budget: Budget, currency: str) -> MatterBudget:
    firm_id = command.actor.firm_id
    spent = spent_of(session, firm_id=firm_id, matter_ids={matter_id})[matter_id]
    for limit in budget.limits:
        if limit.measure is Measure.MONEY:
            _refuse_billed(limit, limit.billed(spent), currency)
    said = {name: getattr(budget, name) for name in ("effective_from", "effective_to", "counts_from", "amount_minor", "hours_hundredths")}
    rules = {"counts": budget.counts.value, "beyond": budget.beyond.value, "thresholds": list(budget.thresholds), "note": budget.note}
    made = {"created_at": command.at, "created_by_user_id": command.actor.user_id}
    row = MatterBudget(firm_id=firm_id, matter_id=matter_id, **said, **rules, **made)
    session.add(row)
    session.flush()
    of = {"firm_id": firm_id, "matter_id": matter_id, "budget_id": row.id}
    figures = ({"amount_minor": part.amount_minor, "hours_hundredths": part.hours_hundredths} for part in budget.parts)
    session.add_all(BudgetPart(**of, position=n, code=budget.parts[n - 1].code, **found) for n, found in enumerate(figures, 1))
    session.flush()
    stored = StoredBudget(row.id, matter_id, 1, budget, command.actor.user_id)
    tell_reached(session, command, watched_budget(stored), spent, silently=True)
    return row


def _refuse_billed(limit: Limit, billed_minor: int, currency: str) -> None:
    if billed_minor > limit.most:
        billed = Money(billed_minor, currency)
        sentence = f"{billed} is billed already. Write at least that, or let only later work count."
        raise InvalidInput(sentence, field=f"{limit.code}_amount" if limit.code else "amount_minor")


def _facts(row: MatterBudget) -> dict[str, Any]:
    names = ("effective_from", "effective_to", "amount_minor", "hours_hundredths", "counts", "beyond", "thresholds")
    return {"budget_id": row.id, **{name: getattr(row, name) for name in names}}
