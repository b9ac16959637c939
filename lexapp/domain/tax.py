"""Taxes on an invoice: which are in force, what each is charged on, and what it comes to.

A tax is worked out once for a whole invoice, on the sum of its base, and rounded half up once; where an invoice bills several matters the
amount is divided between them by largest remainder, so that the parts add up to what is charged. Rates are in millionths: 62,500 is 6.25 %.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from lexapp.domain.allocation import allocate
from lexapp.domain.errors import InvalidInput
from lexapp.domain.rounding import round_half_up

WHOLE = 1_000_000
MOST_AT_ONCE = 2
_PERCENT = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,4}))?\s*%?", re.ASCII)


@dataclass(frozen=True, slots=True)
class TaxRule:
    """One rate of a named tax, from a day and perhaps until one."""

    name: str
    rate_millionths: int
    on_fees: bool
    on_expenses: bool
    effective_from: date
    effective_to: date | None = None
    registration_number: str = ""

    def is_in_force(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)

    def overlaps(self, other: TaxRule) -> bool:
        """Whether there is a day on which both are in force."""
        begins = max(self.effective_from, other.effective_from)
        return self.is_in_force(begins) and other.is_in_force(begins)

    @property
    def base_description(self) -> str:
        if self.on_fees and self.on_expenses:
            return "fees and expenses"
        return "fees" if self.on_fees else "expenses"


@dataclass(frozen=True, slots=True)
class TaxBase:
    """What one matter is charged on an invoice before tax, in minor units; neither is negative."""

    fees_minor: int
    expenses_minor: int


@dataclass(frozen=True, slots=True)
class TaxCharge:
    """A tax as charged for one matter."""

    rule: TaxRule
    base_minor: int
    amount_minor: int


def tax_amount(base_minor: int, rate_millionths: int) -> int:
    """The tax on a whole base, rounded half up once."""
    return round_half_up(base_minor * rate_millionths, WHOLE)


def taxes_on(rules: Sequence[TaxRule], bases: Sequence[TaxBase], *, on: date) -> list[list[TaxCharge]]:
    """For every matter of an invoice dated `on`, its part of each tax in force that has something to be charged on, by name."""
    charged: list[list[TaxCharge]] = [[] for _ in bases]
    for rule in sorted((rule for rule in rules if rule.is_in_force(on)), key=lambda rule: rule.name):
        parts = [base.fees_minor * rule.on_fees + base.expenses_minor * rule.on_expenses for base in bases]
        if not any(parts):
            continue
        amounts = allocate(tax_amount(sum(parts), rule.rate_millionths), parts)
        for place, (base_minor, amount) in enumerate(zip(parts, amounts, strict=True)):
            charged[place] += [TaxCharge(rule, base_minor, amount)] if base_minor else []
    return charged


def check_together(rules: Sequence[TaxRule]) -> None:
    """Refuse a third tax on any day: each day on which one begins is looked at."""
    for begins in sorted({rule.effective_from for rule in rules}):
        names = sorted({rule.name for rule in rules if rule.is_in_force(begins)})
        if len(names) > MOST_AT_ONCE:
            told = ", ".join(names[:-1]) + " and " + names[-1]
            raise InvalidInput(f"{told} would be in force on one day, and {MOST_AT_ONCE} taxes are the most. End one first.", field="name")


def parse_rate(text: str) -> int:
    """Millionths of ``5``, ``6.25`` or ``9.975 %``; raises ``InvalidInput``. Zero is a rate: it is printed and charges nothing."""
    found = _PERCENT.fullmatch(text.strip())
    if found is None:
        raise InvalidInput("Write the rate in percent with at most four decimals, for example 5 or 9.975.")
    rate = int(found[1]) * 10_000 + int((found[2] or "0").ljust(4, "0"))
    if rate > WHOLE:
        raise InvalidInput("A rate lies between 0 and 100 percent.")
    return rate


def rate_text(rate_millionths: int) -> str:
    """``5`` for 50,000, ``9.975`` for 99,750: what ``parse_rate`` reads back."""
    whole, rest = divmod(rate_millionths, 10_000)
    return f"{whole}.{rest:04}".rstrip("0") if rest else str(whole)
