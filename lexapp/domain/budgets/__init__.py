"""Budgets of matters: what was agreed or planned to be spent, how much of it is, and when it will be. In whole minor units and hundredths
of an hour."""

from lexapp.domain.budgets.agreed import (
    DEFAULT_THRESHOLDS,
    HIGHEST_THRESHOLD,
    MOST_THRESHOLDS,
    Beyond,
    Budget,
    BudgetPart,
    check_thresholds,
    read_thresholds,
)
from lexapp.domain.budgets.limits import CODES, Limit, Measure, Pace, Spent, Standing, code_name, pace_of, phase_of, standing_of

__all__ = [
    "CODES",
    "DEFAULT_THRESHOLDS",
    "HIGHEST_THRESHOLD",
    "MOST_THRESHOLDS",
    "Beyond",
    "Budget",
    "BudgetPart",
    "Limit",
    "Measure",
    "Pace",
    "Spent",
    "Standing",
    "check_thresholds",
    "code_name",
    "pace_of",
    "phase_of",
    "read_thresholds",
    "standing_of",
]
