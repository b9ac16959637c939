"""Putting the mark-up that is agreed now on unbilled expenses that were saved under another one: first shown, then done.

What a pre-bill has taken stays as it is, so does what a settled statement bills, what trust money paid, what is charged at a price of its
own, and expenses of closed days. What was paid stays, so nothing is posted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, exists, select, update
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.expense_entries import Expense, expense_columns, expense_terms
from lexapp.books.time_locks import closed_days
from lexapp.books.work_terms import firm_terms
from lexapp.database import transaction
from lexapp.domain.errors import Conflict, InvalidInput
from lexapp.domain.permissions import Actor
from lexapp.models import ExpenseEntry, PreBillLine
from lexapp.models.bound import recovery_of_cost

MOST_EXPENSES = 5_000
_NAMES = (
    "description",
    "unit_note",
    "quantity_hundredths",
    "unit_minor",
    "amount_minor",
    "mark_up_basis_points",
    "mark_up_minor",
    "mark_up_term_id",
    "paid_units_hundredths",
    "paid_unit_minor",
    "is_taxed",
)


@dataclass(frozen=True, slots=True)
class MarkUpEffect:
    """What is agreed makes of one expense; minor units. `columns` are those of the entry that become different."""

    entry_id: int
    version: int
    incurred_on: date
    description: str
    vendor: str
    cost_minor: int
    old_points: int
    new_points: int
    old_minor: int
    new_minor: int
    columns: dict[str, Any]

    @property
    def difference_minor(self) -> int:
        return self.new_minor - self.old_minor


class MarkUpPreview(NamedTuple):
    """Every expense that would change, oldest first, and how many stay because their day is closed to who asks."""

    effects: list[MarkUpEffect]
    closed: int

    @property
    def difference_minor(self) -> int:
        return sum(effect.difference_minor for effect in self.effects)


def preview_mark_ups(session: Session, *, actor: Actor, matter_id: int, now: datetime | None = None) -> MarkUpPreview:
    """What the agreements of a matter as they stand would charge for its unbilled expenses. Six queries at most."""
    rows = session.scalars(
        select(ExpenseEntry).where(*_changeable(actor.firm_id, matter_id)).order_by(*_ORDER).limit(MOST_EXPENSES + 1)
    ).all()
    if len(rows) > MOST_EXPENSES:
        raise InvalidInput(f"More than {MOST_EXPENSES:,} expenses are unbilled here. Bill some of them first.")
    said = [_said(row) for row in rows]
    terms = expense_terms(session, actor.firm_id, said) if said else None
    found = [_effect(row, expense_columns(terms, one)) for row, one in zip(rows, said, strict=True)] if terms else []
    changing = [effect for effect in found if effect.difference_minor]
    firm = firm_terms(session, actor.firm_id)
    closed = closed_days(session, actor, firm, {effect.incurred_on for effect in changing}, firm.today(now or datetime.now(UTC)))
    effects = [effect for effect in changing if effect.incurred_on not in closed]
    return MarkUpPreview(effects, len(changing) - len(effects))


def apply_mark_ups(
    session: Session,
    *,
    actor: Actor,
    matter_id: int,
    expenses: int,
    difference_minor: int,
    key: str | None = None,
    now: datetime | None = None,
) -> int:
    """Do what the preview showed: `expenses` of them, charged by `difference_minor` more in all. Returns how many changed.

    Raises Conflict where expenses or agreements changed since, and nothing is done.
    """
    actor.require("rate.edit")
    actor.require("time.view_all")
    inputs = {"matter_id": matter_id, "expenses": expenses, "difference_minor": difference_minor}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="agreed_mark_up.apply", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return int(command.result["expenses"])
        locked = select(ExpenseEntry.id).where(*_changeable(actor.firm_id, matter_id)).order_by(ExpenseEntry.id)
        session.execute(locked.with_for_update(of=ExpenseEntry, key_share=True)).all()
        preview = preview_mark_ups(session, actor=actor, matter_id=matter_id, now=command.at)
        if (len(preview.effects), preview.difference_minor) != (expenses, difference_minor):
            raise Conflict("Expenses or agreements changed since you looked. Look at the new effect, then decide again.")
        _write(session, command, preview.effects)
        amounts = [[effect.entry_id, effect.old_minor, effect.new_minor] for effect in preview.effects]
        after = {"expenses": expenses, "difference_minor": difference_minor, "amounts": amounts}
        audit(session, command, action="agreed_mark_up.applied", subject_kind="matter", subject_id=matter_id, after=after)
        succeed(session, command, expenses=expenses)
    return expenses


_ORDER = (ExpenseEntry.incurred_on, ExpenseEntry.id)


def _changeable(firm_id: int, matter_id: int) -> list[ColumnElement[bool]]:
    entry = ExpenseEntry
    taken = (
        exists()
        .where(PreBillLine.firm_id == entry.firm_id, PreBillLine.expense_entry_id == entry.id, PreBillLine.state == "included")
        .correlate(entry)
    )
    own_price = entry.paid_units_hundredths.is_(None) & (entry.cost_minor != entry.amount_minor)
    mine = [entry.firm_id == firm_id, entry.matter_id == matter_id, entry.kind == "hard", entry.billing_status == "billable"]
    stays = (entry.trust_transaction_id.is_(None), entry.unit_rate_id.is_(None), entry.adjustment_minor == 0)
    return [*mine, *stays, entry.discarded_at.is_(None), ~own_price, ~taken, recovery_of_cost().is_(None)]


def _said(entry: ExpenseEntry) -> Expense:
    """The expense as somebody would say it: units and price as they were paid."""
    words = entry.description.removesuffix(entry.unit_note).removesuffix(", ") if entry.unit_note else entry.description
    is_marked = entry.paid_units_hundredths is not None and entry.paid_unit_minor is not None
    units, price = (entry.paid_units_hundredths, entry.paid_unit_minor) if is_marked else (entry.quantity_hundredths, entry.unit_minor)
    return Expense(
        entry.matter_id,
        entry.incurred_on,
        price or 0,
        units or 0,
        entry.kind,
        entry.code,
        words,
        entry.vendor,
        category_id=entry.category_id,
    )


def _effect(entry: ExpenseEntry, columns: dict[str, Any]) -> MarkUpEffect:
    new = {name: columns[name] for name in _NAMES}
    said = (entry.id, entry.version, entry.incurred_on, entry.description, entry.vendor, entry.cost_minor)
    points = (entry.mark_up_basis_points, new["mark_up_basis_points"])
    return MarkUpEffect(*said, *points, entry.amount_minor, new["amount_minor"], new)


def _write(session: Session, command: CommandRecord, effects: Sequence[MarkUpEffect]) -> None:
    if not effects:
        return
    table = ExpenseEntry.__table__
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _NAMES}
    mine = (table.c.firm_id == command.actor.firm_id, table.c.id == bindparam("entry_id"), table.c.version == bindparam("seen"))
    statement = update(ExpenseEntry).where(*mine).values(**values, version=table.c.version + 1, updated_at=command.at)
    rows = [
        {"entry_id": effect.entry_id, "seen": effect.version} | {f"new_{name}": value for name, value in effect.columns.items()}
        for effect in effects
    ]
    changed = session.connection().execute(statement, rows)
    if changed.rowcount not in (-1, len(rows)):
        raise Conflict("Somebody changed one of the expenses in this moment. Look at the new effect, then decide again.")
    session.expire_all()
