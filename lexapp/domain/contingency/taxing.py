"""The taxes that the firm's invoice charges on its fee and on the costs it advanced, for the statement that goes before the invoice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from lexapp.domain.money import Money
from lexapp.domain.tax import Exemption, TaxBase, TaxCharge, TaxRule, rate_text

Taxing = Callable[[TaxBase], tuple[Sequence[TaxCharge], Sequence[Exemption]]]
"""What an invoice charges on a base, and what it says of taxes that it does not charge."""


class Taxed(NamedTuple):
    """What `Taxing` found. `costs`: what the costs that are taxed are called, nothing where there are none."""

    charges: Sequence[TaxCharge] = ()
    exempt: Sequence[Exemption] = ()
    costs: str = ""

    def added(self, currency: str) -> Iterator[tuple[TaxCharge, str]]:
        """What the invoice adds to fee and costs, each with its rule: ``20 % of the attorney fee and costs, $29,120.50``."""
        for charge in self.charges:
            if charge.amount_minor and not charge.rule.is_included:
                base = Money(charge.base_minor, currency)
                yield charge, f"{rate_text(charge.rule.rate_millionths)} % of {self._charged_on(charge.rule)}, {base}"

    def notes(self, currency: str) -> Iterator[str]:
        """What no line says: the taxes that fee and costs contain, and why a tax is not charged."""
        for charge in self.charges:
            rule = charge.rule
            if rule.is_included:
                named = f"{rule.name}, {rate_text(rule.rate_millionths)} %"
                yield f"Contained in {self._charged_on(rule)}: {named}, {Money(charge.amount_minor, currency)}."
        for one in self.exempt:
            number = f" Tax number of the client: {one.client_tax_number}." if one.client_tax_number else ""
            yield (one.words if one.words.endswith((".", "!", "?")) else f"{one.words}.") + number

    def _charged_on(self, rule: TaxRule) -> str:
        named = ("the attorney fee" if rule.on_fees else "", self.costs if rule.on_expenses else "", rule.on_top_of)
        *first, last = filter(None, named)
        return f"{', '.join(first)} and {last}" if first else last


NO_TAXES = Taxed()


def taxable(fee_minor: int, taxed_costs: Sequence[int]) -> TaxBase:
    """The base of an invoice that bills the firm's fee and the costs, each on a line of its own; minor units."""
    return TaxBase.of_lines([fee_minor] if fee_minor else [], taxed_costs)
