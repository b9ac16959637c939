"""Charging a tax from a day, adopting a worked set, ending a tax, taking out a mistake. Issued invoices keep the tax they have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.changes import lock_record, lock_shown
from lexapp.books.dated_rows import end_row, make_room
from lexapp.database import today_in, transaction
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import Actor
from lexapp.domain.tax import WHOLE, TaxRule, check_together, parse_country, parse_regions, place_name
from lexapp.domain.tax.sets import TaxSet, tax_set
from lexapp.models import Firm, Tax
from lexapp.queries.taxes import rule_of, taxed_since, taxes_of


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTax:
    """A rate of a tax in millionths, charged on invoices dated from a day on; as `domain.tax.TaxRule` says it."""

    name: str
    rate_millionths: int
    on_fees: bool
    on_expenses: bool
    effective_from: date
    effective_to: date | None = None
    registration_number: str = ""
    country: str = ""
    regions: tuple[str, ...] = ()
    on_top_of: str = ""
    is_included: bool = False

    def check(self) -> None:
        """Refuse, beside its field, what cannot be charged."""
        if not self.name.strip():
            raise InvalidInput("Write how the tax is called, such as GST or VAT.", field="name")
        if not 0 <= self.rate_millionths <= WHOLE:
            raise InvalidInput("A rate lies between 0 and 100 percent.", field="rate")
        if not (self.on_fees or self.on_expenses):
            raise InvalidInput("Choose what the tax is charged on: fees, expenses, or both.", field="on_fees")
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise InvalidInput("The last day lies before the first. Write a later one, or leave it empty.", field="effective_to")
        parse_country(self.country)
        if parse_regions(" ".join(self.regions)) and not self.country:
            raise InvalidInput("Write the country of these regions.", field="country")
        if self.on_top_of == self.name:
            raise InvalidInput("A tax is not charged on top of itself. Choose another, or none.", field="on_top_of")

    def columns(self) -> dict[str, Any]:
        """As the row keeps it."""
        return asdict(self) | {"country": parse_country(self.country), "regions": " ".join(parse_regions(" ".join(self.regions)))}


def add_tax(session: Session, *, actor: Actor, tax: NewTax, key: str | None = None, now: datetime | None = None) -> Tax:
    """Charge a tax from a day on. A rate of the same name and place that is in force ends the day before; a later one ends this one.

    Raises InvalidInput beside its field where it could not be charged beside the others (`domain.tax.check_together`).
    """
    actor.require("settings.edit")
    tax.check()
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="tax.add", inputs=tax.columns(), key=key, now=now)
        if command.result is not None:
            return session.get_one(Tax, command.result["tax_id"])
        others = _locked_all(session, actor.firm_id)
        if tax.on_top_of and tax.on_top_of not in {one.name for one in others}:
            raise InvalidInput("The firm has no tax of this name. Choose one of the list, or add that one first.", field="on_top_of")
        row = _add(session, command, tax, others)
        succeed(session, command, tax_id=row.id)
    return row


def _add(session: Session, command: CommandRecord, tax: NewTax, others: Iterable[Tax]) -> Tax:
    row = Tax(firm_id=command.actor.firm_id, created_at=command.at, **tax.columns())
    same = [one for one in others if _place(one) == _place(row)]
    where = f" in {place_name(tax.country, tax.regions)}" if tax.country else ""
    taken = f"{tax.name} has a rate{where} from {day_text(tax.effective_from)} already. Remove that one, or choose another day."
    another = f"Another rate of {tax.name}{where}"
    row.effective_to = make_room(same, first=tax.effective_from, last=tax.effective_to, taken=taken, another=another)
    check_together([rule_of(one) for one in (*others, row)])
    session.add(row)
    session.flush()
    _audit(session, command, "tax.added", row)
    return row


def _place(tax: Tax) -> tuple[str, str, str]:
    return tax.name, tax.country, tax.regions


def _locked_all(session: Session, firm_id: int) -> list[Tax]:
    """The firm's taxes. Its row is locked first: two who add a tax at once take turns."""
    session.execute(select(Firm.id).where(Firm.id == firm_id).with_for_update(key_share=True))
    return taxes_of(session, firm_id=firm_id)


# ── worked sets ──────────────────────────────────────────────────────────────────────────────────


def adopt_tax_set(session: Session, *, actor: Actor, code: str, key: str | None = None, now: datetime | None = None) -> int:
    """Add the rates of a worked set that the firm does not have, with the days on which they hold; how many. The set *none* ends all.

    Raises InvalidInput where they do not go together with what the firm charges, NotFound where there is no such set.
    """
    actor.require("settings.edit")
    found = tax_set(code)
    if found is None:
        raise NotFound("There is no such set of taxes. Go back to the list and choose there.")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="tax_set.adopt", inputs={"code": code}, key=key, now=now)
        if command.result is not None:
            return int(command.result["taxes"])
        others = _locked_all(session, actor.firm_id)
        count = _end_all(session, command, others) if found.ends_all else _add_set(session, command, found, others)
        audit(
            session, command, action="tax_set.adopted", subject_kind="firm", subject_id=actor.firm_id, after={"set": code, "taxes": count}
        )
        succeed(session, command, taxes=count)
    return count


def rules_to_add(found: TaxSet, present: Sequence[TaxRule]) -> list[TaxRule]:
    """What of a set the firm does not have: a rate of the same name and place that starts on the same day stands."""
    has = {(rule.name, rule.country, rule.regions, rule.effective_from) for rule in present}
    return [rule for rule in found.rules if (rule.name, rule.country, rule.regions, rule.effective_from) not in has]


def _add_set(session: Session, command: CommandRecord, found: TaxSet, others: list[Tax]) -> int:
    wanted = rules_to_add(found, [rule_of(one) for one in others])
    for rule in wanted:
        values = {name: getattr(rule, name) for name in TaxRule.__slots__}
        others.append(_add(session, command, NewTax(**values), others))
    return len(wanted)


def _end_all(session: Session, command: CommandRecord, rows: Iterable[Tax]) -> int:
    """What is in force ends the day before today; what would start today or later is taken out, unless it was charged today."""
    zone = session.get_one(Firm, command.actor.firm_id).time_zone
    today = today_in(zone, command.at)
    open_rows = [row for row in rows if row.effective_to is None or row.effective_to >= today]
    for row in open_rows:
        if row.effective_from < today:
            end_row(row, today - timedelta(days=1), name="The tax", afterwards="")
            _audit(session, command, "tax.ended", row)
        elif taxed_since(session, firm_id=row.firm_id, first=row.effective_from, last=row.effective_to):
            raise NotAllowed(f"Invoices of today charge {row.name}. End it tomorrow; they keep what they charge.", code="tax_is_used")
        else:
            _audit(session, command, "tax.removed", row)
            session.delete(row)
    session.flush()
    return len(open_rows)


# ── ending and removing ──────────────────────────────────────────────────────────────────────────


def end_tax(
    session: Session, *, actor: Actor, tax_id: int, version: int, effective_to: date, key: str | None = None, now: datetime | None = None
) -> Tax:
    """Set a tax's last day: invoices dated later do not charge it. Raises Conflict when `version` is no longer the present one."""
    actor.require("settings.edit")
    with transaction(session, actor.firm_id):
        inputs = {"tax_id": tax_id, "version": version, "effective_to": effective_to}
        command = record_command(session, actor=actor, name="tax.end", inputs=inputs, key=key, now=now)
        row = _locked(session, actor.firm_id, tax_id)
        if command.result is not None:
            return row
        lock_record(session, Tax, firm_id=actor.firm_id, record_id=tax_id, version=version, noun="tax")
        end_row(row, effective_to, name="The tax", afterwards="Add it anew for later days.")
        _audit(session, command, "tax.ended", row)
        succeed(session, command, tax_id=tax_id)
    return row


def remove_tax(session: Session, *, actor: Actor, tax_id: int, version: int, key: str | None = None, now: datetime | None = None) -> None:
    """Take out a rate that was a mistake. Raises NotAllowed once invoices of its days charge tax: then it can only be ended."""
    actor.require("settings.edit")
    with transaction(session, actor.firm_id):
        inputs = {"tax_id": tax_id, "version": version}
        command = record_command(session, actor=actor, name="tax.remove", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return
        row = _locked(session, actor.firm_id, tax_id)
        lock_shown(session, Tax, firm_id=actor.firm_id, record_id=tax_id, version=version, noun="tax")
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


_TOLD = "name rate_millionths on_fees on_expenses registration_number country regions on_top_of is_included effective_from effective_to"


def _audit(session: Session, command: CommandRecord, action: str, row: Tax) -> None:
    after = {name: getattr(row, name) for name in _TOLD.split()}
    audit(session, command, action=action, subject_kind="tax", subject_id=row.id, after=after)
