"""What has to be known before work is recorded: the firm's rounding, the matters, the timekeepers. A few queries, however much work."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from lexapp.database import Base, today_in
from lexapp.domain.errors import InvalidInput
from lexapp.domain.rounding import Direction, IncrementRule, rule_in_force
from lexapp.domain.timer_shares import SharingRule
from lexapp.models import Client, Matter

__all__ = ["FirmTerms", "MatterTerms", "TimekeeperTerms", "firm_terms", "lock_timekeepers", "matter_terms"]

# Every entry asks these: built once they cost half. Matters are asked for as models, so that the wall of a matter holds here too.
_FIRMS, _TIMEKEEPERS = (Base.metadata.tables[name].c for name in ("firms", "timekeepers"))
_RULE = ("increment_seconds", "increment_direction", "minimum_seconds")
_FIRM = (
    select(_FIRMS.currency, _FIRMS.time_zone, _FIRMS.rounding_scope, *(_FIRMS[name] for name in _RULE))
    .add_columns(_FIRMS.timers_at_once, _FIRMS.shared_minutes)
    .where(_FIRMS.id == bindparam("of_firm"))
)
_MATTERS_OF_FIRM = (
    select(Matter.id, Matter.client_id, Matter.is_internal, Matter.status, Matter.number, Matter.name)
    .add_columns(*(getattr(Matter, name) for name in _RULE), *(getattr(Client, name).label(f"client_{name}") for name in _RULE))
    .outerjoin(Client, (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id))
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
    """The firm's currency, time zone and rounding. `by_day`: time is rounded once per timekeeper, matter and day.

    `at_once`: several timers of a person may run; `sharing`: who gets the minutes that they have in common.
    """

    firm_id: int
    currency: str
    time_zone: str
    rule: IncrementRule
    by_day: bool
    at_once: bool = False
    sharing: SharingRule = SharingRule.LAST

    def today(self, now: datetime) -> date:
        """The date where the firm is."""
        return today_in(self.time_zone, now)


@dataclass(frozen=True, slots=True)
class MatterTerms:
    """A matter as recording sees it; `rule` is the increment in force (matter, else client, else firm)."""

    id: int
    client_id: int | None
    is_internal: bool
    status: str
    label: str
    rule: IncrementRule


@dataclass(frozen=True, slots=True)
class TimekeeperTerms:
    """A timekeeper whose row is locked until the transaction ends."""

    id: int
    name: str
    classification: str
    is_active: bool


def increment_rule(seconds: int | None, direction: str | None, minimum: int | None) -> IncrementRule | None:
    """The rule that three columns hold, or None where they hold none."""
    return None if seconds is None else IncrementRule(seconds, Direction(direction or "up"), minimum or 0)


def firm_terms(session: Session, firm_id: int) -> FirmTerms:
    """The terms of the firm. One query."""
    currency, zone, scope, seconds, direction, minimum, at_once, shared = session.execute(_FIRM, {"of_firm": firm_id}).one()
    # Where one timer runs at a time, starting another was leaving it, on whatever device.
    sharing = SharingRule(shared) if at_once else SharingRule.LAST
    return FirmTerms(firm_id, currency, zone, IncrementRule(seconds, Direction(direction), minimum), scope == "day", at_once, sharing)


def matter_terms(session: Session, firm: FirmTerms, matter_ids: Collection[int]) -> dict[int, MatterTerms]:
    """The matters of the firm among these ids. Raises InvalidInput for an id that the firm does not have. One query."""
    wanted = set(matter_ids)
    rows = session.execute(_MATTERS_OF_FIRM, {"of_firm": firm.firm_id, "ids": list(wanted)})
    found = {row.id: _matter(row, firm.rule) for row in rows}
    if len(found) < len(wanted):
        raise InvalidInput("Choose a matter of the list: type a few letters of its name.", field="matter_id", code="matter_unknown")
    return found


def _matter(row: Row[Any], firm: IncrementRule) -> MatterTerms:
    own = increment_rule(row.increment_seconds, row.increment_direction, row.minimum_seconds)
    clients = increment_rule(row.client_increment_seconds, row.client_increment_direction, row.client_minimum_seconds)
    rule = rule_in_force(matter=own, client=clients, firm=firm)
    return MatterTerms(row.id, row.client_id, row.is_internal, row.status, f"{row.number} {row.name}", rule)


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
