"""What payers agreed, in words and as a picture with its table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from lexapp.domain.currencies import EXPONENTS
from lexapp.domain.money import Money
from lexapp.domain.pricing import LineKind
from lexapp.domain.shares import WHOLE, percent_text
from lexapp.domain.splits import Arrangement, Counted, PayerTerms
from lexapp.domain.splits.example import ExampleRow, worked_example

RATE, EXPENSES = 400, 2_000
HOW = {"letter": "by letter", "email": "by e-mail", "agreement": "in the fee agreement", "policy": "by the policy", "phone": "by phone"}
_COUNTED = {Counted.FEES: "fees", Counted.ALL: "fees and expenses"}


def rule_words(arrangement: Arrangement, terms: PayerTerms, names: Mapping[int, str], currency: str) -> str:
    """What a payer takes on, as a sentence without its stop."""
    words = _shares(terms)
    if terms.monthly_minor is not None:
        words.append(f"the first {Money(terms.monthly_minor, currency)} a month of {_COUNTED[terms.counted]}")
    if terms.payer_id == arrangement.remainder_payer_id:
        left = left_words(arrangement)
        words = [f"{left}, and what else is left" if left and len(arrangement.payers) > 1 else "everything"]
    if terms.cap_minor is not None:
        after = names.get(arrangement.overflow_of(terms) or 0, "")
        of = "" if terms.counted is Counted.FEES and not terms.expenses else f" of {_COUNTED[terms.counted]}"
        words.append(f"up to {Money(terms.cap_minor, currency)}{of}, then {after}")
    said = ", ".join(words)
    return said[:1].upper() + said[1:]


def _shares(terms: PayerTerms) -> list[str]:
    if terms.fees == terms.fixed_fees == terms.expenses and terms.fees:
        words = [f"{percent_text(terms.fees)} % of everything"]
    else:
        pairs = [("fees", terms.fees), ("expenses", terms.expenses)]
        if terms.fixed_fees != terms.fees:
            pairs.insert(1, ("fixed fees", terms.fixed_fees))
        words = [f"{'all' if points == WHOLE else percent_text(points) + ' % of'} {what}" for what, points in pairs if points]
    return words + [f"{percent_text(points)} % of task {code}" for code, points in sorted((terms.tasks or {}).items())]


def left_words(arrangement: Arrangement) -> str:
    """What the holder of the remainder gets by the shares alone: ``20 % of fees, all expenses``; empty without a holder."""
    if arrangement.remainder_payer_id is None:
        return ""
    place = arrangement.place(arrangement.remainder_payer_id)
    named = {"fees": LineKind.TIME, "fixed fees": LineKind.FIXED_FEE, "expenses": LineKind.EXPENSE}
    left = {what: arrangement.points(kind)[place] for what, kind in named.items()}
    if left["fees"] == left["fixed fees"]:
        del left["fixed fees"]
    return ", ".join(f"{'all' if points == WHOLE else percent_text(points) + ' % of'} {what}" for what, points in left.items() if points)


class Bar(NamedTuple):
    """A piece of a bar, in percent of its length: which payer (from 0), where it starts, how long it is."""

    place: int
    x: float
    width: float


class ExampleLine(NamedTuple):
    label: str
    charged: Money
    parts: tuple[Money, ...]
    bars: tuple[Bar, ...]
    is_sum: bool


class Example(NamedTuple):
    """The rows of the worked example, its rate an hour, and the payers' names in order."""

    rate: Money
    names: tuple[str, ...]
    lines: tuple[ExampleLine, ...]


def example_of(arrangement: Arrangement, names: Mapping[int, str], currency: str) -> Example:
    """The worked example of an arrangement that stands."""
    unit = 10 ** EXPONENTS[currency]
    rows = worked_example(arrangement, rate_minor=RATE * unit, expenses_minor=EXPENSES * unit)
    lines = tuple(_line(row, currency, row is rows[-1]) for row in rows)
    return Example(Money(RATE * unit, currency), tuple(names.get(payer.payer_id, "") for payer in arrangement.payers), lines)


def _line(row: ExampleRow, currency: str, is_sum: bool) -> ExampleLine:
    bars, x = [], 0.0
    for place, part in enumerate(row.parts):
        width = 100 * part / row.charged_minor
        if part:
            bars.append(Bar(place, round(x, 2), round(width, 2)))
        x += width
    return ExampleLine(
        row.label, Money(row.charged_minor, currency), tuple(Money(part, currency) for part in row.parts), tuple(bars), is_sum
    )
