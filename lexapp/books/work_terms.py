"""What has to be known before work is recorded: the firm, the matters with their rounding, the timekeepers. A few queries, however much."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from lexapp.database import Base, today_in
from lexapp.domain.errors import InvalidInput
from lexapp.domain.rounding_rules import RoundingDecision, RoundingQuery, RoundingRule, resolve_rounding
from lexapp.domain.time_locks import TimeLock
from lexapp.domain.timer_shares import SharingRule, SharingRules, rule_in_force
from lexapp.models import Matter
from lexapp.models.rounding_rules import RULE_COLUMNS, rule_of

__all__ = ["FirmTerms", "MatterTerms", "TimekeeperTerms", "firm_terms", "lock_timekeepers", "matter_terms"]

# Every entry asks these: built once they cost half. Matters are asked for as models, so that the wall of a matter holds here too; the
# rules that round their time come along, a row for each, so that no statement is added for them.
_FIRMS, _TIMEKEEPERS = (Base.metadata.tables[name].c for name in ("firms", "timekeepers"))
_RULES = Base.metadata.tables["rounding_rules"]


def _rules_of(*keys: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(_RULES.c.removed_at.is_(None), *keys)


_FIRM = (
    select(_FIRMS.currency, _FIRMS.time_zone, _FIRMS.timers_at_once, _FIRMS.shared_minutes, *RULE_COLUMNS)
    .add_columns(_FIRMS.sharing_before, _FIRMS.time_closed_through, _FIRMS.time_open_days)
    .outerjoin_from(Base.metadata.tables["firms"], _RULES, _rules_of(_RULES.c.firm_id == _FIRMS.id, _RULES.c.level == "firm"))
    .where(_FIRMS.id == bindparam("of_firm"))
)
_OF_MATTER_OR_CLIENT = or_(_RULES.c.matter_id == Matter.id, _RULES.c.client_id == Matter.client_id)
_MATTERS_OF_FIRM = (
    select(Matter.id, Matter.client_id, Matter.is_internal, Matter.status, Matter.number, Matter.name, *RULE_COLUMNS)
    .outerjoin_from(Matter, _RULES, _rules_of(_RULES.c.firm_id == Matter.firm_id, _OF_MATTER_OR_CLIENT))
    .where(Matter.firm_id == bindparam("of_firm"), Matter.id.in_(bindparam("ids", expanding=True)))
)
_LOCK_TIMEKEEPERS = (
    select(_TIMEKEEPERS.id, _TIMEKEEPERS.name, _TIMEKEEPERS.classification, _TIMEKEEPERS.is_active)
    .where(_TIMEKEEPERS.firm_id == bindparam("of_firm"), _TIMEKEEPERS.id.in_(bindparam("ids", expanding=True)))
    .order_by(_TIMEKEEPERS.id)
    .with_for_update(key_share=True)
)


@dataclass(frozen=True, slots=True)
class FirmTerms:
    """The firm's currency, time zone and own rounding rules, of any date.

    `lock`: the days whose time and expenses are closed.
    `at_once`: several timers of a person may run; `sharing`: who gets the minutes that they have in common, at any time.
    """

    firm_id: int
    currency: str
    time_zone: str
    rules: tuple[RoundingRule, ...]
    lock: TimeLock
    at_once: bool
    sharing: SharingRules

    def rounding(self, on: date) -> RoundingDecision:
        """How time of a day is rounded where neither matter nor activity is known."""
        return resolve_rounding(self.rules, RoundingQuery(on=on))

    def today(self, now: datetime) -> date:
        """The date where the firm is."""
        return today_in(self.time_zone, now)


@dataclass(frozen=True, slots=True)
class MatterTerms:
    """A matter as recording sees it, with the rounding rules of itself, its client and its firm, of any date."""

    id: int
    client_id: int | None
    is_internal: bool
    status: str
    label: str
    rules: tuple[RoundingRule, ...]

    def rounding(self, on: date, activity_code: str = "") -> RoundingDecision:
        """The increment in force for an entry of that day and activity, and why it is that one."""
        query = RoundingQuery(on=on, matter_id=self.id, client_id=self.client_id, activity_code=activity_code or None)
        return resolve_rounding(self.rules, query)


@dataclass(frozen=True, slots=True)
class TimekeeperTerms:
    """A timekeeper whose row is locked until the transaction ends."""

    id: int
    name: str
    classification: str
    is_active: bool


def firm_terms(session: Session, firm_id: int) -> FirmTerms:
    """The terms of the firm. One query."""
    rows = session.execute(_FIRM, {"of_firm": firm_id}).all()
    firm, rules = rows[0], tuple(rule_of(row) for row in rows if row.rule_id is not None)
    before = tuple((datetime.fromisoformat(until), SharingRule(rule)) for until, rule in firm.sharing_before)
    sharing = SharingRules(rule_in_force(at_once=firm.timers_at_once, shared_minutes=firm.shared_minutes), before)
    lock = TimeLock(firm.time_closed_through, firm.time_open_days)
    return FirmTerms(firm_id, firm.currency, firm.time_zone, rules, lock, firm.timers_at_once, sharing)


def matter_terms(session: Session, firm: FirmTerms, matter_ids: Collection[int]) -> dict[int, MatterTerms]:
    """The matters of the firm among these ids. Raises InvalidInput for an id that the firm does not have. One query."""
    wanted = set(matter_ids)
    rows: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in session.execute(_MATTERS_OF_FIRM, {"of_firm": firm.firm_id, "ids": list(wanted)}):
        rows[row.id].append(row)
    if len(rows) < len(wanted):
        raise InvalidInput("Choose a matter of the list: type a few letters of its name.", field="matter_id", code="matter_unknown")
    return {matter_id: _matter(found, firm) for matter_id, found in rows.items()}


def _matter(rows: list[Row[Any]], firm: FirmTerms) -> MatterTerms:
    row, own = rows[0], tuple(rule_of(row) for row in rows if row.rule_id is not None)
    return MatterTerms(row.id, row.client_id, row.is_internal, row.status, f"{row.number} {row.name}", own + firm.rules)


def lock_timekeepers(session: Session, firm: FirmTerms, timekeeper_ids: Collection[int]) -> dict[int, TimekeeperTerms]:
    """The timekeepers, locked by id: what one of them records or times is written one command after the other.

    Raises InvalidInput for an id that the firm does not have. One query.
    """
    wanted = set(timekeeper_ids)
    rows = session.execute(_LOCK_TIMEKEEPERS, {"of_firm": firm.firm_id, "ids": list(wanted)})
    found = {row.id: TimekeeperTerms(*row) for row in rows}
    if len(found) < len(wanted):
        raise InvalidInput("Choose a timekeeper of the list.", field="timekeeper_id", code="timekeeper_unknown")
    return found
