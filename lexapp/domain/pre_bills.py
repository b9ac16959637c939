"""The lines of a pre-bill: how an entry is divided between payers, and what a reviewer's change makes of a line.

What a line shows multiplies out at every moment: quantity x rate, rounded half up once, plus the odd minor unit of a split, plus the shown
adjustment, plus what the fee agreement takes off. What the work was worth less what is charged for it before those two is the write-down,
which the client never sees.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lexapp.domain.allocation import allocate
from lexapp.domain.amounts import check_size
from lexapp.domain.errors import InvalidInput
from lexapp.domain.money import Money
from lexapp.domain.pricing import LineKind, line_amount, write_down
from lexapp.domain.rounding import round_half_up

LONGEST_DAY_HUNDREDTHS = 2_400
MOST_UNITS_HUNDREDTHS = 99_999_999


class Share(NamedTuple):
    """One payer's part of an entry, in hundredths and minor units; of each entry all parts add up to the whole."""

    quantity_hundredths: int
    rate_minor: int
    rounding_minor: int
    amount_minor: int
    cost_minor: int


def split_time(quantity_hundredths: int, rate_minor: int, amount_minor: int, shares: Sequence[int]) -> list[Share]:
    """Time is divided in hundredths of an hour by largest remainder, and its amount in proportion to those hundredths.

    So each part is less than a minor unit away from its own quantity x rate; the difference is the part's rounding.
    `amount_minor` is zero for work that is not charged; its parts keep quantity and rate.
    """
    if len(shares) == 1:
        return [Share(quantity_hundredths, rate_minor, 0, amount_minor, 0)]
    quantities = allocate(quantity_hundredths, shares)
    amounts = allocate(amount_minor, quantities) if amount_minor else [0] * len(quantities)
    gross = [round_half_up(quantity * rate_minor, 100) for quantity in quantities]
    roundings = [amount - exact if amount_minor else 0 for amount, exact in zip(amounts, gross, strict=True)]
    parts = zip(quantities, roundings, amounts, strict=True)
    return [Share(quantity, rate_minor, rounding, amount, 0) for quantity, rounding, amount in parts]


def split_amount(quantity_hundredths: int, unit_minor: int, amount_minor: int, cost_minor: int, shares: Sequence[int]) -> list[Share]:
    """A cost or a fixed fee is divided by amount; a part of it is one unit at the price of the part."""
    gross = round_half_up(quantity_hundredths * unit_minor, 100)
    if len(shares) == 1 and amount_minor in (gross, 0):
        return [Share(quantity_hundredths, unit_minor, 0, amount_minor, cost_minor)]
    prices = allocate(amount_minor or gross, shares)
    costs = allocate(cost_minor, shares)
    return [Share(100, price, 0, price if amount_minor else 0, cost) for price, cost in zip(prices, costs, strict=True)]


def kept_share(quantity_hundredths: int, rate_minor: int, amount_minor: int, cost_minor: int) -> Share:
    """A part as it was billed before: its rounding is its amount less its own quantity x rate, nothing where it is not charged."""
    gross = round_half_up(quantity_hundredths * rate_minor, 100)
    return Share(quantity_hundredths, rate_minor, amount_minor - gross if amount_minor else 0, amount_minor, cost_minor)


@dataclass(frozen=True, slots=True)
class LineFigures:
    """The figures of a line after review, in minor units and hundredths."""

    quantity_hundredths: int
    rate_minor: int
    rounding_minor: int
    adjustment_minor: int
    agreed_minor: int
    write_down_minor: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class LineEdit:
    """What a reviewer asks for. `write_down` is taken off `quantity` x `rate` by way of the quantity (time) or the price."""

    quantity_hundredths: int
    rate: Money
    adjustment: Money
    write_down: Money
    no_charge: bool = False


def edited(kind: LineKind, entry_amount_minor: int, before: LineFigures, edit: LineEdit) -> LineFigures:
    """The line's figures under a reviewer's edit. Raises ``InvalidInput`` naming the field when they cannot multiply out.

    What was agreed stays taken off, as far as the line is still worth that: all of the matter's lines are worked out anew after it.
    """
    _check(kind, edit)
    quantity, rate = _written_down(kind, edit)
    same = (quantity, rate.minor) == (before.quantity_hundredths, before.rate_minor)
    rounding = before.rounding_minor if same and not edit.no_charge else 0
    if edit.no_charge:
        return LineFigures(quantity, rate.minor, 0, 0, 0, entry_amount_minor, 0)
    amount = line_amount(quantity, rate, edit.adjustment).minor + rounding
    if amount < 0:
        raise InvalidInput("The adjustment takes more off than the line is worth. Type a smaller one.", field="adjustment")
    down = entry_amount_minor + edit.adjustment.minor - amount
    agreed = max(before.agreed_minor, -amount)
    return LineFigures(quantity, rate.minor, rounding, edit.adjustment.minor, agreed, down, amount + agreed)


def _check(kind: LineKind, edit: LineEdit) -> None:
    if edit.adjustment.minor > 0:
        raise InvalidInput("An adjustment takes something off. Type it as a reduction.", field="adjustment")
    if edit.rate.minor < 0:
        raise InvalidInput("A rate is zero or more. Type it without the minus sign.", field="rate")
    if edit.quantity_hundredths < 0 or (kind is LineKind.TIME and edit.quantity_hundredths > LONGEST_DAY_HUNDREDTHS):
        raise InvalidInput("One line holds between 0 and 24 hours. Type the hours like 1.20.", field="quantity")
    if edit.quantity_hundredths > MOST_UNITS_HUNDREDTHS:
        raise InvalidInput("One line holds at most 999,999.99 units. Type a smaller number.", field="quantity")
    for field in ("rate", "adjustment", "write_down"):
        amount: Money = getattr(edit, field)
        check_size(amount.minor, amount.currency, field=field)
    check_size(edit.rate.times_hundredths(edit.quantity_hundredths).minor, edit.rate.currency, field="rate")


def _written_down(kind: LineKind, edit: LineEdit) -> tuple[int, Money]:
    """Quantity and rate after the write-down: hours go off time, the price goes down for anything else."""
    if not edit.write_down or edit.no_charge:
        return edit.quantity_hundredths, edit.rate
    if kind is LineKind.TIME:
        return write_down(edit.quantity_hundredths, edit.rate, edit.write_down).remaining_hundredths, edit.rate
    worth = edit.rate.times_hundredths(edit.quantity_hundredths)
    if edit.write_down.minor < 0 or edit.write_down > worth:
        raise InvalidInput(f"The line is worth {worth}. Write down between nothing and that.", field="write_down")
    return 100, worth - edit.write_down
