"""The balance of one trust ledger at every point in time, which is never below zero.

Points are ordered by (effective date, sequence), so a withdrawal dated back must be covered on its day and at every later point,
and a deposit that arrives afterwards does not cover it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from math import inf

from lexapp.domain.dates import day_text
from lexapp.domain.errors import InsufficientTrustFunds
from lexapp.domain.money import Money


@dataclass(frozen=True, slots=True, order=True)
class Movement:
    """A change of one ledger: positive in, negative out, in minor units. `sequence` orders the movements of a day as they were recorded."""

    effective_on: date
    sequence: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Point:
    """The balance right after a movement."""

    effective_on: date
    sequence: int
    balance_minor: int


def points(movements: Iterable[Movement]) -> list[Point]:
    """The running balance in (date, sequence) order, one point per movement."""
    ordered = sorted(movements)
    balances = accumulate(movement.amount_minor for movement in ordered)
    return [Point(m.effective_on, m.sequence, balance) for m, balance in zip(ordered, balances, strict=True)]


def lowest_point(movements: Iterable[Movement]) -> Point | None:
    """The earliest point with the lowest balance, or None for a ledger without movements. Below zero means the ledger is broken."""
    return min(points(movements), key=lambda point: point.balance_minor, default=None)


def balance_on(movements: Iterable[Movement], on: date) -> int:
    """The balance at the end of a day, in minor units."""
    return sum(movement.amount_minor for movement in movements if movement.effective_on <= on)


def available(movements: Iterable[Movement], on: date) -> int:
    """The most that may leave on a day, after what is recorded for that day already, in minor units: never below zero."""
    return max(0, _limit(points(movements), on, inf).balance_minor)


def check_movement(existing: Iterable[Movement], new: Movement, *, currency: str) -> None:
    """Refuse a withdrawal that would take the ledger below zero on its day or at any later point; money in is always right.

    Raises InsufficientTrustFunds with the amount that is available and the date that limits it.
    """
    if new.amount_minor >= 0:
        return
    limit = _limit(points(existing), new.effective_on, new.sequence)
    if limit.balance_minor + new.amount_minor < 0:
        raise InsufficientTrustFunds(_refusal(limit, new.effective_on, currency), field="amount")


def _limit(ledger: Sequence[Point], on: date, sequence: float) -> Point:
    """The lowest balance from the place of a new movement onwards: what stands before it, or any later point."""
    before = [point for point in ledger if (point.effective_on, point.sequence) < (on, sequence)]
    start = Point(on, 0, before[-1].balance_minor if before else 0)
    return min((start, *ledger[len(before) :]), key=lambda point: point.balance_minor)


def _refusal(limit: Point, on: date, currency: str) -> str:
    free = max(0, limit.balance_minor)
    amount, day, later = Money(free, currency), day_text(on), day_text(limit.effective_on)
    if limit.effective_on == on and free:
        return f"This trust ledger has {amount} available on {day}. Enter that amount or less, or record the deposit first."
    if limit.effective_on == on:
        return f"This trust ledger has no money available on {day}. Record the deposit first."
    reason = f"because its balance falls to {amount} on {later}"
    if free:
        return f"Only {amount} can leave this trust ledger on {day}, {reason}. Enter that amount or less."
    return f"Nothing can leave this trust ledger on {day}, {reason}. Choose a later date, or record the deposit first."
