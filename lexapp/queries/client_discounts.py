"""Discounts of clients: every one for its page, and those for early payment that hold when invoices are issued."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from lexapp.domain.reductions import Counts, EarlyDiscount, Tier, YearlyDiscount
from lexapp.models import ClientDiscount, Matter, PreBill, PreBillLine
from lexapp.models.spared import is_spared


@dataclass(frozen=True, slots=True)
class DiscountRow:
    """A discount of a client and what was agreed in words."""

    discount: ClientDiscount
    sentences: tuple[str, ...]

    def state(self, on: date) -> str:
        """past, now or later, on a day."""
        if self.discount.effective_to is not None and self.discount.effective_to < on:
            return "past"
        return "later" if self.discount.effective_from > on else "now"


def discounts_of_client(session: Session, *, firm_id: int, client_id: int, currency: str) -> list[DiscountRow]:
    """Those that stand, of any date: by volume, then for early payment, of each the newest first."""
    mine = (ClientDiscount.firm_id == firm_id, ClientDiscount.client_id == client_id, ClientDiscount.removed_at.is_(None))
    query = (
        select(ClientDiscount)
        .where(*mine)
        .order_by(ClientDiscount.kind.desc(), ClientDiscount.effective_from.desc(), ClientDiscount.id.desc())
    )
    return [DiscountRow(row, row.agreed.sentences(currency)) for row in session.scalars(query)]


def early_discounts(session: Session, *, firm_id: int, client_ids: Collection[int], on: date) -> dict[int, EarlyDiscount]:
    """Payer -> what may be kept of an invoice dated on that day for paying it early. One query."""
    row = ClientDiscount
    in_force = (row.effective_from <= on, or_(row.effective_to.is_(None), row.effective_to >= on), row.removed_at.is_(None))
    query = select(row.client_id, row.terms).where(row.firm_id == firm_id, row.kind == EarlyDiscount.kind, row.client_id.in_(client_ids))
    return {client_id: EarlyDiscount.read(terms) for client_id, terms in session.execute(query.where(*in_force))}


@dataclass(frozen=True, slots=True)
class VolumeYear:
    """Where a client stands in the year of its discount by volume; minor units, `first` and `last` the days that count together."""

    terms: YearlyDiscount
    first: date
    last: date
    billed_minor: int
    given_minor: int
    bills: int

    @property
    def due_minor(self) -> int:
        """What the rule gives on all that is billed."""
        return self.terms.volume.due_on(self.billed_minor)

    @property
    def still_minor(self) -> int:
        """What the next bills are given besides; below zero where bills that were taken back had brought about more."""
        return self.due_minor - self.given_minor

    @property
    def reached(self) -> Tier | None:
        """The step that is passed by now."""
        return next((tier for tier in reversed(self.terms.volume.tiers) if self.billed_minor > tier.above_minor), None)

    @property
    def scale_minor(self) -> int:
        """The end of a drawing that holds all steps and what is billed."""
        return max(self.terms.volume.tiers[-1].above_minor * 5 // 4, self.billed_minor, 1)

    def part(self, minor: int) -> float:
        """Where an amount stands on the drawing, in percent."""
        return round(100 * minor / self.scale_minor, 2)


def volume_year(session: Session, *, discount: ClientDiscount, on: date) -> VolumeYear | None:
    """The year of a discount by volume that a day is in; None where it is not in force then. One query.

    Matters that one is shut out from are not counted.
    """
    span, terms = discount.span_of(on), discount.agreed
    if span is None or not isinstance(terms, YearlyDiscount):
        return None
    line, before = PreBillLine, case((is_spared(discount.firm_id), 0), else_=PreBillLine.amount_minor - PreBillLine.volume_minor)
    counted = before if terms.volume.counts is Counts.ALL else case((line.kind != "expense", before), else_=0)
    query = (
        select(func.sum(counted), func.sum(line.volume_minor), func.count(PreBill.id.distinct()))
        .join(PreBill, and_(PreBill.firm_id == line.firm_id, PreBill.id == line.pre_bill_id))
        .join(Matter, and_(Matter.firm_id == PreBill.firm_id, Matter.id == PreBill.matter_id))
        .where(line.firm_id == discount.firm_id, Matter.client_id == discount.client_id, line.state == "included")
        .where(PreBill.state != "discarded", PreBill.through_on.between(span.first, span.last))
    )
    billed, given, bills = session.execute(query).one()
    return VolumeYear(terms, span.first, span.last, int(billed or 0), -int(given or 0), int(bills))
