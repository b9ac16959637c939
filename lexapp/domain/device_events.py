"""What a device sends: a post with its clocks and the events it has kept. Each event is read by itself, so that a bad one blocks no other.

The shape, as JSON: {"schema": 1, "device": UUID, "label", "sent_at", "monotonic", "page", "ahead", "events": [{"id": UUID, "seq",
"timer": UUID, "type", "at", "offset", "monotonic", "page", "ahead", "user", "firm", "said": {...}, "known": {...}}]}. Times are
ISO 8601 with an offset, `offset` minutes east of UTC, `monotonic` and `ahead` milliseconds.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lexapp.domain.device_clocks import Reading
from lexapp.domain.durations import DAY_SECONDS
from lexapp.domain.errors import InvalidInput
from lexapp.domain.moments import parse_instant
from lexapp.domain.timer_events import OF_DEVICES, EventKind

SCHEMAS = (1,)
MOST_EVENTS = 500
LONGEST_NARRATIVE = 4_000
LONGEST_AGO = 60 * DAY_SECONDS
LARGEST = 2**53
"""Numbers are exact in a browser up to this."""
LONGEST_MS = 10**13
"""Some three hundred years: no clock is further away than the ages."""
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CODE = re.compile(r"[A-Z][A-Z0-9]{0,9}|")


@dataclass(frozen=True, slots=True)
class DeviceEvent:
    """One event as sent, by its sequence on the device. `digest` tells whether an event sent again is the same."""

    key: str
    sequence: int
    timer_key: str
    kind: EventKind
    reading: Reading
    offset_minutes: int
    said: dict[str, Any]
    known: dict[str, Any]
    digest: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """An event that cannot be kept, with the reason as a code and as a sentence. `key` is None where even that was unreadable."""

    key: str | None
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class DevicePost:
    """A post that can be read: the device, its clocks at sending, and each event or what is wrong with it, in the order sent."""

    device_key: str
    label: str
    sent: Reading
    events: tuple[DeviceEvent | Rejection, ...] = field(default=())


def read_post(raw: object, *, user_id: int, firm_id: int) -> DevicePost:
    """The post of this user's device. Raises InvalidInput when the envelope itself is unreadable: then nothing of it was taken."""
    if not isinstance(raw, dict) or raw.get("schema") not in SCHEMAS:
        message = "This page is of another version than the server. Reload it; what is not sent yet stays here."
        raise InvalidInput(message, code="schema_unknown")
    events = raw.get("events")
    if not isinstance(events, list) or len(events) > MOST_EVENTS:
        raise InvalidInput(f"Send at most {MOST_EVENTS} events at a time, as a list.", code="too_many_events")
    sent = Reading(parse_instant(raw.get("sent_at")), _milliseconds(raw, "monotonic"), _text(raw, "page", 40), _milliseconds(raw, "ahead"))
    read = tuple(_read_or_reject(event, user_id, firm_id) for event in events)
    return DevicePost(_key(raw, "device"), _text(raw, "label", 100), sent, read)


def _read_or_reject(raw: object, user_id: int, firm_id: int) -> DeviceEvent | Rejection:
    key = raw.get("id") if isinstance(raw, dict) else None
    known_key = key if isinstance(key, str) and _UUID.fullmatch(key) else None
    if not isinstance(raw, dict) or known_key is None:
        return Rejection(known_key, "event_unreadable", "This event cannot be read. Export it, and record the time by hand.")
    if (raw.get("user"), raw.get("firm")) != (user_id, firm_id):
        return Rejection(known_key, "other_user", "Somebody else recorded this on this device. It is sent when they sign in here.")
    try:
        return _read(raw, known_key)
    except InvalidInput as error:
        return Rejection(known_key, error.code, error.message)


def _read(raw: Mapping[str, Any], key: str) -> DeviceEvent:
    kind = raw.get("type")
    if kind not in {one.value for one in OF_DEVICES}:
        raise InvalidInput("This kind of event is unknown here. Reload the page.", code="type_unknown")
    offset = _number(raw, "offset") or 0
    if abs(offset) > 14 * 60:
        raise InvalidInput("No place is more than 14 hours away from UTC. Set the phone’s time zone.", code="instant_offset")
    return DeviceEvent(
        key=key,
        sequence=_sequence(raw),
        timer_key=_key(raw, "timer"),
        kind=EventKind(kind),
        reading=Reading(parse_instant(raw.get("at")), _milliseconds(raw, "monotonic"), _text(raw, "page", 40), _milliseconds(raw, "ahead")),
        offset_minutes=offset,
        said=_fields(raw.get("said")),
        known=_fields(raw.get("known")),
        digest=hashlib.sha256(json.dumps(raw, sort_keys=True, separators=(",", ":")).encode()).hexdigest(),
    )


def _key(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise InvalidInput(f"Send {name} as a UUID in small letters.", code=f"{name}_unreadable")
    return value


def _number(raw: Mapping[str, Any], name: str) -> int | None:
    value = raw.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST:
        raise InvalidInput(f"Send {name} as a number.", code=f"{name}_unreadable")
    return int(value)


def _milliseconds(raw: Mapping[str, Any], name: str) -> int | None:
    value = _number(raw, name)
    if value is not None and abs(value) > LONGEST_MS:
        raise InvalidInput(f"Send {name} in milliseconds. Set the device's clock.", code=f"{name}_unreadable")
    return value


def _sequence(raw: Mapping[str, Any]) -> int:
    value = _number(raw, "seq")
    if value is None or value < 1:
        raise InvalidInput("Send seq as a number from 1.", code="seq_unreadable")
    return value


def _text(raw: Mapping[str, Any], name: str, longest: int) -> str:
    value = raw.get(name, "")
    if not isinstance(value, str) or _UNSTORABLE.search(value):
        raise InvalidInput(f"The {name.replace('_', ' ')} holds what cannot be kept. Record this time by hand.", code=f"{name}_unreadable")
    if len(value) > longest:
        raise InvalidInput(f"The {name} is {len(value):,} characters long. Keep it to {longest:,}.", code=f"{name}_too_long")
    return value


def _id(raw: Mapping[str, Any], name: str) -> int | None:
    value = _number(raw, name)
    if value is not None and not 0 < value < LARGEST:
        raise InvalidInput("Choose a matter of the list.", code="matter_unknown")
    return value


def _seconds(raw: Mapping[str, Any], name: str) -> int | None:
    value = _number(raw, name)
    if value is not None and not 0 < value <= DAY_SECONDS:
        raise InvalidInput("An entry holds more than nothing and at most 24 hours. Change its time.", code="duration_out_of_range")
    return value


def _code(raw: Mapping[str, Any], name: str) -> str:
    value = _text(raw, name, 10)
    if not _CODE.fullmatch(value):
        raise InvalidInput("Choose a code of the list.", code="code_unknown")
    return value


def _status(raw: Mapping[str, Any], name: str) -> str:
    if raw.get(name) not in ("billable", "non_billable", "no_charge"):
        raise InvalidInput("Choose billable, non-billable or no charge.", code="billing_status_unknown")
    return str(raw[name])


def _ago(raw: Mapping[str, Any], name: str) -> int | None:
    value = _number(raw, name)
    if value is not None and not 0 <= value <= LONGEST_AGO:
        raise InvalidInput("Take off what lies within the last 60 days.", code=f"{name}_out_of_range")
    return value


_READERS: dict[str, Callable[[Mapping[str, Any], str], object]] = {
    "matter_id": _id,
    "label": lambda raw, name: _text(raw, name, 255),
    "narrative": lambda raw, name: _text(raw, name, LONGEST_NARRATIVE),
    "task_code": _code,
    "activity_code": _code,
    "recorded_seconds": _seconds,
    "billing_status": _status,
    "since_seconds": _ago,
    "until_seconds": _ago,
}


def _fields(raw: object) -> dict[str, Any]:
    """The fields that an event sets. One that this version does not know is left out."""
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise InvalidInput("Send what is said as named fields.", code="said_unreadable")
    return {name: read(raw, name) for name, read in _READERS.items() if name in raw}
