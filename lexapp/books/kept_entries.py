"""Entries are never deleted: they are taken out of lists, bills and books, and can be brought back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import InstrumentedAttribute, Session

from lexapp.books.commands import CommandRecord, audit
from lexapp.books.taken_entries import refuse_taken
from lexapp.domain.errors import Conflict
from lexapp.models import ExpenseEntry, FixedFeeEntry, TimeEntry

__all__ = ["EntryKind", "keep_or_not"]

Entry = TypeVar("Entry", TimeEntry, ExpenseEntry, FixedFeeEntry)


@dataclass(frozen=True, slots=True)
class EntryKind(Generic[Entry]):
    """A kind of entry: its name in actions and in the audit, the column of its pre-bill lines, what the audit keeps of it.

    `settle(session, command, entry, keep)` does what follows in day groups or in the journal, where anything does.
    """

    action: str
    subject: str
    column: InstrumentedAttribute[Any]
    facts: Callable[[Entry], dict[str, object]]
    settle: Callable[[Session, CommandRecord, Entry, bool], None] | None = None


def keep_or_not(session: Session, command: CommandRecord, kind: EntryKind[Entry], entry: Entry, *, version: int, keep: bool) -> None:
    """Take a locked entry out, or bring it back with `keep`; nothing to do where that was done already.

    Raises NotAllowed for an entry on a pre-bill or invoice, Conflict when it is not the version that was shown.
    """
    if command.result is not None or (entry.discarded_at is None) == keep:
        return
    if entry.version != version:
        raise Conflict("Somebody changed this entry after you opened the page. Look at it as it is now, then try again.")
    refuse_taken(session, firm_id=entry.firm_id, column=kind.column, entry_id=entry.id)
    before = kind.facts(entry)
    entry.discarded_at, entry.updated_at = (None if keep else command.at), command.at
    entry.version += 1
    session.flush()
    if kind.settle is not None:
        kind.settle(session, command, entry, keep)
    action = f"{kind.action}.{'restored' if keep else 'discarded'}"
    audit(session, command, action=action, subject_kind=kind.subject, subject_id=entry.id, before=before, after=kind.facts(entry))
