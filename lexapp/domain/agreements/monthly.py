"""Terms that count by the month: a minimum, and the two retainers, which the law keeps apart.

An advance stays the client's money in trust until it is earned and billed; a monthly retainer fee is earned month by month (American Bar
Association, Formal Opinion 505 of 2023, tells the two apart, and from a flat fee).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar, Self

from lexapp.domain.agreements.fixed import check_amount, check_name
from lexapp.domain.agreements.terms import Coverage, Covers, Term, term_kind
from lexapp.domain.durations import format_hours
from lexapp.domain.errors import InvalidInput
from lexapp.domain.money import Money
from lexapp.domain.rounding import round_half_up

ON_TOP = Coverage(Covers.NOTHING)
MINIMUM_FEES = ("minimum", "minimum_in_all")
"""The kinds of agreed fees that are what was missing to a minimum."""
MOST_HOURS = 744_00
"""Hundredths of an hour: what a month has at most."""


@term_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class Minimum(Term):
    """At least so much in minor units is billed for time by the hour: of every month, or of the whole matter."""

    kind: ClassVar[str] = "minimum"
    label: ClassVar[str] = "Minimum"
    once: ClassVar[str] = "A minimum is agreed above already. Keep one of the two."

    amount_minor: int
    is_monthly: bool = True

    def missing_minor(self, worked_minor: int) -> int:
        """What is missing, where time came to so much."""
        return max(self.amount_minor - worked_minor, 0)

    def check(self, currency: str) -> None:
        check_amount(self.amount_minor, currency, "amount_minor")

    def sentences(self, currency: str) -> tuple[str, ...]:
        often = "a month" if self.is_monthly else "in all"
        rest = "once the month is over" if self.is_monthly else "at the end of the work"
        return (f"At least {Money(self.amount_minor, currency)} {often} for time by the hour. What is missing is billed as a fee, {rest}.",)

    def as_json(self) -> dict[str, Any]:
        return {"amount_minor": self.amount_minor, "is_monthly": self.is_monthly}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        return cls(**data)


@term_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceRetainer(Term):
    """An advance that the client pays into trust, and the balance below which it is asked for again (zero: never). Minor units."""

    kind: ClassVar[str] = "advance_retainer"
    label: ClassVar[str] = "Advance-fee retainer"
    once: ClassVar[str] = "An advance is agreed above already. Keep one of the two."

    amount_minor: int
    minimum_minor: int = 0

    def check(self, currency: str) -> None:
        check_amount(self.amount_minor, currency, "amount_minor")
        if self.minimum_minor:
            check_amount(self.minimum_minor, currency, "minimum_minor")
        if self.minimum_minor > self.amount_minor:
            raise InvalidInput("The balance to keep is above the advance itself. Write at most the advance.", field="minimum_minor")

    def sentences(self, currency: str) -> tuple[str, ...]:
        advance = f"The client pays an advance of {Money(self.amount_minor, currency)} into trust"
        paid = f"{advance}, where it stays theirs until it is earned and billed."
        if not self.minimum_minor:
            return (paid,)
        return (paid, f"Below {Money(self.minimum_minor, currency)} the invoice asks for more.")

    def as_json(self) -> dict[str, Any]:
        return {"amount_minor": self.amount_minor, "minimum_minor": self.minimum_minor}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        return cls(**data)


@term_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyRetainer(Term):
    """A fee for every month, in minor units. Of the time that it pays for it holds `hours_hundredths` a month (zero: all of it); what goes
    beyond costs `beyond_minor_per_hour`."""

    kind: ClassVar[str] = "monthly_retainer"
    label: ClassVar[str] = "Monthly retainer fee"
    once: ClassVar[str] = "A monthly retainer fee is agreed above already. Put the two together."

    name: str
    amount_minor: int
    pays_for: Coverage = ON_TOP
    hours_hundredths: int = 0
    beyond_minor_per_hour: int = 0

    @property
    def coverage(self) -> Coverage:
        return self.pays_for

    def beyond_hundredths(self, worked_hundredths: int) -> int:
        """Of the covered time of a month, in hundredths of an hour, what goes beyond the hours that the fee holds."""
        return max(worked_hundredths - self.hours_hundredths, 0) if self.hours_hundredths else 0

    def beyond_minor(self, worked_hundredths: int) -> int:
        """What that costs, rounded half up once."""
        return round_half_up(self.beyond_hundredths(worked_hundredths) * self.beyond_minor_per_hour, 100)

    def check(self, currency: str) -> None:
        check_name(self.name, "name", "Write what the fee is for. It stands on the invoice.")
        check_amount(self.amount_minor, currency, "amount_minor")
        self.pays_for.check()
        if not 0 <= self.hours_hundredths <= MOST_HOURS:
            raise InvalidInput("A month has at most 744 hours. Write fewer, or leave it empty.", field="hours")
        if self.hours_hundredths and self.pays_for.covers is Covers.NOTHING:
            raise InvalidInput("Hours are included only where the fee covers time. Choose which time above, or empty this.", field="hours")
        if self.hours_hundredths:
            check_amount(self.beyond_minor_per_hour, currency, "beyond_minor_per_hour")
        elif self.beyond_minor_per_hour:
            raise InvalidInput("Write how many hours the fee includes first, or empty this.", field="beyond_minor_per_hour")

    def sentences(self, currency: str) -> tuple[str, ...]:
        found = (f"{Money(self.amount_minor, currency)} a month for {self.name}, earned as each month ends.", self.pays_for.words)
        if not self.hours_hundredths:
            return found
        hours, rate = format_hours(self.hours_hundredths), Money(self.beyond_minor_per_hour, currency)
        return (*found, f"It includes {hours} h a month; an hour beyond costs {rate}.")

    def as_json(self) -> dict[str, Any]:
        paid = {"name": self.name, "amount_minor": self.amount_minor, "pays_for": self.pays_for.as_json()}
        return {**paid, "hours_hundredths": self.hours_hundredths, "beyond_minor_per_hour": self.beyond_minor_per_hour}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        return cls(**{**data, "pays_for": Coverage.read(data["pays_for"])})


def month_end(day: date) -> date:
    """The last day of the month of a day."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def months_over(first: date, last: date | None, *, through: date) -> Iterator[date]:
    """The first day of each month whose last day lies in first … last, and is no later than `through`."""
    month = first.replace(day=1)
    while (end := month_end(month)) <= through and (last is None or end <= last):
        yield month
        month = end + timedelta(days=1)
