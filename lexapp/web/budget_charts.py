"""A budget over time: what was spent week by week or month by month, the budget as a line, and where the pace of late leads to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from lexapp.domain.budgets import Standing
from lexapp.domain.periods import Period
from lexapp.web.filters import date_short
from lexapp.web.reports.charts import FLOOR, HEIGHT, LEFT, RIGHT, TOP, Chart, Line, Mark, Rect, Series, Text
from lexapp.web.reports.figures import axis_step, month_name, on_axis, on_chart

MOST_WEEKS, MOST_AHEAD, MOST_PLACES = 26, 12, 40
LABELS = 8
SERIES = (Series("Spent before", "stand"), Series("Spent then", "stand--2", "2"), Series("At the present pace", "mute", "mute"))


@dataclass(frozen=True, slots=True)
class Place:
    """One week or month: what was spent before it and in it, and what of the sum is only expected."""

    first: date
    label: str
    before: int
    then: int
    expected: int = 0

    @property
    def sum(self) -> int:
        return self.before + self.then + self.expected


def burn_chart(standing: Standing, by_day: Mapping[date, int], today: date, others: Sequence[tuple[str, int]] = ()) -> Chart | None:
    """The chart of one limit; None where nothing was spent. `others`: further lines, (words, value), such as a cap."""
    days = [day for day, spent in by_day.items() if spent and day <= today]
    if not days or standing.spent <= 0:
        return None
    kind, places = standing.limit.measure.value, _places(standing, by_day, min(days), today)
    lines_at = [("Budget", standing.limit.most), *others]
    highest = max(*(place.sum for place in places), *(value for _, value in lines_at))
    step = axis_step(highest)
    top = -(-highest // step) * step
    lane = (RIGHT - LEFT) / len(places)
    marks = [_mark(kind, place, LEFT + n * lane, lane, top) for n, place in enumerate(places)]
    texts, lines = _axis(kind, step, top)
    texts += [Text(round(LEFT + (n + 0.5) * lane, 1), FLOOR + 20, place.label) for n, place in enumerate(places) if _is_labelled(n, places)]
    for words, value in lines_at:
        lines.append(Line(LEFT, _y(value, top), RIGHT, _y(value, top), "target"))
        texts.append(Text(LEFT + 4, _y(value, top) - 6, f"{words} {on_chart(kind, value)}", "start", "value"))
    said = "; ".join(f"{mark.title}" for mark in marks)
    return Chart("Spent over time", f"{said}. Budget {on_chart(kind, standing.limit.most)}.", HEIGHT, SERIES, marks, texts, lines)


def _places(standing: Standing, by_day: Mapping[date, int], first: date, today: date) -> list[Place]:
    last = standing.reached_on if standing.reached_on and not standing.is_reached else today
    is_weekly = (today - first).days <= MOST_WEEKS * 7
    ahead = today + timedelta(days=MOST_AHEAD * (7 if is_weekly else 30))
    whole = Period(first, max(min(last, ahead), today))
    starts = (whole.weeks() if is_weekly else whole.months())[-MOST_PLACES:]
    ends = [*(start - timedelta(days=1) for start in starts[1:]), date.max]
    return [_place(standing, by_day, start, end, today, is_weekly) for start, end in zip(starts, ends, strict=True)]


def _place(standing: Standing, by_day: Mapping[date, int], start: date, end: date, today: date, is_weekly: bool) -> Place:
    before = sum(spent for day, spent in by_day.items() if day < start)
    then = sum(spent for day, spent in by_day.items() if start <= day <= end)
    expected = 0
    if end > today and standing.pace is not None and standing.reached_on and not standing.is_reached:
        through = min(end, standing.reached_on)
        expected = min(standing.pace.spent * max((through - today).days, 0) // standing.pace.days, max(standing.left, 0))
    return Place(start, date_short(start).partition(",")[0] if is_weekly else month_name(start), before, then, expected)


def _is_labelled(n: int, places: Sequence[Place]) -> bool:
    return n % -(-len(places) // LABELS) == 0


def _y(value: int, top: int) -> float:
    return round(FLOOR - (FLOOR - TOP) * max(value, 0) / top, 1)


def _mark(kind: str, place: Place, x: float, lane: float, top: int) -> Mark:
    width, base, rects = min(lane * 0.72, 56), 0, []
    for series, value in zip(SERIES, (place.before, place.then, place.expected), strict=True):
        if value > 0:
            y = _y(base + value, top)
            rects.append(Rect(round(x + (lane - width) / 2, 1), y, round(width, 1), round(_y(base, top) - y, 1), series.css))
        base += max(value, 0)
    said = f"{place.label}: {on_chart(kind, place.before + place.then)} in all, {on_chart(kind, place.then)} then"
    return Mark(f"{said}, {on_chart(kind, place.expected)} more expected" if place.expected else said, None, rects)


def _axis(kind: str, step: int, top: int) -> tuple[list[Text], list[Line]]:
    values = range(0, top + 1, step)
    texts = [Text(LEFT - 8, _y(value, top) + 4, on_axis(kind, value), "end") for value in values]
    return texts, [Line(LEFT, _y(value, top), RIGHT, _y(value, top), "grid" if value else "axis") for value in values]
