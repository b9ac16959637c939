"""Totals of the shown lines, and the summary of services by timekeeper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from lexapp.domain.snapshots.lines import TimeLine

if TYPE_CHECKING:
    from lexapp.domain.snapshots.invoice import MatterSection


class _Charged(Protocol):
    @property
    def amount_minor(self) -> int: ...


@dataclass(frozen=True, slots=True)
class ChargeTotals:
    """What is charged, for one matter or the whole invoice.

    `fees_minor` is the sum of the time lines as shown, so after their adjustments; `adjustments_minor` tells what the shown adjustments
    on lines of every kind come to and is contained in the other figures; `discounts_minor` is zero or negative. `total_minor` is fees,
    discounts, fixed fees, expenses and tax together, less `included_tax_minor`: the part of the tax that the prices contain already, of
    which `included_in_expenses_minor` is in the expenses. `quantity_hundredths` counts the hours of the time lines.
    """

    fees_minor: int = 0
    adjustments_minor: int = 0
    discounts_minor: int = 0
    fixed_fees_minor: int = 0
    expenses_minor: int = 0
    tax_minor: int = 0
    total_minor: int = 0
    quantity_hundredths: int = 0
    included_tax_minor: int = 0
    included_in_expenses_minor: int = 0

    @property
    def net_fees_minor(self) -> int:
        """What is charged for work, without the tax that its prices contain."""
        in_fees = self.included_tax_minor - self.included_in_expenses_minor
        return self.fees_minor + self.discounts_minor + self.fixed_fees_minor - in_fees

    @property
    def net_expenses_minor(self) -> int:
        """What is charged for expenses, without the tax that their prices contain."""
        return self.expenses_minor - self.included_in_expenses_minor


@dataclass(frozen=True, slots=True)
class TimekeeperRow:
    """One timekeeper at one rate; no-charge hours are counted, at their amount of zero."""

    timekeeper_id: int
    name: str
    initials: str
    classification: str
    quantity_hundredths: int
    rate_minor: int
    amount_minor: int


def total_of(section: MatterSection) -> ChargeTotals:
    """The totals of a matter, added up from its lines."""
    fees, fixed_fees, expenses = (_sum(kind) for kind in (section.time, section.fixed_fees, section.expenses))
    discounts, tax = _sum(section.discounts), _sum(section.taxes)
    included = [line for line in section.taxes if line.is_included]
    return ChargeTotals(
        fees_minor=fees,
        adjustments_minor=sum(line.adjustment_minor for line in section.lines),
        discounts_minor=discounts,
        fixed_fees_minor=fixed_fees,
        expenses_minor=expenses,
        tax_minor=tax,
        total_minor=fees + discounts + fixed_fees + expenses + tax - _sum(included),
        quantity_hundredths=sum(line.quantity_hundredths for line in section.time),
        included_tax_minor=_sum(included),
        included_in_expenses_minor=sum(line.on_expenses_minor for line in included),
    )


def _sum(lines: Iterable[_Charged]) -> int:
    return sum(line.amount_minor for line in lines)


def sum_totals(totals: Sequence[ChargeTotals]) -> ChargeTotals:
    """The invoice's totals from those of its matters."""
    names = ChargeTotals.__slots__
    return ChargeTotals(**{name: sum(getattr(part, name) for part in totals) for name in names})


def summarise_timekeepers(lines: Iterable[TimeLine]) -> tuple[TimekeeperRow, ...]:
    """One row per timekeeper and rate, in the order of their first line; the amounts add up to the services."""
    groups: dict[tuple[int, int], list[TimeLine]] = {}
    for line in lines:
        groups.setdefault((line.timekeeper_id, line.rate_minor), []).append(line)
    return tuple(_timekeeper_row(group) for group in groups.values())


def _timekeeper_row(group: Sequence[TimeLine]) -> TimekeeperRow:
    first = group[0]
    return TimekeeperRow(
        timekeeper_id=first.timekeeper_id,
        name=first.timekeeper_name,
        initials=first.timekeeper_initials,
        classification=first.timekeeper_classification,
        quantity_hundredths=sum(line.quantity_hundredths for line in group),
        rate_minor=first.rate_minor,
        amount_minor=sum(line.amount_minor for line in group),
    )
