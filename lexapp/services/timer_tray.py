"""What a person decides about events that devices sent late: recorded as time, taken into the entry, or left as it stands. Once each."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.budgets import weigh_time
from lexapp.books.time_entries import Work, add_time_entry, revise_time_entry, work_of
from lexapp.books.timers import audit_timer, check_matter, count_timers, enter_time, events_of, keep_event, retell, second, take_turn
from lexapp.books.work_terms import FirmTerms
from lexapp.database import transaction
from lexapp.domain.errors import InvalidInput, NotFound
from lexapp.domain.permissions import Actor
from lexapp.domain.timer_events import EventKind, local_date, track
from lexapp.models import Matter, TimeEntry, Timer, TimerEventRow

_UNWALLED = {"through_walls": True}
"""One's own timer and its entry are found when their matter is shut by now: unseen, the time would be lost, or made an entry twice."""
DECIDED = "This was decided before. Look at the tray as it is now."


@dataclass(frozen=True, slots=True)
class Choice:
    """What the time is to be recorded as."""

    matter_id: int | None
    recorded_seconds: int
    narrative: str = ""


def record_time(
    session: Session, *, actor: Actor, event_id: int, choice: Choice, key: str | None = None, now: datetime | None = None
) -> TimeEntry:
    """Make the time an entry: of the timer, where it has none yet; else one more entry beside it. Raises InvalidInput beside a field."""
    actor.require("time.record")
    with transaction(session, actor.firm_id):
        inputs = {"event_id": event_id, **asdict(choice)}
        command = record_command(session, actor=actor, name="timer_tray.record", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(TimeEntry, command.result["time_entry_id"])
        firm = take_turn(session, actor)
        event = _event(session, actor, event_id)
        check_matter(session, firm, choice.matter_id)
        timer = _timer(session, event)
        waits = timer is not None and timer.state == "stopped" and _entry(session, timer) is None
        if timer is not None and waits:
            entry = _enter(session, command, firm, timer, choice)
            _resolve(session, command, _open_of(session, timer), "recorded")
        else:
            entry = add_time_entry(session, command, _work(event, timer, choice))
            weigh_time(session, command, entry, may_hold=True)
            _resolve(session, command, [event], "recorded")
        succeed(session, command, time_entry_id=entry.id)
    return entry


def take_other_text(session: Session, *, actor: Actor, event_id: int, key: str | None = None, now: datetime | None = None) -> None:
    """Of two texts that were written at the same time, take the one that does not stand, in the timer and in its entry."""
    actor.require("time.record")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="timer_tray.other_text", inputs={"event_id": event_id}, key=key, now=now)
        if command.result is not None:
            return
        firm = take_turn(session, actor)
        event = _event(session, actor, event_id)
        timer = _timer(session, event)
        told = track(row.told for row in events_of(session, firm_id=actor.firm_id, timer_keys=[event.timer_key])[event.timer_key])
        clash = next((one for one in told.clashes if one.event_id == event.event_key and one.kind == "two_texts"), None)
        if timer is None or clash is None or _is_shut(session, timer):
            raise InvalidInput("There is no other text to take. Keep it as it is.", code="no_other_text")
        _say(session, command, firm, timer, {clash.field: clash.value})
        _resolve(session, command, [event], "other_text")
        succeed(session, command, timer_id=timer.id)


def keep_as_it_is(session: Session, *, actor: Actor, event_id: int, key: str | None = None, now: datetime | None = None) -> None:
    """Leave what stands as it stands; of a timer that is no entry, everything that waits: its time is given up.

    The events stay kept."""
    actor.require("time.record")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="timer_tray.keep", inputs={"event_id": event_id}, key=key, now=now)
        if command.result is not None:
            return
        firm = take_turn(session, actor)
        event = _event(session, actor, event_id)
        timer = _timer(session, event)
        whole = timer is not None and timer.state == "stopped" and _entry(session, timer) is None
        events = _open_of(session, timer) if timer is not None and whole else [event]
        if timer is not None and whole:
            _give_up(session, command, firm, timer)
        _resolve(session, command, events, "given_up" if whole or timer is None else "kept")
        succeed(session, command, event_id=event.id)


def _give_up(session: Session, command: CommandRecord, firm: FirmTerms, timer: Timer) -> None:
    """The timer is discarded; those that ran at the same time have its minutes."""
    keep_event(session, command, firm, timer, EventKind.GIVE_UP)
    retell(session, [timer])
    count_timers(session, command, firm, [timer])
    audit_timer(session, command, timer, "timer.given_up")


def _event(session: Session, actor: Actor, event_id: int) -> TimerEventRow:
    mine = (TimerEventRow.firm_id == actor.firm_id) & (TimerEventRow.timekeeper_id == actor.timekeeper_id)
    event = session.scalars(select(TimerEventRow).where(mine, TimerEventRow.id == event_id).with_for_update()).one_or_none()
    if event is None or event.outcome == "applied":
        raise NotFound("There is nothing of yours to decide here.")
    if event.resolved_at is not None:
        raise InvalidInput(DECIDED, code="decided_before")
    return event


def _timer(session: Session, event: TimerEventRow) -> Timer | None:
    query = select(Timer).where(Timer.firm_id == event.firm_id, Timer.client_key == event.timer_key)
    timer = session.scalars(query, execution_options=_UNWALLED).one_or_none()
    if timer is None and event.reason != "start_missing":
        raise NotFound("There is nothing of yours to decide here.")
    return timer


def _entry(session: Session, timer: Timer) -> TimeEntry | None:
    query = select(TimeEntry).where(TimeEntry.firm_id == timer.firm_id, TimeEntry.timer_id == timer.id).order_by(TimeEntry.id)
    return session.scalars(query.with_for_update(), execution_options=_UNWALLED).first()


def _is_shut(session: Session, timer: Timer) -> bool:
    """Whether the timer, or its entry, is of a matter that is walled off from who decides. Nothing changes there."""
    entry = _entry(session, timer)
    named = {timer.matter_id, entry.matter_id if entry is not None else None} - {None}
    return bool(named - set(session.scalars(select(Matter.id).where(Matter.id.in_(named)))))


def _open_of(session: Session, timer: Timer) -> list[TimerEventRow]:
    rows = events_of(session, firm_id=timer.firm_id, timer_keys=[timer.client_key])[timer.client_key]
    return [row for row in rows if row.outcome != "applied" and row.resolved_at is None]


def _enter(session: Session, command: CommandRecord, firm: FirmTerms, timer: Timer, choice: Choice) -> TimeEntry:
    said: dict[str, object] = {"matter_id": choice.matter_id, "narrative": choice.narrative}
    keep_event(session, command, firm, timer, EventKind.ASSIGN, said=said)
    retold = retell(session, [timer])
    counted = count_timers(session, command, firm, [timer], retold.changed(second(command.at))).seconds[timer.id]
    return enter_time(session, command, timer, retold[timer.client_key], counted_seconds=counted, recorded_seconds=choice.recorded_seconds)


def _work(event: TimerEventRow, timer: Timer | None, choice: Choice) -> Work:
    if choice.matter_id is None:
        raise InvalidInput("Choose the matter that this time belongs to.", field="matter_id", code="timer_without_matter")
    return Work(
        matter_id=choice.matter_id,
        timekeeper_id=event.timekeeper_id,
        worked_on=timer.started_on if timer is not None else local_date(event.at, event.offset_minutes),
        recorded_seconds=choice.recorded_seconds,
        narrative=choice.narrative,
    )


def _say(session: Session, command: CommandRecord, firm: FirmTerms, timer: Timer, said: dict[str, object]) -> None:
    keep_event(session, command, firm, timer, EventKind.NOTE, said=said)
    retell(session, [timer])
    entry = _entry(session, timer)
    if entry is not None and entry.discarded_at is None:
        work = {"matter_id": timer.matter_id or entry.matter_id, "narrative": timer.narrative}
        work |= {"task_code": timer.task_code, "activity_code": timer.activity_code}
        revise_time_entry(session, command, entry, replace(work_of(entry), **work))  # type: ignore[arg-type]


def _resolve(session: Session, command: CommandRecord, events: list[TimerEventRow], resolution: str) -> None:
    for event in events:
        event.resolution, event.resolved_at, event.resolved_by_user_id = resolution, command.at, command.actor.user_id
        audit(session, command, action="timer.resolved", subject_kind="timer_event", subject_id=event.id, after={"resolution": resolution})
    session.flush()
