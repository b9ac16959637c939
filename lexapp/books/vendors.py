"""Who was paid, by name: a name that is new becomes a vendor of the firm, one that was merged leads to the other."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lexapp.books.commands import CommandRecord
from lexapp.models import Vendor

__all__ = ["folded", "vendor_ids"]


def folded(name: str) -> str:
    """A name as names are compared: without capital letters and spare spaces."""
    return " ".join(name.split()).casefold()[:255]


def vendor_ids(session: Session, command: CommandRecord, names: Iterable[str]) -> dict[str, int | None]:
    """name as typed -> vendor; no name is nobody. One query, two more where there are new ones."""
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
    return {name: found.get(low) for name, low in typed.items()}


def _known(session: Session, command: CommandRecord, wanted: Iterable[str]) -> dict[str, int]:
    names = list(wanted)
    if not names:
        return {}
    one = func.coalesce(Vendor.merged_into_id, Vendor.id)
    query = select(Vendor.folded, one).where(Vendor.firm_id == command.actor.firm_id, Vendor.folded.in_(names))
    return dict(session.execute(query).all())
