"""Which taxes may be in force beside each other, in one place on one day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lexapp.domain.errors import InvalidInput
from lexapp.domain.tax.places import Place, place_name
from lexapp.domain.tax.rules import TaxRule, beneath, taxes_of_place

MOST_AT_ONCE = 4


def check_together(rules: Sequence[TaxRule]) -> None:
    """Refuse, beside its field, what could not be charged: in every place, each day on which a tax begins is looked at."""
    for begins in sorted({rule.effective_from for rule in rules}):
        for place in _places(rules):
            _check(taxes_of_place(rules, on=begins, place=place), place)


def _places(rules: Sequence[TaxRule]) -> Iterator[Place]:
    """Every place that a tax names, the rest of its country, and the rest of the world."""
    yield Place()
    yield from (Place(country) for country in sorted({rule.country for rule in rules if rule.country}))
    named = {(rule.country, region) for rule in rules for region in rule.regions}
    yield from (Place(*pair) for pair in sorted(named))


def _check(rules: Sequence[TaxRule], place: Place) -> None:
    where = f" in {place_name(place.country, (place.region,) if place.region else ())}" if place.country else ""
    names = sorted({rule.name for rule in rules})
    if len(names) < len(rules):
        twice = next(name for name in names if sum(rule.name == name for rule in rules) > 1)
        raise InvalidInput(
            f"{twice} would have two rates{where} on one day. Choose places that do not overlap, or end the other rate first.",
            field="regions",
        )
    if len(names) > MOST_AT_ONCE:
        raise InvalidInput(
            f"{_listed(names)} would be in force{where} on one day, and {MOST_AT_ONCE} taxes are the most. End one first.", field="name"
        )
    included = {rule.is_included for rule in rules}
    if len(included) > 1:
        raise InvalidInput(f"Prices{where} either contain their taxes or not: {_listed(names)} do not go together.", field="is_included")
    _check_bases(rules, where, any(included))


def _check_bases(rules: Sequence[TaxRule], where: str, included: bool) -> None:
    """What is taken out of one price, or charged on top of another, is charged on the same."""
    together = [rules] if included else [[rule, *beneath(rule, rules)] for rule in rules]
    for group in together:
        if len({(rule.on_fees, rule.on_expenses) for rule in group}) > 1:
            names = _listed(sorted(rule.name for rule in group))
            raise InvalidInput(f"{names} go together{where}, so they are charged on the same: fees, expenses, or both.", field="on_fees")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]
