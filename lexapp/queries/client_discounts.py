"""Discounts of clients: every one for its page, and those for early payment that hold when invoices are issued."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lexapp.domain.reductions import EarlyDiscount
from lexapp.models import ClientDiscount


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
    """Those that stand, of any date, the newest first."""
    mine = (ClientDiscount.firm_id == firm_id, ClientDiscount.client_id == client_id, ClientDiscount.removed_at.is_(None))
    query = select(ClientDiscount).where(*mine).order_by(ClientDiscount.effective_from.desc(), ClientDiscount.id.desc())
    return [DiscountRow(row, row.agreed.sentences(currency)) for row in session.scalars(query)]


def early_discounts(session: Session, *, firm_id: int, client_ids: Collection[int], on: date) -> dict[int, EarlyDiscount]:
    """Payer -> what may be kept of an invoice dated on that day for paying it early. One query."""
    row = ClientDiscount
    in_force = (row.effective_from <= on, or_(row.effective_to.is_(None), row.effective_to >= on), row.removed_at.is_(None))
    query = select(row.client_id, row.terms).where(row.firm_id == firm_id, row.kind == EarlyDiscount.kind, row.client_id.in_(client_ids))
    return {client_id: EarlyDiscount.read(terms) for client_id, terms in session.execute(query.where(*in_force))}
