"""The rates in force, loaded once and asked for many entries: database rows in, `domain.rates` decisions out.

A rate of a card comes once for every client that has the card, as a rule for that client.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, or_, select
from sqlalchemy.orm import Session

from lexapp.database import Base
from lexapp.domain.money import Money
from lexapp.domain.rate_books import RateBook
from lexapp.domain.rate_cards import Assignment, CardRate
from lexapp.domain.rates import RateDecision, RateLevel, RateQuery, RateRule
from lexapp.domain.utbms import ACTIVITIES, classification_plural
from lexapp.models import Firm, Matter, Timekeeper

__all__ = ["RateBook", "card_assignments", "card_rates", "query_of", "rate_rules", "resolve_entry_rate", "resolve_entry_rates", "rules_for"]

# Longer lists of ids are not sent: every rate of the firm is loaded instead, which is still one query.
MOST_IDS = 500
# Every entry asks for its rates: the query is built once per set of limits, and on tables instead of classes it costs half.
_RATES, _TIMEKEEPERS, _CARDS, _GIVEN = (Base.metadata.tables[name] for name in ("rates", "timekeepers", "rate_cards", "client_rate_cards"))


def rate_rules(
    session: Session,
    *,
    firm_id: int,
    currency: str,
    matter_ids: Collection[int] | None = None,
    client_ids: Collection[int] | None = None,
    timekeeper_ids: Collection[int] | None = None,
    classes: Collection[str] | None = None,
    activity_codes: Collection[str] | None = None,
) -> list[RateRule]:
    """Every rate of the firm, removed ones aside, that could apply to these matters, clients and so on, of any date; None for any."""
    limits = {
        "matter_id": matter_ids,
        "client_id": client_ids,
        "timekeeper_id": timekeeper_ids,
        "classification": classes,
        "activity_code": activity_codes,
    }
    used = {name: list(ids) for name, ids in limits.items() if ids is not None and len(ids) <= MOST_IDS}
    rows = session.execute(_query_limited_by(*used), {"of_firm": firm_id} | {f"any_{name}": ids for name, ids in used.items()})
    found = (_rule(row, currency) if row.rate_card_id is None else _given(row, currency) for row in rows)
    return [rule for rule in found if rule is not None]


@cache
def _query_limited_by(*names: str) -> Select[Any]:
    """The rates of firm `of_firm` that have, in each of these columns, nothing or one of the values `any_<column>`.

    Those of cards stand beside each client that has the card, of those clients only.
    """
    given = (_GIVEN.c.firm_id == _RATES.c.firm_id) & (_GIVEN.c.rate_card_id == _RATES.c.rate_card_id) & _GIVEN.c.removed_at.is_(None)
    if "client_id" in names:
        given &= _GIVEN.c.client_id.in_(bindparam("any_client_id", expanding=True))
    span = (_GIVEN.c.client_id.label("given_to"), _GIVEN.c.effective_from.label("given_from"), _GIVEN.c.effective_to.label("given_until"))
    query = _named_rates(*span).outerjoin(_GIVEN, given).where(or_(_RATES.c.rate_card_id.is_(None), _GIVEN.c.id.is_not(None)))
    return query.where(*(_within(name) for name in names)).order_by(_RATES.c.id)


def _named_rates(*columns: ColumnElement[Any]) -> Select[Any]:
    """The rates of firm `of_firm` that are not removed, with the names of their timekeeper and card."""
    person = (_TIMEKEEPERS.c.firm_id == _RATES.c.firm_id) & (_TIMEKEEPERS.c.id == _RATES.c.timekeeper_id)
    card = (_CARDS.c.firm_id == _RATES.c.firm_id) & (_CARDS.c.id == _RATES.c.rate_card_id)
    query = select(_RATES, _TIMEKEEPERS.c.name.label("timekeeper_name"), _CARDS.c.name.label("card_name"), *columns)
    query = query.select_from(_RATES).outerjoin(_TIMEKEEPERS, person).outerjoin(_CARDS, card)
    return query.where(_RATES.c.firm_id == bindparam("of_firm"), _RATES.c.removed_at.is_(None))


def card_rates(session: Session, *, firm_id: int, currency: str) -> list[CardRate]:
    """Every rate of every card, whoever has it, removed ones aside. One query."""
    rows = session.execute(_named_rates().where(_RATES.c.rate_card_id.is_not(None)).order_by(_RATES.c.id), {"of_firm": firm_id})
    return [_card_rate(row, currency) for row in rows]


def card_assignments(session: Session, *, firm_id: int) -> list[Assignment]:
    """Which client has which card when, removed ones aside. One query."""
    columns = (_GIVEN.c.rate_card_id, _GIVEN.c.client_id, _GIVEN.c.effective_from, _GIVEN.c.effective_to)
    rows = session.execute(select(*columns).where(_GIVEN.c.firm_id == firm_id, _GIVEN.c.removed_at.is_(None)).order_by(_GIVEN.c.id))
    return [Assignment(card_id=card, client_id=client, effective_from=first, effective_to=last) for card, client, first, last in rows]


def _within(name: str) -> ColumnElement[bool]:
    return or_(_RATES.c[name].is_(None), _RATES.c[name].in_(bindparam(f"any_{name}", expanding=True)))


def _rule(rate: Row[Any], currency: str) -> RateRule:
    return RateRule(
        id=rate.id,
        level=RateLevel(rate.level),
        rate=Money(rate.rate_minor_per_hour, currency),
        effective_from=rate.effective_from,
        effective_to=rate.effective_to,
        matter_id=rate.matter_id,
        client_id=rate.client_id,
        timekeeper_id=rate.timekeeper_id,
        timekeeper_class=rate.classification,
        activity_code=rate.activity_code,
        name=rate.name or rate.timekeeper_name or _name_of_code(rate),
    )


def _card_rate(rate: Row[Any], currency: str) -> CardRate:
    whom = rate.timekeeper_name or _name_of_code(rate)
    return CardRate(
        id=rate.id,
        card_id=rate.rate_card_id,
        rate=Money(rate.rate_minor_per_hour, currency),
        effective_from=rate.effective_from,
        effective_to=rate.effective_to,
        timekeeper_id=rate.timekeeper_id,
        timekeeper_class=rate.classification,
        change_hundredths=rate.change_hundredths,
        name=f"{rate.card_name} for {whom}" if whom else rate.card_name,
    )


def _given(rate: Row[Any], currency: str) -> RateRule | None:
    """The rule that a rate of a card is for the client in the same row."""
    span = {"effective_from": rate.given_from, "effective_to": rate.given_until}
    return _card_rate(rate, currency).given(Assignment(card_id=rate.rate_card_id, client_id=rate.given_to, **span))


def _name_of_code(rate: Row[Any]) -> str:
    """For whom or what, in words, where the rate was given no name of its own: "partners", "A103 Draft/revise"."""
    if rate.classification:
        return classification_plural(rate.classification)
    activity = ACTIVITIES.lookup(rate.activity_code or "")
    return f"{activity.code} {activity.name}" if activity else rate.activity_code or ""


def query_of(matter: Matter, timekeeper: Timekeeper, *, activity_code: str, on: date, typed: Money | None = None) -> RateQuery:
    """What has to be known of an entry to find its rate."""
    return RateQuery(
        on=on,
        matter_id=matter.id,
        client_id=matter.client_id,
        timekeeper_id=timekeeper.id,
        timekeeper_class=timekeeper.classification,
        activity_code=activity_code or None,
        typed=typed,
    )


def resolve_entry_rate(
    session: Session, *, firm: Firm, matter: Matter, timekeeper: Timekeeper, activity_code: str, on: date, typed: Money | None = None
) -> RateDecision:
    """The rate of one entry with its reason, from the rates as they stand now. One query; `rate` is None when there is no rate."""
    query = query_of(matter, timekeeper, activity_code=activity_code, on=on, typed=typed)
    return resolve_entry_rates(session, firm_id=firm.id, currency=firm.currency, queries=[query])[0]


def resolve_entry_rates(session: Session, *, firm_id: int, currency: str, queries: Sequence[RateQuery]) -> list[RateDecision]:
    """The rates of many entries, in their order. One query however many there are."""
    book = RateBook(rules_for(session, firm_id=firm_id, currency=currency, queries=queries))
    return [book.resolve(query) for query in queries]


def rules_for(session: Session, *, firm_id: int, currency: str, queries: Sequence[RateQuery]) -> list[RateRule]:
    """Every rule that could apply to one of the queries. One query."""
    return rate_rules(
        session,
        firm_id=firm_id,
        currency=currency,
        matter_ids={q.matter_id for q in queries if q.matter_id is not None},
        client_ids={q.client_id for q in queries if q.client_id is not None},
        timekeeper_ids={q.timekeeper_id for q in queries if q.timekeeper_id is not None},
        classes={q.timekeeper_class for q in queries if q.timekeeper_class is not None},
        activity_codes={q.activity_code for q in queries if q.activity_code is not None},
    )
