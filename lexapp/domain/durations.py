"""Reads durations as lawyers type them, into whole seconds, and writes them as a clock or as hours."""

import re

from lexapp.domain.errors import InvalidInput
from lexapp.domain.rounding import round_half_up

DAY_SECONDS = 86_400
SECONDS_PER_HOUR = 3_600
_EXAMPLES = "for example 1h 12m, 1:12, 72min or 1.2"
_LONGEST_TEXT = 40

_NUMBER = r"(?:[0-9]{1,6}(?:\.[0-9]{1,4}|,[0-9]{1,2})?|[.,][0-9]{1,4})"
_PLAIN = re.compile(_NUMBER)
_CLOCK = re.compile(r"([0-9]{1,4}):([0-5][0-9])(?::([0-5][0-9]))?")
_UNITS = re.compile(
    rf"(?:(?P<hours>{_NUMBER})\s*(?:h|hr|hrs|hour|hours))?\s*"
    rf"(?:(?P<minutes>{_NUMBER})\s*(?:m|min|mins|minute|minutes))?\s*"
    rf"(?:(?P<seconds>[0-9]{{1,6}})\s*(?:s|sec|secs|second|seconds))?"
)
_HOURS_AND_BARE_MINUTES = re.compile(r"([0-9]{1,4})\s*h\s*([0-5]?[0-9])")


def parse_duration(text: object) -> int:
    """Seconds (1 to 86,400) of a typed duration: ``1h 12m``, ``1h12``, ``1:12``, ``01:12:00``, ``72min``, ``1.2h``, ``.3``.

    A plain number is hours. Raises ``InvalidInput`` with a sentence for anything else, for nothing, and for more than a day.
    """
    if not isinstance(text, str) or not text.strip():
        raise InvalidInput(f"Type how long it took, {_EXAMPLES}.", code="duration_missing")
    typed = text.strip().lower()
    if typed[0] in "-\u2212":
        raise InvalidInput("Time cannot be negative. Type it without the minus sign.", code="duration_negative")
    seconds = _read(typed) if len(typed) <= _LONGEST_TEXT else None
    if seconds is None:
        raise InvalidInput(f"That is not a duration. Type it as hours or minutes, {_EXAMPLES}.", code="duration_unreadable")
    _refuse_out_of_range(seconds, typed)
    return seconds


def _read(typed: str) -> int | None:
    if _PLAIN.fullmatch(typed):
        return _seconds_of(typed, 3600)
    if match := _CLOCK.fullmatch(typed):
        return int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3] or 0)
    if match := _HOURS_AND_BARE_MINUTES.fullmatch(typed):
        return int(match[1]) * 3600 + int(match[2]) * 60
    if match := _UNITS.fullmatch(typed):
        return _seconds_of(match["hours"], 3600) + _seconds_of(match["minutes"], 60) + int(match["seconds"] or 0)
    return None


def _seconds_of(number: str | None, unit_seconds: int) -> int:
    whole, _, fraction = (number or "0").replace(",", ".").partition(".")
    return round_half_up(int((whole or "0") + fraction) * unit_seconds, 10 ** len(fraction))


def _refuse_out_of_range(seconds: int, typed: str) -> None:
    if seconds == 0:
        raise InvalidInput(f"Type a time above zero, {_EXAMPLES}.", code="duration_zero")
    if seconds > DAY_SECONDS:
        hint = f" For minutes, type {typed}min." if typed.isdigit() and int(typed) <= 24 * 60 else ""
        raise InvalidInput(f"One entry holds at most 24 hours. Split longer work over its days.{hint}", code="duration_over_a_day")


def check_day(recorded_seconds: int, added_seconds: int) -> None:
    """Refuse work that would give one timekeeper more than 24 hours on one date; both in seconds."""
    if recorded_seconds + added_seconds > DAY_SECONDS:
        if recorded_seconds >= DAY_SECONDS:
            raise InvalidInput("A day has 24 hours, and all of them are recorded. Change the date or another entry.", code="day_is_full")
        free = format_clock(DAY_SECONDS - recorded_seconds)
        raise InvalidInput(f"A day has 24 hours, and {free} are left. Shorten the entry or change its date.", code="day_is_full")


def format_clock(seconds: int) -> str:
    """``1:12:00`` for 4,320 seconds; hours may have any number of digits."""
    sign = "-" if seconds < 0 else ""
    minutes, rest = divmod(abs(seconds), 60)
    return f"{sign}{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def format_typed(seconds: int) -> str:
    """As it is typed: ``1.20`` where hundredths of an hour say it exactly, else ``7:20``, with seconds where there are some."""
    if seconds * 100 % SECONDS_PER_HOUR == 0:
        return format_hours(seconds * 100 // SECONDS_PER_HOUR)
    return format_clock(seconds).removesuffix(":00") if seconds % 60 == 0 else format_clock(seconds)


def format_hours(hundredths: int) -> str:
    """``1.20`` for 120 hundredths of an hour."""
    sign = "-" if hundredths < 0 else ""
    return f"{sign}{abs(hundredths) // 100}.{abs(hundredths) % 100:02d}"
