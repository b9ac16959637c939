"""Entries, pre-bill lines and invoices: multiplied out, added up, and tied to the journal."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from lexapp.domain.rounding import round_half_up
from lexapp.domain.shares import WHOLE
from lexapp.domain.snapshots import InvoiceSnapshot as Frozen
from lexapp.domain.snapshots import tax_differences
from lexapp.models import (
    Account,
    CreditNote,
    ExpenseEntry,
    Invoice,
    InvoiceMatter,
    InvoiceSnapshot,
    JournalEntry,
    Posting,
    PreBillLine,
    TimeEntry,
)
from lexapp.queries.reports.income import EARNING


def time_multiplies_out(session: Session, firm_id: int) -> Iterator[str]:
    query = select(TimeEntry.id, TimeEntry.quantity_hundredths, TimeEntry.rate_minor_per_hour, TimeEntry.amount_minor).where(
        TimeEntry.firm_id == firm_id, TimeEntry.billing_status == "billable", TimeEntry.rate_minor_per_hour.is_not(None)
    )
    for entry_id, quantity, rate, amount in session.execute(query):
        if rate is not None and round_half_up(quantity * rate, 100) != amount:
            yield f"Time entry {entry_id}: {quantity} hundredths at {rate} is not {amount}."


def lines_multiply_out(session: Session, firm_id: int) -> Iterator[str]:
    """quantity x rate + rounding of a split + shown adjustment + what is agreed off = amount, on every line that is charged."""
    query = select(
        PreBillLine.id,
        PreBillLine.quantity_hundredths,
        PreBillLine.rate_minor,
        PreBillLine.adjustment_minor + PreBillLine.rounding_minor + PreBillLine.agreed_minor + PreBillLine.volume_minor,
        PreBillLine.amount_minor,
    ).where(PreBillLine.firm_id == firm_id, PreBillLine.state == "included", PreBillLine.billing_status == "billable")
    for line_id, quantity, rate, adjustment, amount in session.execute(query):
        if round_half_up(quantity * rate, 100) + adjustment != amount:
            yield f"Pre-bill line {line_id}: {quantity} hundredths at {rate} and {adjustment} is not {amount}."


def lines_equal_time(session: Session, firm_id: int) -> Iterator[str]:
    """The live lines of an entry that all its payers were charged for add up to the entry."""
    quantity, amount = func.sum(PreBillLine.entry_quantity_hundredths), func.sum(PreBillLine.entry_amount_minor)
    entry = (TimeEntry.id, TimeEntry.quantity_hundredths, TimeEntry.amount_minor)
    query = (
        select(*entry, quantity, amount)
        .join(PreBillLine, (PreBillLine.firm_id == TimeEntry.firm_id) & (PreBillLine.time_entry_id == TimeEntry.id))
        .where(TimeEntry.firm_id == firm_id, PreBillLine.state == "included")
        .group_by(*entry)
        .having(func.sum(PreBillLine.share_basis_points) == WHOLE)
        .having((quantity != TimeEntry.quantity_hundredths) | (amount != TimeEntry.amount_minor))
        .order_by(TimeEntry.id)
    )
    for entry_id, is_quantity, is_amount, took_quantity, took_amount in session.execute(query):
        taken = f"{took_quantity} hundredths and {took_amount}"
        yield f"Time entry {entry_id} is {is_quantity} hundredths and {is_amount}, its pre-bill lines took {taken}."


def invoices_tie(session: Session, firm_id: int) -> Iterator[str]:
    by_matter = _sums(session, firm_id, InvoiceMatter.invoice_id, InvoiceMatter.total_minor, InvoiceMatter)
    by_line = _line_sums(session, firm_id)
    receivable = _posted_by_entry(session, firm_id, "receivable")
    owed_tax = _posted_by_entry(session, firm_id, "tax_payable")
    reversed_entries = set(session.scalars(select(JournalEntry.reverses_id).where(JournalEntry.firm_id == firm_id)))
    for invoice in session.scalars(select(Invoice).where(Invoice.firm_id == firm_id)):
        name, on_top = f"Invoice {invoice.number}", invoice.tax_minor - invoice.included_tax_minor
        if by_matter.get(invoice.id) != invoice.total_minor:
            yield f"{name} is {invoice.total_minor}, its matters sum to {by_matter.get(invoice.id)}."
        if invoice.voided_on is None and by_line.get(invoice.pre_bill_id, 0) + on_top != invoice.total_minor:
            yield f"{name} is {invoice.total_minor}, its lines sum to {by_line.get(invoice.pre_bill_id, 0)}."
        if receivable.get(invoice.journal_entry_id, 0) != invoice.total_minor:
            yield f"{name} is {invoice.total_minor}, its journal entry says {receivable.get(invoice.journal_entry_id, 0)}."
        if -owed_tax.get(invoice.journal_entry_id, 0) != invoice.tax_minor:
            yield f"{name} charges {invoice.tax_minor} of tax, its journal entry owes {-owed_tax.get(invoice.journal_entry_id, 0)}."
        if invoice.journal_entry_id is not None and (invoice.journal_entry_id in reversed_entries) != (invoice.voided_on is not None):
            yield f"{name}: being void and its journal entry being reversed must go together."
    yield from _snapshots_tie(session, firm_id)


def _snapshots_tie(session: Session, firm_id: int) -> Iterator[str]:
    early = (Invoice.early_discount_minor, Invoice.early_discount_until_on)
    query = (
        select(Invoice.number, Invoice.total_minor, Invoice.tax_minor, *early, InvoiceSnapshot.data, InvoiceSnapshot.sha256)
        .outerjoin(InvoiceSnapshot, (InvoiceSnapshot.firm_id == firm_id) & (InvoiceSnapshot.invoice_id == Invoice.id))
        .where(Invoice.firm_id == firm_id)
    )
    for number, total, tax, kept, kept_until, data, digest in session.execute(query):
        if data is None:
            yield f"Invoice {number} has no snapshot."
        elif hashlib.sha256(data.encode()).hexdigest() != digest:
            yield f"The snapshot of invoice {number} is not the one that was frozen."
        else:
            frozen = Frozen.from_json(json.loads(data))
            if (frozen.number, frozen.totals.total_minor) != (number, total):
                yield f"The snapshot of invoice {number} says {frozen.number}, {frozen.totals.total_minor} instead of {total}."
            if frozen.totals.tax_minor != tax:
                yield f"The snapshot of invoice {number} charges {frozen.totals.tax_minor} of tax instead of {tax}."
            if (kept, kept_until) != ((frozen.early.amount_minor, frozen.early.last_on) if frozen.early else (0, None)):
                yield f"The snapshot of invoice {number} offers another discount for early payment than {kept} through {kept_until}."
            yield from (f"Invoice {number}: {sentence}" for sentence in tax_differences(frozen))


def _sums(session: Session, firm_id: int, key: object, amount: object, model: type[InvoiceMatter]) -> dict[int, int]:
    query = select(key, func.sum(amount)).where(model.firm_id == firm_id).group_by(key)  # type: ignore[call-overload]
    return {id_: int(total) for id_, total in session.execute(query)}


def _line_sums(session: Session, firm_id: int) -> dict[int, int]:
    query = (
        select(PreBillLine.pre_bill_id, func.sum(PreBillLine.amount_minor))
        .where(PreBillLine.firm_id == firm_id, PreBillLine.state == "included")
        .group_by(PreBillLine.pre_bill_id)
    )
    return {id_: int(total) for id_, total in session.execute(query)}


def _posted_by_entry(session: Session, firm_id: int, role: str) -> dict[int | None, int]:
    query = (
        select(Posting.journal_entry_id, func.sum(Posting.amount_minor))
        .join(Account, Account.id == Posting.account_id)
        .where(Posting.firm_id == firm_id, Account.role == role)
        .group_by(Posting.journal_entry_id)
    )
    return {id_: int(total) for id_, total in session.execute(query)}


# What an account of the journal counts as on an invoice.
CHARGES = {
    "fee_income": "fees",
    "cost_income": "costs",
    "advanced_costs": "costs",
    "costs_written_down": "costs",
    "tax_payable": "tax",
}


def charges_tie(session: Session, firm_id: int) -> Iterator[str]:
    """Per matter: the fees, costs and tax of live invoices less live credit notes = what both posted to these accounts, less voids."""
    posted: dict[tuple[int, str], int] = defaultdict(int)
    query = (
        select(Posting.matter_id, Account.role, -func.sum(Posting.amount_minor))
        .join(Account, (Account.firm_id == firm_id) & (Account.id == Posting.account_id))
        .join(JournalEntry, (JournalEntry.firm_id == firm_id) & (JournalEntry.id == Posting.journal_entry_id))
        .where(Posting.firm_id == firm_id, JournalEntry.event_code.in_(EARNING), Account.role.in_(CHARGES))
        .group_by(Posting.matter_id, Account.role)
    )
    for matter_id, role, amount in session.execute(query):
        posted[matter_id or 0, CHARGES[role]] += int(amount)
    charged = _charged(session, firm_id)
    for place in sorted(posted.keys() | charged.keys()):
        if posted.get(place, 0) != charged.get(place, 0):
            yield f"Matter {place[0]}: invoices charge {place[1]} of {charged.get(place, 0)}, the journal says {posted.get(place, 0)}."


def _charged(session: Session, firm_id: int) -> dict[tuple[int, str], int]:
    """(matter, fees, costs or tax) -> what live invoices charge, less what live notes credit."""
    names = ("fees", "costs", "tax")
    sums = [func.sum(column) for column in (InvoiceMatter.fees_minor, InvoiceMatter.costs_minor, InvoiceMatter.tax_minor)]
    live = (Invoice.firm_id == firm_id) & (Invoice.id == InvoiceMatter.invoice_id) & Invoice.voided_on.is_(None)
    query = select(InvoiceMatter.matter_id, *sums).join(Invoice, live).where(InvoiceMatter.firm_id == firm_id)
    rows = session.execute(query.group_by(InvoiceMatter.matter_id))
    found = {(matter, name): int(minor) for matter, *sums in rows for name, minor in zip(names, sums, strict=True)}
    for matter, *credited in session.execute(_credited(firm_id)):
        for name, minor in zip(names, credited, strict=True):
            found[matter, name] = found.get((matter, name), 0) - int(minor)
    return found


def _credited(firm_id: int) -> Any:
    note = CreditNote
    sums = [func.sum(column) for column in (note.fees_minor, note.costs_minor, note.tax_minor)]
    return select(note.matter_id, *sums).where(note.firm_id == firm_id, note.voided_on.is_(None)).group_by(note.matter_id)


def numbers_without_gap(session: Session, firm_id: int) -> Iterator[str]:
    query = select(Invoice.series, func.count(Invoice.id), func.max(Invoice.series_number)).where(Invoice.firm_id == firm_id)
    for series, count, highest in session.execute(query.group_by(Invoice.series)):
        if count != highest:
            yield f"Invoice series {series} has {count} invoices, numbered up to {highest}."


def hard_costs_tie(session: Session, firm_id: int) -> Iterator[str]:
    """What is owed for costs = every hard cost that was recorded, not discarded, and not paid by trust money."""
    owed = ExpenseEntry.discarded_at.is_(None) & ExpenseEntry.trust_transaction_id.is_(None)
    live = case((owed, ExpenseEntry.cost_minor), else_=0)
    recorded = session.scalar(select(func.coalesce(func.sum(live), 0)).where(ExpenseEntry.firm_id == firm_id))
    posted = session.scalar(
        select(-func.coalesce(func.sum(Posting.amount_minor), 0))
        .join(Account, Account.id == Posting.account_id)
        .where(Posting.firm_id == firm_id, Account.role == "costs_payable")
    )
    if recorded != posted:
        yield f"Hard costs of {recorded} are recorded, the journal owes {posted}."
