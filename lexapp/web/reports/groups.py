"""What reports are grouped by: the choices, the first column, and which filter a group's rows are found with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from lexapp.domain.periods import Period, last_of_month
from lexapp.queries.matter_titles import matter_title
from lexapp.web.reports.figures import in_words
from lexapp.web.reports.sheet import Column

LABELS = {
    "timekeeper": "Timekeeper",
    "month": "Month",
    "week": "Week",
    "client": "Client",
    "payer": "Payer",
    "invoice": "Invoice",
    "matter": "Matter",
    "practice": "Practice area",
    "responsible": "Responsible timekeeper",
    "originating": "Originating timekeeper",
}
SUBS = {"matter": "Client", "client": "Client number", "payer": "Client number", "invoice": "Payer"}


def choices(groups: Sequence[str]) -> list[tuple[str, str]]:
    return [(name, LABELS[name]) for name in groups]


def first_column(by: str) -> Column:
    """What a row is about: a name, or the first day of a month or week. Rows have `key` and `name`."""
    if by in ("month", "week"):
        return Column("name", LABELS[by], by, lambda row: row.key)
    if by not in SUBS:
        return Column("name", LABELS[by], "text", lambda row: row.name.label)
    return Column("name", LABELS[by], "text", lambda row: row.name.label, sub=lambda row: row.name.sub, sub_label=SUBS[by])


def label_of(by: str, row: Any) -> str:
    """How a row is called on a chart."""
    if by in ("month", "week"):
        return in_words(by, row.key)
    return matter_title(row.name.sub or None, row.name.label) if by == "matter" else row.name.label


def filter_of(by: str, key: Any, period: Period) -> dict[str, Any] | None:
    """The filter that finds a group's rows: an id (0 for what has none), or its days within the period. None: there is no such filter."""
    if by in ("month", "week"):
        last = last_of_month(key) if by == "month" else key + timedelta(days=6)
        return {"from": max(key, period.first).isoformat(), "to": min(last, period.last).isoformat()}
    return None if by == "originating" else {by: key or 0}
