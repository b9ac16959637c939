"""What a line of a document is worth, and what may be taken off it, so that whatever is printed multiplies out and adds up."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from lexapp.domain.allocation import allocate
from lexapp.domain.durations import format_hours
from lexapp.domain.errors import InvalidInput
from lexapp.domain.money import Money, total


class LineKind(StrEnum):
    """What a line charges for; in LEDES 1998B these are F, IF and E."""

    TIME = "time"
    FIXED_FEE = "fixed_fee"
    EXPENSE = "expense"


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A shown line: quantity in hundredths of its unit, rate per unit, and the shown adjustment (negative: a discount)."""

    kind: LineKind
    quantity_hundredths: int
    rate: Money
    adjustment: Money

    @property
    def gross(self) -> Money:
        return self.rate.times_hundredths(self.quantity_hundredths)

    @property
    def amount(self) -> Money:
        return line_amount(self.quantity_hundredths, self.rate, self.adjustment)


@dataclass(frozen=True, slots=True)
class LineTotals:
    """Sums of shown lines, ``fees`` being those of time: ``fees + fixed_fees + expenses == total == gross + adjustments``."""

    fees: Money
    fixed_fees: Money
    expenses: Money
    gross: Money
    adjustments: Money
    total: Money


class WrittenDown(NamedTuple):
    """Hundredths of an hour that stay on the line, and those taken off it."""

    remaining_hundredths: int
    removed_hundredths: int


def line_amount(quantity_hundredths: int, rate: Money, adjustment: Money) -> Money:
    """Shown quantity times shown rate, rounded half up once, plus the shown adjustment.

    This is LINE_ITEM_TOTAL of LEDES 1998B: units times unit cost plus adjustment. An adjustment that takes more than the line is
    worth raises ``InvalidInput``.
    """
    gross = rate.times_hundredths(quantity_hundredths)
    if gross + adjustment < min(gross, Money.zero(rate.currency)):
        raise InvalidInput(
            f"The adjustment takes more off than the line is worth. Type at most {gross} as a reduction.",
            field="adjustment",
            code="adjustment_too_large",
        )
    return gross + adjustment


def reduction_within(reduction_minor: int, amount_minor: int) -> int:
    """A reduction agreed for an entry (zero or below) once the entry's amount has changed: never more than it is worth."""
    return max(reduction_minor, -amount_minor)


def line_totals(lines: Sequence[PricedLine], currency: str) -> LineTotals:
    """Totals of a document as sums of its shown lines; nothing is rounded again."""
    return LineTotals(
        fees=_sum_of(LineKind.TIME, lines, currency),
        fixed_fees=_sum_of(LineKind.FIXED_FEE, lines, currency),
        expenses=_sum_of(LineKind.EXPENSE, lines, currency),
        gross=total((line.gross for line in lines), currency),
        adjustments=total((line.adjustment for line in lines), currency),
        total=total((line.amount for line in lines), currency),
    )


def spread_discount(discount: Money, gross_amounts: Sequence[Money]) -> list[Money]:
    """An agreed reduction (above zero) as one adjustment (zero or below) per line, in proportion to what each is worth."""
    worth = total(gross_amounts, discount.currency)
    if discount > worth:
        sentence = f"The discount is more than the lines are worth. Type at most {worth}."
        raise InvalidInput(sentence, field="discount", code="discount_too_large")
    return [Money(part, discount.currency) for part in allocate(-discount.minor, [amount.minor for amount in gross_amounts])]


def write_down(quantity_hundredths: int, rate: Money, amount: Money) -> WrittenDown:
    """Take an amount off a line by taking whole hundredths of an hour off its quantity.

    A write-down is internal: the line still shows quantity times rate, so only amounts that are such a difference are possible.
    Any other raises ``InvalidInput`` and names the nearest two.
    """
    worth = rate.times_hundredths(quantity_hundredths)
    if amount.minor <= 0:
        raise _refusal("Type an amount above zero.")
    if amount > worth:
        raise _refusal(f"The line is worth {worth}. Write down at most that.")
    removed = bisect_left(range(quantity_hundredths + 1), amount.minor, key=lambda k: _value_of(k, quantity_hundredths, rate).minor)
    if _value_of(removed, quantity_hundredths, rate) != amount:
        raise _refusal(_nearest(removed, quantity_hundredths, rate))
    return WrittenDown(quantity_hundredths - removed, removed)


def _sum_of(kind: LineKind, lines: Iterable[PricedLine], currency: str) -> Money:
    return total((line.amount for line in lines if line.kind is kind), currency)


def _value_of(removed: int, quantity: int, rate: Money) -> Money:
    return rate.times_hundredths(quantity) - rate.times_hundredths(quantity - removed)


def _nearest(above: int, quantity: int, rate: Money) -> str:
    larger = f"{_value_of(above, quantity, rate)} ({format_hours(above)} h)"
    smaller = _value_of(above - 1, quantity, rate)
    if not smaller:
        return f"At {rate} an hour the smallest write-down is {larger}. Type that amount or a larger one."
    return f"At {rate} an hour the nearest write-downs are {smaller} ({format_hours(above - 1)} h) and {larger}. Type one of them."


def _refusal(sentence: str) -> InvalidInput:
    return InvalidInput(sentence, field="write_down", code="write_down_not_possible")
