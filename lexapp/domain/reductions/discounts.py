"""Agreed discounts: by percent, by an amount, by what a client is billed in a year, and for paying early.

A discount is worked out once, on the sum of what it counts, rounded half up once, and then spread over the lines by largest remainder: so
the lines add up to it. One by volume is worked out on all of the year's bills together, less what the bills before were given: so it comes
to the same in however many bills the year is billed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from lexapp.domain.errors import InvalidInput
from lexapp.domain.reductions.lines import Charged, Counts, counted, spread_over
from lexapp.domain.rounding import round_half_up
from lexapp.domain.shares import WHOLE

MOST_TIERS = 20


def check_percent(basis_points: int, *, field: str) -> None:
    """Refuse a discount that takes nothing, or more than everything."""
    if not 0 < basis_points <= WHOLE:
        raise InvalidInput("A discount lies between 0.01 and 100 percent.", field=field)


def percent_discount(lines: Sequence[Charged], basis_points: int, counts: Counts) -> tuple[int, ...]:
    """What is taken off each line (zero or below) by a discount in hundredths of a percent."""
    amounts = counted(lines, counts)
    return spread_over(round_half_up(sum(amounts) * basis_points, WHOLE), amounts)


def amount_discount(lines: Sequence[Charged], discount_minor: int, counts: Counts) -> tuple[int, ...]:
    """What is taken off each line by a discount of an amount; never more than the lines are worth."""
    amounts = counted(lines, counts)
    return spread_over(min(discount_minor, sum(amounts)), amounts)


@dataclass(frozen=True, slots=True)
class Discount:
    """So many basis points off what it counts, or an amount off each bill: one of the two is above zero, the other is zero."""

    basis_points: int = 0
    amount_minor: int = 0
    counts: Counts = Counts.FEES

    def taken_off(self, lines: Sequence[Charged]) -> tuple[int, ...]:
        """What is taken off each line of a bill (zero or below)."""
        if self.amount_minor:
            return amount_discount(lines, self.amount_minor, self.counts)
        return percent_discount(lines, self.basis_points, self.counts)


@dataclass(frozen=True, slots=True)
class Tier:
    """From more than `above_minor` billed in a year on, `basis_points` are taken off."""

    above_minor: int
    basis_points: int


class Reckoning(StrEnum):
    """What the discount of a tier is taken off."""

    ABOVE = "above"
    """What is billed above the threshold."""
    EVERYTHING = "everything"
    """All of the year, once the threshold is passed: what was billed before is credited back."""


@dataclass(frozen=True, slots=True)
class VolumeDiscount:
    """A discount that grows with what a client is billed in a year."""

    tiers: tuple[Tier, ...]
    reckoning: Reckoning = Reckoning.ABOVE
    counts: Counts = Counts.FEES

    def due_on(self, billed_minor: int) -> int:
        """The discount on all that was billed in a year (before any of it), rounded half up once."""
        if self.reckoning is Reckoning.EVERYTHING:
            points = max((tier.basis_points for tier in self.tiers if billed_minor > tier.above_minor), default=0)
            return round_half_up(billed_minor * points, WHOLE)
        ends = [*(tier.above_minor for tier in self.tiers[1:]), None]
        parts = (
            max(min(billed_minor, billed_minor if end is None else end) - tier.above_minor, 0) * tier.basis_points
            for tier, end in zip(self.tiers, ends, strict=True)
        )
        return round_half_up(sum(parts), WHOLE)

    def billed_minor(self, lines: Sequence[Charged]) -> int:
        """What counts of these lines."""
        return sum(counted(lines, self.counts))

    def taken_off(self, lines: Sequence[Charged], *, billed_before_minor: int, given_minor: int) -> tuple[int, ...]:
        """What is taken off each line of a bill; what the bill cannot hold is due on the next one.

        `billed_before_minor`: what counts of the year's bills before this one, before any discount; `given_minor` (zero or more): what
        they were given.
        """
        amounts = counted(lines, self.counts)
        due = self.due_on(billed_before_minor + sum(amounts)) - given_minor
        return spread_over(min(max(due, 0), sum(amounts)), amounts)


def check_tiers(tiers: Sequence[Tier]) -> None:
    """Refuse tiers that are none, are not in order, or take less the more is billed: beside `above_N` and `percent_N`, from 1."""
    if not 1 <= len(tiers) <= MOST_TIERS:
        raise InvalidInput(f"Write one to {MOST_TIERS} steps.", field="tiers")
    for number, tier in enumerate(tiers, 1):
        check_percent(tier.basis_points, field=f"percent_{number}")
        if tier.above_minor < 0:
            raise InvalidInput("A step begins at zero or above.", field=f"above_{number}")
    for number, (lower, upper) in enumerate(pairwise(tiers), 2):
        if upper.above_minor <= lower.above_minor:
            sentence = "Each step begins above the one before. Put them in order, each amount once."
            raise InvalidInput(sentence, field=f"above_{number}")
        if upper.basis_points <= lower.basis_points:
            sentence = "Each step takes more off than the one before. Change its percentage, or leave it out."
            raise InvalidInput(sentence, field=f"percent_{number}")


def early_payment(total_minor: int, basis_points: int, *, issued_on: date, days: int, paid_on: date) -> int:
    """What somebody may keep who pays the whole of an invoice through so many days after its date (zero or more)."""
    is_early = paid_on <= issued_on + timedelta(days=days)
    return round_half_up(total_minor * basis_points, WHOLE) if is_early else 0
