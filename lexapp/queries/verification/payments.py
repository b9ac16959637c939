"""Payments, allocations and what payers still owe, against the journal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, aliased

from lexapp.models import Account, Allocation, Invoice, InvoiceMatter, Payment, Posting
from lexapp.queries.credited import IS_MONEY


def _payments(session: Session, firm_id: int) -> dict[int, tuple[int, str, int]]:
    """Receipt id -> (payer, method, what remains of it after refunds and reversals)."""
    original = func.coalesce(Payment.original_payment_id, Payment.id)
    signed = case((Payment.kind == "receipt", Payment.amount_minor), else_=-Payment.amount_minor)
    query = select(original, func.min(Payment.payer_id), func.min(Payment.method), func.sum(signed)).where(Payment.firm_id == firm_id)
    return {id_: (payer, method, int(left)) for id_, payer, method, left in session.execute(query.group_by(original))}


def _allocated(session: Session, firm_id: int, *columns: object) -> dict[tuple[int, ...], int]:
    """What is settled of invoices, or by payment: what money of it."""
    query = select(*columns, func.sum(Allocation.amount_minor)).where(Allocation.firm_id == firm_id)  # type: ignore[call-overload]
    if columns == (Allocation.payment_id,):
        query = query.where(IS_MONEY)
    return {tuple(row[:-1]): int(row[-1]) for row in session.execute(query.group_by(*columns))}


def allocations_within(session: Session, firm_id: int) -> Iterator[str]:
    receipts = _payments(session, firm_id)
    for (payment_id,), amount in _allocated(session, firm_id, Allocation.payment_id).items():
        if not 0 <= amount <= receipts[payment_id][2]:
            yield f"Payment {payment_id} has {receipts[payment_id][2]} to give, but {amount} is applied."
    for payment_id, (_, _, left) in receipts.items():
        if left < 0:
            yield f"Payment {payment_id} was given back by {-left} more than it was."
    charged = _charged(session, firm_id)
    for place, amount in _allocated(session, firm_id, Allocation.invoice_id, Allocation.matter_id).items():
        if not 0 <= amount <= charged.get(place, (0, 0))[1]:
            yield f"Invoice {place[0]}, matter {place[1]}: {amount} is applied to {charged.get(place, (0, 0))[1]}."


def _charged(session: Session, firm_id: int) -> dict[tuple[int, ...], tuple[int, int]]:
    """(invoice, matter) -> (payer, what it charges; nothing once voided)."""
    live = case((Invoice.voided_on.is_(None), InvoiceMatter.total_minor), else_=0)
    query = (
        select(Invoice.id, InvoiceMatter.matter_id, Invoice.payer_id, live)
        .join(InvoiceMatter, (InvoiceMatter.firm_id == firm_id) & (InvoiceMatter.invoice_id == Invoice.id))
        .where(Invoice.firm_id == firm_id)
    )
    return {(invoice, matter): (payer, total) for invoice, matter, payer, total in session.execute(query)}


def receivables_tie(session: Session, firm_id: int) -> Iterator[str]:
    """Per payer and matter: the receivable account = invoices not voided less what was applied to them."""
    posted = _posted(session, firm_id, "receivable", Posting.client_id, Posting.matter_id)
    applied = _allocated(session, firm_id, Allocation.invoice_id, Allocation.matter_id)
    derived: dict[tuple[int, ...], int] = {}
    for (invoice_id, matter_id), (payer_id, total) in _charged(session, firm_id).items():
        place = (payer_id, matter_id)
        derived[place] = derived.get(place, 0) + total - applied.get((invoice_id, matter_id), 0)
    yield from _differences("Receivable of (payer, matter)", posted, derived)


def client_credit_ties(session: Session, firm_id: int) -> Iterator[str]:
    """Per payer: the client credit account = what is left of their payments less what was applied. Trust payments never touch it."""
    posted = {place: -amount for place, amount in _posted(session, firm_id, "client_credit", Posting.client_id).items()}
    applied = _allocated(session, firm_id, Allocation.payment_id)
    derived: dict[tuple[int, ...], int] = {}
    for payment_id, (payer_id, method, left) in _payments(session, firm_id).items():
        if method != "trust":
            derived[(payer_id,)] = derived.get((payer_id,), 0) + left - applied.get((payment_id,), 0)
        elif left != applied.get((payment_id,), 0):
            yield f"Payment {payment_id} from trust of {left} is applied with {applied.get((payment_id,), 0)}."
    yield from _differences("Client credit of payer", posted, derived)


def discounts_as_offered(session: Session, firm_id: int) -> Iterator[str]:
    """What was kept for paying early is what the invoice offered, in time, for all of the rest; and equals the journal."""
    kept = {place[0]: amount for place, amount in _kept(session, firm_id, Allocation.invoice_id).items()}
    days = (Invoice.early_discount_minor, Invoice.early_discount_until_on, Invoice.total_minor)
    last_paid = _last_paid(session, firm_id)
    settled = {place[0]: amount for place, amount in _allocated(session, firm_id, Allocation.invoice_id).items()}
    for id_, offered, until_on, total in session.execute(select(Invoice.id, *days).where(Invoice.firm_id == firm_id, Invoice.id.in_(kept))):
        if not kept[id_]:
            continue
        if kept[id_] != offered or settled[id_] != total:
            yield f"Invoice {id_}: {kept[id_]} of the {offered} offered is kept for early payment, and {total - settled[id_]} is open."
        if (paid_on := last_paid[id_]) > (until_on or date.min):
            yield f"Invoice {id_}: the discount was offered through {until_on}, and was kept on {paid_on}."
    yield from _differences(
        "Discounts for early payment on matter",
        _posted(session, firm_id, "early_discounts", Posting.matter_id),
        _kept(session, firm_id, Allocation.matter_id),
    )


def _kept(session: Session, firm_id: int, column: Any) -> dict[tuple[int, ...], int]:
    query = select(column, func.sum(Allocation.amount_minor)).where(Allocation.firm_id == firm_id, Allocation.is_discount)
    return {(row[0],): int(row[1]) for row in session.execute(query.group_by(column))}


def _last_paid(session: Session, firm_id: int) -> dict[int, date]:
    """Invoice -> the last day on which money came with which a discount is kept on it now."""
    undone = aliased(Allocation)
    taken_off = select(undone.id).where(undone.firm_id == firm_id, undone.reverses_id == Allocation.id)
    query = (
        select(Allocation.invoice_id, func.max(Payment.received_on))
        .join(Payment, (Payment.firm_id == firm_id) & (Payment.id == Allocation.payment_id))
        .where(Allocation.firm_id == firm_id, Allocation.is_discount, Allocation.reverses_id.is_(None), ~taken_off.exists())
        .group_by(Allocation.invoice_id)
    )
    rows: Any = session.execute(query).all()
    return dict(rows)


def _posted(session: Session, firm_id: int, role: str, *columns: object) -> dict[tuple[int, ...], int]:
    query = (
        select(*columns, func.sum(Posting.amount_minor))  # type: ignore[call-overload]
        .join(Account, Account.id == Posting.account_id)
        .where(Posting.firm_id == firm_id, Account.role == role)
        .group_by(*columns)
    )
    return {tuple(row[:-1]): int(row[-1]) for row in session.execute(query)}


def _differences(name: str, posted: dict[tuple[int, ...], int], derived: dict[tuple[int, ...], int]) -> Iterator[str]:
    for place in sorted(posted.keys() | derived.keys()):
        if posted.get(place, 0) != derived.get(place, 0):
            yield f"{name} {place}: the journal says {posted.get(place, 0)}, the records {derived.get(place, 0)}."
