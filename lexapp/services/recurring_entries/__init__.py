"""Commands on recurring time: its rules, and the days that they make."""

from lexapp.services.recurring_entries.days import make_days, record_day, skip_day, unskip_day
from lexapp.services.recurring_entries.rules import (
    RecurringWork,
    add_recurring,
    change_recurring,
    end_recurring,
    pause_recurring,
    resume_recurring,
)

__all__ = [
    "RecurringWork",
    "add_recurring",
    "change_recurring",
    "end_recurring",
    "make_days",
    "pause_recurring",
    "record_day",
    "resume_recurring",
    "skip_day",
    "unskip_day",
]
