"""Split billing: what several payers agreed, and the parts of each entry that follow from it."""

from lexapp.domain.splits.dividing import Billed, Part, Work, divide
from lexapp.domain.splits.limits import NO_LIMITS, Limits, Room
from lexapp.domain.splits.terms import Arrangement, Counted, PayerTerms, check_arrangement, whole_of

__all__ = [
    "NO_LIMITS",
    "Arrangement",
    "Billed",
    "Counted",
    "Limits",
    "Part",
    "PayerTerms",
    "Room",
    "Work",
    "check_arrangement",
    "divide",
    "whole_of",
]
