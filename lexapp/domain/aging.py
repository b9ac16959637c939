"""How old an open amount is: the four ages of receivables and of work in progress."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Age:
    """One age: its name in addresses and on the screen, and the most days it holds (None: no end)."""

    code: str
    label: str
    most_days: int | None


BY_ISSUE = (Age("30", "0–30 days", 30), Age("60", "31–60 days", 60), Age("90", "61–90 days", 90), Age("over", "Over 90 days", None))
NOT_DUE = Age("current", "Not due", 0)
BY_DUE = (NOT_DUE, Age("30", "1–30 days late", 30), *BY_ISSUE[1:])


def age_of(since: date, on: date, ages: tuple[Age, ...]) -> Age:
    """The age on a day of what began on another; a day not reached yet is of the first age."""
    days = (on - since).days
    return next(age for age in ages if age.most_days is None or days <= age.most_days)
