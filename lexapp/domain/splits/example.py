"""An arrangement at work on round figures, for the screen that sets it up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from lexapp.domain.pricing import LineKind
from lexapp.domain.splits.dividing import Billed, Work, divide
from lexapp.domain.splits.terms import Arrangement

HOURS = 100
_FIRST, _SECOND = date(2026, 1, 15), date(2026, 2, 15)


class ExampleRow(NamedTuple):
    """What is charged, and what of it each payer gets, in minor units and in the order of the payers."""

    label: str
    charged_minor: int
    parts: tuple[int, ...]


def worked_example(arrangement: Arrangement, *, rate_minor: int, expenses_minor: int) -> list[ExampleRow]:
    """100 hours and some expenses in one month, 100 hours in the next, and the sum. Nothing was billed before."""
    billed, rows = Billed(), []
    hours = [Work(LineKind.TIME, n, _FIRST, 100, rate_minor, rate_minor) for n in range(HOURS)]
    expenses = [Work(LineKind.EXPENSE, 1, _FIRST, 100, expenses_minor, expenses_minor)]
    later = [work._replace(dated_on=_SECOND) for work in hours]
    for label, works in ((f"{HOURS} hours in a month", hours), ("Expenses of that month", expenses), (f"{HOURS} hours in the next", later)):
        rows.append(_row(label, arrangement, works, billed))
    sums = tuple(sum(row.parts[place] for row in rows) for place in range(len(arrangement.payers)))
    return [*rows, ExampleRow("Together", sum(row.charged_minor for row in rows), sums)]


def _row(label: str, arrangement: Arrangement, works: Sequence[Work], billed: Billed) -> ExampleRow:
    parts = [part for some in divide(arrangement, works, billed).values() for part in some]
    sums = (sum(part.charged_minor for part in parts if part.payer_id == payer.payer_id) for payer in arrangement.payers)
    return ExampleRow(label, sum(work.amount_minor for work in works), tuple(sums))
