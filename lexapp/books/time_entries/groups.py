"""Once-per-day rounding: the entries of one timekeeper on one matter and day are rounded together."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lexapp.books.taken_entries import taken_ids
from lexapp.books.time_entries.pricing import amount_of
from lexapp.books.time_entries.work import Terms
from lexapp.books.work_terms import FirmTerms
from lexapp.domain.money import Money
from lexapp.domain.pricing import reduction_within
from lexapp.domain.quantities import spread_rest
from lexapp.models import PreBillLine, TimeEntry


class Group(NamedTuple):
    """The entries that a once-per-day agreement rounds together."""

    timekeeper_id: int
    matter_id: int
    worked_on: date

    @property
    def code(self) -> str:
        return f"{self.timekeeper_id}-{self.matter_id}-{self.worked_on:%Y%m%d}"


def group_of(entry: TimeEntry) -> Group:
    """The day group that an entry belongs to."""
    return Group(entry.timekeeper_id, entry.matter_id, entry.worked_on)


def regroup(session: Session, terms: Terms, groups: Collection[Group]) -> None:
    """Round each group's day once and spread it over its entries; those a pre-bill or an invoice has taken keep what they have.

    Does nothing where the firm rounds each entry by itself. Three statements, however many groups.
    """
    if not terms.firm.by_day or not groups:
        return
    members = _members(session, terms.firm.firm_id, groups)
    ids = [entry.id for entries in members.values() for entry in entries]
    taken = taken_ids(session, firm_id=terms.firm.firm_id, column=PreBillLine.time_entry_id, entry_ids=ids)
    changed = [row for group, entries in members.items() for row in _spread(terms, group, entries, taken)]
    if changed:
        session.execute(update(TimeEntry), changed)
        session.expire_all()


def _members(session: Session, firm_id: int, groups: Collection[Group]) -> dict[Group, list[Any]]:
    columns = (TimeEntry.id, TimeEntry.timekeeper_id, TimeEntry.matter_id, TimeEntry.worked_on, TimeEntry.recorded_seconds)
    query = (
        select(*columns, TimeEntry.quantity_hundredths, TimeEntry.rate_minor_per_hour, TimeEntry.billing_status, TimeEntry.adjustment_minor)
        .where(
            TimeEntry.firm_id == firm_id,
            TimeEntry.timekeeper_id.in_({group.timekeeper_id for group in groups}),
            TimeEntry.matter_id.in_({group.matter_id for group in groups}),
            TimeEntry.worked_on.between(min(group.worked_on for group in groups), max(group.worked_on for group in groups)),
            TimeEntry.discarded_at.is_(None),
        )
        .order_by(TimeEntry.id)
    )
    members: dict[Group, list[Any]] = {group: [] for group in groups}
    for row in session.execute(query):
        members.get(Group(row.timekeeper_id, row.matter_id, row.worked_on), []).append(row)
    return members


def _spread(terms: Terms, group: Group, entries: Sequence[Any], taken: set[int]) -> list[dict[str, Any]]:
    free = [entry for entry in entries if entry.id not in taken]
    fixed = [(entry.recorded_seconds, entry.quantity_hundredths) for entry in entries if entry.id in taken]
    quantities = spread_rest([entry.recorded_seconds for entry in free], fixed, terms.matters[group.matter_id].rule)
    return [
        _quantity_row(terms.firm, group, entry, quantity)
        for entry, quantity in zip(free, quantities, strict=True)
        if quantity != entry.quantity_hundredths
    ]


def _quantity_row(firm: FirmTerms, group: Group, entry: Any, quantity: int) -> dict[str, Any]:
    rate = None if entry.rate_minor_per_hour is None else Money(entry.rate_minor_per_hour, firm.currency)
    amount = amount_of(entry.billing_status, quantity, rate)
    adjustment = reduction_within(entry.adjustment_minor, amount)
    shared = {"id": entry.id, "quantity_hundredths": quantity, "rounding_group": group.code}
    return {**shared, "amount_minor": amount, "adjustment_minor": adjustment}
