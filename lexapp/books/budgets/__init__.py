"""Budgets for whoever records work: what is agreed, what is spent, what goes beyond, and who is told."""

from lexapp.books.budgets.holding import HELD, Weight, billable_or_held, hold_beyond, weigh_many, weigh_time, weight_of
from lexapp.books.budgets.spending import SpentEntry, spent_entries, spent_of
from lexapp.books.budgets.standing import StoredBudget, budget_on, budgets_of, standings_of
from lexapp.books.budgets.telling import lock_budget, reached_thresholds, tell_matter, tell_reached
from lexapp.books.budgets.watched import CAP_THRESHOLDS, Watched, caps_on, watched_budget, watched_on

__all__ = [
    "CAP_THRESHOLDS",
    "HELD",
    "SpentEntry",
    "StoredBudget",
    "Watched",
    "Weight",
    "billable_or_held",
    "budget_on",
    "budgets_of",
    "caps_on",
    "hold_beyond",
    "lock_budget",
    "reached_thresholds",
    "spent_entries",
    "spent_of",
    "standings_of",
    "tell_matter",
    "tell_reached",
    "watched_budget",
    "watched_on",
    "weigh_many",
    "weigh_time",
    "weight_of",
]
