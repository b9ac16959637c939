"""What recorded time is worth: the rate with its reason, the rounded quantity, the amount."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from lexapp.books.rates import resolve_entry_rates
from lexapp.books.time_entries.work import BILLABLE, Terms, Work
from lexapp.domain.money import Money
from lexapp.domain.rates import RateDecision, RateQuery
from lexapp.domain.rounding import billed_hundredths
from lexapp.domain.rounding_rules import RoundingDecision


@dataclass(frozen=True, slots=True)
class Price:
    """What an entry is worth: its rate with the reason (None and 0 where there is no rate yet), its quantity, its amount.

    `rounding` says what the quantity was rounded by; None where it was given.
    """

    decision: RateDecision
    rounding: RoundingDecision | None
    quantity_hundredths: int
    amount_minor: int

    @property
    def rate_minor(self) -> int | None:
        return self.decision.rate.minor if self.decision.rate else None


def status_of(terms: Terms, work: Work) -> str:
    """Time on the firm's internal matter is never billable."""
    return "non_billable" if terms.matters[work.matter_id].is_internal and work.billing_status == BILLABLE else work.billing_status


def price_works(session: Session, terms: Terms, works: Sequence[Work], quantities: Sequence[int | None] = ()) -> list[Price]:
    """The price of every work, in order, at the rates as they stand. A given quantity (hundredths) stands; None is rounded by the rule."""
    currency = terms.firm.currency
    queries = [_rate_query(terms, work) for work in works]
    decisions = resolve_entry_rates(session, firm_id=terms.firm.firm_id, currency=currency, queries=queries)
    given = quantities or [None] * len(works)
    return [_price(terms, *row) for row in zip(works, decisions, given, strict=True)]


def _rate_query(terms: Terms, work: Work) -> RateQuery:
    return RateQuery(
        on=work.worked_on,
        matter_id=work.matter_id,
        client_id=terms.matters[work.matter_id].client_id,
        timekeeper_id=work.timekeeper_id,
        timekeeper_class=terms.timekeepers[work.timekeeper_id].classification,
        activity_code=work.activity_code or None,
        typed=None if work.rate_minor is None else Money(work.rate_minor, terms.firm.currency),
    )


def rounding_of(terms: Terms, work: Work) -> RoundingDecision:
    """What rounds this work: the rule in force for its matter, activity and day."""
    return terms.matters[work.matter_id].rounding(work.worked_on, work.activity_code)


def _price(terms: Terms, work: Work, decision: RateDecision, given: int | None) -> Price:
    rounding = rounding_of(terms, work) if given is None else None
    quantity = billed_hundredths(work.recorded_seconds, rounding.increment) if rounding else given or 0
    return Price(decision, rounding, quantity, amount_of(status_of(terms, work), quantity, decision.rate))


def amount_of(billing_status: str, quantity_hundredths: int, rate: Money | None) -> int:
    """Minor units: the shown quantity times the rate, rounded half up once; nothing unless billable and rated."""
    if billing_status != BILLABLE or rate is None:
        return 0
    return rate.times_hundredths(quantity_hundredths).minor
