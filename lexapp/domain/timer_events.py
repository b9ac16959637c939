"""A timer is what its events say, in the order in which they happened; a late event is put in its place and the whole is told again.

Nothing here looks at a clock. Events come from browsers and from devices that were offline; who sends one may not have known the others.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from itertools import pairwise


class EventKind(StrEnum):
    """What may be said about a timer. `quick_entry` says a whole piece of work at once and needs no start.

    `keep`: it runs rightly. `trim`: a stretch of it was no work; it stays measured and is not recorded.
    `give_up`: a person decided in the office that a stopped timer becomes no entry.
    """

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    ASSIGN = "assign"
    NOTE = "note"
    QUICK_ENTRY = "quick_entry"
    DISCARD = "discard"
    RESTORE = "restore"
    KEEP = "keep"
    TRIM = "trim"
    GIVE_UP = "give_up"


MOVES = frozenset(EventKind) - {EventKind.ASSIGN, EventKind.NOTE, EventKind.QUICK_ENTRY, EventKind.KEEP, EventKind.TRIM}
OF_DEVICES = frozenset(EventKind) - {EventKind.GIVE_UP}
"""What a phone or a browser may say by itself."""
ENDED = frozenset({"stopped", "discarded"})
VOUCHED = frozenset({EventKind.START, EventKind.RESUME, EventKind.KEEP, EventKind.TRIM})
"""By these a person says that a timer runs as it should."""
Stretch = tuple[datetime, datetime | None]


@dataclass(frozen=True, slots=True)
class TimerEvent:
    """One thing said about a timer, at an instant in UTC (corrected), by a device as its so many-th; `said` are the fields it sets.

    `known` are the values that the device saw before it set them, for the fields where it knew one.
    """

    id: str
    kind: EventKind
    at: datetime
    device: str = ""
    sequence: int = 0
    said: tuple[tuple[str, object], ...] = ()
    known: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Clash:
    """Two devices disagree.

    `two_ends`: a second stop, `seconds` after the first; `after_end`: it was resumed after the end and ran for `seconds`; `two_texts`: both
    set `field` without knowing of each other, and `value` is the one that does not stand.
    """

    kind: str
    event_id: str
    at: datetime
    seconds: int = 0
    field: str = ""
    value: object = None


@dataclass(frozen=True, slots=True)
class Track:
    """What became of a timer: its state (None before any start), its stretches (an open one has no end), its fields, and its clashes.

    `trims` were taken off by a person. `vouched_at`: when somebody last said that it runs rightly. `runs_on_since`: somebody resumed it
    after its end, and has not stopped yet.
    """

    state: str | None = None
    stretches: tuple[Stretch, ...] = ()
    trims: tuple[tuple[datetime, datetime], ...] = ()
    vouched_at: datetime | None = None
    fields: tuple[tuple[str, object], ...] = ()
    started_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    clashes: tuple[Clash, ...] = ()
    runs_on_since: datetime | None = None

    def value(self, name: str, default: object = None) -> object:
        """What a field was last set to."""
        return dict(self.fields).get(name, default)

    def measured_seconds(self, until: datetime) -> int:
        """Whole seconds of all stretches; an open one counts until that instant."""
        return _whole_seconds(self.stretches, until)

    def pieces(self) -> tuple[tuple[datetime, datetime | None, bool], ...]:
        """The stretches, cut where something was taken off: from, to, whether it counts."""
        return tuple(piece for stretch in self.stretches for piece in cut(stretch, self.trims))

    def kept_seconds(self, until: datetime) -> int:
        """Whole seconds of what was not taken off."""
        return _whole_seconds([(start, stop) for start, stop, counts in self.pieces() if counts], until)


@dataclass(slots=True)
class _Teller:
    """Goes through the events in order. `late_since`: since when somebody goes on with a timer that had ended without their knowing."""

    state: str | None = None
    stretches: list[Stretch] = field(default_factory=list)
    trims: list[tuple[datetime, datetime]] = field(default_factory=list)
    vouched_at: datetime | None = None
    fields: dict[str, object] = field(default_factory=dict)
    set_by: dict[str, tuple[str, object]] = field(default_factory=dict)
    started_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    late_since: datetime | None = None
    clashes: list[Clash] = field(default_factory=list)

    def tell(self, event: TimerEvent) -> None:
        if event.kind in VOUCHED:
            self.vouched_at = event.at
        if event.kind is EventKind.TRIM:
            self._trim(event)
            return
        if event.kind in MOVES:
            self._move(event)
        elif event.kind is EventKind.QUICK_ENTRY and self.state is None:
            self.state, self.started_at, self.ended_at, self.ended_by = "stopped", event.at, event.at, event.id
        self._say(event)

    def _move(self, event: TimerEvent) -> None:
        if self.state in ENDED:
            self._after_end(event)
        elif event.kind in (EventKind.START, EventKind.RESUME):
            self._run(event)
        elif event.kind in (EventKind.PAUSE, EventKind.STOP, EventKind.DISCARD, EventKind.GIVE_UP) and self.state is not None:
            self._rest(event)

    def _run(self, event: TimerEvent) -> None:
        if self.state is None and event.kind is not EventKind.START:
            return
        if self.state != "running":
            self.stretches.append((event.at, None))
        self.state, self.started_at = "running", self.started_at or event.at

    def _rest(self, event: TimerEvent) -> None:
        if self.state == "running":
            self.stretches[-1] = (self.stretches[-1][0], event.at)
        self.state = {EventKind.PAUSE: "paused", EventKind.STOP: "stopped"}.get(event.kind, "discarded")
        if self.state in ENDED:
            self.ended_at, self.ended_by = event.at, event.id

    def _after_end(self, event: TimerEvent) -> None:
        """The earliest end stands. Time that ran on elsewhere is kept beside it, for a person to decide."""
        if event.kind is EventKind.RESTORE and self.state == "discarded":
            self.state, self.ended_at, self.ended_by = "paused", None, ""
        elif event.kind is EventKind.GIVE_UP:
            self.state = "discarded"
        elif event.kind is EventKind.RESUME:
            self.late_since = self.late_since or event.at
        elif event.kind in (EventKind.PAUSE, EventKind.STOP):
            self._clash_over_end(event)

    def _trim(self, event: TimerEvent) -> None:
        since, until = (dict(event.said).get(name) for name in ("since_seconds", "until_seconds"))
        if isinstance(since, int) and isinstance(until, int) and since > until >= 0:
            self.trims.append((event.at - timedelta(seconds=since), event.at - timedelta(seconds=until)))

    def _clash_over_end(self, event: TimerEvent) -> None:
        ended_at = self.ended_at or event.at
        if self.late_since is not None:
            self.clashes.append(Clash("after_end", event.id, event.at, _seconds(self.late_since, event.at)))
            self.late_since = None
        elif event.at > ended_at:
            self.clashes.append(Clash("two_ends", event.id, event.at, _seconds(ended_at, event.at)))

    def _say(self, event: TimerEvent) -> None:
        known = dict(event.known)
        for name, value in event.said:
            device, current = self.set_by.get(name, (event.device, value))
            if name in known and device != event.device and current not in (known[name], value):
                self.clashes.append(Clash("two_texts", event.id, event.at, field=name, value=current))
            self.fields[name] = value
            self.set_by[name] = (event.device, value)


def _seconds(start: datetime, stop: datetime) -> int:
    return (stop - start) // timedelta(seconds=1)


def _whole_seconds(stretches: Iterable[Stretch], until: datetime) -> int:
    return sum(max(_seconds(start, stop or max(until, start)), 0) for start, stop in stretches)


def cut(stretch: Stretch, trims: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime | None, bool]]:
    """A stretch in pieces (from, to, whether it counts): what lies within a trim does not count."""
    start, stop = stretch
    found: list[tuple[datetime, datetime | None, bool]] = []
    for off_from, off_to in sorted(trims):
        begin, end = max(start, off_from), off_to if stop is None else min(stop, off_to)
        if begin >= end:
            continue
        if begin > start:
            found.append((start, begin, True))
        found.append((begin, end, False))
        start = end
    if stop is None or start < stop or not found:
        found.append((start, stop, True))
    return found


def in_order(events: Iterable[TimerEvent]) -> list[TimerEvent]:
    """By when they happened; what happened in the same second is told device by device, in each device's own order, a start first."""
    return sorted(events, key=lambda event: (event.at, event.kind is not EventKind.START, event.device, event.sequence, event.id))


def track(events: Iterable[TimerEvent]) -> Track:
    """What the events of one timer come to, whatever order they arrived in. Events of devices before any start change nothing yet."""
    teller = _Teller()
    for event in in_order(events):
        teller.tell(event)
    return Track(
        state=teller.state,
        stretches=tuple(teller.stretches),
        trims=tuple(teller.trims),
        vouched_at=teller.vouched_at,
        fields=tuple(sorted(teller.fields.items())),
        started_at=teller.started_at,
        ended_at=teller.ended_at,
        ended_by=teller.ended_by,
        clashes=tuple(teller.clashes),
        runs_on_since=teller.late_since,
    )


def local_date(at: datetime, offset_minutes: int) -> date:
    """The date where the timer started: by the device's own offset from UTC at that moment, over midnight and over zones."""
    return at.astimezone(timezone(timedelta(minutes=offset_minutes))).date()


def shared_seconds(stretches: Sequence[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Where two or more of these stretches (start, stop) run at once, in order, joined."""
    edges = sorted([(start, 1) for start, _ in stretches] + [(stop, -1) for _, stop in stretches])
    found: list[tuple[datetime, datetime]] = []
    running = 0
    for (at, step), (following, _) in pairwise(edges):
        running += step
        if running > 1 and following > at:
            joins = found and found[-1][1] == at
            found[-1:] = [(found[-1][0], following)] if joins else [*found[-1:], (at, following)]
    return found
