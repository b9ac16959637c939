"""Once-per-day rounding: the entries of one timekeeper on one matter and day that one rule applies to are rounded together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lexapp.books.taken_entries import taken_ids
from lexapp.books.time_entries.pricing import amount_of
from lexapp.books.time_entries.work import Work
from lexapp.books.work_terms import FirmTerms, firm_terms, lock_timekeepers
from lexapp.domain.money import Money
from lexapp.domain.pricing import reduction_within
from lexapp.domain.quantities import spread_rest
from lexapp.domain.rounding_rules import RoundingDecision, kept_rounding
from lexapp.models import PreBillLine, TimeEntry

_UNWALLED = {"through_walls": True}
"""The entries of a day stay one group when their matter is shut by now."""


class Group(NamedTuple):
    """The entries that one once-per-day rule rounds together. `rule_id` is the rule's."""

    timekeeper_id: int
    matter_id: int
    worked_on: date
    rule_id: int

    @property
    def code(self) -> str:
        return f"{self.timekeeper_id}-{self.matter_id}-{self.worked_on:%Y%m%d}-{self.rule_id}"


def group_for(work: Work, rounding: RoundingDecision | None) -> Group | None:
    """The day group of work that is rounded so; None where each entry is rounded by itself."""
    if rounding is None or not rounding.per_day or rounding.winner is None:
        return None
    return Group(work.timekeeper_id, work.matter_id, work.worked_on, rounding.winner.id or 0)


def group_of(entry: TimeEntry) -> Group | None:
    """The day group that a stored entry names."""
    kept = kept_rounding(entry.rounding_reason)
    if not entry.rounding_group or kept is None:
        return None
    return Group(entry.timekeeper_id, entry.matter_id, entry.worked_on, kept.rule_id)


def regroup(session: Session, firm: FirmTerms, among: Iterable[Group | None]) -> None:
    """Round each group's day once, by the rule its entries keep, and spread it over them; those that a pre-bill or an invoice has taken
    keep what they have. None among them is no group. Three statements, however many groups; none where there is no group.

    The members are locked before it is asked which are taken, so that nobody bills one meanwhile at what it was.
    """
    groups = {group for group in among if group is not None}
    if not groups:
        return
    members = _members(session, firm.firm_id, groups)
    ids = [entry.id for entries in members.values() for entry in entries]
    taken = taken_ids(session, firm_id=firm.firm_id, column=PreBillLine.time_entry_id, entry_ids=ids)
    changed = [row for entries in members.values() for row in _spread(firm, entries, taken)]
    if changed:
        session.execute(update(TimeEntry), changed)
        session.expire_all()


def regroup_released(session: Session, firm_id: int, pre_bill_id: int | None) -> None:
    """Round the days anew whose entries a discarded pre-bill or a voided invoice gave back. One query where there is no such day."""
    same = (PreBillLine.firm_id == TimeEntry.firm_id) & (PreBillLine.time_entry_id == TimeEntry.id)
    released = (PreBillLine.firm_id == firm_id, PreBillLine.pre_bill_id == pre_bill_id, PreBillLine.state == "released")
    query = select(TimeEntry).join(PreBillLine, same).where(*released, TimeEntry.rounding_group != "")
    session.flush()
    groups = {group_of(entry) for entry in session.scalars(query, execution_options=_UNWALLED)} - {None}
    if groups:
        firm = firm_terms(session, firm_id)
        lock_timekeepers(session, firm, {group.timekeeper_id for group in groups if group})
        regroup(session, firm, groups)


def _members(session: Session, firm_id: int, groups: Collection[Group]) -> dict[str, list[Any]]:
    """The entries of each group, by its code; locked by id."""
    columns = (TimeEntry.id, TimeEntry.rounding_group, TimeEntry.rounding_reason, TimeEntry.recorded_seconds)
    query = (
        select(*columns, TimeEntry.quantity_hundredths, TimeEntry.rate_minor_per_hour, TimeEntry.billing_status, TimeEntry.adjustment_minor)
        .where(
            TimeEntry.firm_id == firm_id,
            TimeEntry.timekeeper_id.in_({group.timekeeper_id for group in groups}),
            TimeEntry.matter_id.in_({group.matter_id for group in groups}),
            TimeEntry.worked_on.between(min(group.worked_on for group in groups), max(group.worked_on for group in groups)),
            TimeEntry.rounding_group != "",
            TimeEntry.discarded_at.is_(None),
        )
        .order_by(TimeEntry.id)
        .with_for_update(key_share=True)
    )
    members: dict[str, list[Any]] = {group.code: [] for group in groups}
    for row in session.execute(query, execution_options=_UNWALLED):
        members.get(row.rounding_group, []).append(row)
    return members


def _spread(firm: FirmTerms, entries: Sequence[Any], taken: set[int]) -> list[dict[str, Any]]:
    free = [entry for entry in entries if entry.id not in taken]
    kept = kept_rounding(entries[0].rounding_reason) if free else None
    if kept is None:
        return []
    fixed = [(entry.recorded_seconds, entry.quantity_hundredths) for entry in entries if entry.id in taken]
    quantities = spread_rest([entry.recorded_seconds for entry in free], fixed, kept.increment)
    return [
        _quantity_row(firm, entry, quantity)
        for entry, quantity in zip(free, quantities, strict=True)
        if quantity != entry.quantity_hundredths
    ]


def _quantity_row(firm: FirmTerms, entry: Any, quantity: int) -> dict[str, Any]:
    rate = None if entry.rate_minor_per_hour is None else Money(entry.rate_minor_per_hour, firm.currency)
    amount = amount_of(entry.billing_status, quantity, rate)
    adjustment = reduction_within(entry.adjustment_minor, amount)
    return {"id": entry.id, "quantity_hundredths": quantity, "amount_minor": amount, "adjustment_minor": adjustment}
