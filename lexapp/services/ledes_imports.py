"""Take over work from a LEDES 1998B file: clients, matters, timekeepers, their time, expenses and fixed fees.

One command and one transaction: a file is taken over whole or not at all, and the same file twice is taken over once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, NewEntry, audit, post_many, record_command, succeed
from lexapp.books.rates import RateBook, query_of, rate_rules
from lexapp.database import transaction
from lexapp.domain import ledger
from lexapp.domain.ledes import LedesError, LedesInvoice, LedesLine, LedesProblem, LineType, scaled
from lexapp.domain.money import Money, exponent
from lexapp.domain.permissions import Actor
from lexapp.models import Client, ExpenseEntry, Firm, FixedFeeEntry, Matter, MatterPayer, Rate, TimeEntry, Timekeeper

# Expenses that UTBMS names for what the firm does itself: copying, printing of words, facsimile, telephone, research, postage.
SOFT_COSTS = frozenset({"E101", "E103", "E104", "E105", "E106", "E108"})


@dataclass(slots=True)
class Imported:
    """How many of each were made; what existed already is used and not counted."""

    clients: int = 0
    matters: int = 0
    timekeepers: int = 0
    time_entries: int = 0
    expense_entries: int = 0
    fixed_fee_entries: int = 0


@dataclass(slots=True)
class _Import:
    """What one import has found and made so far."""

    session: Session
    command: CommandRecord
    firm: Firm
    counts: Imported = field(default_factory=Imported)
    clients: dict[str, Client] = field(default_factory=dict)
    matters: dict[str, Matter] = field(default_factory=dict)
    timekeepers: dict[str, Timekeeper] = field(default_factory=dict)
    problems: list[LedesProblem] = field(default_factory=list)

    def refuse(self, line: LedesLine, name: str, message: str) -> None:
        self.problems.append(LedesProblem(line.file_line, name, message))

    def minor(self, line: LedesLine, name: str, value: Decimal) -> int:
        """The amount in minor units; more decimals than the currency has are a problem of this line."""
        minor = scaled(value, exponent(self.firm.currency))
        if minor is None:
            self.refuse(line, name, f"{value} has more decimals than {self.firm.currency}. Round it in the file.")
        return minor or 0


def import_ledes(session: Session, *, actor: Actor, invoices: Sequence[LedesInvoice], key: str, now: datetime | None = None) -> Imported:
    """Take over every invoice's lines as unbilled work of `actor`'s firm. `key` names the file (its SHA-256).

    Raises LedesError, naming line and field, for what lexapp cannot hold exactly; nothing is written then.
    """
    for permission in ("client.edit", "matter.edit", "time.record_others", "expense.record", "rate.edit", "user.manage"):
        actor.require(permission)
    with transaction(session, actor.firm_id):
        inputs = {"invoices": [invoice.number for invoice in invoices]}
        command = record_command(session, actor=actor, name="ledes.import", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return Imported()
        work = _Import(session, command, session.get_one(Firm, actor.firm_id))
        _write(work, invoices)
        if work.problems:
            raise LedesError(work.problems)
        result = {name: getattr(work.counts, name) for name in Imported.__slots__}
        audit(session, command, action="ledes.imported", subject_kind="firm", subject_id=actor.firm_id, after=result)
        succeed(session, command, **result)
    return work.counts


def _write(work: _Import, invoices: Sequence[LedesInvoice]) -> None:
    _make_clients(work, invoices)
    _make_matters(work, invoices)
    _make_timekeepers(work, [line for invoice in invoices for line in invoice.lines])
    _write_time(work, _lines(invoices, LineType.FEE))
    _write_expenses(work, _lines(invoices, LineType.EXPENSE, LineType.EXPENSE_ADJUSTMENT))
    _write_fixed_fees(work, _lines(invoices, LineType.FEE_ADJUSTMENT))


def _lines(invoices: Iterable[LedesInvoice], *types: LineType) -> list[tuple[LedesInvoice, LedesLine]]:
    return [(invoice, line) for invoice in invoices for line in invoice.lines if line.type in types]


# ── clients, matters, timekeepers ────────────────────────────────────────────────────────────────


def _make_clients(work: _Import, invoices: Sequence[LedesInvoice]) -> None:
    numbers = list(dict.fromkeys(invoice.client_id for invoice in invoices))
    mine = select(Client).where(Client.firm_id == work.firm.id, Client.number.in_(numbers))
    work.clients = {client.number: client for client in work.session.scalars(mine)}
    for number in numbers:
        if number not in work.clients:
            client = Client(firm_id=work.firm.id, number=number, name=f"Client {number}", created_at=work.command.at)
            work.clients[number] = client
            work.session.add(client)
            work.counts.clients += 1
    work.session.flush()


def _make_matters(work: _Import, invoices: Sequence[LedesInvoice]) -> None:
    numbers = list(dict.fromkeys(invoice.law_firm_matter_id for invoice in invoices))
    mine = select(Matter).where(Matter.firm_id == work.firm.id, Matter.number.in_(numbers))
    work.matters = {matter.number: matter for matter in work.session.scalars(mine)}
    for invoice in invoices:
        matter = work.matters.get(invoice.law_firm_matter_id) or _new_matter(work, invoice)
        if matter.client_id != work.clients[invoice.client_id].id:
            message = f"Matter {matter.number} belongs to another client here. Correct the number in the file or the matter."
            work.refuse(invoice.lines[0], "LAW_FIRM_MATTER_ID", message)


def _new_matter(work: _Import, invoice: LedesInvoice) -> Matter:
    client = work.clients[invoice.client_id]
    matter = Matter(
        firm_id=work.firm.id,
        client_id=client.id,
        number=invoice.law_firm_matter_id,
        name=invoice.description or f"Matter {invoice.law_firm_matter_id}",
        client_matter_number=invoice.client_matter_id,
        opened_on=min(line.on for line in invoice.lines),
        created_at=work.command.at,
    )
    work.session.add(matter)
    work.session.flush()
    work.session.add(MatterPayer(firm_id=work.firm.id, matter_id=matter.id, client_id=client.id))
    work.session.flush()
    work.matters[matter.number] = matter
    work.counts.matters += 1
    return matter


def _make_timekeepers(work: _Import, lines: Sequence[LedesLine]) -> None:
    fees = [line for line in lines if line.timekeeper_id]
    mine = select(Timekeeper).where(Timekeeper.firm_id == work.firm.id, Timekeeper.code.in_({line.timekeeper_id for line in fees}))
    work.timekeepers = {timekeeper.code: timekeeper for timekeeper in work.session.scalars(mine)}
    for line in sorted(fees, key=lambda line: line.on):
        if line.timekeeper_id not in work.timekeepers:
            _new_timekeeper(work, line)
    work.session.flush()


def _new_timekeeper(work: _Import, line: LedesLine) -> None:
    """A timekeeper with the rate of their first line as their own rate from that day on."""
    surname, _, first = line.timekeeper_name.partition(",")
    name = f"{first.strip()} {surname.strip()}".strip() or line.timekeeper_id
    timekeeper = Timekeeper(
        firm_id=work.firm.id,
        code=line.timekeeper_id,
        name=name,
        initials="".join(word[0] for word in name.split())[:4].upper(),
        classification=line.timekeeper_classification,
        created_at=work.command.at,
    )
    work.session.add(timekeeper)
    work.session.flush()
    rate = work.minor(line, "LINE_ITEM_UNIT_COST", line.unit_cost)
    work.session.add(
        Rate(
            firm_id=work.firm.id,
            level="timekeeper",
            timekeeper_id=timekeeper.id,
            rate_minor_per_hour=rate,
            effective_from=line.on,
            created_at=work.command.at,
            created_by_user_id=work.command.actor.user_id,
        )
    )
    work.timekeepers[timekeeper.code] = timekeeper
    work.counts.timekeepers += 1


# ── entries ──────────────────────────────────────────────────────────────────────────────────────


def _write_time(work: _Import, lines: Sequence[tuple[LedesInvoice, LedesLine]]) -> None:
    book = RateBook(rate_rules(work.session, firm_id=work.firm.id, currency=work.firm.currency))
    rows = [_time_row(work, invoice, line, book) for invoice, line in lines]
    work.counts.time_entries = _insert(work, TimeEntry, rows)


def _time_row(work: _Import, invoice: LedesInvoice, line: LedesLine, book: RateBook) -> dict[str, Any]:
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


def _shared(work: _Import, matter: Matter) -> dict[str, Any]:
    return {
        "firm_id": work.firm.id,
        "matter_id": matter.id,
        "recorded_by_user_id": work.command.actor.user_id,
        "created_at": work.command.at,
        "updated_at": work.command.at,
    }


def _adjusted(work: _Import, line: LedesLine) -> dict[str, Any]:
    """The line's shown reduction. On an invoice-level line the field repeats the total and says nothing of its own."""
    adjustment = 0 if line.type.is_invoice_level else work.minor(line, "LINE_ITEM_ADJUSTMENT_AMOUNT", line.adjustment)
    if adjustment > 0:
        work.refuse(line, "LINE_ITEM_ADJUSTMENT_AMOUNT", "An adjustment that adds to a line is not supported. Add a line of its own.")
    return {"adjustment_minor": min(adjustment, 0), "adjustment_reason": "As in the file taken over" if adjustment else ""}


def _write_expenses(work: _Import, lines: Sequence[tuple[LedesInvoice, LedesLine]]) -> None:
    rows = [_expense_row(work, invoice, line) for invoice, line in lines]
    if work.problems:
        return
    hard = [(row, work.matters[invoice.law_firm_matter_id]) for row, (invoice, _) in zip(rows, lines, strict=True) if row["cost_minor"]]
    entries = [_hard_cost_entry(row, matter) for row, matter in hard]
    for (row, _), entry_id in zip(hard, post_many(work.session, work.command, entries) if entries else [], strict=True):
        row["journal_entry_id"] = entry_id
    work.counts.expense_entries = _insert(work, ExpenseEntry, rows)


def _expense_row(work: _Import, invoice: LedesInvoice, line: LedesLine) -> dict[str, Any]:
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


def _write_fixed_fees(work: _Import, lines: Sequence[tuple[LedesInvoice, LedesLine]]) -> None:
    rows = [_fixed_fee_row(work, invoice, line) for invoice, line in lines]
    work.counts.fixed_fee_entries = _insert(work, FixedFeeEntry, rows)


def _fixed_fee_row(work: _Import, invoice: LedesInvoice, line: LedesLine) -> dict[str, Any]:
    amount = work.minor(line, "LINE_ITEM_TOTAL", line.total)
    if amount < 0:
        work.refuse(line, "LINE_ITEM_TOTAL", "A discount on a whole invoice is not supported. Spread it over the lines.")
    shared = _shared(work, work.matters[invoice.law_firm_matter_id])
    return {**shared, "charged_on": line.on, "description": line.description, "amount_minor": max(amount, 0)}


def _insert(work: _Import, model: Callable[..., object], rows: Sequence[dict[str, Any]]) -> int:
    if work.problems or not rows:
        return 0
    work.session.execute(insert(model), list(rows))  # type: ignore[arg-type]
    return len(rows)


