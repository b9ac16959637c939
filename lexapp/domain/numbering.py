"""Numbering patterns such as ``INV-{year}-{number:04}``: checked when they are set, filled in when a number is taken.

A pattern that prints the year or the month counts afresh in each of them: the text around the number names the series, so two series
can never print the same number.
"""

import re
from dataclasses import dataclass
from datetime import date

from lexapp.domain.errors import InvalidInput

LONGEST_PATTERN = 30
LONGEST_NUMBER = 40
_PLACE = re.compile(r"\{([^{}]*)\}")
_NUMBER = re.compile(r"number(?::0?([1-9]))?")
_ALLOWED = re.compile(r"[A-Za-z0-9 ./_-]*")
_COUNTER = "#"
_NOT_IN_FILE_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


def file_stem(number: str, default: str) -> str:
    """A document's number as a file name that every system takes; `default` where nothing of it is left."""
    return _NOT_IN_FILE_NAMES.sub("-", number).strip("-.") or default


@dataclass(frozen=True, slots=True)
class NumberPattern:
    """A checked pattern. ``series`` says which counter a number on a day is taken from, ``text`` prints it."""

    pattern: str

    @classmethod
    def parse(cls, text: str, *, field: str | None = None) -> "NumberPattern":
        """The pattern that was typed; raises ``InvalidInput`` with a sentence."""
        pattern = text.strip()
        problem = _problem(pattern)
        if problem:
            raise InvalidInput(problem, field=field, code="number_pattern")
        return cls(pattern)

    def series(self, kind: str, on: date) -> str:
        """The name of the counter: ``invoice:INV-2026-#``."""
        return f"{kind}:{_PLACE.sub(lambda place: _dated(place[1], on) or _COUNTER, self.pattern)}"

    def text(self, number: int, on: date) -> str:
        """The number as printed: ``INV-2026-0042``."""
        return _PLACE.sub(lambda place: _dated(place[1], on) or _padded(place[1], number), self.pattern)


def _problem(pattern: str) -> str | None:
    if len(pattern) > LONGEST_PATTERN:
        return f"This pattern is {len(pattern)} characters long. Keep it to {LONGEST_PATTERN}."
    places = _PLACE.findall(pattern)
    unknown = [place for place in places if place not in ("year", "yy", "month") and not _NUMBER.fullmatch(place)]
    if unknown:
        return f"{{{unknown[0]}}} is not known. Use {{year}}, {{yy}}, {{month}} and {{number}} or {{number:04}}."
    if sum(place.startswith("number") for place in places) != 1:
        return "Write {number} or {number:04} once: it is where the number goes."
    if "month" in places and not {"year", "yy"} & set(places):
        return "A pattern with {month} also needs {year}: otherwise numbers come back after a year."
    if not _ALLOWED.fullmatch(_PLACE.sub("", pattern)):
        return "Use letters, digits, spaces and . / _ - around the places in curly brackets."
    return None


def _dated(place: str, on: date) -> str:
    return {"year": f"{on.year:04}", "yy": f"{on.year % 100:02}", "month": f"{on.month:02}"}.get(place, "")


def _padded(place: str, number: int) -> str:
    found = _NUMBER.fullmatch(place)
    width = int(found[1] or 1) if found else 1
    return f"{number:0{width}}"
