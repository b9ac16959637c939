"""Dates as people type and read them, in US order."""

import re
from calendar import isleap
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask_login import current_user

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
EARLIEST, LATEST = date(1990, 1, 1), date(2100, 12, 31)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}|\d{2}))?", re.ASCII)
_NAMED = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:,? (\d{4}))?", re.ASCII)
_RELATIVE = re.compile(r"([+-])(\d{1,3})", re.ASCII)
UNREADABLE = "This is not a date. Write it like Nov 19, 2026 or 11/19/2026, or write today, -1 or mon."


def parse_date(text: str, *, today: date, ahead: bool = False) -> date:
    """The date that was meant; without a year the nearest one. A weekday is the last one, or with `ahead` the next, today among them.

    Raises ValueError with a sentence.
    """
    try:
        found = _read(" ".join(text.lower().split()), today, ahead)
    except (OverflowError, ValueError):
        found = None
    if found is None:
        raise ValueError(UNREADABLE)
    if not EARLIEST <= found <= LATEST:
        raise ValueError(f"The year {found.year} is out of range. Write a date from 1990 to 2100.")
    return found


def _read(text: str, today: date, ahead: bool) -> date | None:
    if text in ("today", "yesterday", "tomorrow"):
        return today + timedelta(days={"yesterday": -1, "today": 0, "tomorrow": 1}[text])
    if len(text) >= 3 and (named := [day for day in WEEKDAYS if day.startswith(text)]):
        back = (today.weekday() - WEEKDAYS.index(named[0])) % 7
        return today + timedelta(days=-back % 7 if ahead else -back)
    if match := _RELATIVE.fullmatch(text):
        return today + timedelta(days=int(match[1] + match[2]))
    if match := _ISO.fullmatch(text):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := _SLASHED.fullmatch(text):
        return _in_year(match[3], int(match[1]), int(match[2]), today)
    match = _NAMED.fullmatch(text)
    if match and match[1][:3] in MONTHS:
        return _in_year(match[3], MONTHS.index(match[1][:3]) + 1, int(match[2]), today)
    return None


def _in_year(typed_year: str | None, month: int, day: int, today: date) -> date:
    if typed_year is not None:
        return date(int(typed_year) + (2000 if len(typed_year) == 2 else 0), month, day)
    leap_day = (month, day) == (2, 29)
    years = [today.year + shift for shift in (0, -1, 1) if not leap_day or isleap(today.year + shift)]
    return min((date(year, month, day) for year in years), key=lambda found: abs(found - today))


def today_in_zone(zone: str) -> date:
    """Today's date in a time zone."""
    return datetime.now(UTC).astimezone(ZoneInfo(zone)).date()


def today_here() -> date:
    """Today's date in the time zone of the firm whose pages these are."""
    return today_in_zone(getattr(current_user, "time_zone", None) or "UTC")
