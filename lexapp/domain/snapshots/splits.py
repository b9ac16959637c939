"""The proof of a split: what the work on an invoice is worth in all, and what of it each payer is charged."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SplitRow:
    """One payer's part of the work that an invoice bills, before tax. `is_this`: the payer of the invoice. All rows make the whole."""

    name: str
    is_this: bool
    fees_minor: int
    fixed_fees_minor: int
    expenses_minor: int

    @property
    def total_minor(self) -> int:
        return self.fees_minor + self.fixed_fees_minor + self.expenses_minor
