"""Recurring time as its page lists it: the days that wait for somebody, and the rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Actor
from lexapp.domain.recurrences import Recurrence
from lexapp.models import Client, Matter, RecurringEntry, RecurringEntryDay, Timekeeper
from lexapp.queries.matter_titles import matter_title
from lexapp.queries.walls import read_rows

MOST_WAITING, MOST_RULES = 200, 300


class WaitingDay(NamedTuple):
    """A day to confirm. `reason`: why it was not recorded by itself; empty where it was to ask."""

    id: int
    worked_on: date
    recorded_seconds: int
    narrative: str
    reason: str
    matter_id: int
    matter_name: str
    is_internal: bool
    status: str
    client_name: str | None
    timekeeper_name: str
    rule_id: int

    @property
    def title(self) -> str:
        return matter_title(self.client_name, self.matter_name, is_internal=self.is_internal)


class RuleLine(NamedTuple):
    """A rule of recurring time."""

    id: int
    recorded_seconds: int
    narrative: str
    weekdays: int
    month_day: int | None
    first_on: date
    last_on: date | None
    asks: bool
    made_through: date
    paused_at: datetime | None
    ended_at: datetime | None
    matter_name: str
    is_internal: bool
    matter_status: str
    client_name: str | None
    timekeeper_name: str

    @property
    def title(self) -> str:
        return matter_title(self.client_name, self.matter_name, is_internal=self.is_internal)

    @property
    def recurrence(self) -> Recurrence:
        return Recurrence(self.weekdays, self.month_day, self.first_on, self.last_on)

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None or (self.last_on is not None and self.last_on <= self.made_through)

    @property
    def next_on(self) -> date | None:
        """The next day that it makes; None where it makes none."""
        return None if self.is_over or self.paused_at is not None else self.recurrence.next_after(self.made_through)


def waiting_days(session: Session, *, actor: Actor) -> list[WaitingDay]:
    """The days that wait for the actor, the oldest first, two hundred at most. One query."""
    one = RecurringEntryDay
    columns = (one.id, one.worked_on, one.recorded_seconds, one.narrative, one.reason, one.matter_id)
    query = _named(select(*columns, *_NAMES[:2], Matter.status, *_NAMES[2:], one.recurring_entry_id), one)
    query = query.where(*_waits(actor)).order_by(one.worked_on, one.id).limit(MOST_WAITING)
    return [WaitingDay(*row) for row in session.execute(query)]


def count_waiting(session: Session, *, actor: Actor) -> int:
    """How many days wait for the actor's own confirmation. One query."""
    rows = read_rows(session, _WAITING, {"firm_id": actor.firm_id, "timekeeper_id": actor.timekeeper_id or 0})
    return int(rows[0][0])


_WAITING = select(func.count(RecurringEntryDay.id)).where(
    RecurringEntryDay.firm_id == bindparam("firm_id"),
    RecurringEntryDay.state == "waiting",
    RecurringEntryDay.timekeeper_id == bindparam("timekeeper_id"),
)


def recurring_rules(session: Session, *, actor: Actor) -> list[RuleLine]:
    """The rules that the actor may change, those that go on first. One query."""
    one = RecurringEntry
    when = (one.weekdays, one.month_day, one.first_on, one.last_on, one.asks, one.made_through, one.paused_at, one.ended_at)
    columns: Sequence[Any] = (one.id, one.recorded_seconds, one.narrative, *when, *_NAMES[:2], Matter.status, *_NAMES[2:])
    query = _named(select(*columns), one).where(one.firm_id == actor.firm_id, *_own(actor, one.timekeeper_id))
    rows = session.execute(query.order_by(one.ended_at.is_not(None), one.id.desc()).limit(MOST_RULES))
    return [RuleLine(*row) for row in rows]


_NAMES: tuple[Any, ...] = (Matter.name, Matter.is_internal, Client.name, Timekeeper.name)


def _waits(actor: Actor) -> list[ColumnElement[bool]]:
    one = RecurringEntryDay
    return [one.firm_id == actor.firm_id, one.state == "waiting", *_own(actor, one.timekeeper_id)]


def _own(actor: Actor, column: Any) -> list[ColumnElement[bool]]:
    return [] if actor.may("time.record_others") else [column == (actor.timekeeper_id or 0)]


def _named(query: Any, one: Any) -> Any:
    of_client = (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id)
    return (
        query.select_from(one)
        .join(Matter, (Matter.firm_id == one.firm_id) & (Matter.id == one.matter_id))
        .join(Timekeeper, (Timekeeper.firm_id == one.firm_id) & (Timekeeper.id == one.timekeeper_id))
        .outerjoin(Client, of_client)
    )
