"""A budget as it is agreed: the whole of a matter and its parts, with what is refused beside its field."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from lexapp.domain.amounts import check_size
from lexapp.domain.budgets.limits import CODES, Limit, Measure, phase_of
from lexapp.domain.durations import format_hours
from lexapp.domain.errors import InvalidInput
from lexapp.domain.moments import EARLIEST, LATEST
from lexapp.domain.money import Money
from lexapp.domain.reductions import Counts

DEFAULT_THRESHOLDS = (50, 75, 90, 100)
HIGHEST_THRESHOLD = 500
MOST_THRESHOLDS = 8
MOST_HUNDREDTHS = 10_000_000
LONGEST_NOTE = 4_000


class Beyond(StrEnum):
    """What happens to work beyond a budget: it is warned of, or not recorded as billable unless somebody lets it pass."""

    WARN = "warn"
    BLOCK = "block"


def read_thresholds(text: str) -> tuple[int, ...]:
    """Percents as they are typed: ``50, 75, 90, 100``. Raises InvalidInput."""
    words = re.split(r"[\s,;%]+", text.strip(" ,;%\t"))
    if not all(word.isascii() and word.isdigit() and len(word) < 6 for word in words):
        raise InvalidInput("Write whole percents with commas between them, for example 50, 75, 90, 100.", field="thresholds")
    found = tuple(int(word) for word in words)
    check_thresholds(found)
    return tuple(sorted(found))


def check_thresholds(found: Sequence[int]) -> None:
    """Refuse none, too many, one twice, and what lies outside of 1 to 500 percent."""
    if not 1 <= len(found) <= MOST_THRESHOLDS:
        raise InvalidInput(f"Write one to {MOST_THRESHOLDS} percents.", field="thresholds")
    wrong = next((one for one in found if not 1 <= one <= HIGHEST_THRESHOLD), None)
    if wrong is not None:
        raise InvalidInput(f"{wrong} is no threshold: it lies between 1 and {HIGHEST_THRESHOLD} percent.", field="thresholds")
    twice = next((one for one in found if list(found).count(one) > 1), None)
    if twice is not None:
        raise InvalidInput(f"{twice} stands here twice. Take one of them out.", field="thresholds")


@dataclass(frozen=True, slots=True)
class BudgetPart:
    """What of the whole is meant for a phase or a task: minor units, hundredths of an hour, or both."""

    code: str
    amount_minor: int | None = None
    hours_hundredths: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A budget that holds from a day on. `counts_from`: the first day whose work counts; None: all work of the matter.

    Work counts through `effective_to`, where there is one.
    """

    effective_from: date
    amount_minor: int | None = None
    hours_hundredths: int | None = None
    parts: tuple[BudgetPart, ...] = ()
    counts: Counts = Counts.FEES
    beyond: Beyond = Beyond.WARN
    thresholds: tuple[int, ...] = DEFAULT_THRESHOLDS
    effective_to: date | None = None
    counts_from: date | None = None
    note: str = ""

    @property
    def limits(self) -> list[Limit]:
        """The whole first, then its parts; of each money before hours."""
        whole = BudgetPart("", self.amount_minor, self.hours_hundredths)
        return [limit for part in (whole, *self.parts) for limit in self.limits_of(part)]

    def limits_of(self, part: BudgetPart) -> list[Limit]:
        pairs = ((Measure.MONEY, part.amount_minor), (Measure.HOURS, part.hours_hundredths))
        days = {"first": self.counts_from, "last": self.effective_to}
        return [Limit(measure, most, part.code, self.counts, **days) for measure, most in pairs if most is not None]

    def as_json(self) -> dict[str, Any]:
        """As a command keeps it."""
        parts = [[part.code, part.amount_minor, part.hours_hundredths] for part in self.parts]
        kept = {"counts": self.counts.value, "beyond": self.beyond.value, "thresholds": list(self.thresholds), "note": self.note}
        days = {"effective_from": self.effective_from, "effective_to": self.effective_to, "counts_from": self.counts_from}
        return {"amount_minor": self.amount_minor, "hours_hundredths": self.hours_hundredths, "parts": parts, **kept, **days}

    def check(self, currency: str) -> None:
        """Refuse, beside its field, what cannot be a budget. A part's field is its code with ``_amount`` or ``_hours``."""
        check_thresholds(self.thresholds)
        self._check_days()
        if len(self.note) > LONGEST_NOTE:
            raise InvalidInput(f"Write at most {LONGEST_NOTE:,} characters.", field="note")
        for part in self.parts:
            _check_part(part, currency, amount_field=f"{part.code}_amount", hours_field=f"{part.code}_hours")
        self._check_codes()
        for measure in Measure:
            self._check_sum(measure, currency)
        if self.amount_minor is None and self.hours_hundredths is None:
            raise InvalidInput("Write the amount of the whole matter, its hours, or both.", field="amount_minor")
        whole = BudgetPart("", self.amount_minor, self.hours_hundredths)
        _check_part(whole, currency, amount_field="amount_minor", hours_field="hours_hundredths")

    def _check_days(self) -> None:
        for field in ("effective_from", "effective_to", "counts_from"):
            day = getattr(self, field)
            if day is not None and not EARLIEST <= day <= LATEST:
                raise InvalidInput("Check the year: it must lie between 1970 and 2199.", field=field)
        for field in ("effective_from", "counts_from"):
            day = getattr(self, field)
            if self.effective_to is not None and day is not None and self.effective_to < day:
                raise InvalidInput("The last day lies before the first. Write a later one, or leave it empty.", field="effective_to")

    def _check_codes(self) -> None:
        codes = [part.code for part in self.parts]
        wrong = next((code for code in codes if code not in CODES), None)
        if wrong is not None:
            raise InvalidInput(f"{wrong} is no UTBMS phase or task. Choose one out of the list.", field=f"{wrong}_amount")
        twice = next((code for code in codes if codes.count(code) > 1), None)
        if twice is not None:
            raise InvalidInput(f"{twice} stands here twice. Add the two up in one line.", field=f"{twice}_amount")

    def _check_sum(self, measure: Measure, currency: str) -> None:
        """Tasks fit in their phase, phases (and tasks of phases without one) in the whole."""
        whole = self.amount_minor if measure is Measure.MONEY else self.hours_hundredths
        field = "amount_minor" if measure is Measure.MONEY else "hours_hundredths"
        found = {part.code: most for part in self.parts if (most := _of(part, measure)) is not None}
        phases = {code: most for code, most in found.items() if code == phase_of(code)}
        for phase, most in phases.items():
            tasks = sum(one for code, one in found.items() if code != phase and phase_of(code) == phase)
            if tasks > most:
                sentence = f"Its tasks come to {_text(tasks, measure, currency)}. Raise the phase, or lower a task."
                raise InvalidInput(sentence, field=f"{phase}_{'amount' if measure is Measure.MONEY else 'hours'}")
        sum_ = sum(phases.values()) + sum(one for code, one in found.items() if phase_of(code) not in phases)
        if whole is not None and whole > 0 and sum_ > whole:
            sentence = f"The phases come to {_text(sum_, measure, currency)}, more than the whole. Raise the whole, or lower a phase."
            raise InvalidInput(sentence, field=field)


def _of(part: BudgetPart, measure: Measure) -> int | None:
    return part.amount_minor if measure is Measure.MONEY else part.hours_hundredths


def _text(value: int, measure: Measure, currency: str) -> str:
    return str(Money(value, currency)) if measure is Measure.MONEY else f"{format_hours(value)} hours"


def _check_part(part: BudgetPart, currency: str, *, amount_field: str, hours_field: str) -> None:
    if part.amount_minor is not None:
        if part.amount_minor <= 0:
            raise InvalidInput("Write an amount above zero.", field=amount_field)
        check_size(part.amount_minor, currency, field=amount_field)
    if part.hours_hundredths is not None and not 0 < part.hours_hundredths <= MOST_HUNDREDTHS:
        raise InvalidInput(f"Write hours above zero, at most {MOST_HUNDREDTHS // 100:,}.", field=hours_field)
