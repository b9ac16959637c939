"""Days whose time and expenses are closed: through a fixed day, and those older than a number of days. Whichever reaches further counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput

LONGEST_OPEN_DAYS = 3650
LONGEST_EXCEPTION_DAYS = 366


@dataclass(frozen=True, slots=True)
class TimeLock:
    """`closed_through`: the last closed day; `open_days`: how many days before today stay open. None: no such limit."""

    closed_through: date | None = None
    open_days: int | None = None

    def last_closed(self, today: date) -> date | None:
        """The last day that is closed as of `today`, or None where none is."""
        rolling = None if self.open_days is None else today - timedelta(days=self.open_days + 1)
        return max((day for day in (self.closed_through, rolling) if day is not None), default=None)

    def closes(self, on: date, today: date) -> bool:
        """Whether a day is closed as of `today`."""
        last = self.last_closed(today)
        return last is not None and on <= last


@dataclass(frozen=True, slots=True)
class LockException:
    """One person may enter the days from `first_day` through `last_day`, as long as it is not after `until`."""

    first_day: date
    last_day: date
    until: date

    def opens(self, on: date, today: date) -> bool:
        """Whether it opens a day as of `today`."""
        return self.first_day <= on <= self.last_day and today <= self.until


def check_exception(one: LockException, today: date) -> None:
    """Refuse, beside its field, an exception that opens nothing, or too much."""
    if one.last_day < one.first_day:
        raise InvalidInput("The last day lies before the first. Write a later one.", field="last_day")
    if one.last_day > today:
        raise InvalidInput("That day has not come yet. Write today’s date or an earlier one.", field="last_day")
    if one.until < today:
        raise InvalidInput("That day is over. Write today’s date or a later one.", field="until_on")
    if one.until > today + timedelta(days=LONGEST_EXCEPTION_DAYS):
        raise InvalidInput("An exception lasts a year at most. Write an earlier day.", field="until_on")


def refuse_closed(lock: TimeLock, exceptions: Iterable[LockException], on: date, today: date, *, field: str) -> None:
    """Raise InvalidInput beside `field` for a day that is closed and that no exception opens."""
    last = lock.last_closed(today)
    if last is None or on > last or any(one.opens(on, today) for one in exceptions):
        return
    sentence = f"Time and expenses through {day_text(last)} are closed. Write a later day, or ask for an exception in the settings of time."
    raise InvalidInput(sentence, field=field, code="time_is_locked")
