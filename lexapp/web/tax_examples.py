"""A worked set of taxes as its page shows it: which rates the firm would get, and what an invoice would charge in each place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from lexapp.domain.currencies import exponent
from lexapp.domain.money import Money
from lexapp.domain.tax import Place, TaxBase, TaxRule, place_name, taxes_on
from lexapp.domain.tax.sets import TaxSet
from lexapp.services.taxes import rules_to_add

FEES, EXPENSES = 1_000, 100  # whole units of the currency


@dataclass(frozen=True, slots=True)
class Example:
    """An invoice to a client of a place: each tax with its amount, and the whole."""

    where: str
    taxes: tuple[tuple[str, Money], ...]
    total: Money


@dataclass(frozen=True, slots=True)
class SetShown:
    """A set, the rates of it that are new to the firm, and examples for an invoice of today."""

    set: TaxSet
    added: frozenset[TaxRule]
    examples: tuple[Example, ...]
    fees: Money
    expenses: Money


def set_shown(one: TaxSet, present: Sequence[TaxRule], today: date, currency: str) -> SetShown:
    unit = 10 ** exponent(currency)
    places = sorted({(rule.country, region) for rule in one.rules if rule.is_in_force(today) for region in rule.regions or ("",)})
    examples = tuple(_example(one, Place(*place), today, currency) for place in places)
    fees, expenses = Money(FEES * unit, currency), Money(EXPENSES * unit, currency)
    return SetShown(one, frozenset(rules_to_add(one, present)), examples, fees, expenses)


def _example(one: TaxSet, place: Place, today: date, currency: str) -> Example:
    unit = 10 ** exponent(currency)
    (charges,) = taxes_on(one.rules, [TaxBase(FEES * unit, EXPENSES * unit)], on=today, place=place)
    total = (FEES + EXPENSES) * unit + sum(charge.amount_minor for charge in charges if not charge.rule.is_included)
    where = place_name(place.country, (place.region,) if place.region else ())
    return Example(where, tuple((charge.rule.name, Money(charge.amount_minor, currency)) for charge in charges), Money(total, currency))
