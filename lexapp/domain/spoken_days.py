"""The day of work that a few words name, in whatever way it is written."""

from __future__ import annotations

import re
from datetime import date, timedelta

_MONTH_NAMES = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORT_DAYS = {"mon": 0, "tue": 1, "tues": 1, "wed": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4}
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_DOTTED = re.compile(r"(0?[1-9]|[12][0-9]|3[01])\.(0?[1-9]|1[0-2])\.(?:([0-9]{4}|[0-9]{2})\.?)?")
_SLASHED = re.compile(r"([0-9]{1,2})/([0-9]{1,2})(?:/([0-9]{4}|[0-9]{2}))?")
_MONTH_FIRST = re.compile(r"([a-z]{3,9})\.? ([0-9]{1,2})(?:st|nd|rd|th)?(?:,? ([0-9]{4}))?")
_DAY_FIRST = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?\.? ([a-z]{3,9})\.?(?:,? ([0-9]{4}))?")
_AGO = re.compile(r"([0-9]{1,3}) days? ago")
# The nearest day of that name without a year lies behind, or it is no day of work.
_FURTHEST_BACK = timedelta(days=183)


def read_day(phrase: str, *, today: date, day_first: bool = False) -> date | None:
    """The day of work that lower-case words name: ``mon``, ``last friday``, ``nov 3``, ``3 nov``, ``3.11.``, ``11/3``, ``2026-11-03``.

    Dots are day first, slashes as the reader writes them. None for anything else and for a day after `today`.
    """
    try:
        found = _named_day(phrase, today) or _written_day(phrase, today, day_first)
    except (OverflowError, ValueError):
        return None
    return found if found is not None and date(1990, 1, 1) <= found <= today else None


def _named_day(phrase: str, today: date) -> date | None:
    if match := _AGO.fullmatch(phrase):
        return today - timedelta(days=int(match[1]))
    last, _, name = phrase.rpartition(" ")
    name = name.rstrip(".")
    weekday = _SHORT_DAYS.get(name, _WEEKDAYS.index(name) if name in _WEEKDAYS else None)
    if weekday is None or last not in ("", "last"):
        return None
    back = (today.weekday() - weekday) % 7
    return today - timedelta(days=7 if last and back == 0 else back)


def _written_day(phrase: str, today: date, day_first: bool) -> date | None:
    if match := _ISO.fullmatch(phrase):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := _DOTTED.fullmatch(phrase):
        return _in_year(match[3], int(match[2]), int(match[1]), today)
    if match := _SLASHED.fullmatch(phrase):
        first, second = int(match[1]), int(match[2])
        is_day_first = first > 12 or (day_first and second <= 12)
        return _in_year(match[3], second if is_day_first else first, first if is_day_first else second, today)
    if (match := _MONTH_FIRST.fullmatch(phrase)) and (month := _month_number(match[1])):
        return _in_year(match[3], month, int(match[2]), today)
    if (match := _DAY_FIRST.fullmatch(phrase)) and (month := _month_number(match[2])):
        return _in_year(match[3], month, int(match[1]), today)
    return None


def _month_number(name: str) -> int:
    """1 to 12; 0 for no month. `sept` is one, too."""
    return next((place for place, one in enumerate(_MONTH_NAMES, start=1) if name in (one, one[:3], one[:4])), 0)


def _in_year(typed: str | None, month: int, day: int, today: date) -> date | None:
    if typed is not None:
        return date(int(typed) + (2000 if len(typed) == 2 else 0), month, day)
    years = (today.year, today.year - 1)
    found = [one for year in years if (one := _day_or_none(year, month, day)) is not None and one <= today]
    return found[0] if found and today - found[0] <= _FURTHEST_BACK else None


def _day_or_none(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def is_dotted_day(text: str) -> bool:
    """Whether the text is a day and a month with dots, such as ``3.11.``."""
    return _DOTTED.fullmatch(text) is not None


def is_month(word: str) -> bool:
    """Whether the word names a month."""
    return _month_number(word) > 0


def monday_of(day: date) -> date:
    """The first day of the week that a day is in."""
    return day - timedelta(days=day.weekday())
