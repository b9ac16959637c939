"""What is agreed with a client on all its matters: a discount that grows with what it is billed in a year, and one for paying early."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar, Self

from lexapp.domain.amounts import check_size
from lexapp.domain.errors import InvalidInput, InvariantBroken
from lexapp.domain.money import Money
from lexapp.domain.periods import Period
from lexapp.domain.reductions.discounts import Reckoning, Tier, VolumeDiscount, check_percent, check_tiers, early_payment
from lexapp.domain.reductions.lines import Counts
from lexapp.domain.shares import percent_text

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
MOST_DAYS = 365


@dataclass(frozen=True, slots=True)
class YearlyDiscount:
    """A discount by volume with the month in which the client's year begins (1 to 12)."""

    kind: ClassVar[str] = "volume"
    label: ClassVar[str] = "Discount by volume"

    volume: VolumeDiscount
    first_month: int = 1

    def check(self, currency: str) -> None:
        """Refuse what cannot be agreed, beside `above_N` and `percent_N` of a step (from 1), `first_month` or `tiers`."""
        check_tiers(self.volume.tiers)
        for number, tier in enumerate(self.volume.tiers, 1):
            check_size(tier.above_minor, currency, field=f"above_{number}")
        if not 1 <= self.first_month <= len(MONTHS):
            raise InvalidInput("Choose the month out of the list.", field="first_month")

    def year_of(self, day: date) -> Period:
        """The client's year that a day is in."""
        first = day.replace(year=day.year - (day.month < self.first_month), month=self.first_month, day=1)
        return Period(first, first.replace(year=first.year + 1) - timedelta(days=1))

    def sentences(self, currency: str) -> tuple[str, ...]:
        """What was agreed."""
        steps = [f"{percent_text(tier.basis_points)} % above {Money(tier.above_minor, currency)}" for tier in self.volume.tiers]
        whole = self.volume.reckoning is Reckoning.EVERYTHING
        of = "all of the year, once a step is passed" if whole else "what is billed above each step"
        year = "" if self.first_month == 1 else f" The year begins in {MONTHS[self.first_month - 1]}."
        counts = f"It counts {self.volume.counts.words}, without settled contingency fees and minimums."
        return (f"{', '.join(steps)} a year.", f"It is taken off {of}. {counts}{year}")

    def as_json(self) -> dict[str, Any]:
        """As it is kept; `read` is the way back."""
        tiers = [[tier.above_minor, tier.basis_points] for tier in self.volume.tiers]
        said = {"reckoning": self.volume.reckoning.value, "counts": self.volume.counts.value}
        return {"tiers": tiers, **said, "first_month": self.first_month}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        tiers = tuple(Tier(above, points) for above, points in data["tiers"])
        return cls(VolumeDiscount(tiers, Reckoning(data["reckoning"]), Counts(data["counts"])), data["first_month"])


@dataclass(frozen=True, slots=True)
class EarlyDiscount:
    """Hundredths of a percent of an invoice's total for paying all of it through so many days after its date."""

    kind: ClassVar[str] = "early_payment"
    label: ClassVar[str] = "Discount for early payment"

    basis_points: int
    days: int

    def check(self, currency: str) -> None:  # noqa: ARG002 - as the other kind
        """Refuse what cannot be agreed, beside `percent` and `days`."""
        check_percent(self.basis_points, field="percent")
        if not 1 <= self.days <= MOST_DAYS:
            raise InvalidInput(f"Write between 1 and {MOST_DAYS} days.", field="days")

    def last_day(self, issued_on: date) -> date:
        """The last day on which a payment is early."""
        return issued_on + timedelta(days=self.days)

    def of(self, total_minor: int, issued_on: date) -> int:
        """What may be kept of a total by paying on the last day."""
        return early_payment(total_minor, self.basis_points, issued_on=issued_on, days=self.days, paid_on=self.last_day(issued_on))

    def sentences(self, currency: str) -> tuple[str, ...]:  # noqa: ARG002 - as the other kind
        """What was agreed."""
        days = f"within {self.days} days" if self.days > 1 else "on the next day at the latest"
        return (f"{percent_text(self.basis_points)} % if an invoice is paid whole {days}.",)

    def as_json(self) -> dict[str, Any]:
        """As it is kept; `read` is the way back."""
        return {"basis_points": self.basis_points, "days": self.days}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        return cls(data["basis_points"], data["days"])


ClientDiscountTerms = YearlyDiscount | EarlyDiscount
CLIENT_DISCOUNTS: Mapping[str, type[ClientDiscountTerms]] = {one.kind: one for one in (YearlyDiscount, EarlyDiscount)}


def read_client_discount(kind: str, data: Mapping[str, Any]) -> ClientDiscountTerms:
    """Terms out of what was kept. Raises InvariantBroken for a kind that is not known."""
    if kind not in CLIENT_DISCOUNTS:
        raise InvariantBroken(f"there is no discount of clients called {kind}")
    return CLIENT_DISCOUNTS[kind].read(data)
