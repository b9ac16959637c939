"""Events become rows: with the time at which they happened, and without a matter that takes no work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord
from lexapp.domain.device_clocks import Corrected, Reading, correct_in_order
from lexapp.domain.device_events import DeviceEvent, DevicePost
from lexapp.models import Matter, TimerDevice, TimerEventRow


def device_of(session: Session, command: CommandRecord, post: DevicePost) -> TimerDevice:
    """The row of the device, made when it is heard of for the first time."""
    actor = command.actor
    mine = (TimerDevice.firm_id == actor.firm_id) & (TimerDevice.user_id == actor.user_id) & (TimerDevice.device_key == post.device_key)
    device = session.scalars(select(TimerDevice).where(mine)).one_or_none()
    if device is None:
        device = TimerDevice(firm_id=actor.firm_id, user_id=actor.user_id, device_key=post.device_key, first_seen_at=command.at)
        device.last_sequence = 0
        session.add(device)
    device.label, device.last_seen_at = post.label, command.at
    device.ahead_ms = (post.sent.wall - command.at) // timedelta(milliseconds=1)
    session.flush()
    return device


def keep(
    session: Session, command: CommandRecord, device: TimerDevice, sent: Reading, fresh: Mapping[int, DeviceEvent]
) -> dict[int, TimerEventRow]:
    """A row for each event, by its place in the post, written in the order of the device's sequence."""
    if not fresh:
        return {}
    ordered = sorted(fresh, key=lambda index: (fresh[index].sequence, index))
    after = _last_before(session, device, fresh[ordered[0]].sequence)
    times = correct_in_order([fresh[index].reading for index in ordered], sent, received_at=command.at, after=after)
    usable = _usable_matters(session, command.actor.firm_id, fresh.values())
    rows: dict[int, TimerEventRow] = {}
    for index, corrected in zip(ordered, times, strict=True):
        gap = fresh[index].sequence > device.last_sequence + 1
        rows[index] = _row(command, device, fresh[index], corrected, usable, gap=gap)
        device.last_sequence = max(device.last_sequence, fresh[index].sequence)
    session.add_all(rows.values())
    session.flush()
    return rows


def _last_before(session: Session, device: TimerDevice, sequence: int) -> datetime | None:
    """When the event that this device sent before them happened."""
    mine = (TimerEventRow.firm_id == device.firm_id) & (TimerEventRow.device_id == device.id) & (TimerEventRow.device_sequence < sequence)
    return session.scalar(select(TimerEventRow.at).where(mine).order_by(TimerEventRow.device_sequence.desc()).limit(1))


def _usable_matters(session: Session, firm_id: int, events: Iterable[DeviceEvent]) -> dict[int, str]:
    """The states of the firm's matters that these events name."""
    wanted = {event.said["matter_id"] for event in events if event.said.get("matter_id")}
    query = select(Matter.id, Matter.status).where(Matter.firm_id == firm_id, Matter.id.in_(wanted))
    return {found.id: found.status for found in session.execute(query)} if wanted else {}


def _row(
    command: CommandRecord, device: TimerDevice, event: DeviceEvent, corrected: Corrected, matters: Mapping[int, str], *, gap: bool
) -> TimerEventRow:
    said, reason = _without_unusable_matter(event.said, matters)
    facts: dict[str, Any] = {"said": said, "known": event.known, "flags": [*corrected.flags, *(["gap"] if gap else [])]}
    facts |= {"kind": event.kind.value, "at": corrected.at, "at_wall": event.reading.wall, "offset_minutes": event.offset_minutes}
    facts |= {"device_id": device.id, "device_sequence": event.sequence, "body_hash": event.digest}
    facts |= {"user_id": command.actor.user_id, "timekeeper_id": command.actor.timekeeper_id, "received_at": command.at}
    facts |= {"outcome": "parked" if reason else "applied", "reason": reason}
    return TimerEventRow(firm_id=command.actor.firm_id, event_key=event.key, timer_key=event.timer_key, **facts)


def _without_unusable_matter(said: dict[str, Any], matters: Mapping[int, str]) -> tuple[dict[str, Any], str]:
    """A matter that is closed, walled off or not the firm's is set aside with its reason; the rest of what was said counts.

    The timer has no matter then, whatever it had before: its time must not go to the one that it was taken from.
    """
    matter_id = said.get("matter_id")
    if matter_id is None or matters.get(matter_id) in ("open", "pending"):
        return said, ""
    aside = {**said, "matter_id": None, "wanted_matter_id": matter_id}
    return aside, "matter_is_closed" if matter_id in matters else "matter_unknown"
