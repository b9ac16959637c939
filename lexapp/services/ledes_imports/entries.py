"""Time, expenses and fixed fees of a file: plain rows, one executemany per table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import insert

from lexapp.books import NewEntry, post_many
from lexapp.books.rates import RateBook, query_of, rate_rules
from lexapp.domain import ledger
from lexapp.domain.ledes import LedesInvoice, LedesLine, scaled
from lexapp.domain.money import Money
from lexapp.models import ExpenseEntry, FixedFeeEntry, Matter, TimeEntry
from lexapp.services.ledes_imports.work import Import

# Expenses that UTBMS names for what the firm does itself: copying, printing of words, facsimile, telephone, research, postage.
SOFT_COSTS = frozenset({"E101", "E103", "E104", "E105", "E106", "E108"})


def write_time(work: Import, lines: Sequence[tuple[LedesInvoice, LedesLine]]) -> None:
    book = RateBook(rate_rules(work.session, firm_id=work.firm.id, currency=work.firm.currency))
    rows = [_time_row(work, invoice, line, book) for invoice, line in lines]
    work.counts.time_entries = _insert(work, TimeEntry, rows)


def _time_row(work: Import, invoice: LedesInvoice, line: LedesLine, book: RateBook) -> dict[str, Any]:
    """The file's units are what was billed: they are kept as they are, in hundredths, and not rounded to our increment."""
    matter, timekeeper = work.matters[invoice.law_firm_matter_id], work.timekeepers[line.timekeeper_id]
    quantity = scaled(line.units, 2)
    if quantity is None:
        work.refuse(line, "LINE_ITEM_NUMBER_OF_UNITS", f"{line.units} is not whole hundredths of an hour. Round it in the file.")
        quantity = 0
    rate = Money(work.minor(line, "LINE_ITEM_UNIT_COST", line.unit_cost), work.firm.currency)
    found = book.resolve(query_of(matter, timekeeper, activity_code=line.activity_code, on=line.on))
    is_typed = found.rate != rate
    if is_typed:
        found = book.resolve(query_of(matter, timekeeper, activity_code=line.activity_code, on=line.on, typed=rate))
    return {
        **_shared(work, matter),
        **_adjusted(work, line),
        "timekeeper_id": timekeeper.id,
        "worked_on": line.on,
        "recorded_seconds": quantity * 36,
        "quantity_hundredths": quantity,
        "narrative": line.description,
        "task_code": line.task_code,
        "activity_code": line.activity_code,
        "rate_minor_per_hour": rate.minor,
        "rate_is_typed": is_typed,
        "rate_reason": found.as_json(),
        "amount_minor": rate.times_hundredths(quantity).minor,
    }


def _shared(work: Import, matter: Matter) -> dict[str, Any]:
    return {
        "firm_id": work.firm.id,
        "matter_id": matter.id,
        "recorded_by_user_id": work.command.actor.user_id,
        "created_at": work.command.at,
        "updated_at": work.command.at,
    }


def _adjusted(work: Import, line: LedesLine) -> dict[str, Any]:
    """The line's shown reduction. On an invoice-level line the field repeats the total and says nothing of its own."""
    adjustment = 0 if line.type.is_invoice_level else work.minor(line, "LINE_ITEM_ADJUSTMENT_AMOUNT", line.adjustment)
    if adjustment > 0:
        work.refuse(line, "LINE_ITEM_ADJUSTMENT_AMOUNT", "An adjustment that adds to a line is not supported. Add a line of its own.")
    return {"adjustment_minor": min(adjustment, 0), "adjustment_reason": "As in the file taken over" if adjustment else ""}


def write_expenses(work: Import, lines: Sequence[tuple[LedesInvoice, LedesLine]]) -> None:
    rows = [_expense_row(work, invoice, line) for invoice, line in lines]
    if work.problems:
        return
    hard = [(row, work.matters[invoice.law_firm_matter_id]) for row, (invoice, _) in zip(rows, lines, strict=True) if row["cost_minor"]]
    entries = [_hard_cost_entry(row, matter) for row, matter in hard]
    for (row, _), entry_id in zip(hard, post_many(work.session, work.command, entries) if entries else [], strict=True):
        row["journal_entry_id"] = entry_id
    work.counts.expense_entries = _insert(work, ExpenseEntry, rows)


def _expense_row(work: Import, invoice: LedesInvoice, line: LedesLine) -> dict[str, Any]:
    units = Decimal(1) if line.type.is_invoice_level else line.units
    quantity = scaled(units, 2)
    if not quantity:
        work.refuse(line, "LINE_ITEM_NUMBER_OF_UNITS", f"{units} is not a whole number of hundredths above zero. Correct it in the file.")
        quantity = 100
    price = Money(work.minor(line, "LINE_ITEM_UNIT_COST", line.total if line.type.is_invoice_level else line.unit_cost), work.firm.currency)
    amount = price.times_hundredths(quantity).minor
    is_soft = line.expense_code.upper() in SOFT_COSTS
    return {
        **_shared(work, work.matters[invoice.law_firm_matter_id]),
        **_adjusted(work, line),
        "incurred_on": line.on,
        "kind": "soft" if is_soft else "hard",
        "code": line.expense_code,
        "description": line.description,
        "quantity_hundredths": quantity,
        "unit_minor": price.minor,
        "amount_minor": amount,
        "cost_minor": 0 if is_soft else amount,
        "journal_entry_id": None,
    }


def _hard_cost_entry(row: dict[str, Any], matter: Matter) -> NewEntry:
    assert matter.client_id is not None
    postings = ledger.expense_hard_recorded(amount_minor=row["cost_minor"], client_id=matter.client_id, matter_id=matter.id)
    return NewEntry("expense.hard_recorded", row["incurred_on"], postings, ("matter", matter.id))


def write_fixed_fees(work: Import, lines: Sequence[tuple[LedesInvoice, LedesLine]]) -> None:
    rows = [_fixed_fee_row(work, invoice, line) for invoice, line in lines]
    work.counts.fixed_fee_entries = _insert(work, FixedFeeEntry, rows)


def _fixed_fee_row(work: Import, invoice: LedesInvoice, line: LedesLine) -> dict[str, Any]:
    amount = work.minor(line, "LINE_ITEM_TOTAL", line.total)
    if amount < 0:
        work.refuse(line, "LINE_ITEM_TOTAL", "A discount on a whole invoice is not supported. Spread it over the lines.")
    shared = _shared(work, work.matters[invoice.law_firm_matter_id])
    return {**shared, "charged_on": line.on, "description": line.description, "amount_minor": max(amount, 0)}


def _insert(work: Import, model: Callable[..., object], rows: Sequence[dict[str, Any]]) -> int:
    if work.problems or not rows:
        return 0
    work.session.execute(insert(model), list(rows))  # type: ignore[arg-type]
    return len(rows)
