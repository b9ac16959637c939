"""Charts as marks with their places, for an SVG that is drawn by a template: from the rows of the table below, axes from zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lexapp.web.reports.figures import axis_step, on_axis, on_chart

WIDTH, HEIGHT, LEFT, RIGHT, TOP, FLOOR = 860, 300, 48, 856, 28, 268
LABEL_WIDTH, LANE, BAR = 210, 30, 14
VALUE_ROOM = 96
LONGEST_LABEL = 32
MOST_BARS, MOST_VALUES = 10, 14


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of the chart: a class of components/chart.css, its swatch, and what it means."""

    label: str
    css: str
    swatch: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One place on the chart with a value for each series; `note` stands beside it instead of the sum."""

    label: str
    values: Sequence[int]
    url: str | None = None
    note: str = ""
    mark: int | None = None


@dataclass(frozen=True, slots=True)
class Rect:
    x: float
    y: float
    width: float
    height: float
    css: str


@dataclass(frozen=True, slots=True)
class Text:
    x: float
    y: float
    text: str
    anchor: str = "middle"
    css: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """Everything of one bar: its rectangles in one link, with a title that says label and values."""

    title: str
    url: str | None
    rects: Sequence[Rect]


@dataclass(frozen=True, slots=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float
    css: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing of this size, what it shows in a title and a sentence, and its legend."""

    title: str
    description: str
    height: int
    series: Sequence[Series]
    marks: Sequence[Mark]
    texts: Sequence[Text]
    lines: Sequence[Line] = field(default_factory=tuple)
    width: int = WIDTH


def columns_chart(title: str, kind: str, series: Sequence[Series], bars: Sequence[Bar], *, stacked: bool = True) -> Chart | None:
    """Upright columns, stacked or side by side; None when nothing is above zero."""
    highest = max((_reach(bar, stacked) for bar in bars), default=0)
    if highest <= 0:
        return None
    step = axis_step(highest)
    top = -(-highest // step) * step
    lane = (RIGHT - LEFT) / len(bars)
    marks = [_column(kind, series, bar, LEFT + place * lane, lane, top, stacked) for place, bar in enumerate(bars)]
    texts, lines = _axis(kind, step, top)
    texts += [
        text for place, bar in enumerate(bars) for text in _column_texts(kind, bar, LEFT + place * lane, lane, top, len(bars), stacked)
    ]
    return Chart(title, _sentence(kind, series, bars), HEIGHT, series, marks, texts, lines)


def _reach(bar: Bar, stacked: bool) -> int:
    above = [max(value, 0) for value in bar.values]
    return sum(above) if stacked else max(above)


def _height(value: int, top: int) -> float:
    return round((FLOOR - TOP) * max(value, 0) / top, 1)


def _column(kind: str, series: Sequence[Series], bar: Bar, x: float, lane: float, top: int, stacked: bool) -> Mark:
    room = min(lane * 0.72, 84)
    width = room if stacked else room / len(series)
    rects, base = [], float(FLOOR)
    for place, (one, value) in enumerate(zip(series, bar.values, strict=True)):
        height = _height(value, top)
        left = x + (lane - room) / 2 + (0 if stacked else place * width)
        if height:
            rects.append(
                Rect(
                    round(left, 1),
                    round((base if stacked else FLOOR) - height, 1),
                    round(width - (0 if stacked else 2), 1),
                    height,
                    one.css,
                )
            )
        base -= height
    return Mark(_title(kind, series, bar), bar.url, rects)


def _column_texts(kind: str, bar: Bar, x: float, lane: float, top: int, count: int, stacked: bool) -> list[Text]:
    middle = round(x + lane / 2, 1)
    every = -(-count // MOST_VALUES)
    number = round((x - LEFT) / lane)
    found = [Text(middle, FLOOR + 20, bar.label)] if number % every == 0 else []
    if count <= MOST_VALUES and stacked and sum(bar.values):
        found.append(Text(middle, round(FLOOR - _height(_reach(bar, stacked), top) - 8, 1), on_chart(kind, sum(bar.values)), css="value"))
    return found


def _axis(kind: str, step: int, top: int) -> tuple[list[Text], list[Line]]:
    texts, lines = [], []
    for value in range(0, top + 1, step):
        y = round(FLOOR - _height(value, top), 1)
        texts.append(Text(LEFT - 8, y + 4, on_axis(kind, value), "end"))
        lines.append(Line(LEFT, y, RIGHT, y, "grid" if value else "axis"))
    return texts, lines


def bars_chart(title: str, kind: str, series: Sequence[Series], bars: Sequence[Bar]) -> Chart | None:
    """Lying bars, the first ten, their parts behind each other; None when nothing is above zero."""
    shown = list(bars[:MOST_BARS])
    highest = max((max(_reach(bar, True), bar.mark or 0) for bar in shown), default=0)
    if highest <= 0:
        return None
    scale = (WIDTH - LABEL_WIDTH - VALUE_ROOM) / highest
    marks = [_lying(kind, series, bar, place, scale) for place, bar in enumerate(shown)]
    texts = [text for place, bar in enumerate(shown) for text in _lying_texts(kind, bar, place, scale)]
    lines = [_target(bar.mark, place, scale) for place, bar in enumerate(shown) if bar.mark]
    return Chart(title, _sentence(kind, series, shown), LANE * len(shown), series, marks, texts, lines)


def _lying(kind: str, series: Sequence[Series], bar: Bar, place: int, scale: float) -> Mark:
    rects, x = [], float(LABEL_WIDTH)
    for one, value in zip(series, bar.values, strict=True):
        width = round(max(value, 0) * scale, 1)
        if width:
            rects.append(Rect(round(x, 1), place * LANE + (LANE - BAR) / 2, width, BAR, one.css))
        x += width
    return Mark(_title(kind, series, bar), bar.url, rects)


def _lying_texts(kind: str, bar: Bar, place: int, scale: float) -> list[Text]:
    y = place * LANE + LANE / 2 + 4
    label = bar.label if len(bar.label) <= LONGEST_LABEL else bar.label[: LONGEST_LABEL - 1].rstrip() + "…"
    end = LABEL_WIDTH + max(_reach(bar, True), bar.mark or 0) * scale + 8
    return [Text(0, y, label, "start", "label"), Text(round(end, 1), y, bar.note or on_chart(kind, sum(bar.values)), "start", "value")]


def _target(mark: int, place: int, scale: float) -> Line:
    x, y = round(LABEL_WIDTH + mark * scale, 1), place * LANE
    return Line(x, y + 5, x, y + LANE - 5, "target")


def _title(kind: str, series: Sequence[Series], bar: Bar) -> str:
    parts = [f"{one.label} {on_chart(kind, value)}" for one, value in zip(series, bar.values, strict=True)]
    return f"{bar.label}: {', '.join(parts)}"


def _sentence(kind: str, series: Sequence[Series], bars: Sequence[Bar]) -> str:
    return "; ".join(_title(kind, series, bar) for bar in bars) + ". The table below has the same figures."
