"""What is taken off a timer: kept as an event; what the timer measured stays."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from lexapp.books.commands import CommandRecord
from lexapp.books.timers.events import keep_event, second
from lexapp.books.work_terms import FirmTerms
from lexapp.domain.errors import InvalidInput
from lexapp.domain.timer_events import EventKind
from lexapp.models import Timer

_SECOND = timedelta(seconds=1)
LONGEST = timedelta(days=60)


def keep_trim(session: Session, command: CommandRecord, firm: FirmTerms, timer: Timer, *, since: datetime, until: datetime) -> None:
    """Say that from `since` to `until`, both past, was no work of this timer. Raises InvalidInput beside `stop_at` for another span."""
    now, since, until = second(command.at), second(since), second(until)
    if not since < until <= now:
        raise InvalidInput("That time has not come yet. Write an earlier one.", field="stop_at", code="stop_in_future")
    if now - since > LONGEST:
        raise InvalidInput("That is more than 60 days ago. Write how long the work took.", field="stop_at", code="stop_too_early")
    said = {"since_seconds": (now - since) // _SECOND, "until_seconds": (now - until) // _SECOND}
    keep_event(session, command, firm, timer, EventKind.TRIM, said=said)
