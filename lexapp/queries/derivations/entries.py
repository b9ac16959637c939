"""The steps behind an entry: measured, recorded, rounded, priced. What an entry kept beside itself is all that is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from lexapp.domain.dates import day_text
from lexapp.domain.derivations import Does, Rule, Step, comes_to, steps_from
from lexapp.domain.rates import RateLevel, level_phrase
from lexapp.domain.rounding import billed_hundredths, round_half_up
from lexapp.domain.rounding_rules import kept_rounding
from lexapp.domain.shares import percent_text
from lexapp.models import ExpenseEntry, FixedFeeEntry, TimeEntry

_WHOSE = {"matter": "Matter’s rule", "client": "Client’s rule", "firm": "Firm’s rule"}


def derive_entry(steps_of: Callable[[Any], list[Step]], entry: Any) -> list[Step]:
    """An entry's own steps, to what all of it is worth."""
    return [*steps_of(entry), Step(Does.IS, "Worth", entry.amount_minor, "what a bill of all of it shows, before what is agreed for bills")]


def time_steps(entry: TimeEntry) -> list[Step]:
    """A time entry, to what all of it is worth."""
    found = []
    if entry.measured_seconds is not None:
        found.append(Step(Does.SECONDS, "Measured", entry.measured_seconds, "by the timer, in whole seconds"))
    if entry.counted_seconds is not None and entry.counted_seconds != entry.measured_seconds:
        why = "without what was taken off; minutes that timers had in common count once"
        found.append(Step(Does.SECONDS, "Counted", entry.counted_seconds, why))
    found += [Step(Does.SECONDS, "Recorded", entry.recorded_seconds, "what the timekeeper entered"), _rounded(entry)]
    rules = rate_rules(entry.rate_reason)
    return found + priced(entry.quantity_hundredths, entry.rate_minor_per_hour or 0, entry.amount_minor, rules)


def _rounded(entry: TimeEntry) -> Step:
    kept, quantity = kept_rounding(entry.rounding_reason), entry.quantity_hundredths
    rules = rounding_rules(entry.rounding_reason)
    if entry.rounding_group:
        why = f"rounded once with the day’s other work (group {entry.rounding_group}) and spread over its entries by largest remainder"
        return Step(Does.QUANTITY, "Billed time", quantity, why, rules)
    if kept is None or billed_hundredths(entry.recorded_seconds, kept.increment) != quantity:
        return Step(Does.QUANTITY, "Billed time", quantity, "came with the entry and was not rounded here", rules)
    return Step(Does.QUANTITY, "Billed time", quantity, "rounded once, in hundredths of an hour", rules, kept.increment)


def rounding_rules(kept: Mapping[str, Any]) -> list[Rule]:
    """The increment that won, then those it beat."""
    if not kept:
        return []
    if not kept["winner"]:
        return [Rule("The usual rule", "no rule is set for this day", words="6 minutes up")]
    rules = [kept["winner"], *kept["beaten"]]
    return [_increment(rule, won=place == 0) for place, rule in enumerate(rules)]


def _increment(rule: Mapping[str, Any], *, won: bool) -> Rule:
    activity = f" for {rule['activity']}" if rule["activity"] else ""
    since = f"since {day_text(date.fromisoformat(rule['since']))}"
    return Rule(f"{_WHOSE[rule['level']]}{activity}", since, words=rule["label"], won=won)


def rate_rules(reason: Mapping[str, Any] | None) -> list[Rule]:
    """The rate that won, then those it beat; nothing where none was found."""
    if not reason or not reason.get("winner"):
        return []
    rules = [reason["winner"], *reason.get("beaten", [])]
    return [_rate(rule, won=place == 0) for place, rule in enumerate(rules)]


def _rate(rule: Mapping[str, Any], *, won: bool) -> Rule:
    phrase = level_phrase(RateLevel(rule["level"]), rule.get("name") or "")
    since = f"since {day_text(date.fromisoformat(rule['since']))}" if rule.get("since") else ""
    return Rule(phrase[:1].upper() + phrase[1:], since, rule["rate_minor"], won=won)


def expense_steps(entry: ExpenseEntry) -> list[Step]:
    """A cost, to what all of it is worth."""
    if entry.mark_up_minor and entry.paid_units_hundredths is not None and entry.paid_unit_minor is not None:
        return _marked_up(entry, entry.paid_units_hundredths, entry.paid_unit_minor)
    rules = [Rule(entry.unit_rate_name, "rate per unit", words=entry.unit_note)] if entry.unit_rate_name else []
    quantity = Step(Does.QUANTITY, "Units", entry.quantity_hundredths, "as recorded")
    price = Step(Does.RATE, "Price of a unit", entry.unit_minor, rules=rules)
    return [quantity, price, *worth(entry.quantity_hundredths, entry.unit_minor, entry.amount_minor, "Mark-up or rounding of the rate")]


def _marked_up(entry: ExpenseEntry, units: int, unit_minor: int) -> list[Step]:
    """What was paid, and what the fee agreement adds to it."""
    agreed = Rule(
        "Fee agreement", f"in force on {day_text(entry.incurred_on)}", words=f"cost plus {percent_text(entry.mark_up_basis_points)} %"
    )
    added = f"{percent_text(entry.mark_up_basis_points)} % of what was paid, rounded half up once"
    return [
        Step(Does.QUANTITY, "Units", units, "as paid"),
        Step(Does.RATE, "Paid for a unit", unit_minor),
        Step(Does.PRODUCT, "Paid", entry.cost_minor, "units × price, rounded half up once"),
        Step(Does.ADDS, "Agreed mark-up", entry.mark_up_minor, added, [agreed]),
    ]


def fixed_fee_steps(entry: FixedFeeEntry) -> list[Step]:
    """A fee that was agreed as a sum, or what an agreement made of it."""
    if entry.derivation:
        steps = steps_from(entry.derivation)
        changed = entry.amount_minor - (comes_to(steps) or 0)
        return [*steps, Step(Does.ADDS, "Changed by hand", changed)] if changed else steps
    return [Step(Does.STARTS, "Fixed fee", entry.amount_minor, f"agreed, dated {day_text(entry.charged_on)}")]


def priced(quantity: int, rate_minor: int, amount_minor: int, rules: list[Rule], odd: str = "Odd cent") -> list[Step]:
    """A rate for the quantity that stands, and what they make."""
    why = "the first of these rules" if len(rules) > 1 else ""
    return [Step(Does.RATE, "Rate", rate_minor, why, rules), *worth(quantity, rate_minor, amount_minor, odd)]


def worth(quantity: int, rate_minor: int, amount_minor: int, odd: str) -> list[Step]:
    """Quantity times rate; then the difference to what it is charged at, or that it is not charged."""
    product = round_half_up(quantity * rate_minor, 100)
    found = [Step(Does.PRODUCT, "Worth", product, "quantity × rate, rounded half up once")]
    if product and not amount_minor:
        return [*found, Step(Does.FREES, "Not charged", 0, "work without charge keeps its hours and rate")]
    return found if amount_minor == product else [*found, Step(Does.ADDS, odd, amount_minor - product)]
