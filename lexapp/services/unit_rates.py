"""Agreeing what a mile or a page costs, from a date on, and taking mistakes back. Expenses keep the rate they were recorded with."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import audit, record_command, succeed
from lexapp.books.dated_rows import lock_alike, make_room
from lexapp.database import transaction
from lexapp.domain.errors import InvalidInput, NotFound
from lexapp.domain.permissions import Actor
from lexapp.domain.unit_rates import LARGEST_RATE
from lexapp.domain.utbms import EXPENSES
from lexapp.models import UnitRate


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUnitRate:
    """`rate_hundredths` of a minor unit for one `unit` of what `name` says, from a day on; `code` is the UTBMS expense it is entered as."""

    name: str
    unit: str
    rate_hundredths: int
    effective_from: date
    code: str = ""

    def check(self) -> None:
        """Refuse, beside its field, what cannot take effect."""
        if not self.name.strip():
            raise InvalidInput("Write what is counted, such as Mileage.", field="name")
        if not self.unit.strip() or len(self.unit) > 40:
            raise InvalidInput("Write what one is called, such as mile.", field="unit")
        if not 0 < self.rate_hundredths <= LARGEST_RATE:
            raise InvalidInput("Write a rate above zero.", field="rate")
        if self.code and EXPENSES.lookup(self.code) is None:
            raise InvalidInput("Choose the code of the list.", field="code")


def add_unit_rate(session: Session, *, actor: Actor, rate: NewUnitRate, key: str | None = None, now: datetime | None = None) -> UnitRate:
    """Agree a rate. The one in force under the same name ends the day before; a later one that stands already ends this one."""
    actor.require("rate.edit")
    rate.check()
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="unit_rate.add", inputs=asdict(rate), key=key, now=now)
        if command.result is not None:
            return session.get_one(UnitRate, command.result["unit_rate_id"])
        same = (UnitRate.firm_id == actor.firm_id, UnitRate.removed_at.is_(None), UnitRate.name == rate.name)
        taken = "A rate of this name starts on this day already. Remove that one, or choose another day."
        rows = lock_alike(session, UnitRate, same, firm_id=actor.firm_id)
        effective_to = make_room(rows, first=rate.effective_from, last=None, taken=taken, another="Another rate of this name")
        values = asdict(rate) | {"effective_to": effective_to}
        row = UnitRate(firm_id=actor.firm_id, created_at=command.at, created_by_user_id=actor.user_id, **values)
        session.add(row)
        session.flush()
        audit(session, command, action="unit_rate.added", subject_kind="firm", subject_id=actor.firm_id, after=asdict(rate))
        succeed(session, command, unit_rate_id=row.id)
    return row


def remove_unit_rate(session: Session, *, actor: Actor, unit_rate_id: int, key: str | None = None, now: datetime | None = None) -> None:
    """Mark a rate that was a mistake as removed. Expenses recorded with it keep it."""
    actor.require("rate.edit")
    with transaction(session, actor.firm_id):
        inputs = {"unit_rate_id": unit_rate_id}
        command = record_command(session, actor=actor, name="unit_rate.remove", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return
        mine = (UnitRate.firm_id == actor.firm_id) & (UnitRate.id == unit_rate_id) & UnitRate.removed_at.is_(None)
        row = session.scalars(select(UnitRate).where(mine).with_for_update()).one_or_none()
        if row is None:
            raise NotFound("This rate is not there any more. Reload the page to see the rates as they stand.")
        row.removed_at = command.at
        session.flush()
        audit(session, command, action="unit_rate.removed", subject_kind="firm", subject_id=actor.firm_id, after=inputs)
        succeed(session, command, unit_rate_id=unit_rate_id)
