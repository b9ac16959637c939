"""What has to be done on a matter: how a task is named, and its due day in words."""

from __future__ import annotations

from datetime import date

from lexapp.domain.errors import InvalidInput
from lexapp.domain.moments import EARLIEST, LATEST

LONGEST_NAME, LONGEST_NOTE = 200, 2_000


def plain_name(name: str) -> str:
    """What two spellings of one task have in common: letters without their case, words with one space."""
    return " ".join(name.split()).casefold()


def check_task(name: str, note: str, due_on: date | None) -> None:
    """Refuse, beside `name`, `note` or `due_on`, what cannot be a task."""
    if not name.strip():
        raise InvalidInput("Write what has to be done, such as: File the answer.", field="name")
    if len(name) > LONGEST_NAME:
        raise InvalidInput(f"Say in at most {LONGEST_NAME} characters what has to be done. The rest goes into the note.", field="name")
    if len(note) > LONGEST_NOTE:
        raise InvalidInput(f"Write at most {LONGEST_NOTE:,} characters.", field="note")
    if due_on is not None and not EARLIEST <= due_on <= LATEST:
        raise InvalidInput("Check the year: it must lie between 1970 and 2199.", field="due_on")


def near_words(due_on: date, today: date) -> str:
    """`3 days overdue`, `Due today`, `Due tomorrow`; nothing for a day that is farther off."""
    days = (due_on - today).days
    if days < 0:
        return "1 day overdue" if days == -1 else f"{-days:,} days overdue"
    return {0: "Due today", 1: "Due tomorrow"}.get(days, "")
