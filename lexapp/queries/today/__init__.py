"""The first page of every role: one's own day, how the firm stands, and what waits on each desk."""

from lexapp.queries.today.day import Day, Own, Ruler, Waiting, day_ruler, own_days, waiting
from lexapp.queries.today.desks import (
    Checked,
    JournalHead,
    LateInvoice,
    LowLedger,
    OpenTimer,
    Unfinished,
    entries_to_complete,
    journal_head,
    last_check,
    late_invoices,
    low_ledgers,
    timers_of_others,
    unapplied_payments,
)
from lexapp.queries.today.firm import MonthSums, first_steps, money_months

__all__ = [
    "Checked",
    "Day",
    "JournalHead",
    "LateInvoice",
    "LowLedger",
    "MonthSums",
    "OpenTimer",
    "Own",
    "Ruler",
    "Unfinished",
    "Waiting",
    "day_ruler",
    "entries_to_complete",
    "first_steps",
    "journal_head",
    "last_check",
    "late_invoices",
    "low_ledgers",
    "money_months",
    "own_days",
    "timers_of_others",
    "unapplied_payments",
    "waiting",
]
