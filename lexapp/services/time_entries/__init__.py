"""Commands on time entries: record, edit, discard and bring back, duplicate, and record many at once."""

from lexapp.books.time_entries import Work
from lexapp.services.time_entries.bulk import TimeRow, record_time_entries
from lexapp.services.time_entries.changing import discard_time, edit_time, restore_time
from lexapp.services.time_entries.recording import duplicate_time, record_time

__all__ = [
    "TimeRow",
    "Work",
    "discard_time",
    "duplicate_time",
    "edit_time",
    "record_time",
    "record_time_entries",
    "restore_time",
]
