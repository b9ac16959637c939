"""What a device is told of each of its events."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from lexapp.domain.device_events import Rejection
from lexapp.models import TimerEventRow

MESSAGES = {
    "start_missing": "The start of this timer has not arrived yet. It is kept here and counts as soon as the start is there.",
    "matter_unknown": "This matter is not one of yours. The time is kept; choose another matter for it.",
    "matter_is_closed": "This matter was closed meanwhile. The time is kept; choose another matter, or have it reopened.",
    "time_is_locked": "This day is closed. The time is kept; record it from the tray once an exception is signed for you.",
    "needs_matter": "The time is kept. Choose its matter, and it becomes an entry.",
    "timer_is_empty": "The timer was stopped before a second had passed. Write how long the work took, or discard it.",
    "timer_without_minutes": "All its minutes were taken off, or are in another timer that ran at the same time. Write how long it took.",
    "entry_is_billed": "The entry of this timer is on a pre-bill or an invoice. The late change is kept for a person to decide.",
    "entry_was_edited": "The time of this entry was typed over. The late change is kept for a person to decide.",
    "entry_was_discarded": "The entry of this timer was discarded. The late change is kept for a person to decide.",
    "two_ends": "This timer was stopped before, on another device. The earlier stop stands; the later one is kept.",
    "after_end": "This timer had been stopped on another device. What ran on afterwards is kept for a person to decide.",
    "two_texts": "Somebody wrote something else at the same time. The later text stands; the other is kept.",
    "entry_exists": "The timer had become an entry. The entry stands; discard it there if it should go.",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """`outcome`: applied, duplicate, conflict (both are kept), parked (kept for a person to resolve) or rejected (not kept)."""

    id: str | None
    outcome: str
    reason: str = ""
    message: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def answer_of(row: TimerEventRow, *, again: bool = False) -> Answer:
    """The answer for an event that is kept. One that is sent again hears what became of it."""
    outcome = "duplicate" if again else row.outcome
    return Answer(row.event_key, outcome, row.reason, MESSAGES.get(row.reason, ""))


def rejected(rejection: Rejection) -> Answer:
    """The answer for an event that is not kept."""
    return Answer(rejection.key, "rejected", rejection.reason, rejection.message)
