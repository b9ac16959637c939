"""When a forgotten timer should have stopped: at the last thing that its person did before the longest silence."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise


def is_forgotten(vouched_at: datetime | None, now: datetime, *, after_seconds: int) -> bool:
    """Whether a running timer asks: nobody has said for that long that it runs rightly. 0 seconds: never."""
    return bool(after_seconds and vouched_at and now - vouched_at >= timedelta(seconds=after_seconds))


def before_quiet(since: datetime, seen: Iterable[datetime], now: datetime) -> datetime | None:
    """The moment before the longest silence between the start and now; None where nothing was seen before it."""
    moments = [since, *sorted(at for at in seen if since < at <= now), now]
    begin, _ = max(pairwise(moments), key=lambda gap: gap[1] - gap[0])
    return begin if begin > since else None


def seconds_within(stretches: Sequence[tuple[datetime, datetime | None]], since: datetime, until: datetime) -> int:
    """Whole seconds of these stretches (from, to or still open) between two moments."""
    parts = (min(stop or until, until) - max(start, since) for start, stop in stretches)
    return sum(max(part, timedelta()) // timedelta(seconds=1) for part in parts)
