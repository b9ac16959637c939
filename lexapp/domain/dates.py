"""How a date is written in sentences and fields: one style, the same as on the screens."""

from datetime import date

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day_text(day: date) -> str:
    """`Nov 19, 2026`, whatever the locale of the process."""
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"
