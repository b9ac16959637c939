"""Time entries as lists show them: plain rows, totals and days. Rates and amounts are left out for who may not see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select
from sqlalchemy.orm import Session

from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.models import Client, Matter, PreBill, PreBillLine, TimeEntry, Timekeeper
from lexapp.queries.matter_titles import matter_title
from lexapp.queries.standing import is_unbilled

STATES = ("unbilled", "on_pre_bill", "billed")
_LIVE = (PreBillLine.firm_id == TimeEntry.firm_id) & (PreBillLine.time_entry_id == TimeEntry.id) & (PreBillLine.state == "included")


@dataclass(frozen=True, slots=True)
class TimeFilter:
    """What a list of time shows. `status`: unbilled (on no pre-bill), to_invoice (billable, on no issued invoice), on_pre_bill, billed
    or no_rate; the others by id, code, day; empty: all."""

    timekeeper_id: int | None = None
    matter_id: int | None = None
    client_id: int | None = None
    since: date | None = None
    until: date | None = None
    status: str = ""
    billing_status: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TimeLine:
    """A row of a list. `rate`, `amount` and `reason` are None for who may not see rates; `rate` also where there is none yet."""

    id: int
    version: int
    worked_on: date
    matter_id: int
    title: str
    narrative: str
    task_code: str
    activity_code: str
    timekeeper_id: int
    timekeeper_name: str
    measured_seconds: int | None
    recorded_seconds: int
    quantity_hundredths: int
    is_grouped: bool
    billing_status: str
    state: str
    timer_id: int | None
    rate: Money | None
    amount: Money | None
    reason: dict[str, Any] | None

    @property
    def lacks_rate(self) -> bool:
        return self.reason is not None and self.rate is None and self.billing_status == "billable"

    @property
    def codes(self) -> str:
        return " ".join(code for code in (self.task_code, self.activity_code) if code)


@dataclass(frozen=True, slots=True)
class TimeTotals:
    """Count, hundredths of an hour, and worth (None for who may not see amounts)."""

    count: int
    quantity_hundredths: int
    amount: Money | None


def time_lines(
    session: Session, *, actor: Actor, currency: str, chosen: TimeFilter, limit: int, offset: int = 0, oldest_first: bool = False
) -> list[TimeLine]:
    """The entries that the actor may see, newest day first. One query."""
    order = (TimeEntry.worked_on, TimeEntry.id) if oldest_first else (TimeEntry.worked_on.desc(), TimeEntry.id.desc())
    query = _query().where(*_conditions(actor, chosen)).order_by(*order).limit(limit).offset(offset)
    return [_line(row, currency, sees_money=actor.may("rate.see")) for row in session.execute(query)]


def time_line(session: Session, *, actor: Actor, currency: str, entry_id: int) -> TimeLine | None:
    """One entry that the actor may see, also a discarded one; else None."""
    query = _query().where(TimeEntry.firm_id == actor.firm_id, TimeEntry.id == entry_id, *_own(actor))
    row = session.execute(query).first()
    return _line(row, currency, sees_money=actor.may("rate.see")) if row else None


def time_totals(session: Session, *, actor: Actor, currency: str, chosen: TimeFilter) -> TimeTotals:
    """Sums over everything that the filter finds, not only over what one page shows. One query."""
    query = _from_matters(select(func.count(TimeEntry.id), *_sums())).where(*_conditions(actor, chosen))
    count, hundredths, minor = session.execute(query).one()
    return _totals(actor, currency, count, hundredths, minor)


def day_totals(session: Session, *, actor: Actor, currency: str, chosen: TimeFilter, days: Sequence[date]) -> dict[date, TimeTotals]:
    """The same sums for each of these days. One query."""
    if not days:
        return {}
    columns = select(TimeEntry.worked_on, func.count(TimeEntry.id), *_sums())
    between = TimeEntry.worked_on.between(min(days), max(days))
    query = _from_matters(columns).where(*_conditions(actor, chosen), between).group_by(TimeEntry.worked_on)
    return {day: _totals(actor, currency, count, hundredths, minor) for day, count, hundredths, minor in session.execute(query)}


def _sums() -> tuple[Any, Any]:
    return func.coalesce(func.sum(TimeEntry.quantity_hundredths), 0), func.coalesce(func.sum(TimeEntry.amount_minor), 0)


def _totals(actor: Actor, currency: str, count: int, hundredths: int, minor: int) -> TimeTotals:
    return TimeTotals(count, int(hundredths), Money(int(minor), currency) if actor.may("rate.see") else None)


def _own(actor: Actor) -> list[ColumnElement[bool]]:
    return [] if actor.may("time.view_all") else [TimeEntry.timekeeper_id == (actor.timekeeper_id or 0)]


def _conditions(actor: Actor, chosen: TimeFilter) -> list[ColumnElement[bool]]:
    mine = [TimeEntry.firm_id == actor.firm_id, TimeEntry.discarded_at.is_(None), *_own(actor)]
    equal = (
        (TimeEntry.timekeeper_id, chosen.timekeeper_id),
        (TimeEntry.matter_id, chosen.matter_id),
        (Matter.client_id, chosen.client_id),
        (TimeEntry.billing_status, chosen.billing_status or None),
    )
    mine += [column == value for column, value in equal if value is not None]
    if chosen.since:
        mine.append(TimeEntry.worked_on >= chosen.since)
    if chosen.until:
        mine.append(TimeEntry.worked_on <= chosen.until)
    return mine + _of_status(chosen.status) + [_has(word) for word in chosen.words]


def _of_status(status: str) -> list[ColumnElement[bool]]:
    issued = exists().where(_LIVE, PreBill.firm_id == PreBillLine.firm_id, PreBill.id == PreBillLine.pre_bill_id, PreBill.state == "issued")
    found: dict[str, list[ColumnElement[bool]]] = {
        "unbilled": [~exists().where(_LIVE)],
        "to_invoice": [is_unbilled(TimeEntry)],
        "on_pre_bill": [exists().where(_LIVE), ~issued],
        "billed": [issued],
        "no_rate": [TimeEntry.rate_minor_per_hour.is_(None), TimeEntry.billing_status == "billable"],
    }
    return found.get(status, [])


def _has(word: str) -> ColumnElement[bool]:
    pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    columns = (TimeEntry.narrative, Matter.name, Matter.number)
    return or_(*(func.lower(column).like(pattern, escape="\\") for column in columns))


def _from_matters(query: Select[Any]) -> Select[Any]:
    return query.select_from(TimeEntry).join(Matter, (Matter.firm_id == TimeEntry.firm_id) & (Matter.id == TimeEntry.matter_id))


def _query() -> Select[Any]:
    taken = (
        select(func.max(case((PreBill.state == "issued", 2), else_=1)))
        .select_from(PreBillLine)
        .join(PreBill, (PreBill.firm_id == PreBillLine.firm_id) & (PreBill.id == PreBillLine.pre_bill_id))
        .where(_LIVE)
        .correlate(TimeEntry)
        .scalar_subquery()
    )
    columns = (TimeEntry.__table__, Matter.name, Matter.is_internal, Client.name, Timekeeper.name, func.coalesce(taken, 0))
    of_person = (Timekeeper.firm_id == TimeEntry.firm_id) & (Timekeeper.id == TimeEntry.timekeeper_id)
    of_client = (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id)
    return _from_matters(select(*columns)).join(Timekeeper, of_person).outerjoin(Client, of_client)


def _line(row: Any, currency: str, *, sees_money: bool) -> TimeLine:
    entry, (matter, is_internal, client, timekeeper, taken) = row, row[-5:]
    has_rate = sees_money and entry.rate_minor_per_hour is not None
    return TimeLine(
        id=entry.id,
        version=entry.version,
        worked_on=entry.worked_on,
        matter_id=entry.matter_id,
        title=matter_title(client, matter, is_internal=is_internal),
        narrative=entry.narrative,
        task_code=entry.task_code,
        activity_code=entry.activity_code,
        timekeeper_id=entry.timekeeper_id,
        timekeeper_name=timekeeper,
        measured_seconds=entry.measured_seconds,
        recorded_seconds=entry.recorded_seconds,
        quantity_hundredths=entry.quantity_hundredths,
        is_grouped=bool(entry.rounding_group),
        billing_status=entry.billing_status,
        state=STATES[taken],
        timer_id=entry.timer_id,
        rate=Money(entry.rate_minor_per_hour, currency) if has_rate else None,
        amount=Money(entry.amount_minor, currency) if sees_money else None,
        reason=entry.rate_reason if sees_money else None,
    )
