"""What the agreements of a matter take off its bills: their discounts in order, then their hard caps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from lexapp.domain.agreements.agreement import Agreement, agreement_on
from lexapp.domain.agreements.reducing import AgreedCap, AgreedDiscount
from lexapp.domain.reductions import Capping, Reduction


class TakenOff(NamedTuple):
    """As `reductions.reduce_drafts` asks for it."""

    reductions: Sequence[Reduction] = ()
    cappings: Sequence[Capping] = ()

    def __bool__(self) -> bool:
        return bool(self.reductions or self.cappings)


NOTHING_TAKEN_OFF = TakenOff()


def reduces(agreements: Sequence[Agreement]) -> bool:
    """Whether anything in them takes something off a bill."""
    return any(_is_hard(term) or isinstance(term, AgreedDiscount) for one in agreements for term in one.terms)


def taken_off_by(agreements: Sequence[Agreement], drafts: Mapping[int, date], currency: str) -> TakenOff:
    """Of work of the days of each agreement. `drafts`: the last day of each, which decides whose amount is taken off the bill."""
    reductions, cappings = [], []
    for one in sorted(agreements, key=lambda each: (each.effective_from, each.id)):
        days = (one.effective_from, one.effective_to or date.max)
        for term in one.terms:
            if isinstance(term, AgreedCap) and term.is_hard:
                cappings.append(Capping(term.reason(currency), term.cap(one.effective_from), *days))
            elif isinstance(term, AgreedDiscount) and term.amount_minor:
                mine = [draft for draft, through_on in drafts.items() if agreement_on(agreements, through_on) == one]
                reductions.append(Reduction(term.reason(currency), term.discount, drafts=frozenset(mine)))
            elif isinstance(term, AgreedDiscount):
                reductions.append(Reduction(term.reason(currency), term.discount, *days))
    return TakenOff(reductions, cappings)


def _is_hard(term: object) -> bool:
    return isinstance(term, AgreedCap) and term.is_hard
