"""The day of work that a few words name, in whatever way it is written; and what is wrong where that cannot be a day of work."""

from __future__ import annotations

import re
from calendar import isleap
from dataclasses import dataclass
from datetime import date, timedelta

_MONTH_NAMES = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORT_DAYS = {"mon": 0, "tue": 1, "tues": 1, "wed": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4}
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ISO = re.compile(r"((?:19|20)[0-9]{2})-([0-9]{1,2})-([0-9]{1,2})")
_DOTTED = re.compile(r"(0?[1-9]|[12][0-9]|3[01])\.(0?[1-9]|1[0-2])\.(?:([0-9]{4}|[0-9]{2})\.?)?")
_SLASHED = re.compile(r"([0-9]{1,2})/([0-9]{1,2})(?:/([0-9]{4}|[0-9]{2}))?")
_MONTH_FIRST = re.compile(r"([a-z]{3,9})\.? ([0-9]{1,2})(?:st|nd|rd|th)?(?:,? ([0-9]{4}))?")
_DAY_FIRST = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?\.? ([a-z]{3,9})\.?(?:,? ([0-9]{4}))?")
_AGO = re.compile(r"(-?)([0-9]{1,15}) days? ago")
_IN = re.compile(r"in [0-9]{1,15} (?:days?|weeks?|months?)")
_TODAY_OR_BEFORE = {"today": 0, "yesterday": 1, "day before yesterday": 2, "the day before yesterday": 2}
_TO_COME = frozenset(("tomorrow", "day after tomorrow", "the day after tomorrow", "next week", "next month", "next year"))
_EARLIEST = date(1990, 1, 1)
_MOST_DAYS_AGO = 999
# The nearest day of that name without a year lies behind, or it is no day of work.
_FURTHEST_BACK = timedelta(days=183)


@dataclass(frozen=True, slots=True)
class SpokenDay:
    """A day that was named. `day` is None where it can be no day of work; `trouble` then says why, as a sentence without its full stop."""

    day: date | None
    trouble: str = ""


def spoken_day(phrase: str, *, today: date, day_first: bool = False) -> SpokenDay | None:
    """The day that words name: ``mon``, ``last friday``, ``yesterday``, ``nov 3``, ``3 nov``, ``3.11.``, ``11/3``, ``2026-11-03``.

    Dots are day first, slashes as the reader writes them. None where the words name no day; one after `today`, and one that no
    calendar has, is named and has its trouble.
    """
    said = phrase.lower()
    return _relative_day(said, phrase, today) or _written_day(said, phrase, today, day_first)


def may_stand_anywhere(word: str) -> bool:
    """Whether the words name a day wherever they stand: ``yesterday`` is seldom what the work was about."""
    return word.lower() in _TODAY_OR_BEFORE or "tomorrow" in word.lower()


def _relative_day(said: str, phrase: str, today: date) -> SpokenDay | None:
    if said in _TODAY_OR_BEFORE:
        return SpokenDay(today - timedelta(days=_TODAY_OR_BEFORE[said]))
    if match := _AGO.fullmatch(said):
        return _days_ago(int(match[2]), phrase, today) if not match[1] else _to_come(phrase)
    return _to_come(phrase) if said in _TO_COME or _IN.fullmatch(said) else _weekday(said, phrase, today)


def _days_ago(days: int, phrase: str, today: date) -> SpokenDay:
    if days > _MOST_DAYS_AGO:
        return SpokenDay(None, f"{_begun(phrase)} is too long ago")
    return SpokenDay(today - timedelta(days=days))


def _weekday(said: str, phrase: str, today: date) -> SpokenDay | None:
    which, _, name = said.rpartition(" ")
    name = name.rstrip(".")
    weekday = _SHORT_DAYS.get(name, _WEEKDAYS.index(name) if name in _WEEKDAYS else None)
    if weekday is None or which not in ("", "last", "this", "next", "coming"):
        return None
    if which in ("next", "coming") or (which == "this" and weekday > today.weekday()):
        return _to_come(phrase)
    back = (today.weekday() - weekday) % 7
    return SpokenDay(today - timedelta(days=7 if which == "last" and back == 0 else back))


def _written_day(said: str, phrase: str, today: date, day_first: bool) -> SpokenDay | None:
    parts = _parts(said, day_first)
    if parts is None:
        return None
    year, month, day = parts
    if not 1 <= month <= 12:
        return SpokenDay(None, "A year has 12 months") if year and _ISO.fullmatch(said) else None
    if not 1 <= day <= _days_of(month, year or today.year) and not (year is None and _day_or_none(today.year - 1, month, day)):
        return _no_such_day(month, year, today) if day <= 31 else None
    return _dated(phrase, year, month, day, today)


def _parts(said: str, day_first: bool) -> tuple[int | None, int, int] | None:
    """Year, month and day as they are written, whether or not there is such a day."""
    if match := _ISO.fullmatch(said):
        return int(match[1]), int(match[2]), int(match[3])
    if match := _DOTTED.fullmatch(said):
        return _year(match[3]), int(match[2]), int(match[1])
    if match := _SLASHED.fullmatch(said):
        first, second = int(match[1]), int(match[2])
        is_day_first = first > 12 or (day_first and second <= 12)
        return _year(match[3]), second if is_day_first else first, first if is_day_first else second
    if (match := _MONTH_FIRST.fullmatch(said)) and (month := _month_number(match[1])):
        return _year(match[3]), month, int(match[2])
    if (match := _DAY_FIRST.fullmatch(said)) and (month := _month_number(match[2])):
        return _year(match[3]), month, int(match[1])
    return None


def _year(typed: str | None) -> int | None:
    return None if typed is None else int(typed) + (2000 if len(typed) == 2 else 0)


def _month_number(name: str) -> int:
    """1 to 12; 0 for no month. `sept` is one, too."""
    return next((place for place, one in enumerate(_MONTH_NAMES, start=1) if name in (one, one[:3], one[:4])), 0)


def _dated(phrase: str, year: int | None, month: int, day: int, today: date) -> SpokenDay:
    if year is not None:
        found = _day_or_none(year, month, day)
        if found is None or found < _EARLIEST:
            return SpokenDay(None, f"{_begun(phrase)} is too long ago")
        return SpokenDay(found) if found <= today else _to_come(phrase)
    years = [_day_or_none(one, month, day) for one in (today.year, today.year - 1)]
    gone = [one for one in years if one is not None and one <= today]
    if gone and today - gone[0] <= _FURTHEST_BACK:
        return SpokenDay(gone[0])
    is_ahead = years[0] is not None and years[0] > today
    return _to_come(phrase) if is_ahead else SpokenDay(None, f"{_begun(phrase)} is long ago: write its year")


def _to_come(phrase: str) -> SpokenDay:
    return SpokenDay(None, f"{_begun(phrase)} is still to come")


def _begun(phrase: str) -> str:
    return phrase[:1].upper() + phrase[1:]


def _no_such_day(month: int, year: int | None, today: date) -> SpokenDay:
    name = _MONTH_NAMES[month - 1].capitalize() + (f" {year}" if year else "")
    return SpokenDay(None, f"{name} has {_days_of(month, year or today.year)} days")


def _days_of(month: int, year: int) -> int:
    return 29 if month == 2 and isleap(year) else _MONTH_DAYS[month - 1]


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
