"""Time entries as lists show them: plain rows, totals and days. Rates and amounts are left out for who may not see them."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, Text, bindparam, case, cast, exists, func, or_, select
from sqlalchemy.orm import Session

from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.models import Client, Matter, PreBill, PreBillLine, TimeEntry, Timekeeper
from lexapp.queries.matter_titles import matter_title
from lexapp.queries.search import ESCAPE, like_pattern
from lexapp.queries.standing import is_unbilled
from lexapp.queries.time_totals import TimeTotals, mark
from lexapp.queries.walls import read_rows

STATES = ("unbilled", "on_pre_bill", "billed")
_LIVE = (PreBillLine.firm_id == TimeEntry.firm_id) & (PreBillLine.time_entry_id == TimeEntry.id) & (PreBillLine.state == "included")


@dataclass(frozen=True, slots=True)
class TimeFilter:
    """What a list of time shows. `status`: unbilled (on no pre-bill), to_invoice (billable, on no issued invoice), on_pre_bill, billed
    covered (an agreed fee pays for it) or no_rate; the others by id, code, day; empty: all."""

    timekeeper_id: int | None = None
    matter_id: int | None = None
    client_id: int | None = None
    since: date | None = None
    until: date | None = None
    status: str = ""
    billing_status: str = ""
    words: tuple[str, ...] = ()
    vendor_id: int | None = None
    category_id: int | None = None


class TimeLine(NamedTuple):
    """A row of a list, as it was read. `rate`, `amount`, `reason` are None for who may not see rates; `rate` also without one."""

    id: int
    version: int
    worked_on: date
    matter_id: int
    narrative: str
    task_code: str
    activity_code: str
    timekeeper_id: int
    measured_seconds: int | None
    recorded_seconds: int
    quantity_hundredths: int
    rounding_group: str
    billing_status: str
    timer_id: int | None
    rate_minor: int | None
    amount_minor: int
    fee_term_id: int | None
    reason_text: str | None
    matter_name: str
    is_internal: bool
    client_name: str | None
    timekeeper_name: str
    taken: int
    currency: str
    sees_money: bool

    @property
    def title(self) -> str:
        return matter_title(self.client_name, self.matter_name, is_internal=self.is_internal)

    @property
    def is_grouped(self) -> bool:
        return bool(self.rounding_group)

    @property
    def state(self) -> str:
        return STATES[self.taken]

    @property
    def rate(self) -> Money | None:
        return Money(self.rate_minor, self.currency) if self.sees_money and self.rate_minor is not None else None

    @property
    def amount(self) -> Money | None:
        return Money(self.amount_minor, self.currency) if self.sees_money else None

    @property
    def reason(self) -> dict[str, Any] | None:
        """Why it has its rate (domain.rates, `RateDecision.as_json`)."""
        if not self.sees_money or self.reason_text is None:
            return None
        found: dict[str, Any] = json.loads(self.reason_text)
        return found

    @property
    def lacks_rate(self) -> bool:
        return self.sees_money and self.rate_minor is None and self.billing_status == "billable"

    @property
    def is_covered(self) -> bool:
        """Whether an agreed fee pays for it: it is valued, and not billed."""
        return self.fee_term_id is not None and self.billing_status == "billable"

    @property
    def codes(self) -> str:
        return " ".join(code for code in (self.task_code, self.activity_code) if code)


def mark_of(lines: Collection[TimeLine]) -> str:
    """Which entries these are: another text where one came, went or changed. Versions only grow, so their sum tells a change."""
    return mark(len(lines), sum(line.id for line in lines), sum(line.version for line in lines))


def time_lines(
    session: Session, *, actor: Actor, currency: str, chosen: TimeFilter, limit: int, offset: int = 0, oldest_first: bool = False
) -> list[TimeLine]:
    """The entries that the actor may see, newest day first. One query."""
    shape, given = _asked(actor, chosen)
    query = _statements(shape).oldest_first if oldest_first else _statements(shape).newest_first
    rows = read_rows(session, query, {**given, "limit": limit, "offset": offset})
    sees_money = actor.may("rate.see")
    return [TimeLine._make((*row, currency, sees_money)) for row in rows]


def time_line(session: Session, *, actor: Actor, currency: str, entry_id: int) -> TimeLine | None:
    """One entry that the actor may see, also a discarded one; else None."""
    query = _query().where(TimeEntry.firm_id == actor.firm_id, TimeEntry.id == entry_id, *_own(actor))
    row: Any = session.execute(query).first()
    return TimeLine._make((*row, currency, actor.may("rate.see"))) if row else None


def chosen_lines(session: Session, *, actor: Actor, currency: str, entry_ids: Collection[int]) -> list[TimeLine]:
    """These entries, as far as the actor may see them, oldest first. One query."""
    mine = (TimeEntry.firm_id == actor.firm_id, TimeEntry.id.in_(entry_ids), TimeEntry.discarded_at.is_(None), *_own(actor))
    rows: Any = session.execute(_query().where(*mine).order_by(TimeEntry.worked_on, TimeEntry.id))
    sees_money = actor.may("rate.see")
    return [TimeLine._make((*row, currency, sees_money)) for row in rows]


def day_totals(session: Session, *, actor: Actor, currency: str, chosen: TimeFilter) -> dict[date, TimeTotals]:
    """Count and sums of every day that the filter finds, not only of what one page shows. One query."""
    shape, given = _asked(actor, chosen)
    sees_money = actor.may("rate.see")
    rows = read_rows(session, _statements(shape).days, given)
    return {
        day: TimeTotals(count, int(hours), int(minor) if sees_money else None, currency, int(ids), int(versions))
        for day, count, hours, minor, ids, versions in rows
    }


# ── statements, built once for each way of asking ────────────────────────────────────────────────


class _Shape(NamedTuple):
    """Which conditions a statement has; the values come with each request."""

    own: bool
    given: tuple[str, ...]
    status: str
    words: int


class _Statements(NamedTuple):
    newest_first: Select[Any]
    oldest_first: Select[Any]
    days: Select[Any]


_EQUAL: dict[str, Any] = {
    "timekeeper_id": TimeEntry.timekeeper_id,
    "matter_id": TimeEntry.matter_id,
    "client_id": Matter.client_id,
    "billing_status": TimeEntry.billing_status,
}


def _asked(actor: Actor, chosen: TimeFilter) -> tuple[_Shape, dict[str, Any]]:
    names = (*_EQUAL, "since", "until")
    given = {name: value for name in names if (value := getattr(chosen, name)) not in (None, "")}
    values = {"firm_id": actor.firm_id, "own_id": actor.timekeeper_id or 0, **given}
    values |= {f"word_{place}": like_pattern(word) for place, word in enumerate(chosen.words)}
    return _Shape(not actor.may("time.view_all"), tuple(given), chosen.status, len(chosen.words)), values


@lru_cache(maxsize=256)
def _statements(shape: _Shape) -> _Statements:
    conditions = _conditions(shape)
    part = _query().where(*conditions).limit(bindparam("limit", type_=Integer)).offset(bindparam("offset", type_=Integer))
    columns = (TimeEntry.worked_on, func.count(TimeEntry.id), *_sums())
    asks_matters = shape.words or "client_id" in shape.given
    days = (_from_matters(select(*columns)) if asks_matters else select(*columns)).where(*conditions).group_by(TimeEntry.worked_on)
    newest = part.order_by(TimeEntry.worked_on.desc(), TimeEntry.id.desc())
    return _Statements(newest, part.order_by(TimeEntry.worked_on, TimeEntry.id), days)


def _sums() -> list[Any]:
    summed = (TimeEntry.quantity_hundredths, TimeEntry.amount_minor, TimeEntry.id, TimeEntry.version)
    return [func.coalesce(func.sum(column), 0) for column in summed]


def _own(actor: Actor) -> list[ColumnElement[bool]]:
    return [] if actor.may("time.view_all") else [TimeEntry.timekeeper_id == (actor.timekeeper_id or 0)]


def _conditions(shape: _Shape) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [TimeEntry.firm_id == bindparam("firm_id"), TimeEntry.discarded_at.is_(None)]
    if shape.own:
        found.append(TimeEntry.timekeeper_id == bindparam("own_id"))
    found += [column == bindparam(name, type_=column.type) for name, column in _EQUAL.items() if name in shape.given]
    if "since" in shape.given:
        found.append(TimeEntry.worked_on >= bindparam("since", type_=TimeEntry.worked_on.type))
    if "until" in shape.given:
        found.append(TimeEntry.worked_on <= bindparam("until", type_=TimeEntry.worked_on.type))
    return found + _of_status(shape.status) + [_has(f"word_{place}") for place in range(shape.words)]


def _of_status(status: str) -> list[ColumnElement[bool]]:
    issued = exists().where(_LIVE, PreBill.firm_id == PreBillLine.firm_id, PreBill.id == PreBillLine.pre_bill_id, PreBill.state == "issued")
    found: dict[str, list[ColumnElement[bool]]] = {
        "unbilled": [~exists().where(_LIVE), TimeEntry.fee_term_id.is_(None)],
        "covered": [TimeEntry.fee_term_id.is_not(None)],
        "to_invoice": [is_unbilled(TimeEntry)],
        "on_pre_bill": [exists().where(_LIVE), ~issued],
        "billed": [issued],
        "no_rate": [TimeEntry.rate_minor_per_hour.is_(None), TimeEntry.billing_status == "billable"],
    }
    return found.get(status, [])


def _has(name: str) -> ColumnElement[bool]:
    columns = (TimeEntry.narrative, Matter.name, Matter.number)
    return or_(*(func.lower(column).like(bindparam(name, type_=Text), escape=ESCAPE) for column in columns))


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
    entry = (
        TimeEntry.id,
        TimeEntry.version,
        TimeEntry.worked_on,
        TimeEntry.matter_id,
        TimeEntry.narrative,
        TimeEntry.task_code,
        TimeEntry.activity_code,
        TimeEntry.timekeeper_id,
        TimeEntry.measured_seconds,
        TimeEntry.recorded_seconds,
        TimeEntry.quantity_hundredths,
        TimeEntry.rounding_group,
        TimeEntry.billing_status,
        TimeEntry.timer_id,
        TimeEntry.rate_minor_per_hour,
        TimeEntry.amount_minor,
        TimeEntry.fee_term_id,
        cast(TimeEntry.rate_reason, Text),
    )
    columns: Any = (*entry, Matter.name, Matter.is_internal, Client.name, Timekeeper.name, func.coalesce(taken, 0))
    of_person = (Timekeeper.firm_id == TimeEntry.firm_id) & (Timekeeper.id == TimeEntry.timekeeper_id)
    of_client = (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id)
    return _from_matters(select(*columns)).join(Timekeeper, of_person).outerjoin(Client, of_client)
