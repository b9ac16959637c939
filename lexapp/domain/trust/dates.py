"""The day a trust movement takes effect."""

from datetime import date

from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput


def check_effective_on(on: date, *, today: date, account_opened_on: date, matter_opened_on: date | None = None) -> None:
    """Refuse a day in the future, before the bank account was opened, or before the matter was."""
    if on > today:
        raise InvalidInput(f"Trust money is recorded when it moves. Choose a date up to today, {day_text(today)}.", field="effective_on")
    if on < account_opened_on:
        raise InvalidInput(f"The bank account was opened on {day_text(account_opened_on)}. Choose that day or later.", field="effective_on")
    if matter_opened_on is not None and on < matter_opened_on:
        raise InvalidInput(f"The matter was opened on {day_text(matter_opened_on)}. Choose that day or later.", field="effective_on")
