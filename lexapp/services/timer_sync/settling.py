"""What the kept events come to: timers told anew, one of them running at most, and entries for those that stopped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit_many
from lexapp.books.taken_entries import taken_ids
from lexapp.books.time_entries import Work, revise_time_entry, work_of
from lexapp.books.timers import Counted, count_timers, enter_time, events_of, keep_event, retell, second
from lexapp.books.work_terms import FirmTerms
from lexapp.domain.errors import Refused
from lexapp.domain.timer_events import EventKind, Track, track
from lexapp.models import Matter, PreBillLine, TimeEntry, Timer, TimerEventRow

NOT_YET = frozenset(
    {
        "needs_matter",
        "timer_is_empty",
        "timer_without_minutes",
        "timer_over_a_day",
        "matter_is_closed",
        "matter_unknown",
        "time_is_locked",
    }
)
"""Why a stopped timer is no entry yet."""
_UNWALLED = {"through_walls": True}
"""One's own timer and its entry are found when their matter is shut by now: unseen, each would be made a second time."""
Rows = dict[str, list[TimerEventRow]]


def settle(session: Session, command: CommandRecord, firm: FirmTerms, kept: Mapping[int, TimerEventRow]) -> None:
    """Tell the timers of these events anew and settle what became of them; what a person should decide is noted on the event."""
    stored = events_of(session, firm_id=firm.firm_id, timer_keys={row.timer_key for row in kept.values()})
    for row in kept.values():
        if _told(stored[row.timer_key]).state is None:
            _park(row, "start_missing")
    timers = _timers(session, command, {key for key, rows in stored.items() if _told(rows).state is not None})
    _let_one_run(session, command, firm, timers, stored)
    retold = retell(session, timers, stored)
    counted = count_timers(session, command, firm, timers, retold.changed(second(command.at)))
    _settle_entries(session, command, timers, retold.tracks, stored, counted)
    after = [(timer.id, {"state": timer.state, "matter_id": timer.matter_id, "narrative": timer.narrative}) for timer in timers]
    audit_many(session, command, action="timer.synced", subject_kind="timer", after=after)
    session.flush()


def _timers(session: Session, command: CommandRecord, keys: Collection[str]) -> list[Timer]:
    """The timers of these keys, made where they are new. A new one rests until its events are told."""
    query = select(Timer).where(Timer.firm_id == command.actor.firm_id, Timer.client_key.in_(keys))
    found = {timer.client_key: timer for timer in session.scalars(query, execution_options=_UNWALLED)}
    for key in sorted(set(keys) - set(found)):
        found[key] = Timer(firm_id=command.actor.firm_id, timekeeper_id=command.actor.timekeeper_id, client_key=key, version=0)
        found[key].state, found[key].started_on, found[key].created_at = "paused", command.at.date(), command.at
        session.add(found[key])
    session.flush()
    return sorted(found.values(), key=lambda timer: timer.id)


def _let_one_run(session: Session, command: CommandRecord, firm: FirmTerms, timers: list[Timer], stored: Rows) -> None:
    """Who starts a timer while another runs has left that one: it is paused where the later one began, never at the time of the post.

    Where the firm lets several run, they do.
    """
    for timer in timers:
        timer.runs_alone = not firm.at_once
    if firm.at_once:
        return
    mine = (Timer.firm_id == firm.firm_id) & (Timer.timekeeper_id == command.actor.timekeeper_id) & (Timer.state == "running")
    query = select(Timer).where(mine, Timer.id.not_in([timer.id for timer in timers]))
    others = list(session.scalars(query, execution_options=_UNWALLED))
    stored |= events_of(session, firm_id=firm.firm_id, timer_keys=[timer.client_key for timer in others])
    tracks = {timer.id: _told(stored[timer.client_key]) for timer in [*timers, *others]}
    running = sorted((timer for timer in [*timers, *others] if tracks[timer.id].state == "running"), key=lambda one: _began(tracks[one.id]))
    for earlier, later in pairwise(running):
        keep_event(session, command, firm, earlier, EventKind.PAUSE, at=_began(tracks[later.id]), flags=[f"left_for:{later.client_key}"])
        stored |= events_of(session, firm_id=firm.firm_id, timer_keys=[earlier.client_key])
    timers += [timer for timer in others if timer not in running[-1:]]


def _told(rows: list[TimerEventRow]) -> Track:
    return track(row.told for row in rows)


def _began(told: Track) -> datetime:
    """Since when a running timer has been running."""
    return told.stretches[-1][0]


def _entries(session: Session, firm_id: int, timers: Collection[Timer]) -> dict[int, TimeEntry]:
    query = select(TimeEntry).where(TimeEntry.firm_id == firm_id, TimeEntry.timer_id.in_([timer.id for timer in timers]))
    query = query.order_by(TimeEntry.id).with_for_update()
    return {entry.timer_id or 0: entry for entry in session.scalars(query, execution_options=_UNWALLED)}


def _shut(session: Session, timers: Collection[Timer], entries: Mapping[int, TimeEntry]) -> set[int]:
    """The timers that are for a matter which is walled off from who sends, or whose entry is. Nothing of them changes that matter."""
    named = {timer.id: {timer.matter_id, entries[timer.id].matter_id if timer.id in entries else None} - {None} for timer in timers}
    wanted = set().union(*named.values())
    seen = set(session.scalars(select(Matter.id).where(Matter.id.in_(wanted)))) if wanted else set()
    return {timer_id for timer_id, matters in named.items() if matters - seen}


def _settle_entries(
    session: Session, command: CommandRecord, timers: list[Timer], tracks: Mapping[str, Track], stored: Rows, counted: Counted
) -> None:
    entries = _entries(session, command.actor.firm_id, timers)
    shut = _shut(session, timers, entries)
    for timer in timers:
        told, rows = tracks[timer.client_key], stored[timer.client_key]
        _note_arrival(rows)
        if timer.id in shut:
            _park_news(command, rows)
        _note_clashes(told, rows)
        if timer.id not in shut:
            _settle_entry(session, command, timer, told, rows, entries.get(timer.id), counted)


def _park_news(command: CommandRecord, rows: list[TimerEventRow]) -> None:
    """What a device says of a timer whose matter is shut is kept for a person."""
    for row in rows:
        if row.received_at == command.at and row.device_id is not None:
            _park(row, "matter_unknown")


def _settle_entry(
    session: Session,
    command: CommandRecord,
    timer: Timer,
    told: Track,
    rows: list[TimerEventRow],
    entry: TimeEntry | None,
    counted: Counted,
) -> None:
    last = max((row for row in rows if row.received_at == command.at), key=lambda row: row.id, default=None)
    if entry is not None:
        _follow(session, command, timer, told, entry, last, counted)
    elif told.state == "stopped":
        ended_by = next((row for row in rows if row.event_key == told.ended_by), last)
        if _enter(session, command, timer, told, ended_by, counted.seconds[timer.id]):
            _note_entry(command, rows)


def _enter(session: Session, command: CommandRecord, timer: Timer, told: Track, row: TimerEventRow | None, counted: int) -> bool:
    """Whether the timer has become an entry."""
    said = {"recorded_seconds": told.value("recorded_seconds"), "billing_status": told.value("billing_status", "billable")}
    try:
        enter_time(session, command, timer, told, counted_seconds=counted, **said)  # type: ignore[arg-type]
    except Refused as error:
        if row is not None:
            _park(row, {"timer_without_matter": "needs_matter"}.get(error.code, error.code))
        return False
    return True


def _note_entry(command: CommandRecord, rows: list[TimerEventRow]) -> None:
    """What waited for the timer to become an entry waits no more."""
    for row in rows:
        if row.reason in NOT_YET and row.resolved_at is None:
            row.resolution, row.resolved_at, row.resolved_by_user_id = "recorded", command.at, command.actor.user_id


def _follow(
    session: Session, command: CommandRecord, timer: Timer, told: Track, entry: TimeEntry, row: TimerEventRow | None, counted: Counted
) -> None:
    """An entry that nobody has touched follows its timer; of another the late news is kept for a person."""
    measured = told.measured_seconds(told.ended_at or command.at)
    typed = told.value("recorded_seconds")
    matter_id = timer.matter_id or entry.matter_id
    work = replace(work_of(entry), matter_id=matter_id, narrative=timer.narrative or entry.narrative, worked_on=timer.started_on)
    count = counted.wanted[timer.id]
    wanted = replace(work, recorded_seconds=typed if isinstance(typed, int) else count)
    if told.state == "discarded":
        _park(row, "entry_exists")
        return
    if timer.id in counted.refused:
        _park(row, counted.refused[timer.id])
    if (wanted, measured, count) != (work_of(entry), entry.measured_seconds, entry.counted_seconds):
        reason = _why_not(session, entry)
        if reason or row is None:
            _park(row, reason)
        else:
            _revise(session, command, entry, wanted, row, measured_seconds=measured, counted_seconds=count)


def _revise(session: Session, command: CommandRecord, entry: TimeEntry, wanted: Work, row: TimerEventRow, **seconds: int) -> None:
    try:
        revise_time_entry(session, command, entry, wanted)
    except Refused as error:
        session.refresh(entry)
        _park(row, error.code)
    else:
        for name, value in seconds.items():
            setattr(entry, name, value)


def _why_not(session: Session, entry: TimeEntry) -> str:
    if entry.discarded_at is not None:
        return "entry_was_discarded"
    if entry.recorded_seconds != entry.counted_seconds:
        return "entry_was_edited"
    taken = taken_ids(session, firm_id=entry.firm_id, column=PreBillLine.time_entry_id, entry_ids=[entry.id])
    return "entry_is_billed" if taken else ""


def _note_arrival(rows: list[TimerEventRow]) -> None:
    """What waited for the start of its timer has it now."""
    for row in rows:
        if row.reason == "start_missing" and row.resolved_at is None:
            row.outcome, row.reason = "applied", ""


def _note_clashes(told: Track, rows: list[TimerEventRow]) -> None:
    reasons = defaultdict(str, {clash.event_id: clash.kind for clash in told.clashes})
    for row in rows:
        if reasons[row.event_key] and row.outcome == "applied" and row.resolved_at is None:
            row.outcome, row.reason = "conflict", reasons[row.event_key]


def _park(row: TimerEventRow | None, reason: str) -> None:
    if row is not None and row.outcome == "applied":
        row.outcome, row.reason = "parked", reason
