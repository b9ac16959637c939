"""The rates in force, loaded once and asked for many entries: database rows in, `domain.rates` decisions out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, or_, select
from sqlalchemy.orm import Session

from lexapp.database import Base
from lexapp.domain.money import Money
from lexapp.domain.rates import RateDecision, RateLevel, RateQuery, RateRule, resolve_rate
from lexapp.domain.utbms import ACTIVITIES, classification_plural
from lexapp.models import Firm, Matter, Timekeeper

__all__ = ["RateBook", "query_of", "rate_rules", "resolve_entry_rate", "resolve_entry_rates"]

# Longer lists of ids are not sent: every rate of the firm is loaded instead, which is still one query.
MOST_IDS = 500
# Every entry asks for its rates: the query is built once per set of limits, and on tables instead of classes it costs half.
_RATES, _TIMEKEEPERS = (Base.metadata.tables[name] for name in ("rates", "timekeepers"))
_Scope = tuple[int | None, int | None, int | None, str | None, str | None]


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
    return [_rule(row, currency) for row in rows]


@cache
def _query_limited_by(*names: str) -> Select[Any]:
    """The rates of firm `of_firm` that have, in each of these columns, nothing or one of the values `any_<column>`."""
    person = (_TIMEKEEPERS.c.firm_id == _RATES.c.firm_id) & (_TIMEKEEPERS.c.id == _RATES.c.timekeeper_id)
    query = select(_RATES, _TIMEKEEPERS.c.name.label("timekeeper_name")).select_from(_RATES.outerjoin(_TIMEKEEPERS, person))
    limits = (_RATES.c.removed_at.is_(None), *(_within(name) for name in names))
    return query.where(_RATES.c.firm_id == bindparam("of_firm"), *limits).order_by(_RATES.c.id)


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


def _name_of_code(rate: Row[Any]) -> str:
    """For whom or what, in words, where the rate was given no name of its own: "partners", "A103 Draft/revise"."""
    if rate.classification:
        return classification_plural(rate.classification)
    activity = ACTIVITIES.lookup(rate.activity_code or "")
    return f"{activity.code} {activity.name}" if activity else rate.activity_code or ""


class RateBook:
    """Rules found by what they are agreed for, so that an entry is compared with the few that can apply to it."""

    def __init__(self, rules: Iterable[RateRule]) -> None:
        self._by_scope: dict[_Scope, list[RateRule]] = defaultdict(list)
        for rule in rules:
            self._by_scope[rule.matter_id, rule.client_id, rule.timekeeper_id, rule.timekeeper_class, rule.activity_code].append(rule)

    def resolve(self, query: RateQuery) -> RateDecision:
        """The same decision as `domain.rates.resolve_rate` over all the rules."""
        return resolve_rate([rule for scope in _scopes(query) for rule in self._by_scope.get(scope, ())], query)


def _scopes(q: RateQuery) -> list[_Scope]:
    """The key combinations of the precedence (domain.rates) for one query; a missing key matches nothing."""
    scopes: list[_Scope] = [(None, None, q.timekeeper_id, None, None), (None, None, None, q.timekeeper_class, None)]
    scopes.append((None, None, None, None, q.activity_code))
    if q.matter_id is not None:
        scopes += [(q.matter_id, None, q.timekeeper_id, None, None), (q.matter_id, None, None, q.timekeeper_class, None)]
        scopes.append((q.matter_id, None, None, None, None))
    if q.client_id is not None:
        scopes += [(None, q.client_id, q.timekeeper_id, None, None), (None, q.client_id, None, q.timekeeper_class, None)]
        scopes.append((None, q.client_id, None, None, None))
    return list(dict.fromkeys(scopes))


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
    rules = rate_rules(
        session,
        firm_id=firm_id,
        currency=currency,
        matter_ids={q.matter_id for q in queries if q.matter_id is not None},
        client_ids={q.client_id for q in queries if q.client_id is not None},
        timekeeper_ids={q.timekeeper_id for q in queries if q.timekeeper_id is not None},
        classes={q.timekeeper_class for q in queries if q.timekeeper_class is not None},
        activity_codes={q.activity_code for q in queries if q.activity_code is not None},
    )
    book = RateBook(rules)
    return [book.resolve(query) for query in queries]
