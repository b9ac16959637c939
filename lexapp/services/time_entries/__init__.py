"""Commands on time entries: record, edit, discard and bring back, duplicate, and record or change many at once."""

from lexapp.books.time_entries import Work
from lexapp.services.time_entries.bulk import TimeRow, record_time_entries
from lexapp.services.time_entries.changing import discard_time, edit_time, restore_time
from lexapp.services.time_entries.changing_many import (
    ManyChanged,
    TimeChange,
    TimeEffect,
    TimeEffects,
    change_time_entries,
    discard_time_entries,
    preview_time_changes,
    take_back_time_changes,
)
from lexapp.services.time_entries.chosen import MOST_AT_ONCE
from lexapp.services.time_entries.recording import duplicate_time, record_time

__all__ = [
    "MOST_AT_ONCE",
    "ManyChanged",
    "TimeChange",
    "TimeEffect",
    "TimeEffects",
    "TimeRow",
    "Work",
    "change_time_entries",
    "discard_time",
    "discard_time_entries",
    "duplicate_time",
    "edit_time",
    "preview_time_changes",
    "record_time",
    "record_time_entries",
    "restore_time",
    "take_back_time_changes",
]
