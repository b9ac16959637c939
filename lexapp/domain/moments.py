"""Dates and instants as they come from outside: typed, sent by a device, or read from the clock on a wall."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from lexapp.domain.errors import InvalidInput

EARLIEST = date(1970, 1, 2)
LATEST = date(2199, 12, 31)

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?")


def parse_date(text: object) -> date:
    """A date typed or picked as ``2026-02-28``, between 1970 and 2199; raises ``InvalidInput``."""
    if not isinstance(text, str) or not _DATE.fullmatch(text.strip()):
        raise InvalidInput("Type a date as year-month-day, for example 2026-02-28.", code="date_unreadable")
    try:
        parsed = date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput("There is no such day. Check the month and the day.", code="date_impossible") from None
    return _in_range(parsed)


def parse_work_date(text: object, *, today: date) -> date:
    """A date on which work was done: as ``parse_date``, and not after today."""
    parsed = parse_date(text)
    if parsed > today:
        raise InvalidInput("That day has not come yet. Type today’s date or an earlier one.", code="date_in_future")
    return parsed


def parse_instant(text: object) -> datetime:
    """An aware instant as devices send it, ISO 8601 with its own offset (``2026-02-28T09:30:00+01:00``). Raises ``InvalidInput``."""
    match = _INSTANT.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise InvalidInput("Send the time as 2026-02-28T09:30:00+01:00, not as a number.", code="instant_unreadable")
    if match["zone"] is None:
        raise InvalidInput("Send the time with its offset from UTC, for example +01:00.", code="instant_without_offset")
    try:
        parsed = datetime.fromisoformat(match.string)
    except ValueError:
        raise InvalidInput("There is no such time. Check the date, the hour and the offset.", code="instant_impossible") from None
    if abs(parsed.utcoffset() or timedelta()) > timedelta(hours=14):
        raise InvalidInput("No place is more than 14 hours away from UTC. Check the offset.", code="instant_offset")
    _in_range(parsed.date())
    return parsed


def local_instant(on: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant in UTC at which the clocks of a zone show this time.

    A time that the clocks skip in spring is refused; of one that comes twice in autumn the first is meant unless ``at.fold`` says 1.
    """
    there = datetime.combine(on, at.replace(tzinfo=None), tzinfo=zone)
    instant = there.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != there.replace(tzinfo=None):
        raise InvalidInput("The clocks skip that time on this day. Type a time before or after the change.", code="time_skipped")
    return instant


def elapsed_seconds(start: datetime, stop: datetime) -> int:
    """Whole seconds between two aware instants; a stop before its start is refused."""
    elapsed = stop.astimezone(UTC) - start.astimezone(UTC)
    if elapsed < timedelta():
        raise InvalidInput("The end is before the start. Change one of the two.", code="stop_before_start")
    return elapsed // timedelta(seconds=1)


def refuse_overlap(spans: Sequence[tuple[datetime, datetime]]) -> None:
    """Refuse spans (start, stop) of which two share a moment; touching ends are fine."""
    ordered = sorted((start.astimezone(UTC), stop.astimezone(UTC)) for start, stop in spans)
    for (_, stop), (start, _) in pairwise(ordered):
        if start < stop:
            raise InvalidInput("Two of these times overlap. Shorten or move one of them.", code="times_overlap")


def _in_range(parsed: date) -> date:
    if not EARLIEST <= parsed <= LATEST:
        raise InvalidInput("Check the year: it must lie between 1970 and 2199.", code="year_out_of_range")
    return parsed
