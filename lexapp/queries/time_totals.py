"""What entries of time come to together, and the mark by which it is told whether they are still the same."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor


@dataclass(frozen=True, slots=True)
class TimeTotals:
    """Count, hundredths of an hour, and worth in minor units (None for who may not see amounts); the sums of ids and versions."""

    count: int
    quantity_hundredths: int
    amount_minor: int | None
    currency: str
    id_sum: int
    version_sum: int

    @property
    def amount(self) -> Money | None:
        return None if self.amount_minor is None else Money(self.amount_minor, self.currency)

    @property
    def mark(self) -> str:
        """Which entries these are, as `mark_of` tells it."""
        return mark(self.count, self.id_sum, self.version_sum)


def mark(count: int, id_sum: int, version_sum: int) -> str:
    """Another text where an entry came, went or changed."""
    return f"{count}.{id_sum}.{version_sum}"


def sum_totals(days: Collection[TimeTotals], *, actor: Actor, currency: str) -> TimeTotals:
    """All days together."""
    worth = sum(day.amount_minor or 0 for day in days) if actor.may("rate.see") else None
    count, hundredths = sum(day.count for day in days), sum(day.quantity_hundredths for day in days)
    return TimeTotals(count, hundredths, worth, currency, sum(day.id_sum for day in days), sum(day.version_sum for day in days))
