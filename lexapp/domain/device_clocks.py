"""When a thing happened that a device tells about later: its clock may be wrong, may be set anew, and may have slept.

A device says what its wall clock and its page's monotonic clock showed, and how far its wall clock was ahead of ours when it last could
compare. The post that brings the news says the same of the moment of sending, which we know. Both raw and corrected times are kept.

How long a thing took matters more than when it was. So the events of one page load move together: where their times cannot have been, all
of them go to the nearest place that is free, as far apart as they were.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise

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
    """When one reading was taken; as `correct_in_order`."""
    return correct_in_order([reading], sent, received_at=received_at, after=after)[0]


def correct_in_order(
    readings: Sequence[Reading], sent: Reading, *, received_at: datetime, after: datetime | None = None
) -> list[Corrected]:
    """When these readings of one device were taken, in the order of its sequence: none before the one it follows.

    `sent`: the same device's clocks when it posted; `after`: when the event before them happened. The wall clock was ahead either as much
    as the device last knew, or as much as at sending. Where these differ the clock was set in between, and the page's own count of how
    long ago it was tells which of the two is meant.

    Readings of one page load keep their distances. Of such runs as many events as can be are believed that lie one after the other between
    `after` and the arrival; the others are put between them, as near as can be to where they claim to be, and flagged.
    """
    ahead = _ahead(sent, received_at)
    bounds = _Span(max(after or received_at - OLDEST, received_at - OLDEST), received_at)
    runs = _runs(readings, sent, ahead, received_at)
    for run in _believed(runs, bounds):
        run.is_believed = True
    _place(runs, bounds)
    instants = _one_after_the_other([at for run in runs for at in run.placed], bounds)
    claimed = [(at, run.is_believed) for run in runs for at in run.claimed]
    return [
        Corrected(at, tuple(_flags(reading, at, received_at, ahead, None if is_believed else claim)))
        for reading, at, (claim, is_believed) in zip(readings, instants, claimed, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Span:
    first: datetime
    last: datetime


@dataclass(slots=True)
class _Run:
    """Readings of one page load: when they claim to have been, the least time that passed between each and the next, and where they go."""

    claimed: list[datetime]
    least: list[timedelta]
    is_sure: bool
    is_believed: bool = False
    placed: list[datetime] = field(default_factory=list)

    @property
    def weight(self) -> int:
        """How much speaks for it: its events, and before all of them that the page which sent them has counted until then."""
        return len(self.claimed) + (10_000 if self.is_sure else 0)

    @property
    def length(self) -> timedelta:
        return self.claimed[-1] - self.claimed[0]

    @property
    def least_length(self) -> timedelta:
        return sum(self.least, timedelta())

    def put(self, first: datetime, room: timedelta) -> datetime:
        """Put it from a moment on, as long as it claims to be, else as long as its page counted, else as long as there is room; its end."""
        gaps = [later - earlier for earlier, later in pairwise(self.claimed)]
        if self.length > room:
            gaps = self.least
        at, end = first, first + room
        self.placed = [at, *((at := min(at + gap, end)) for gap in gaps)]
        return self.placed[-1]


def _runs(readings: Sequence[Reading], sent: Reading, ahead: timedelta, received_at: datetime) -> list[_Run]:
    runs: list[_Run] = []
    before: Reading | None = None
    for reading in readings:
        at, counted = _claim(reading, sent, ahead, received_at), _counted(before, reading)
        if counted is None:
            runs.append(_Run([at], [], is_sure=_counted(reading, sent) is not None))
        else:
            gap = max(at - runs[-1].claimed[-1], timedelta())
            passed = counted if gap < counted - TOLERANCE else gap  # set back meanwhile, or perhaps asleep
            runs[-1].claimed.append(runs[-1].claimed[-1] + passed)
            runs[-1].least.append(min(counted, passed))
        before = reading
    return runs


def _counted(before: Reading | None, reading: Reading) -> timedelta | None:
    """What a page counted between two readings: the least that passed, since it may have slept. None where it was not one page."""
    if before is None or not reading.page_load_id or before.page_load_id != reading.page_load_id:
        return None
    if before.monotonic_ms is None or reading.monotonic_ms is None or reading.monotonic_ms < before.monotonic_ms:
        return None
    return timedelta(milliseconds=reading.monotonic_ms - before.monotonic_ms)


def _claim(reading: Reading, sent: Reading, ahead: timedelta, received_at: datetime) -> datetime:
    """The first instant that the reading can mean and that lies before the arrival; where none does, the last."""
    candidates = _candidates(reading, sent, ahead)
    possible = [at for at in candidates if received_at - OLDEST <= at <= received_at + TOLERANCE]
    return possible[0] if possible else candidates[-1]


def _believed(runs: Sequence[_Run], bounds: _Span) -> list[_Run]:
    """Of the runs that can have been where they claim, those that lie one after the other, with room for the others between them, and have
    most to speak for them. Where as much speaks for others, the later ones: they are nearer to the moment that we know.
    """
    lengths = list(accumulate((run.least_length for run in runs), initial=timedelta()))
    best: list[tuple[int, int | None]] = []
    for place, run in enumerate(runs):
        is_early = run.claimed[0] < bounds.first + lengths[place] - TOLERANCE
        is_late = run.claimed[-1] > bounds.last - (lengths[-1] - lengths[place + 1]) + TOLERANCE
        if is_early or is_late:
            best.append((0, None))
            continue
        room = [run.claimed[0] - runs[one].claimed[-1] - (lengths[place] - lengths[one + 1]) for one in range(place)]
        earlier = (one for one in range(place) if best[one][0] and room[one] >= -TOLERANCE)
        follows = max(earlier, key=lambda one: (best[one][0], one), default=None)
        best.append((run.weight + (best[follows][0] if follows is not None else 0), follows))
    return _chain(runs, best)


def _chain(runs: Sequence[_Run], best: Sequence[tuple[int, int | None]]) -> list[_Run]:
    at: int | None = max(range(len(runs)), key=lambda one: (best[one][0], one), default=None)
    found: list[_Run] = []
    while at is not None and best[at][0]:
        found.append(runs[at])
        at = best[at][1]
    return found


def _place(runs: Sequence[_Run], bounds: _Span) -> None:
    """Give every run its place: the believed ones theirs, the others what is free between them."""
    free_from = bounds.first
    for place, run in enumerate(runs):
        if run.is_believed:
            run.placed = list(run.claimed)
            free_from = max(free_from, run.placed[-1])
            continue
        rest = runs[place + 1 :]
        until = next((place for place, one in enumerate(rest) if one.is_believed), len(rest))
        end = rest[until].claimed[0] if until < len(rest) else bounds.last
        room = max(end - free_from - sum((one.least_length for one in rest[:until]), timedelta()), timedelta())
        length = run.length if run.length <= room else min(run.least_length, room)
        first = min(max(run.claimed[0], free_from), free_from + room - length)
        free_from = run.put(first, free_from + room - first)


def _one_after_the_other(instants: Sequence[datetime], bounds: _Span) -> list[datetime]:
    """In whole seconds, each at or after the one before it, and none after the arrival."""
    found: list[datetime] = []
    for at in instants:
        earliest = found[-1] if found else bounds.first
        found.append(_whole(min(max(at, earliest), bounds.last)))
    return found


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


def _flags(reading: Reading, at: datetime, received_at: datetime, ahead: timedelta, impossible: datetime | None) -> Iterator[str]:
    if abs(reading.wall - at) > NOTICEABLE:
        yield "clock_wrong"
    if reading.ahead_ms is not None and abs(ahead - timedelta(milliseconds=reading.ahead_ms)) > NOTICEABLE:
        yield "clock_changed"
    if reading.wall > received_at + NOTICEABLE:
        yield "in_future"
    if impossible is not None and impossible < received_at - OLDEST:
        yield "too_old"
    if impossible is not None and abs(impossible - at) > TOLERANCE:
        yield "out_of_order"


def _whole(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)
