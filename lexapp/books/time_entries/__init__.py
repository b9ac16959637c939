"""Time entries within a command: checked, rated with a reason, rounded and priced. For entries by hand, timers, imports."""

from lexapp.books.time_entries.groups import Group, group_for, group_of, regroup, regroup_released
from lexapp.books.time_entries.pricing import Price, amount_of, price_works, rounding_of, status_of
from lexapp.books.time_entries.revising import revise_time_entry
from lexapp.books.time_entries.revising_many import keep_time_entries, put_back_time_entries, revise_time_entries
from lexapp.books.time_entries.work import (
    BILLABLE,
    Terms,
    Work,
    check_matter_open,
    check_open,
    check_whole_day,
    check_work,
    load_terms,
    require_own_or_others,
    require_rate_edit,
)
from lexapp.books.time_entries.writing import add_time_entry, columns_of, facts_of, work_of

__all__ = [
    "BILLABLE",
    "Group",
    "Price",
    "Terms",
    "Work",
    "add_time_entry",
    "amount_of",
    "check_matter_open",
    "check_open",
    "check_whole_day",
    "check_work",
    "columns_of",
    "facts_of",
    "group_for",
    "group_of",
    "keep_time_entries",
    "load_terms",
    "price_works",
    "put_back_time_entries",
    "regroup",
    "regroup_released",
    "require_own_or_others",
    "require_rate_edit",
    "revise_time_entries",
    "revise_time_entry",
    "rounding_of",
    "status_of",
    "work_of",
]
