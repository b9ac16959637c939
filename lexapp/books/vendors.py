"""Who was paid, by name: a name that is new becomes a vendor of the firm, one that was merged leads to the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lexapp.books.commands import CommandRecord
from lexapp.models import Vendor

__all__ = ["folded", "vendors_paid"]


class Paid(NamedTuple):
    """A vendor, and what it is called where another name leads to it."""

    vendor_id: int
    led_to: str | None


def folded(name: str) -> str:
    """A name as names are compared: without capital letters and spare spaces."""
    return " ".join(name.split()).casefold()[:255]


def vendors_paid(session: Session, command: CommandRecord, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """name as typed -> the columns of an expense that say who was paid: as typed, or as the vendor is called that a merged name leads to.

    No name is nobody. Before the expense itself is locked. One query, two more where there are new ones.
    """
    typed = {name: folded(name) for name in names}
    wanted = {low: " ".join(name.split()) for name, low in typed.items() if low}
    found = _known(session, command, wanted)
    new = sorted(low for low in wanted if low not in found)
    if new:
        firm_id = command.actor.firm_id
        rows = [{"firm_id": firm_id, "name": wanted[low], "folded": low, "created_at": command.at, "version": 1} for low in new]
        make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(make(Vendor).on_conflict_do_nothing(index_elements=["firm_id", "folded"]), rows)
        found |= _known(session, command, new)
    return {name: _columns(name, found.get(low)) for name, low in typed.items()}


def _columns(name: str, paid: Paid | None) -> dict[str, Any]:
    return {"vendor_id": paid.vendor_id if paid else None, "vendor": (paid and paid.led_to) or name}


def _known(session: Session, command: CommandRecord, wanted: Iterable[str]) -> dict[str, Paid]:
    """Locked by id, with those that merged ones lead to, against mergers and new names until the expense is written."""
    names = list(wanted)
    if not names:
        return {}
    rows = {row.id: row for row in session.execute(_locked(command.actor.firm_id, names))}
    if any(row.merged_into_id not in rows for row in rows.values() if row.merged_into_id):  # merged while this waited for it
        rows = {row.id: row for row in session.execute(_locked(command.actor.firm_id, names))}
    return {row.folded: _paid(row, rows) for row in rows.values()}


def _paid(row: Row[int, str, str, int | None], rows: Mapping[int, Row[int, str, str, int | None]]) -> Paid:
    one = rows.get(row.merged_into_id or row.id, row)
    return Paid(one.id, one.name if row.merged_into_id else None)


def _locked(firm_id: int, names: Sequence[str]) -> Select[int, str, str, int | None]:
    mine = (Vendor.firm_id == firm_id, Vendor.folded.in_(names))
    called = select(Vendor.id, Vendor.merged_into_id).where(*mine).cte()
    wanted = select(called.c.id).union(select(called.c.merged_into_id).where(called.c.merged_into_id.is_not(None)))
    query = select(Vendor.id, Vendor.folded, Vendor.name, Vendor.merged_into_id).where(Vendor.firm_id == firm_id, Vendor.id.in_(wanted))
    return query.order_by(Vendor.id).with_for_update(read=True, of=Vendor)
