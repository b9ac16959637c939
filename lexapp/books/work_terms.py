"""What has to be known before work is recorded: the firm's rounding, the matters, the timekeepers. A few queries, however much work."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.database import today_in
from lexapp.domain.errors import InvalidInput
from lexapp.domain.rounding import Direction, IncrementRule, rule_in_force
from lexapp.models import Client, Firm, Matter, Timekeeper

__all__ = ["FirmTerms", "MatterTerms", "TimekeeperTerms", "firm_terms", "lock_timekeepers", "matter_terms"]


@dataclass(frozen=True, slots=True)
class FirmTerms:
    """The firm's currency, time zone and rounding. `by_day`: time is rounded once per timekeeper, matter and day."""

    firm_id: int
    currency: str
    time_zone: str
    rule: IncrementRule
    by_day: bool

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
    columns = (Firm.currency, Firm.time_zone, Firm.rounding_scope, Firm.increment_seconds, Firm.increment_direction, Firm.minimum_seconds)
    currency, zone, scope, seconds, direction, minimum = session.execute(select(*columns).where(Firm.id == firm_id)).one()
    return FirmTerms(firm_id, currency, zone, IncrementRule(seconds, Direction(direction), minimum), scope == "day")


def matter_terms(session: Session, firm: FirmTerms, matter_ids: Collection[int]) -> dict[int, MatterTerms]:
    """The matters of the firm among these ids. Raises InvalidInput for an id that the firm does not have. One query."""
    wanted = set(matter_ids)
    of_client = (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id)
    query = select(Matter, Client).outerjoin(Client, of_client).where(Matter.firm_id == firm.firm_id, Matter.id.in_(wanted))
    found = {matter.id: _matter(matter, client, firm.rule) for matter, client in session.execute(query)}
    if len(found) < len(wanted):
        raise InvalidInput("Choose a matter of the list: type a few letters of its name.", field="matter_id", code="matter_unknown")
    return found


def _matter(matter: Matter, client: Client | None, firm: IncrementRule) -> MatterTerms:
    own = increment_rule(matter.increment_seconds, matter.increment_direction, matter.minimum_seconds)
    clients = increment_rule(client.increment_seconds, client.increment_direction, client.minimum_seconds) if client else None
    rule = rule_in_force(matter=own, client=clients, firm=firm)
    return MatterTerms(matter.id, matter.client_id, matter.is_internal, matter.status, f"{matter.number} {matter.name}", rule)


def lock_timekeepers(session: Session, firm: FirmTerms, timekeeper_ids: Collection[int]) -> dict[int, TimekeeperTerms]:
    """The timekeepers, locked by id: what one of them records or times is written one command after the other.

    Raises InvalidInput for an id that the firm does not have. One query.
    """
    wanted = set(timekeeper_ids)
    columns = (Timekeeper.id, Timekeeper.name, Timekeeper.classification, Timekeeper.is_active)
    query = (
        select(*columns)
        .where(Timekeeper.firm_id == firm.firm_id, Timekeeper.id.in_(wanted))
        .order_by(Timekeeper.id)
        .with_for_update(key_share=True)
    )
    found = {row.id: TimekeeperTerms(*row) for row in session.execute(query)}
    if len(found) < len(wanted):
        raise InvalidInput("Choose a timekeeper of the list.", field="timekeeper_id", code="timekeeper_unknown")
    return found
