"""A post of a device: sorted out, kept, told, settled, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, record_command, succeed
from lexapp.books.timers import take_turn
from lexapp.database import transaction
from lexapp.domain.device_events import DeviceEvent, DevicePost, Rejection
from lexapp.domain.permissions import Actor
from lexapp.models import Timer, TimerEventRow
from lexapp.services.timer_sync.answers import Answer, answer_of, rejected
from lexapp.services.timer_sync.keeping import device_of, keep
from lexapp.services.timer_sync.settling import settle

REUSED = "Another event with this id arrived before. Export this one, and record the time by hand."
NOT_YOURS = "This timer belongs to somebody else."


def sync_timer_events(session: Session, *, actor: Actor, post: DevicePost, now: datetime | None = None) -> list[Answer]:
    """Take what a device has kept; an answer for each event, in the order sent.

    An event is kept once, however often it is sent. What cannot be applied is kept and parked with a reason; nothing blocks what follows.
    Raises NotAllowed for somebody who records no time.
    """
    actor.require("time.record")
    keys = [event.key for event in post.events if event.key is not None]
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="timer.sync", inputs={"device": post.device_key, "events": keys}, now=now)
        firm = take_turn(session, actor)
        known = _kept(session, actor.firm_id, keys)
        fresh, answers = _sort_out(session, command, post.events, known)
        kept = keep(session, command, device_of(session, command, post), post.sent, fresh)
        settle(session, command, firm, kept)
        succeed(session, command, kept=len(kept))
        answers |= {index: answer_of(row) for index, row in kept.items()}
    return [answers[index] for index in range(len(post.events))]


def _sort_out(
    session: Session, command: CommandRecord, events: Sequence[DeviceEvent | Rejection], known: dict[str, TimerEventRow]
) -> tuple[dict[int, DeviceEvent], dict[int, Answer]]:
    """What is new, by its place in the post; and the answers for the rest."""
    others = _timers_of_others(session, command.actor, [event.timer_key for event in events if isinstance(event, DeviceEvent)])
    fresh: dict[int, DeviceEvent] = {}
    answers: dict[int, Answer] = {}
    seen: dict[str, str] = {key: row.body_hash for key, row in known.items()}
    for index, event in enumerate(events):
        if isinstance(event, Rejection):
            answers[index] = rejected(event)
        elif event.key in seen:
            answers[index] = _again(event, seen[event.key], known.get(event.key))
        elif event.timer_key in others:
            answers[index] = Answer(event.key, "rejected", "not_yours", NOT_YOURS)
        else:
            fresh[index] = event
            seen[event.key] = event.digest
    return fresh, answers


def _again(event: DeviceEvent, digest: str, row: TimerEventRow | None) -> Answer:
    if event.digest != digest:
        return Answer(event.key, "rejected", "id_reused", REUSED)
    return answer_of(row, again=True) if row is not None else Answer(event.key, "duplicate")


def _kept(session: Session, firm_id: int, keys: Collection[str]) -> dict[str, TimerEventRow]:
    query = select(TimerEventRow).where(TimerEventRow.firm_id == firm_id, TimerEventRow.event_key.in_(keys))
    return {row.event_key: row for row in session.scalars(query)}


def _timers_of_others(session: Session, actor: Actor, timer_keys: Collection[str]) -> set[str]:
    mine = (Timer.firm_id == actor.firm_id) & (Timer.timekeeper_id != actor.timekeeper_id)
    query = select(Timer.client_key).where(mine, Timer.client_key.in_(timer_keys))
    return set(session.scalars(query, execution_options={"through_walls": True}))
