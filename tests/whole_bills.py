"""A matter from its agreement to its invoices in the pure core alone, in the order in which drafting and issuing do it.

What an agreed fee pays for is not billed; costs are marked up; discounts and caps are taken off entries as a whole; what is left is
divided between the payers, each line rounded once; and each payer's invoice is taxed by itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st

from lexapp.domain.agreements import (
    Agreement,
    Due,
    Expenses,
    ShareBy,
    agreed_mark_up,
    agreement_on,
    check_terms,
    covering_term,
    taken_off_by,
)
from lexapp.domain.agreements.terms import Term
from lexapp.domain.errors import InvalidInput
from lexapp.domain.expenses import price_marked_up
from lexapp.domain.pricing import LineKind
from lexapp.domain.reductions import Off, Piece, reduce_drafts
from lexapp.domain.rounding import round_half_up
from lexapp.domain.shares import WHOLE
from lexapp.domain.splits import Arrangement, Billed, Counted, PayerTerms, Work, divide
from lexapp.domain.splits.dividing import Part
from lexapp.domain.tax import TaxBase, TaxCharge, TaxRounding, TaxRule, taxes_on
from tests.agreement_terms import AMOUNTS, CAPS, COVERAGES, DISCOUNTS, FLATS, HOURLY, OUTCOMES, POINTS, numbered

NEW_YEAR, ISSUED = date(2026, 1, 1), date(2026, 12, 31)
CODES = ("", "L100", "L110", "L320")


class Entry(NamedTuple):
    """What was recorded. `rate_minor`: of time for an hour, of a cost what one was paid, of a fee all of it."""

    kind: LineKind
    id: int
    dated_on: date
    quantity_hundredths: int
    rate_minor: int
    task_code: str = ""
    is_taxed: bool = True
    adjustment_minor: int = 0


@dataclass(frozen=True, slots=True)
class Matter:
    """What is agreed for a matter, with whom, and how it is taxed."""

    agreements: Sequence[Agreement]
    arrangement: Arrangement
    rules: Sequence[TaxRule]
    rounding: TaxRounding


@dataclass(frozen=True, slots=True)
class Billing:
    """Everything that came of a matter's work: the works that are billed, what is taken off them, parts and taxes of each payer."""

    works: Mapping[tuple[LineKind, int], Work]
    offs: Mapping[tuple[LineKind, int], tuple[Off, ...]]
    parts: Mapping[tuple[LineKind, int], list[Part]]
    bases: Mapping[int, TaxBase]
    taxes: Mapping[int, list[TaxCharge]]

    def total_of(self, payer_id: int) -> int:
        """What the payer's invoice comes to: what is charged, and the taxes that are not in it already."""
        base = self.bases[payer_id]
        return (
            base.fees_minor
            + base.expenses_minor
            + self.outside_of(payer_id)
            + sum(charge.amount_minor for charge in self.taxes[payer_id] if not charge.rule.is_included)
        )

    def outside_of(self, payer_id: int) -> int:
        """What is charged and not taxed."""
        return sum(part.charged_minor for parts in self.parts.values() for part in parts if part.payer_id == payer_id) - (
            self.bases[payer_id].fees_minor + self.bases[payer_id].expenses_minor
        )

    def as_bytes(self) -> bytes:
        """The invoices as data: lines in their order, with all that is said of each, and taxes."""
        lines = [[kind, id_, [list(map(_plain, part)) for part in parts]] for (kind, id_), parts in sorted(self.parts.items())]
        offs = [[kind, id_, [[off.reason, *off.parts] for off in some]] for (kind, id_), some in sorted(self.offs.items())]
        taxes = {payer: [[one.rule.name, one.base_minor, one.amount_minor] for one in some] for payer, some in self.taxes.items()}
        return json.dumps([lines, offs, taxes], sort_keys=True).encode()


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def bill(matter: Matter, entries: Sequence[Entry]) -> Billing:
    """What is charged to whom for these entries, all on one draft and issued on one day."""
    works = {(work.kind, work.id): work for entry in entries for work in _priced(matter, entry)}
    pieces = [_piece(work) for work in works.values()]
    taken = taken_off_by(matter.agreements, {1: ISSUED}, "USD")
    found = reduce_drafts(pieces, taken.reductions, taken.cappings)
    offs = {(piece.kind, piece.id): some for piece, some in found.items()}
    reduced = [work._replace(agreed=tuple(off.parts[0] for off in offs.get(key, ()))) for key, work in works.items()]
    parts = divide(matter.arrangement, reduced, Billed())
    taxed = {(entry.kind, entry.id) for entry in entries if entry.is_taxed}
    bases = {payer.payer_id: _base(parts, payer.payer_id, taxed) for payer in matter.arrangement.payers}
    taxes = {id_: taxes_on(matter.rules, [base], on=ISSUED, rounding=matter.rounding)[0] for id_, base in bases.items()}
    return Billing({(work.kind, work.id): work for work in reduced}, offs, parts, bases, taxes)


def _priced(matter: Matter, entry: Entry) -> list[Work]:
    """The entry with its amount; nothing for time that an agreed fee pays for."""
    agreement = agreement_on(matter.agreements, entry.dated_on)
    kind, id_, on, quantity, rate, code, _, adjustment = entry
    if kind is LineKind.TIME and covering_term(agreement, code) is not None:
        return []
    if kind is LineKind.EXPENSE:
        marked = price_marked_up(quantity, rate, agreed_mark_up(agreement, None).basis_points, "USD")
        price, amount = marked.price, marked.cost_minor + marked.mark_up_minor
        return [Work(kind, id_, on, price.quantity_hundredths, price.unit_minor, amount, marked.cost_minor)]
    amount = round_half_up(quantity * rate, 100)
    return [Work(kind, id_, on, quantity, rate, amount, adjustment_minor=-min(adjustment, amount), task_code=code)]


def _piece(work: Work) -> Piece:
    return Piece(1, work.kind, work.id, work.dated_on, work.task_code, (work.amount_minor + work.adjustment_minor,))


def _base(parts: Mapping[tuple[LineKind, int], list[Part]], payer_id: int, taxed: set[tuple[LineKind, int]]) -> TaxBase:
    mine = [(key, part.charged_minor) for key, some in sorted(parts.items()) for part in some if part.payer_id == payer_id and key in taxed]
    fees = [minor for (kind, _), minor in mine if kind is not LineKind.EXPENSE]
    return TaxBase.of_lines(fees, [minor for (kind, _), minor in mine if kind is LineKind.EXPENSE])


# ── whatever may be agreed and recorded ──────────────────────────────────────────────────────────


@st.composite
def arrangements(draw: st.DrawFn) -> Arrangement:
    """Any that stands: the last payer takes the remainder, caps go to a later payer or to the last."""
    count = draw(st.integers(1, 5))
    payers = []
    for place in range(1, count):
        later = st.sampled_from([None, *range(place + 1, count + 1)])
        values = {name: draw(st.integers(0, WHOLE // count)) for name in ("fees", "fixed_fees", "expenses")}
        tasks = draw(st.none() | st.fixed_dictionaries({"L100": st.integers(0, WHOLE // count)}))
        counted = draw(st.sampled_from(Counted))
        cap = draw(st.none() | st.integers(1, 300_000))
        if draw(st.integers(0, 4)) == 0:
            payers.append(PayerTerms(place, monthly_minor=draw(st.integers(1, 200_000)), cap_minor=cap, counted=counted))
            continue
        payers.append(PayerTerms(place, **values, tasks=tasks, cap_minor=cap, counted=counted, overflow_payer_id=cap and draw(later)))
    payers.append(PayerTerms(count))
    monthly = {payer.payer_id for payer in payers if payer.monthly_minor}
    sound = [
        payer if payer.overflow_payer_id not in monthly else PayerTerms(payer.payer_id, fees=payer.fees, cap_minor=payer.cap_minor)
        for payer in payers
    ]
    return Arrangement(tuple(sound), count)


SMALL_CAPS = st.builds(replace, CAPS, limit_minor=st.integers(1, 500_000))
FEW_PARTS = st.builds(
    numbered, st.lists(AMOUNTS, min_size=1, max_size=3), st.just((Due(),) * 3), st.just(ShareBy.AMOUNTS), st.none(), COVERAGES
)
TERMS = st.one_of(
    HOURLY, FLATS, FEW_PARTS, DISCOUNTS, DISCOUNTS, SMALL_CAPS, SMALL_CAPS, st.builds(Expenses, basis_points=POINTS), *OUTCOMES
)
"""Of every kind, with fewer parts than there may be, so that examples are drawn in time."""


@st.composite
def agreements(draw: st.DrawFn) -> list[Agreement]:
    """One to three versions after one another, each of a discount or a cap and terms of any kind that go with it."""
    days = [draw(st.sampled_from([0, 0, 40])), *sorted(draw(st.sets(st.integers(60, 200), max_size=2)))]
    starts = [NEW_YEAR + timedelta(days=day) for day in days]
    ends = [*(start - timedelta(days=1) for start in starts[1:]), None]
    drawn = [[draw(DISCOUNTS | SMALL_CAPS), *draw(st.lists(TERMS, max_size=3))] for _ in starts]
    return [Agreement(n, first, last, _standing(terms)) for n, (first, last, terms) in enumerate(zip(starts, ends, drawn, strict=True), 1)]


def _standing(terms: Sequence[Term]) -> tuple[Term, ...]:
    """Those of them that can be agreed together, in their order."""
    kept: tuple[Term, ...] = ()
    for term in terms:
        try:
            check_terms((*kept, term), "USD")
        except InvalidInput:
            continue
        kept = (*kept, term)
    return kept


@st.composite
def tax_rules(draw: st.DrawFn) -> list[TaxRule]:
    """None to three taxes on the same, each perhaps on top of the one before, contained in the prices or added to them."""
    fees, expenses = draw(st.sampled_from([(True, True), (True, False), (False, True)]))
    contained = draw(st.booleans())
    rates = draw(st.lists(st.integers(0, 300_000), max_size=3))
    below = [f"T{place - 1}" if place and draw(st.booleans()) else "" for place in range(len(rates))]
    return [TaxRule(f"T{n}", rate, fees, expenses, NEW_YEAR, on_top_of=below[n], is_included=contained) for n, rate in enumerate(rates)]


@st.composite
def entries(draw: st.DrawFn) -> list[Entry]:
    """Up to eight of them over ten months."""
    found = []
    for number in range(draw(st.integers(1, 8))):
        kind = draw(st.sampled_from(LineKind))
        on = NEW_YEAR + timedelta(days=draw(st.integers(0, 300)))
        quantity = 100 if kind is LineKind.FIXED_FEE else draw(st.integers(1, 1_200))
        rate, code = draw(st.integers(0, 90_000)), draw(st.sampled_from(CODES)) if kind is LineKind.TIME else ""
        typed = draw(st.sampled_from([0, 0, 0, 5_000])) if kind is LineKind.TIME else 0
        found.append(Entry(kind, number, on, quantity, rate, code, draw(st.integers(0, 4)) > 0, typed))
    return found


MATTERS = st.builds(Matter, agreements(), arrangements(), tax_rules(), st.sampled_from(TaxRounding))
