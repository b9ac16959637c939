"""Rules with a first and a last day, of which one of a kind holds at a time: a new one ends the one before, and the next ends it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from lexapp.books.changes import change
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput
from lexapp.models import Firm

ONE_DAY = timedelta(days=1)


def lock_alike(session: Session, model: Any, alike: Sequence[ColumnElement[bool]], *, firm_id: int) -> Sequence[Any]:
    """The rows for the same thing, the first one first.

    The firm's row is locked before them: where there is none yet, there is no other row that two who add one could wait for. They are
    locked by id, as everywhere.
    """
    session.execute(select(Firm.id).where(Firm.id == firm_id).with_for_update(key_share=True))
    rows = session.scalars(select(model).where(*alike).order_by(model.id).with_for_update()).all()
    return sorted(rows, key=lambda row: row.effective_from)


def make_room(rows: Iterable[Any], *, first: date, last: date | None, taken: str, another: str) -> date | None:
    """End the row before `first`; the last day of the new one, at most the day before the next row. None: it does not end.

    Raises InvalidInput with the sentence `taken` where one begins on that day, and where `last` reaches into the next: `another`.
    """
    rows = list(rows)
    if any(row.effective_from == first for row in rows):
        raise InvalidInput(taken, field="effective_from")
    end = min((row.effective_from - ONE_DAY for row in rows if row.effective_from > first), default=None)
    if end is not None and last is not None and last > end:
        sentence = f"{another} starts on {day_text(end + ONE_DAY)}. Write an earlier last day, or leave it empty."
        raise InvalidInput(sentence, field="effective_to")
    for row in rows:
        if row.effective_from < first and (row.effective_to is None or row.effective_to >= first):
            change(row, {"effective_to": first - ONE_DAY})
    return last or end


def end_row(row: Any, effective_to: date, *, name: str, afterwards: str) -> None:
    """Set or move the last day: not before the first, not beyond the present one. Raises InvalidInput; `afterwards`: what helps instead."""
    if effective_to < row.effective_from:
        raise InvalidInput(f"{name} starts on {day_text(row.effective_from)}. Write that day or a later one.", field="effective_to")
    if row.effective_to is not None and effective_to > row.effective_to:
        raise InvalidInput(f"{name} ends on {day_text(row.effective_to)} already. {afterwards}", field="effective_to")
    change(row, {"effective_to": effective_to})
