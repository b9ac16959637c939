"""Many time entries in one command, for imports and seeding: plain tuples in, one executemany out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.time_entries import (
    Price,
    Terms,
    Work,
    check_open,
    check_work,
    columns_of,
    group_for,
    load_terms,
    price_works,
    regroup,
    require_own_or_others,
    require_rate_edit,
)
from lexapp.books.time_locks import check_unlocked
from lexapp.database import reserve_ids, transaction
from lexapp.domain.durations import check_day
from lexapp.domain.errors import InvalidInput, InvariantBroken
from lexapp.domain.permissions import Actor
from lexapp.models import TimeEntry

# A transaction on SQLite holds the one write lock, so it stays short (DESIGN section 4).
MOST_ROWS = 20_000


class TimeRow(NamedTuple):
    """One entry to be. The first nine are those of `Work`.

    `quantity_hundredths`: a quantity that was billed elsewhere and stands as it is. `recorded_at`: when it was recorded, for history.
    """

    matter_id: int
    timekeeper_id: int
    worked_on: date
    recorded_seconds: int
    narrative: str = ""
    task_code: str = ""
    activity_code: str = ""
    billing_status: str = "billable"
    rate_minor: int | None = None
    measured_seconds: int | None = None
    quantity_hundredths: int | None = None
    recorded_at: datetime | None = None
    client_key: str | None = None

    @property
    def work(self) -> Work:
        return Work(
            self.matter_id,
            self.timekeeper_id,
            self.worked_on,
            self.recorded_seconds,
            self.narrative,
            self.task_code,
            self.activity_code,
            self.billing_status,
            self.rate_minor,
        )


def record_time_entries(
    session: Session,
    *,
    actor: Actor,
    rows: Sequence[TimeRow],
    closed_matters: bool = False,
    key: str | None = None,
    now: datetime | None = None,
) -> list[int]:
    """Record up to 20,000 entries with the same checks, rates and rounding as `record_time`; returns their ids in order.

    All or none: a refusal names its row. `closed_matters` takes history of matters that are closed and of people who have left.
    """
    if len(rows) > MOST_ROWS:
        raise InvariantBroken(f"at most {MOST_ROWS} entries in one command, not {len(rows)}")
    require_own_or_others(actor, {row.timekeeper_id for row in rows})
    if any(row.rate_minor is not None for row in rows):
        require_rate_edit(actor, before=None, after=0)
    inputs = {"count": len(rows), "sha256": sha256(repr([tuple(row) for row in rows]).encode()).hexdigest()}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="time.record_many", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return [int(command.result["first_id"]) + offset for offset in command.result["offsets"]]
        ids = _insert(session, command, rows, closed_matters=closed_matters) if rows else []
        _close(session, command, ids)
    return ids


def _insert(session: Session, command: CommandRecord, rows: Sequence[TimeRow], *, closed_matters: bool) -> list[int]:
    works = [row.work for row in rows]
    terms = load_terms(session, command.actor.firm_id, works)
    _check(session, command, terms, works, closed_matters=closed_matters)
    prices = price_works(session, terms, works, [row.quantity_hundredths for row in rows])
    ids = reserve_ids(session, TimeEntry.__table__, len(rows))  # type: ignore[arg-type]
    session.execute(insert(TimeEntry), [_columns(command, terms, *each) for each in zip(ids, rows, works, prices, strict=True)])
    regroup(session, terms.firm, {group_for(work, price.rounding) for work, price in zip(works, prices, strict=True)})
    return ids


def _check(session: Session, command: CommandRecord, terms: Terms, works: Sequence[Work], *, closed_matters: bool) -> None:
    days = _seconds_by_day(session, terms, works)
    if not closed_matters:
        check_unlocked(session, command, terms.firm, [work.worked_on for work in works], field="worked_on")
    for position, work in enumerate(works, start=1):
        try:
            check_work(terms, work, now=command.at)
            if not closed_matters:
                check_open(terms, work)
            check_day(days[work.timekeeper_id, work.worked_on], work.recorded_seconds)
        except InvalidInput as error:
            raise InvalidInput(f"Row {position}: {error.message}", field=error.field, code=error.code) from error
        days[work.timekeeper_id, work.worked_on] += work.recorded_seconds


def _seconds_by_day(session: Session, terms: Terms, works: Sequence[Work]) -> dict[tuple[int, date], int]:
    key = (TimeEntry.timekeeper_id, TimeEntry.worked_on)
    query = (
        select(*key, func.sum(TimeEntry.recorded_seconds))
        .where(
            TimeEntry.firm_id == terms.firm.firm_id,
            TimeEntry.timekeeper_id.in_(terms.timekeepers),
            TimeEntry.worked_on.between(min(work.worked_on for work in works), max(work.worked_on for work in works)),
            TimeEntry.discarded_at.is_(None),
        )
        .group_by(*key)
    )
    found: dict[tuple[int, date], int] = defaultdict(int)
    found.update({(timekeeper_id, worked_on): int(seconds) for timekeeper_id, worked_on, seconds in session.execute(query)})
    return found


def _columns(command: CommandRecord, terms: Terms, id_: int, row: TimeRow, work: Work, price: Price) -> dict[str, Any]:
    at = row.recorded_at or command.at
    return {
        "id": id_,
        "firm_id": terms.firm.firm_id,
        "measured_seconds": row.measured_seconds,
        "client_key": row.client_key,
        "recorded_by_user_id": command.actor.user_id,
        "created_at": at,
        "updated_at": at,
        "version": 1,
        **columns_of(terms, work, price),
    }


def _close(session: Session, command: CommandRecord, ids: Sequence[int]) -> None:
    """One audit event for all: the entries carry the rest. Ids are kept as distances from the first, for the answer to a repeat."""
    first = ids[0] if ids else 0
    after = {"count": len(ids), "first_id": first, "last_id": ids[-1] if ids else 0}
    audit(session, command, action="time.recorded_many", subject_kind="command", subject_id=command.id, after=after)
    succeed(session, command, first_id=first, offsets=[id_ - first for id_ in ids])
