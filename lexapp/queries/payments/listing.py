"""The list of payments, newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from lexapp.models import Client, Payment
from lexapp.queries.payments.sums import Left, left_of
from lexapp.queries.walls import open_payments

# "unapplied" is every receipt with something left to give.
FILTERS = ("unapplied", "cheque", "transfer", "card", "cash", "trust", "refund", "reversal")


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """What to list. `show` is one of FILTERS or empty; every word is looked for in payer, number and reference."""

    show: str = ""
    payer_id: int | None = None
    words: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One receipt, refund or reversal; refunds and reversals count negative. Minor units."""

    id: int
    number: int
    kind: str
    method: str
    received_on: date
    payer_id: int
    payer_name: str
    reference: str
    amount_minor: int
    applied_minor: int
    unapplied_minor: int
    is_reversed: bool


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """A page of payments; count and sums are those of the whole list."""

    rows: Sequence[PaymentRow]
    count: int
    total_minor: int
    unapplied_minor: int


def list_payments(session: Session, *, firm_id: int, wanted: PaymentFilter, limit: int, offset: int) -> PaymentPage:
    left = left_of(firm_id)
    signed = case((Payment.kind == "receipt", Payment.amount_minor), else_=-Payment.amount_minor)
    rules = and_(_rules(firm_id, wanted, left), open_payments(session))
    sums = select(func.count(), func.coalesce(func.sum(signed), 0), func.coalesce(func.sum(left.unapplied), 0))
    count, total, unapplied = session.execute(_from(sums, left, rules)).one()
    reversed_ids = select(Payment.original_payment_id).where(Payment.firm_id == firm_id, Payment.kind == "reversal")
    columns = (
        Payment.id, Payment.number, Payment.kind, Payment.method, Payment.received_on, Payment.payer_id, Client.name, Payment.reference,
        signed, left.applied, left.unapplied, Payment.id.in_(reversed_ids),
    )  # fmt: skip
    query = _from(select(*columns), left, rules).order_by(Payment.received_on.desc(), Payment.id.desc()).limit(limit).offset(offset)
    rows = [PaymentRow(*row) for row in session.execute(query)]
    return PaymentPage(rows, count, int(total), int(unapplied))


def _from(query: Any, left: Left, rules: ColumnElement[bool]) -> Any:
    return (
        query.select_from(Payment)
        .join(Client, and_(Client.firm_id == Payment.firm_id, Client.id == Payment.payer_id))
        .outerjoin(left.back, left.back.c.payment_id == Payment.id)
        .outerjoin(left.applications, left.applications.c.payment_id == Payment.id)
        .where(rules)
    )


def _rules(firm_id: int, wanted: PaymentFilter, left: Left) -> ColumnElement[bool]:
    rules = [Payment.firm_id == firm_id]
    if wanted.payer_id is not None:
        rules.append(Payment.payer_id == wanted.payer_id)
    if wanted.show == "unapplied":
        rules.append(left.unapplied > 0)
    elif wanted.show in ("refund", "reversal"):
        rules.append(Payment.kind == wanted.show)
    elif wanted.show:
        rules.append(and_(Payment.method == wanted.show, Payment.kind == "receipt"))
    for word in wanted.words:
        found = [func.lower(part).contains(word, autoescape=True) for part in (Client.name, Payment.reference)]
        rules.append(or_(*found, *([Payment.number == int(word)] if word.isascii() and word.isdigit() and len(word) < 10 else [])))
    return and_(*rules)


def payers_with_payments(session: Session, *, firm_id: int) -> list[tuple[int, str]]:
    """(id, name) of everybody who paid, by name; for the filter."""
    paid = select(Payment.payer_id).where(Payment.firm_id == firm_id, open_payments(session))
    query = select(Client.id, Client.name).where(Client.firm_id == firm_id, Client.id.in_(paid)).order_by(Client.name, Client.id)
    return [(id_, name) for id_, name in session.execute(query)]
