"""What a change of rates would make of unbilled work, before it is saved: the rates as they stand, changed in memory, and both priced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from lexapp.books.rate_effects import RatePreview, RateScope, changeable_entries, preview_effects
from lexapp.books.rates import card_assignments, card_rates, rules_for
from lexapp.books.work_terms import FirmTerms
from lexapp.domain.permissions import Actor
from lexapp.domain.rate_books import RateBook
from lexapp.domain.rate_cards import Assignment, CardRate, rules_of_cards
from lexapp.domain.rates import RateDecision, RateQuery, RateRule


@dataclass(frozen=True, slots=True)
class Standing:
    """Rates apart from cards, the rates of cards, and which client has which card: what `change` of a what-if makes another one of."""

    own: list[RateRule]
    cards: list[CardRate]
    given: list[Assignment]

    def book(self, client_ids: frozenset[int | None]) -> RateBook:
        """For work of these clients."""
        mine = [one for one in self.given if one.client_id in client_ids]
        return RateBook([*self.own, *rules_of_cards(self.cards, mine)])


def what_if(
    session: Session, *, actor: Actor, scope: RateScope, change: Callable[[Standing], Standing], now: datetime | None = None
) -> RatePreview:
    """The unbilled entries of a scope whose rate the change itself would change, at the rate that they would get. Writes nothing.

    Needs `rate.edit` and `time.view_all`. Refuses more than 20,000 entries to look at.
    """
    actor.require("rate.edit")
    actor.require("time.view_all")

    def decide(firm: FirmTerms, queries: Sequence[RateQuery]) -> list[RateDecision | None]:
        standing, clients = _standing(session, firm, queries), frozenset(query.client_id for query in queries)
        before, after = standing.book(clients), change(standing).book(clients)
        pairs = [(before.resolve(query), after.resolve(query)) for query in queries]
        return [new if new.rate != old.rate else None for old, new in pairs]

    return preview_effects(session, actor, decide, changeable_entries(actor.firm_id, scope), now=now)


def _standing(session: Session, firm: FirmTerms, queries: Sequence[RateQuery]) -> Standing:
    keys = {"firm_id": firm.firm_id}
    rules = rules_for(session, firm_id=firm.firm_id, currency=firm.currency, queries=queries)
    own = [rule for rule in rules if rule.card_id is None]
    return Standing(own, card_rates(session, **keys, currency=firm.currency), card_assignments(session, **keys))
