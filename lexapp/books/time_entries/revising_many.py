"""Many unbilled entries within a command: changed to other work, taken out, brought back, put back as they were."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.books.commands import CommandRecord, audit_changes
from lexapp.books.time_entries.groups import Group, group_of, regroup
from lexapp.books.time_entries.revising import columns_of_many, write_columns
from lexapp.books.time_entries.work import Terms, Work, check_matter_open, check_open, check_work, load_terms
from lexapp.books.time_entries.writing import facts_of, work_of
from lexapp.books.time_locks import check_unlocked
from lexapp.domain.dates import day_text
from lexapp.domain.durations import check_day
from lexapp.domain.errors import InvalidInput
from lexapp.models import TimeEntry

_SAID = ("matter_id", "timekeeper_id", "worked_on", "recorded_seconds", "narrative", "task_code", "activity_code", "billing_status")
_PRICED = ("quantity_hundredths", "rate_minor_per_hour", "rate_is_typed", "amount_minor", "adjustment_minor")
# Beside `facts_of`, what an entry needs to be again exactly what it was.
_REASONS = ("rounding_group", "rounding_reason", "rate_reason")


def revise_time_entries(session: Session, command: CommandRecord, pairs: Sequence[tuple[TimeEntry, Work]]) -> None:
    """`revise_time_entry` for many locked entries at once, in a number of queries that does not grow with them. All or none."""
    before, groups = _before(pairs)
    terms = _terms(session, command, pairs)
    for entry, work in pairs:
        check_work(terms, work, now=command.at, anywhere=entry.timer_id is not None)
    _check_takers(terms, pairs)
    arrived = {(work.timekeeper_id, work.worked_on) for entry, work in pairs if _day(work) != _day(entry)}
    _check_days(session, command.actor.firm_id, pairs, arrived)
    for (entry, _), columns in zip(pairs, columns_of_many(session, terms, pairs), strict=True):
        write_columns(command, entry, columns)
    _finish(session, command, terms, [entry for entry, _ in pairs], groups, before=before, action="time.edited")


def put_back_time_entries(session: Session, command: CommandRecord, pairs: Sequence[tuple[TimeEntry, Mapping[str, Any]]]) -> None:
    """Make each locked entry again what the audit of `revise_time_entries` kept of it: with its rate and rounding of then. All or none."""
    was = [(entry, _columns_that_were(kept)) for entry, kept in pairs]
    works = [(entry, _work_of(columns)) for entry, columns in was]
    before, groups = _before(works)
    terms = _terms(session, command, works)
    _check_takers(terms, works)
    _check_days(session, command.actor.firm_id, works, {_day(work) for entry, work in works if _day(work) != _day(entry)})
    for entry, columns in was:
        write_columns(command, entry, columns)
    _finish(session, command, terms, [entry for entry, _ in pairs], groups, before=before, action="time.edited")


def keep_time_entries(session: Session, command: CommandRecord, entries: Sequence[TimeEntry], *, keep: bool) -> None:
    """Take locked entries out of lists and bills, or bring them back with `keep`, as they are. All or none."""
    works = [(entry, work_of(entry)) for entry in entries]
    before, groups = _before(works)
    terms = _terms(session, command, works)
    if keep:
        for _, work in works:
            check_matter_open(terms, work)
        _check_days(session, command.actor.firm_id, works, {_day(work) for _, work in works})
    for entry in entries:
        entry.discarded_at, entry.updated_at = (None if keep else command.at), command.at
        entry.version += 1
    _finish(session, command, terms, entries, groups, before=before, action="time.restored" if keep else "time.discarded")


_Day = tuple[int, date]


def _day(one: TimeEntry | Work) -> _Day:
    return one.timekeeper_id, one.worked_on


def _before(pairs: Sequence[tuple[TimeEntry, Work]]) -> tuple[list[dict[str, object]], set[Group | None]]:
    return [_facts(entry) for entry, _ in pairs], {group_of(entry) for entry, _ in pairs}


def _terms(session: Session, command: CommandRecord, pairs: Sequence[tuple[TimeEntry, Work]]) -> Terms:
    """Everything that prices them; refused where a day that they leave or come to is closed."""
    also = [(entry.timekeeper_id, entry.matter_id) for entry, _ in pairs]
    terms = load_terms(session, command.actor.firm_id, [work for _, work in pairs], also=also)
    days = {day for entry, work in pairs for day in (entry.worked_on, work.worked_on)}
    check_unlocked(session, command, terms.firm, days, field="worked_on")
    return terms


def _check_takers(terms: Terms, pairs: Sequence[tuple[TimeEntry, Work]]) -> None:
    """Refuse to bring an entry to a closed matter or to somebody who has left."""
    for entry, work in pairs:
        if (work.matter_id, work.timekeeper_id) != (entry.matter_id, entry.timekeeper_id):
            check_open(terms, work)


def _finish(
    session: Session,
    command: CommandRecord,
    terms: Terms,
    entries: Sequence[TimeEntry],
    groups: set[Group | None],
    *,
    before: Sequence[dict[str, object]],
    action: str,
) -> None:
    """Write, round the groups anew that were left or joined, and audit."""
    ids = [entry.id for entry in entries]
    session.flush()
    regroup(session, terms.firm, groups | {group_of(entry) for entry in entries})
    session.scalars(select(TimeEntry).where(TimeEntry.firm_id == terms.firm.firm_id, TimeEntry.id.in_(ids))).all()
    changed = [(id_, was, _facts(entry)) for id_, entry, was in zip(ids, entries, before, strict=True)]
    audit_changes(session, command, action=action, subject_kind="time_entry", changed=changed)


def _facts(entry: TimeEntry) -> dict[str, object]:
    return facts_of(entry) | {name: getattr(entry, name) for name in _REASONS}


def _columns_that_were(kept: Mapping[str, Any]) -> dict[str, Any]:
    names = (*_SAID, *_PRICED, *_REASONS)
    columns = {name: date.fromisoformat(kept[name]) if name == "worked_on" else kept[name] for name in names}
    return {**columns, "fee_term_id": kept.get("fee_term_id")}


def _work_of(columns: Mapping[str, Any]) -> Work:
    said = {name: columns[name] for name in _SAID}
    return Work(**said, rate_minor=columns["rate_minor_per_hour"] if columns["rate_is_typed"] else None)


def _check_days(session: Session, firm_id: int, pairs: Sequence[tuple[TimeEntry, Work]], arrived: Collection[_Day]) -> None:
    """Refuse more than 24 hours of a timekeeper on a date that any of these come to, counted with what stands there besides. One query."""
    if not arrived:
        return
    key = (TimeEntry.timekeeper_id, TimeEntry.worked_on)
    query = (
        select(*key, func.sum(TimeEntry.recorded_seconds))
        .where(TimeEntry.firm_id == firm_id, TimeEntry.discarded_at.is_(None), TimeEntry.id.not_in([entry.id for entry, _ in pairs]))
        .where(TimeEntry.timekeeper_id.in_({who for who, _ in arrived}), TimeEntry.worked_on.in_({day for _, day in arrived}))
        .group_by(*key)
        .execution_options(through_walls=True)
    )
    taken = {(who, day): int(seconds) for who, day, seconds in session.execute(query)}
    for who, day in sorted(arrived):
        added = sum(work.recorded_seconds for _, work in pairs if _day(work) == (who, day))
        try:
            check_day(taken.get((who, day), 0), added)
        except InvalidInput as error:
            raise InvalidInput(f"{day_text(day)}: {error.message}", field="worked_on", code=error.code) from error
