"""Vendors: called otherwise, and two that are one put together, on every expense at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, func, or_, select, update
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.changes import change, lock_record
from lexapp.books.uniqueness import taken_meanwhile
from lexapp.books.vendors import folded
from lexapp.database import Base, transaction
from lexapp.domain.errors import InvalidInput, NotFound
from lexapp.domain.permissions import Actor
from lexapp.models import Vendor

NOUN = "vendor"
LONGEST_NAME = 200
_EXPENSES: Table = Base.metadata.tables["expense_entries"]


def rename_vendor(
    session: Session, *, actor: Actor, vendor_id: int, version: int, name: str, key: str | None = None, now: datetime | None = None
) -> Vendor:
    """Call it otherwise, on all its expenses; issued invoices stay as they are. Raises InvalidInput beside `name`, Conflict."""
    actor.require("settings.edit")
    name = " ".join(name.split())
    inputs = {"vendor_id": vendor_id, "version": version, "name": name}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="vendor.rename", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Vendor, vendor_id)
        row = _lock_all(session, actor, vendor_id, version)
        _refuse_taken(session, row, name)
        before = row.name
        change(row, {"name": name, "folded": folded(name)})
        with taken_meanwhile("uq_vendors_firm_id_folded", _taken(name)):
            session.flush()
        moved = _rewrite(session, command, row.id, {"vendor": name})
        _finish(session, command, row, "vendor.renamed", before={"name": before}, after={"name": name, "expenses": moved})
    return row


def merge_vendor(
    session: Session, *, actor: Actor, vendor_id: int, version: int, into: str, key: str | None = None, now: datetime | None = None
) -> int:
    """Put its expenses under the vendor called `into`, to which its name leads from then on; returns how many. One statement.

    Raises InvalidInput beside `into`, Conflict.
    """
    actor.require("settings.edit")
    inputs = {"vendor_id": vendor_id, "version": version, "into": folded(into)}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="vendor.merge", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return int(command.result["expenses"])
        found = _called(session, actor.firm_id, into)
        row = _lock_all(session, actor, vendor_id, version, found)
        other = _other(row, found, into)
        moved = _rewrite(session, command, row.id, {"vendor_id": other.id, "vendor": other.name})
        session.execute(update(Vendor).where(_mine(actor.firm_id), Vendor.merged_into_id == row.id).values(merged_into_id=other.id))
        change(row, {"merged_into_id": other.id})
        session.flush()
        _finish(session, command, row, "vendor.merged", before={"name": row.name}, after={"into": other.name, "expenses": moved})
    return moved


def _lock_all(session: Session, actor: Actor, vendor_id: int, version: int, other: Vendor | None = None) -> Vendor:
    """With the names that lead to it, by id, as everywhere: two who merge crosswise, or record meanwhile, come one after the other."""
    ids = {vendor_id} | ({other.id} if other is not None else set())
    which = or_(Vendor.id.in_(ids), Vendor.merged_into_id == vendor_id)
    session.execute(select(Vendor.id).where(_mine(actor.firm_id), which).order_by(Vendor.id).with_for_update(key_share=True))
    if other is not None:
        lock_record(session, Vendor, firm_id=actor.firm_id, record_id=other.id, noun=NOUN)
    return _lock(session, actor, vendor_id, version)


def _other(row: Vendor, found: Vendor | None, into: str) -> Vendor:
    if found is None:
        raise InvalidInput(f"There is no vendor called {' '.join(into.split())}. Pick one out of the list.", field="into")
    if found.id == row.id:
        raise InvalidInput("This is the vendor itself. Pick another one out of the list.", field="into")
    if found.merged_into_id is not None:
        raise InvalidInput(f"{found.name} was merged into another vendor. Pick that one out of the list.", field="into")
    return found


def _lock(session: Session, actor: Actor, vendor_id: int, version: int) -> Vendor:
    row = lock_record(session, Vendor, firm_id=actor.firm_id, record_id=vendor_id, noun=NOUN)
    if row.merged_into_id is not None:
        raise NotFound("This vendor was merged into another one. Go back to the list and look for it there.")
    return lock_record(session, Vendor, firm_id=actor.firm_id, record_id=vendor_id, version=version, noun=NOUN)


def _called(session: Session, firm_id: int, name: str) -> Vendor | None:
    return session.scalars(select(Vendor).where(_mine(firm_id), Vendor.folded == folded(name))).one_or_none()


def _refuse_taken(session: Session, row: Vendor, name: str) -> None:
    """A name that leads here already is free to be its own again."""
    if not name:
        raise InvalidInput("Write the name of the vendor.", field="name")
    if len(name) > LONGEST_NAME:
        raise InvalidInput(f"Write at most {LONGEST_NAME} characters.", field="name")
    other = _called(session, row.firm_id, name)
    if other is None or other.id == row.id:
        return
    if other.merged_into_id != row.id:
        raise _taken(name)
    session.delete(other)
    session.flush()


def _taken(name: str) -> InvalidInput:
    return InvalidInput(f"There is a vendor called {name} already. Merge the two below, or choose another name.", field="name")


def _rewrite(session: Session, command: CommandRecord, vendor_id: int, values: dict[str, Any]) -> int:
    """On every expense of the vendor, those of walled-off matters among them; whoever has one of them open is told of the change.

    How many of them stand: lists show no others.
    """
    columns = _EXPENSES.c
    mine = (columns.firm_id == command.actor.firm_id, columns.vendor_id == vendor_id)
    stand = select(func.count()).select_from(_EXPENSES).where(*mine, columns.discarded_at.is_(None))
    standing = session.connection().execute(stand).scalar_one()
    session.connection().execute(update(_EXPENSES).where(*mine).values(**values, version=columns.version + 1, updated_at=command.at))
    return int(standing)


def _mine(firm_id: int) -> ColumnElement[bool]:
    return Vendor.firm_id == firm_id


def _finish(session: Session, command: CommandRecord, row: Vendor, action: str, *, before: dict[str, Any], after: dict[str, Any]) -> None:
    audit(session, command, action=action, subject_kind="vendor", subject_id=row.id, before=before, after=after)
    succeed(session, command, vendor_id=row.id, expenses=after["expenses"])
