"""What was agreed to take off the work of a bill: discounts, and caps with the day on which they are reached. All in whole minor units."""

from lexapp.domain.reductions.bill import Capping, Off, Piece, Reduction, reasons_of, reduce_drafts, shown_reasons, spread_parts, tally
from lexapp.domain.reductions.by_client import (
    CLIENT_DISCOUNTS,
    ClientDiscountTerms,
    EarlyDiscount,
    YearlyDiscount,
    read_client_discount,
)
from lexapp.domain.reductions.caps import Cap, Capped, Window, cut, passed, reached_on
from lexapp.domain.reductions.discounts import (
    Discount,
    Reckoning,
    Tier,
    VolumeDiscount,
    amount_discount,
    check_percent,
    check_tiers,
    early_payment,
    percent_discount,
)
from lexapp.domain.reductions.lines import Charged, Counts

__all__ = [
    "CLIENT_DISCOUNTS",
    "Cap",
    "Capped",
    "Capping",
    "Charged",
    "ClientDiscountTerms",
    "Counts",
    "Discount",
    "EarlyDiscount",
    "Off",
    "Piece",
    "Reckoning",
    "Reduction",
    "Tier",
    "VolumeDiscount",
    "Window",
    "YearlyDiscount",
    "amount_discount",
    "check_percent",
    "check_tiers",
    "cut",
    "early_payment",
    "passed",
    "percent_discount",
    "reached_on",
    "read_client_discount",
    "reasons_of",
    "reduce_drafts",
    "shown_reasons",
    "spread_parts",
    "tally",
]
