"""Discounts of a client on all its matters, by volume or for early payment: agreed from a day, ended, taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.changes import change, lock_shown, must_exist
from lexapp.books.dated_rows import end_row, lock_alike, make_room
from lexapp.books.volume_discounts import give_volume_discounts
from lexapp.database import transaction
from lexapp.domain.errors import InvalidInput, NotFound
from lexapp.domain.moments import EARLIEST, LATEST
from lexapp.domain.permissions import Actor
from lexapp.domain.reductions import ClientDiscountTerms
from lexapp.models import Client, ClientDiscount, Firm

NOUN = "discount"
_TAKEN = "One of this kind starts on this day already. Remove that one, or choose another day."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDiscount:
    """What is agreed with a client from a day on."""

    client_id: int
    terms: ClientDiscountTerms
    effective_from: date
    effective_to: date | None = None

    def columns(self) -> dict[str, Any]:
        """As the row keeps it."""
        dates = {"effective_from": self.effective_from, "effective_to": self.effective_to}
        return {"client_id": self.client_id, "kind": self.terms.kind, "terms": self.terms.as_json(), **dates}

    def check(self, currency: str) -> None:
        """Refuse, beside its field, what cannot be agreed."""
        for field in ("effective_from", "effective_to"):
            day = getattr(self, field)
            if day is not None and not EARLIEST <= day <= LATEST:
                raise InvalidInput("Check the year: it must lie between 1970 and 2199.", field=field)
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise InvalidInput("The last day lies before the first. Write a later one, or leave it empty.", field="effective_to")
        self.terms.check(currency)


def agree_discount(
    session: Session, *, actor: Actor, discount: NewDiscount, key: str | None = None, now: datetime | None = None
) -> ClientDiscount:
    """Agree a discount. The one of its kind in force ends the day before; a later one that stands already ends this one.

    One by volume is worked out on the client's open pre-bills; what is approved or issued keeps what it charges. Raises InvalidInput
    beside a field, NotAllowed.
    """
    actor.require("rate.edit")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="client_discount.agree", inputs=discount.columns(), key=key, now=now)
        if command.result is not None:
            return session.get_one(ClientDiscount, command.result["client_discount_id"])
        discount.check(session.get_one(Firm, actor.firm_id).currency)
        sentence = "Pick the client out of the list."
        must_exist(session, Client, firm_id=actor.firm_id, record_id=discount.client_id, field="client_id", sentence=sentence)
        alike = _of_kind(actor.firm_id, discount.client_id, discount.terms.kind)
        rows = [row for row in lock_alike(session, ClientDiscount, alike, firm_id=actor.firm_id) if row.removed_at is None]
        last = make_room(rows, first=discount.effective_from, last=discount.effective_to, taken=_TAKEN, another="Another")
        made = {"firm_id": actor.firm_id, "created_at": command.at, "created_by_user_id": actor.user_id}
        row = ClientDiscount(**made, **(discount.columns() | {"effective_to": last}))
        session.add(row)
        session.flush()
        _audit(session, command, "client_discount.agreed", row)
        give_volume_discounts(session, command, client_ids=[row.client_id])
        succeed(session, command, client_discount_id=row.id)
    return row


def _of_kind(firm_id: int, client_id: Any, kind: Any) -> list[Any]:
    """All of a client's of one kind, also those taken back: whoever works discounts out locks them all, by id."""
    return [ClientDiscount.firm_id == firm_id, ClientDiscount.client_id == client_id, ClientDiscount.kind == kind]


def end_discount(
    session: Session,
    *,
    actor: Actor,
    discount_id: int,
    version: int,
    effective_to: date,
    key: str | None = None,
    now: datetime | None = None,
) -> ClientDiscount:
    """Set or move the last day. Raises Conflict when `version` is no longer the present one."""
    actor.require("rate.edit")
    with transaction(session, actor.firm_id):
        inputs = {"discount_id": discount_id, "version": version, "effective_to": effective_to}
        command = record_command(session, actor=actor, name="client_discount.end", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(ClientDiscount, discount_id)
        row = _standing(session, actor.firm_id, discount_id, version)
        end_row(row, effective_to, name="The discount", afterwards="Agree a new one for later days.")
        _audit(session, command, "client_discount.ended", row)
        session.flush()
        give_volume_discounts(session, command, client_ids=[row.client_id])
        succeed(session, command, client_discount_id=discount_id)
    return row


def remove_discount(
    session: Session, *, actor: Actor, discount_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> None:
    """Take back one that was a mistake. Bills keep what they were given; the one that it ended does not come back by itself."""
    actor.require("rate.edit")
    with transaction(session, actor.firm_id):
        inputs = {"discount_id": discount_id, "version": version}
        command = record_command(session, actor=actor, name="client_discount.remove", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return
        row = _standing(session, actor.firm_id, discount_id, version)
        _audit(session, command, "client_discount.removed", row)
        change(row, {"removed_at": command.at})
        session.flush()
        give_volume_discounts(session, command, client_ids=[row.client_id])
        succeed(session, command, client_discount_id=discount_id)


def _standing(session: Session, firm_id: int, discount_id: int, version: int) -> ClientDiscount:
    """The row, locked, as it was shown; with it the client's others of its kind."""
    one = aliased(ClientDiscount)
    mine = (one.firm_id == firm_id, one.id == discount_id)
    found = [select(column).where(*mine).scalar_subquery() for column in (one.client_id, one.kind)]
    session.execute(select(ClientDiscount.id).where(*_of_kind(firm_id, *found)).order_by(ClientDiscount.id).with_for_update(key_share=True))
    row = lock_shown(session, ClientDiscount, firm_id=firm_id, record_id=discount_id, version=version, noun=NOUN)
    if row.removed_at is not None:
        raise NotFound("This discount was taken back. Reload the page to see those that stand.")
    return row


def _audit(session: Session, command: CommandRecord, action: str, row: ClientDiscount) -> None:
    """Written to the client, so that it stands in its timeline."""
    title = " ".join(row.agreed.sentences(session.get_one(Firm, row.firm_id).currency))
    after = {"client_discount_id": row.id, "title": title, "from": row.effective_from, "to": row.effective_to, "terms": row.terms}
    audit(session, command, action=action, subject_kind="client", subject_id=row.client_id, after=after)
