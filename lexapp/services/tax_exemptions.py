"""Exempting a client or a matter from a tax from a day, with the words that say why; ending it, taking back a mistake."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.changes import lock_record, lock_shown, must_exist
from lexapp.books.dated_rows import end_row, lock_alike, make_room
from lexapp.database import transaction
from lexapp.domain.errors import InvalidInput
from lexapp.domain.permissions import Actor
from lexapp.domain.tax import ExemptionKind
from lexapp.models import Client, Matter, TaxExemption

NOUN = "exemption"
LONGEST_WORDS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NewExemption:
    """How a client or a matter is charged a tax from a day on. `tax_name` empty: every tax. `words` are printed."""

    kind: str
    effective_from: date
    effective_to: date | None = None
    words: str = ""
    tax_name: str = ""
    client_tax_number: str = ""
    client_id: int | None = None
    matter_id: int | None = None

    def check(self) -> None:
        """Refuse, beside its field, what cannot be printed or charged."""
        if self.kind not in tuple(ExemptionKind):
            raise InvalidInput("Choose one of the list.", field="kind")
        if (self.client_id is None) == (self.matter_id is None):
            raise InvalidInput("An exemption is for a client or for a matter, not for both.")
        if self.kind == ExemptionKind.TAXED and self.matter_id is None:
            raise InvalidInput(
                "A client is taxed unless exempt: end their exemption instead. A matter can be taxed all the same.", field="kind"
            )
        if self.kind != ExemptionKind.TAXED and not self.words.strip():
            raise InvalidInput("Write why the tax is not charged, in the words of the law: they are printed on the invoice.", field="words")
        if len(self.words) > LONGEST_WORDS:
            raise InvalidInput(f"Write at most {LONGEST_WORDS} characters.", field="words")
        if self.kind == ExemptionKind.REVERSE_CHARGE and not self.client_tax_number.strip():
            raise InvalidInput("Write the client’s own tax number: an invoice with a reverse charge shows it.", field="client_tax_number")
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise InvalidInput("The last day lies before the first. Write a later one, or leave it empty.", field="effective_to")


def add_exemption(
    session: Session, *, actor: Actor, exemption: NewExemption, key: str | None = None, now: datetime | None = None
) -> TaxExemption:
    """Exempt a client or a matter. The one in force for the same ends the day before; a later one that stands already ends this one.

    Invoices that were issued keep what they charge. Raises InvalidInput beside a field, NotAllowed.
    """
    actor.require("rate.edit")
    exemption.check()
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="tax_exemption.add", inputs=asdict(exemption), key=key, now=now)
        if command.result is not None:
            return session.get_one(TaxExemption, command.result["tax_exemption_id"])
        for field, model in (("matter_id", Matter), ("client_id", Client)):
            sentence = f"Pick the {field.removesuffix('_id')} out of the list."
            must_exist(session, model, firm_id=actor.firm_id, record_id=getattr(exemption, field), field=field, sentence=sentence)
        rows = lock_alike(session, TaxExemption, _same(actor.firm_id, exemption), firm_id=actor.firm_id)
        taken = "One for the same starts on this day already. Remove that one, or choose another day."
        last = make_room(rows, first=exemption.effective_from, last=exemption.effective_to, taken=taken, another="Another for the same")
        values = asdict(exemption) | {"effective_to": last}
        row = TaxExemption(firm_id=actor.firm_id, created_at=command.at, created_by_user_id=actor.user_id, **values)
        session.add(row)
        session.flush()
        _audit(session, command, "tax_exemption.added", row)
        succeed(session, command, tax_exemption_id=row.id)
    return row


def _same(firm_id: int, exemption: NewExemption) -> list[ColumnElement[bool]]:
    """Those of the same client or matter for the same tax. (`== None` is IS NULL.)"""
    whose = [getattr(TaxExemption, name) == getattr(exemption, name) for name in ("client_id", "matter_id", "tax_name")]
    return [TaxExemption.firm_id == firm_id, *whose]


def end_exemption(
    session: Session,
    *,
    actor: Actor,
    exemption_id: int,
    version: int,
    effective_to: date,
    key: str | None = None,
    now: datetime | None = None,
) -> TaxExemption:
    """Set the last day: invoices dated later charge the tax. Raises Conflict when `version` is no longer the present one."""
    actor.require("rate.edit")
    with transaction(session, actor.firm_id):
        inputs = {"exemption_id": exemption_id, "version": version, "effective_to": effective_to}
        command = record_command(session, actor=actor, name="tax_exemption.end", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(TaxExemption, exemption_id)
        row = lock_record(session, TaxExemption, firm_id=actor.firm_id, record_id=exemption_id, version=version, noun=NOUN)
        end_row(row, effective_to, name="The exemption", afterwards="Add a new one for later days.")
        _audit(session, command, "tax_exemption.ended", row)
        succeed(session, command, tax_exemption_id=exemption_id)
    return row


def remove_exemption(
    session: Session, *, actor: Actor, exemption_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> None:
    """Take out one that was a mistake. Issued invoices keep what they say; the trail keeps what it said."""
    actor.require("rate.edit")
    with transaction(session, actor.firm_id):
        inputs = {"exemption_id": exemption_id, "version": version}
        command = record_command(session, actor=actor, name="tax_exemption.remove", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return
        row = lock_shown(session, TaxExemption, firm_id=actor.firm_id, record_id=exemption_id, version=version, noun=NOUN)
        _audit(session, command, "tax_exemption.removed", row)
        session.delete(row)
        succeed(session, command, tax_exemption_id=exemption_id)


_TOLD = ("kind", "tax_name", "words", "client_tax_number", "effective_from", "effective_to")


def _audit(session: Session, command: CommandRecord, action: str, row: TaxExemption) -> None:
    """Written to the matter or client that it belongs to, so that it stands in their timeline."""
    kind, subject_id = ("matter", row.matter_id) if row.matter_id else ("client", row.client_id or 0)
    after = {name: getattr(row, name) for name in _TOLD} | {"tax_exemption_id": row.id}
    audit(session, command, action=action, subject_kind=kind, subject_id=subject_id, after=after)
