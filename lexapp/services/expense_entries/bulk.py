"""Many expense entries in one command, for imports and seeding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import insert
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, NewEntry, audit, post_many, record_command, succeed
from lexapp.books.expense_entries import (
    HARD_RECORDED,
    Expense,
    check_expense,
    check_matter_open,
    expense_columns,
    expense_postings,
    expense_terms,
)
from lexapp.books.time_locks import check_unlocked
from lexapp.books.vendors import vendors_paid
from lexapp.database import reserve_ids, transaction
from lexapp.domain.errors import InvalidInput, InvariantBroken
from lexapp.domain.permissions import Actor
from lexapp.models import ExpenseEntry

MOST_ROWS = 5_000


class ExpenseRow(NamedTuple):
    """One entry to be; `recorded_at`: when it was recorded, for history."""

    expense: Expense
    recorded_at: datetime | None = None


def record_expense_entries(
    session: Session,
    *,
    actor: Actor,
    rows: Sequence[ExpenseRow],
    closed_matters: bool = False,
    key: str | None = None,
    now: datetime | None = None,
) -> list[int]:
    """Record up to 5,000 expenses by the rules of `record_expense`, all or none; returns their ids in order. A refusal names its row.

    What was charged above its cost elsewhere is taken as it is: nobody asks here whether it was agreed.
    """
    if len(rows) > MOST_ROWS:
        raise InvariantBroken(f"at most {MOST_ROWS} expenses in one command, not {len(rows)}")
    actor.require("expense.record")
    digest = sha256(repr([(sorted(asdict(row.expense).items()), row.recorded_at) for row in rows]).encode()).hexdigest()
    with transaction(session, actor.firm_id):
        inputs = {"count": len(rows), "sha256": digest}
        command = record_command(session, actor=actor, name="expense.record_many", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return [int(id_) for id_ in command.result["ids"]]
        ids = _insert(session, command, rows, closed_matters=closed_matters) if rows else []
        after = {"count": len(ids), "first_id": ids[0] if ids else 0, "last_id": ids[-1] if ids else 0}
        audit(session, command, action="expense.recorded_many", subject_kind="command", subject_id=command.id, after=after)
        succeed(session, command, ids=ids)
    return ids


def _insert(session: Session, command: CommandRecord, rows: Sequence[ExpenseRow], *, closed_matters: bool) -> list[int]:
    terms = expense_terms(session, command.actor.firm_id, [row.expense for row in rows])
    if not closed_matters:
        check_unlocked(session, command, terms.firm, [row.expense.incurred_on for row in rows], field="incurred_on")
    for position, row in enumerate(rows, start=1):
        try:
            check_expense(terms, row.expense, now=command.at)
            if not closed_matters:
                check_matter_open(terms, row.expense.matter_id)
        except InvalidInput as error:
            raise InvalidInput(f"Row {position}: {error.message}", field=error.field, code=error.code) from error
    ids = reserve_ids(session, ExpenseEntry.__table__, len(rows))  # type: ignore[arg-type]
    paid = vendors_paid(session, command, {row.expense.vendor for row in rows})
    columns = [{**expense_columns(terms, row.expense), **paid[row.expense.vendor]} for row in rows]
    postings = [expense_postings(terms, each) for each in columns]
    entries = [
        NewEntry(HARD_RECORDED, row.expense.incurred_on, posted, ("expense_entry", id_))
        for id_, row, posted in zip(ids, rows, postings, strict=True)
        if posted
    ]
    journal = iter(post_many(session, command, entries) if entries else [])
    session.execute(
        insert(ExpenseEntry),
        [
            {**each, **_origin(command, row), "id": id_, "journal_entry_id": next(journal) if posted else None}
            for id_, row, each, posted in zip(ids, rows, columns, postings, strict=True)
        ],
    )
    return ids


def _origin(command: CommandRecord, row: ExpenseRow) -> dict[str, object]:
    at = row.recorded_at or command.at
    actor = command.actor
    return {"firm_id": actor.firm_id, "recorded_by_user_id": actor.user_id, "created_at": at, "updated_at": at, "version": 1}
