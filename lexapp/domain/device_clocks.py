"""When a thing happened that a device tells about later: its clock may be wrong, may be set anew, and may have slept.

A device says what its wall clock and its page's monotonic clock showed, and how far its wall clock was ahead of ours when it last could
compare. The post that brings the news says the same of the moment of sending, which we know. Both raw and corrected times are kept.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

TOLERANCE = timedelta(seconds=5)
"""The way of a post over the air; what lies further ahead of its arrival cannot have happened."""
NOTICEABLE = timedelta(minutes=2)
"""A correction that a person is told about."""
OLDEST = timedelta(days=60)
"""A device keeps unsent events for less than that; what is older comes from a clock that was never set."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a device's clocks showed. `monotonic_ms` counts from the loading of page `page_load_id` and may rest while it sleeps.

    `ahead_ms` is how far the wall clock was ahead of the server's when the device last heard of it; None when it has not yet.
    """

    wall: datetime
    monotonic_ms: int | None = None
    page_load_id: str = ""
    ahead_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Corrected:
    """The instant in UTC, in whole seconds, and what a person should know of it.

    `clock_wrong`, `clock_changed`: it is not what the device showed. `in_future`, `too_old`, `out_of_order`: it cannot have been that.
    """

    at: datetime
    flags: tuple[str, ...] = ()


def correct(reading: Reading, sent: Reading, *, received_at: datetime, after: datetime | None = None) -> Corrected:
    """When the reading was taken. `sent`: the same device's clocks when it posted; `after`: when the event before it happened.

    The wall clock was ahead either as much as the device last knew, or as much as at sending. Where these differ the clock was set in
    between, and the page's own count of how long ago it was tells which of the two is meant. The first that lies between `after` and the
    arrival is believed; where none does, the nearest bound is taken and flagged.
    """
    ahead = _ahead(sent, received_at)
    candidates = _candidates(reading, sent, ahead)
    possible = [
        at for at in candidates if (after is None or at >= after - TOLERANCE) and received_at - OLDEST <= at <= received_at + TOLERANCE
    ]
    at = possible[0] if possible else candidates[-1]
    bounded = _whole(min(max(at, after or at, received_at - OLDEST), received_at))
    return Corrected(bounded, tuple(_flags(reading, bounded, received_at, ahead, at if not possible else None, after)))


def _ahead(sent: Reading, received_at: datetime) -> timedelta:
    """How far the wall clock was ahead at sending: what the device had just heard, unless more than a slow way of the post lies between."""
    measured = sent.wall - received_at
    heard = timedelta(milliseconds=sent.ahead_ms) if sent.ahead_ms is not None else measured
    return heard if abs(heard - measured) <= NOTICEABLE else measured


def _candidates(reading: Reading, sent: Reading, ahead: timedelta) -> list[datetime]:
    wall = reading.wall.astimezone(UTC)
    as_known, as_sent = wall - timedelta(milliseconds=reading.ahead_ms or 0), wall - ahead
    same_page = reading.page_load_id and reading.page_load_id == sent.page_load_id
    if same_page and reading.monotonic_ms is not None and sent.monotonic_ms is not None:
        counted = sent.wall - ahead - timedelta(milliseconds=max(sent.monotonic_ms - reading.monotonic_ms, 0))
        return sorted((as_known, as_sent), key=lambda at: abs(at - counted))
    return [as_sent, as_known] if reading.ahead_ms is None else [as_known, as_sent]


def _flags(
    reading: Reading, at: datetime, received_at: datetime, ahead: timedelta, impossible: datetime | None, after: datetime | None
) -> Iterator[str]:
    if abs(reading.wall - at) > NOTICEABLE:
        yield "clock_wrong"
    if reading.ahead_ms is not None and abs(ahead - timedelta(milliseconds=reading.ahead_ms)) > NOTICEABLE:
        yield "clock_changed"
    if reading.wall > received_at + NOTICEABLE:
        yield "in_future"
    if impossible is not None and impossible < received_at - OLDEST:
        yield "too_old"
    if impossible is not None and after is not None and impossible < after - TOLERANCE:
        yield "out_of_order"


def _whole(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


def correct_in_order(
    readings: Sequence[Reading], sent: Reading, *, received_at: datetime, after: datetime | None = None
) -> list[Corrected]:
    """`correct` for events of one device in the order of its sequence: none comes before the one it follows."""
    corrected: list[Corrected] = []
    for reading in readings:
        corrected.append(correct(reading, sent, received_at=received_at, after=after))
        after = corrected[-1].at
    return corrected
