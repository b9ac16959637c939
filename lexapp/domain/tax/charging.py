"""What taxes come to. Rounded half up once for the whole invoice, or once on every line, as the firm settled; what is charged for several
matters is divided by largest remainder, so that the parts add up. Nothing depends on the order of lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from math import lcm

from lexapp.domain.allocation import allocate
from lexapp.domain.rounding import round_half_up
from lexapp.domain.tax.places import Place
from lexapp.domain.tax.rates import WHOLE
from lexapp.domain.tax.rules import ANYWHERE, TaxRule, beneath, taxes_of_place


class TaxRounding(StrEnum):
    """When a tax is rounded."""

    INVOICE = "invoice"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class TaxBase:
    """What one matter is charged on an invoice, in minor units; neither is negative.

    The amounts of the lines are needed only where each is rounded by itself; without them the sum counts as one line.
    """

    fees_minor: int
    expenses_minor: int
    fee_lines: tuple[int, ...] = ()
    expense_lines: tuple[int, ...] = ()

    @classmethod
    def of_lines(cls, fees: Iterable[int], expenses: Iterable[int]) -> TaxBase:
        fee_lines, expense_lines = tuple(fees), tuple(expenses)
        return cls(sum(fee_lines), sum(expense_lines), fee_lines, expense_lines)


@dataclass(frozen=True, slots=True)
class TaxCharge:
    """A tax as charged for one matter. The base of an included tax is what the prices are without it; of one on top, with the one below.

    `on_expenses_minor` is the part of the amount that falls on expenses; the rest falls on fees.
    """

    rule: TaxRule
    base_minor: int
    amount_minor: int
    on_expenses_minor: int = 0


@dataclass(frozen=True, slots=True)
class _Cell:
    """An amount that is taxed by itself or with the others: a line, or the sum of a matter's fees or expenses."""

    matter: int
    is_expense: bool
    price_minor: int


def tax_amount(base_minor: int, rate_millionths: int) -> int:
    """The tax on a whole base, rounded half up once."""
    return round_half_up(base_minor * rate_millionths, WHOLE)


def taxes_on(
    rules: Sequence[TaxRule],
    bases: Sequence[TaxBase],
    *,
    on: date,
    place: Place = ANYWHERE,
    rounding: TaxRounding = TaxRounding.INVOICE,
) -> list[list[TaxCharge]]:
    """For every matter of an invoice dated `on`, its part of each tax that is charged there and then and has something to be charged on."""
    charged: list[list[TaxCharge]] = [[] for _ in bases]
    in_force = taxes_of_place(rules, on=on, place=place) if rules else []
    if not in_force:
        return charged
    cells = [cell for matter, base in enumerate(bases) for cell in _cells(matter, base, rounding)]
    included = [rule for rule in in_force if rule.is_included]
    amounts = _included(included, cells, rounding)
    for rule in in_force:
        if not rule.is_included:
            amounts[rule.name] = _on_top(rule, _taxable(rule, cells, in_force, amounts), cells, rounding)
        for matter, charge in _charges(rule, cells, in_force, amounts):
            charged[matter].append(charge)
    return charged


def _cells(matter: int, base: TaxBase, rounding: TaxRounding) -> list[_Cell]:
    by_line = rounding is TaxRounding.LINE
    fees = (base.fee_lines if by_line else ()) or (base.fees_minor,)
    expenses = (base.expense_lines if by_line else ()) or (base.expenses_minor,)
    return [_Cell(matter, False, minor) for minor in fees] + [_Cell(matter, True, minor) for minor in expenses]


def _is_on(rule: TaxRule, cell: _Cell) -> bool:
    return rule.on_expenses if cell.is_expense else rule.on_fees


def _taxable(rule: TaxRule, cells: Sequence[_Cell], rules: Sequence[TaxRule], amounts: dict[str, list[int]]) -> list[int]:
    """Of each cell what the rate multiplies: the price without the taxes it contains, with those that this one is on top of."""
    contained = [amounts[one.name] for one in rules if one.is_included]
    below = [amounts[one.name] for one in beneath(rule, rules)]
    return [
        cell.price_minor - sum(parts[place] for parts in contained) + sum(parts[place] for parts in below) if _is_on(rule, cell) else 0
        for place, cell in enumerate(cells)
    ]


def _on_top(rule: TaxRule, bases: Sequence[int], cells: Sequence[_Cell], rounding: TaxRounding) -> list[int]:
    if rounding is TaxRounding.LINE:
        return [tax_amount(base, rule.rate_millionths) for base in bases]
    return _spread(tax_amount(sum(bases), rule.rate_millionths), bases, cells)


def _spread(whole: int, bases: Sequence[int], cells: Sequence[_Cell]) -> list[int]:
    """An amount over the matters first, then over the fees and expenses of each."""
    matters = sorted({cell.matter for cell in cells})
    places = [[place for place, cell in enumerate(cells) if cell.matter == matter] for matter in matters]
    parts = [0] * len(cells)
    for of_matter, share in zip(places, _divided(whole, [sum(bases[place] for place in group) for group in places]), strict=True):
        for place, part in zip(of_matter, _divided(share, [bases[place] for place in of_matter]), strict=True):
            parts[place] = part
    return parts


def _divided(whole: int, weights: Sequence[int]) -> list[int]:
    return allocate(whole, weights) if any(weights) else [0] * len(weights)


# ── contained in the price ───────────────────────────────────────────────────────────────────────


def _included(rules: Sequence[TaxRule], cells: Sequence[_Cell], rounding: TaxRounding) -> dict[str, list[int]]:
    """Of each tax the part of every cell. All together are taken out at once, so that price = what is left + the taxes, exactly."""
    if not rules:
        return {}
    shares = [_share_of_net(rule, rules) for rule in rules]
    together = sum(shares, Fraction(0))
    prices = [cell.price_minor if _is_on(rules[0], cell) else 0 for cell in cells]
    if rounding is TaxRounding.LINE:
        taken = [_taken_out(price, together) for price in prices]
    else:
        taken = _spread(_taken_out(sum(prices), together), prices, cells)
    scale = lcm(*(share.denominator for share in shares))
    weights = [int(share * scale) for share in shares]
    if rounding is TaxRounding.LINE:
        parts = [_divided(minor, weights) for minor in taken]
        return {rule.name: [part[place] for part in parts] for place, rule in enumerate(rules)}
    return _by_tax(rules, taken, weights, cells)


def _by_tax(rules: Sequence[TaxRule], taken: Sequence[int], weights: Sequence[int], cells: Sequence[_Cell]) -> dict[str, list[int]]:
    """Each tax takes its part of the whole, and what it takes of each cell adds up to that; the last takes what is left of every cell."""
    left, amounts = list(taken), {}
    wholes = _divided(sum(taken), weights)
    for rule, whole in zip(rules[:-1], wholes, strict=False):
        amounts[rule.name] = _spread(whole, left, cells)
        left = [minor - part for minor, part in zip(left, amounts[rule.name], strict=True)]
    amounts[rules[-1].name] = left
    return amounts


def _taken_out(price_minor: int, together: Fraction) -> int:
    """The tax in a price that contains it: 20 % of the net is a sixth of the price."""
    return round_half_up(price_minor * together.numerator, together.numerator + together.denominator)


def _share_of_net(rule: TaxRule, rules: Sequence[TaxRule]) -> Fraction:
    """A tax as a part of the price without taxes, with what it is charged on top of."""
    own = Fraction(rule.rate_millionths, WHOLE)
    below = beneath(rule, rules)
    return own * (1 + sum((_share_of_net(one, rules) for one in below), Fraction(0)))


def _charges(
    rule: TaxRule, cells: Sequence[_Cell], rules: Sequence[TaxRule], amounts: dict[str, list[int]]
) -> Iterable[tuple[int, TaxCharge]]:
    """By matter, where there is something to be charged on."""
    bases, parts = _taxable(rule, cells, rules, amounts), amounts[rule.name]
    for matter in sorted({cell.matter for cell in cells}):
        places = [place for place, cell in enumerate(cells) if cell.matter == matter]
        base = sum(bases[place] for place in places)
        if base:
            on_expenses = sum(parts[place] for place in places if cells[place].is_expense)
            yield matter, TaxCharge(rule, base, sum(parts[place] for place in places), on_expenses)
