"""Figures of reports in words: hours with one decimal, percent, whole amounts on charts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from babel.dates import format_date
from flask_login import current_user

from lexapp.domain.money import Money, exponent
from lexapp.domain.rounding import round_half_up
from lexapp.web.filters import MINUS, date_short, hours, locale, money, money_plain

_STEPS = (1, 2, 5)


def amount(minor: int) -> str:
    """An amount in a sentence."""
    return money(Money(minor, current_user.currency))


def prose_hours(hundredths: int) -> str:
    """Hours in a sentence, with one decimal: `41.2 h`."""
    whole, tenth = divmod(round_half_up(hundredths, 10), 10)
    return f"{whole:,}.{tenth} h"


def percent(per_mille: int | None) -> str:
    """`65.4 %`; a dash for a share of nothing."""
    if per_mille is None:
        return "–"
    whole, tenth = divmod(abs(per_mille), 10)
    return f"{MINUS if per_mille < 0 else ''}{whole:,}.{tenth}\u00a0%"


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """`1 invoice`, `217 invoices`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def month_name(first: date) -> str:
    return format_date(first, "MMM y", locale=locale())


def span_text(first: date, last: date) -> str:
    """`Nov 1 – 30, 2026`, as short as it is clear."""
    where = locale()
    if first == last:
        return format_date(first, "MMM d, y", locale=where)
    start = format_date(first, "MMM d" if first.year == last.year else "MMM d, y", locale=where)
    same_month = (first.year, first.month) == (last.year, last.month)
    return f"{start} – {format_date(last, 'd, y' if same_month else 'MMM d, y', locale=where)}"


_WORDS: dict[str, Callable[[Any], str]] = {
    "money": lambda value: money_plain(Money(value, current_user.currency)),
    "hours": hours,
    "percent": percent,
    "date": date_short,
    "month": month_name,
    "week": date_short,
    "count": lambda value: f"{value:,}",
}


def in_words(kind: str, value: Any) -> str:
    """A figure as text: in a table cell without markup of its own, in a formula, in a title."""
    return "–" if value is None else _WORDS.get(kind, str)(value)


def on_chart(kind: str, value: int) -> str:
    """A figure on a chart: amounts without minor units, hours with one decimal."""
    if kind == "money":
        whole = round_half_up(abs(value), 10 ** exponent(current_user.currency))
        return f"({whole:,})" if value < 0 else f"{whole:,}"
    return prose_hours(value).removesuffix(" h") if kind == "hours" else f"{value:,}"


def on_axis(kind: str, value: int) -> str:
    """A figure on an axis: thousands as k, millions as m."""
    unit = 10 ** exponent(current_user.currency) if kind == "money" else 100 if kind == "hours" else 1
    whole = value // unit
    for size, letter in ((1_000_000, "m"), (1_000, "k")):
        if whole >= size and whole % (size // 10) == 0:
            return f"{whole / size:g}{letter}"
    return f"{whole:,}" if value % unit == 0 else f"{value / unit:g}"


def axis_step(highest: int, parts: int = 4) -> int:
    """A round step (1, 2 or 5 times a power of ten) of which `parts` or a few more reach the highest value."""
    rough, power = max(highest // parts, 1), 1
    while power * 10 <= rough:
        power *= 10
    return next(step * power for step in (*_STEPS, 10) if step * power >= rough)
