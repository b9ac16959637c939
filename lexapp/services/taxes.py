"""Charging a tax from a day, ending it, taking out one that was a mistake. Invoices that were issued keep the tax they have."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.dated_rows import end_row, make_room
from lexapp.database import transaction
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import Actor
from lexapp.domain.tax import WHOLE, check_together
from lexapp.models import Firm, Tax
from lexapp.queries.taxes import rule_of, taxed_since, taxes_of


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTax:
    """A rate of a tax in millionths, charged on invoices dated from a day on."""

    name: str
    rate_millionths: int
    on_fees: bool
    on_expenses: bool
    effective_from: date
    registration_number: str = ""

    def check(self) -> None:
        """Refuse, beside its field, what cannot be charged."""
        if not self.name.strip():
            raise InvalidInput("Write how the tax is called, such as GST or VAT.", field="name")
        if not 0 <= self.rate_millionths <= WHOLE:
            raise InvalidInput("A rate lies between 0 and 100 percent.", field="rate")
        if not (self.on_fees or self.on_expenses):
            raise InvalidInput("Choose what the tax is charged on: fees, expenses, or both.", field="on_fees")


def add_tax(session: Session, *, actor: Actor, tax: NewTax, key: str | None = None, now: datetime | None = None) -> Tax:
    """Charge a tax from a day on. A rate of the same name that is in force ends the day before; a later one ends this one.

    Raises InvalidInput where the name has a rate from that day already, or a third tax would be in force on any day.
    """
    actor.require("settings.edit")
    tax.check()
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="tax.add", inputs=asdict(tax), key=key, now=now)
        if command.result is not None:
            return session.get_one(Tax, command.result["tax_id"])
        others = _locked_all(session, actor.firm_id)
        row = Tax(firm_id=actor.firm_id, created_at=command.at, effective_to=None, **asdict(tax))
        same = [one for one in others if one.name == tax.name]
        taken = f"{tax.name} has a rate from {day_text(tax.effective_from)} already. Remove that one, or choose another day."
        row.effective_to = make_room(same, first=tax.effective_from, last=None, taken=taken, another=f"Another rate of {tax.name}")
        check_together([rule_of(one) for one in (*others, row)])
        session.add(row)
        session.flush()
        _audit(session, command, "tax.added", row)
        succeed(session, command, tax_id=row.id)
    return row


def _locked_all(session: Session, firm_id: int) -> list[Tax]:
    """The firm's taxes. Its row is locked first: two who add a tax at once take turns."""
    session.execute(select(Firm.id).where(Firm.id == firm_id).with_for_update(key_share=True))
    return taxes_of(session, firm_id=firm_id)


def end_tax(session: Session, *, actor: Actor, tax_id: int, effective_to: date, key: str | None = None, now: datetime | None = None) -> Tax:
    """Set a tax's last day: invoices dated later do not charge it."""
    actor.require("settings.edit")
    with transaction(session, actor.firm_id):
        inputs = {"tax_id": tax_id, "effective_to": effective_to}
        command = record_command(session, actor=actor, name="tax.end", inputs=inputs, key=key, now=now)
        row = _locked(session, actor.firm_id, tax_id)
        if command.result is not None:
            return row
        end_row(row, effective_to, name="The tax", afterwards="Add it anew for later days.")
        _audit(session, command, "tax.ended", row)
        succeed(session, command, tax_id=tax_id)
    return row


def remove_tax(session: Session, *, actor: Actor, tax_id: int, key: str | None = None, now: datetime | None = None) -> None:
    """Take out a rate that was a mistake. Raises NotAllowed once invoices of its days charge tax: then it can only be ended."""
    actor.require("settings.edit")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="tax.remove", inputs={"tax_id": tax_id}, key=key, now=now)
        if command.result is not None:
            return
        row = _locked(session, actor.firm_id, tax_id)
        if taxed_since(session, firm_id=actor.firm_id, first=row.effective_from, last=row.effective_to):
            raise NotAllowed("Invoices were issued with this tax. End it instead; they keep what they charge.", code="tax_is_used")
        _audit(session, command, "tax.removed", row)
        session.delete(row)
        succeed(session, command, tax_id=tax_id)


def _locked(session: Session, firm_id: int, tax_id: int) -> Tax:
    row = session.scalars(select(Tax).where(Tax.firm_id == firm_id, Tax.id == tax_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound("This tax is not there any more. Reload the page to see the taxes as they stand.")
    return row


def _audit(session: Session, command: CommandRecord, action: str, row: Tax) -> None:
    names = ("name", "rate_millionths", "on_fees", "on_expenses", "registration_number", "effective_from", "effective_to")
    audit(session, command, action=action, subject_kind="tax", subject_id=row.id, after={name: getattr(row, name) for name in names})
