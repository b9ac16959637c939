"""What the agreements of a matter take off its bills: their discounts in order, then their hard caps."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from lexapp.domain.agreements.agreement import Agreement, agreement_on
from lexapp.domain.agreements.reducing import AgreedCap, AgreedDiscount
from lexapp.domain.pricing import LineKind
from lexapp.domain.reductions import Capping, Reduction


class TakenOff(NamedTuple):
    """As `reductions.reduce_drafts` asks for it."""

    reductions: Sequence[Reduction] = ()
    cappings: Sequence[Capping] = ()

    def __bool__(self) -> bool:
        return bool(self.reductions or self.cappings)


def reduces(agreements: Sequence[Agreement]) -> bool:
    """Whether anything in them takes something off a bill."""
    return any(_is_hard(term) or isinstance(term, AgreedDiscount) for one in agreements for term in one.terms)


def taken_off_by(
    agreements: Sequence[Agreement], drafts: Mapping[int, date], currency: str, spared: Collection[tuple[LineKind, int]] = ()
) -> TakenOff:
    """Of work of the days of each agreement. `drafts`: the last day of each, which decides whose amount is taken off the bill.

    `spared`: the entries that no discount takes anything off; caps count and cut them as others.
    """
    reductions = []
    for one in _in_order(agreements):
        mine = frozenset(draft for draft, through_on in drafts.items() if agreement_on(agreements, through_on) == one)
        for term in one.terms:
            if isinstance(term, AgreedDiscount) and term.amount_minor:
                reductions.append(Reduction(term.reason(currency), term.discount, drafts=mine, spared=spared))
            elif isinstance(term, AgreedDiscount):
                reductions.append(Reduction(term.reason(currency), term.discount, *_days(one), spared=spared))
    return TakenOff(reductions, cappings_of(agreements, currency))


def cappings_of(agreements: Sequence[Agreement], currency: str) -> list[Capping]:
    """Their hard caps, each with the days of its agreement."""
    caps = ((one, term) for one in _in_order(agreements) for term in one.terms if isinstance(term, AgreedCap) and term.is_hard)
    return [Capping(term.reason(currency), term.cap(one.effective_from), *_days(one)) for one, term in caps]


def _in_order(agreements: Sequence[Agreement]) -> list[Agreement]:
    return sorted(agreements, key=lambda each: (each.effective_from, each.id))


def _days(one: Agreement) -> tuple[date, date]:
    return one.effective_from, one.effective_to or date.max


def _is_hard(term: object) -> bool:
    return isinstance(term, AgreedCap) and term.is_hard
