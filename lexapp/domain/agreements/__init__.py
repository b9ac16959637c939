"""The fee agreement of a matter as data: terms of several kinds that hold together from a day on.

A kind of term is a frozen dataclass below `Term`, named in the registry by `@term_kind`; it checks itself, says itself in a sentence, and
is kept as JSON. What is not about one kind (which work is covered, what may stand together) asks every term the same questions.
"""

from lexapp.domain.agreements.agreement import Agreement, agreement_on, check_terms, covering_term
from lexapp.domain.agreements.contingent import AgreedContingency, SuccessFee, SuccessOf
from lexapp.domain.agreements.dues import Due, DueBy
from lexapp.domain.agreements.earned import EarnedBasis, EarnedPart, earned_part
from lexapp.domain.agreements.expenses import AT_COST, AgreedMarkUp, CategoryMarkUp, Expenses, agreed_mark_up
from lexapp.domain.agreements.fixed import Flat, Hourly, HourlyRate
from lexapp.domain.agreements.milestones import Milestones, Part, ShareBy
from lexapp.domain.agreements.monthly import MINIMUM_FEES, AdvanceRetainer, Minimum, MonthlyRetainer, month_end, months_over
from lexapp.domain.agreements.reducing import AgreedCap, AgreedDiscount
from lexapp.domain.agreements.taken_off import TakenOff, cappings_of, reduces, taken_off_by
from lexapp.domain.agreements.terms import (
    COVERED_PHASES,
    KINDS,
    Coverage,
    Covers,
    ScheduledFee,
    Term,
    read_term,
    read_terms,
    term_kind,
    write_terms,
)

__all__ = [
    "AT_COST",
    "COVERED_PHASES",
    "KINDS",
    "MINIMUM_FEES",
    "AdvanceRetainer",
    "AgreedCap",
    "AgreedContingency",
    "AgreedDiscount",
    "AgreedMarkUp",
    "Agreement",
    "CategoryMarkUp",
    "Coverage",
    "Covers",
    "Due",
    "DueBy",
    "EarnedBasis",
    "EarnedPart",
    "Expenses",
    "Flat",
    "Hourly",
    "HourlyRate",
    "Milestones",
    "Minimum",
    "MonthlyRetainer",
    "Part",
    "ScheduledFee",
    "ShareBy",
    "SuccessFee",
    "SuccessOf",
    "TakenOff",
    "Term",
    "agreed_mark_up",
    "agreement_on",
    "cappings_of",
    "check_terms",
    "covering_term",
    "earned_part",
    "month_end",
    "months_over",
    "read_term",
    "read_terms",
    "reduces",
    "taken_off_by",
    "term_kind",
    "write_terms",
]
