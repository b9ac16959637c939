"""One rate of a named tax: from when, where, on what, on top of which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from lexapp.domain.errors import InvalidInput
from lexapp.domain.tax.places import Place

ANYWHERE = Place()


@dataclass(frozen=True, slots=True)
class TaxRule:
    """One rate of a named tax, from a day and perhaps until one.

    No country: charged everywhere. A country without regions: in all of it. `on_top_of` names the tax whose amount (with what that one is
    charged on top of) is part of the base. `is_included`: the prices contain the tax.
    """

    name: str
    rate_millionths: int
    on_fees: bool
    on_expenses: bool
    effective_from: date
    effective_to: date | None = None
    registration_number: str = ""
    country: str = ""
    regions: tuple[str, ...] = ()
    on_top_of: str = ""
    is_included: bool = False

    def is_in_force(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)

    def overlaps(self, other: TaxRule) -> bool:
        """Whether there is a day on which both are in force."""
        begins = max(self.effective_from, other.effective_from)
        return self.is_in_force(begins) and other.is_in_force(begins)

    def applies_in(self, place: Place) -> bool:
        return not self.country or (self.country == place.country and (not self.regions or place.region in self.regions))

    def meets(self, other: TaxRule) -> bool:
        """Whether there is a place in which both are charged."""
        if not (self.country and other.country):
            return True
        return self.country == other.country and (not self.regions or not other.regions or bool({*self.regions} & {*other.regions}))

    @property
    def base_description(self) -> str:
        if self.on_fees and self.on_expenses:
            return "fees and expenses"
        return "fees" if self.on_fees else "expenses"


def taxes_of_place(rules: Iterable[TaxRule], *, on: date, place: Place = ANYWHERE) -> list[TaxRule]:
    """Those charged there on that day: each after the one that it is charged on top of, else by name."""
    return in_order([rule for rule in rules if rule.is_in_force(on) and rule.applies_in(place)])


def in_order(rules: Sequence[TaxRule]) -> list[TaxRule]:
    """By name, each after the one that it is charged on top of. Raises ``InvalidInput`` where they go in a circle."""
    named = sorted(rules, key=lambda rule: (rule.name, rule.effective_from, rule.country, rule.regions))
    return sorted(named, key=lambda rule: len(beneath(rule, named)))


def beneath(rule: TaxRule, rules: Sequence[TaxRule]) -> list[TaxRule]:
    """What a tax is charged on top of, the nearest first. A tax that is not charged there and then adds nothing."""
    found: list[TaxRule] = []
    named = {one.name: one for one in rules}
    below = named.get(rule.on_top_of)
    while below is not None:
        if below.name == rule.name or below in found:
            circle = " on ".join([rule.name, *(one.name for one in found), below.name])
            raise InvalidInput(
                f"These taxes would be charged in a circle: {circle}. Let one of them be on the price alone.", field="on_top_of"
            )
        found.append(below)
        below = named.get(below.on_top_of)
    return found
