"""Issue approved pre-bills: numbered, frozen, booked and owed to the printer in one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, NewEntry, audit_many, enqueue_many, next_numbers, post_many
from lexapp.database import reserve_ids, today_in
from lexapp.domain.allocation import allocate
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput, NotAllowed, NotFound, Refused
from lexapp.domain.ledger import MatterCharges, invoice_issued
from lexapp.domain.lifecycles import PRE_BILL
from lexapp.domain.numbering import NumberPattern
from lexapp.domain.recipients import no_address
from lexapp.domain.snapshots import ChargeTotals, InvoiceSnapshot, SplitRow
from lexapp.models import Invoice, InvoiceLink, InvoiceMatter, PreBill
from lexapp.models import InvoiceSnapshot as StoredSnapshot
from lexapp.services.invoices.facts import Facts, lock_bills, read_facts
from lexapp.services.invoices.freezing import freeze
from lexapp.services.invoices.rows import BillRow, LineRow
from lexapp.services.invoices.splits import read_splits


@dataclass(frozen=True, slots=True)
class Terms:
    """How to issue: dated `issued_on`, due on `due_on` or after the firm's days of payment, mailed or not."""

    issued_on: date
    due_on: date | None = None
    send: bool = False
    print_now: bool = True

    @property
    def side_effects(self) -> list[str]:
        """The kinds of work owed to the outside. A mail needs the document and makes it when it is not there."""
        return ["invoice.document"] * self.print_now + ["invoice.mail"] * self.send

    def due(self, days: int) -> date:
        return self.due_on or self.issued_on + timedelta(days=days)

    def check(self, today: date) -> None:
        """Refuse a date of issue that is still to come, and a due date before it."""
        if self.issued_on > today:
            sentence = f"An invoice is dated on the day it is issued or earlier. Choose a date up to today, {day_text(today)}."
            raise InvalidInput(sentence, field="issued_on", code="date_in_future")
        if self.due_on is not None and self.due_on < self.issued_on:
            raise InvalidInput("An invoice cannot be due before it is issued. Choose a later due date.", field="due_on")


@dataclass(frozen=True, slots=True)
class Issued:
    """pre-bill -> its invoice, and pre-bill -> why it has none."""

    invoice_ids: Mapping[int, int]
    problems: Mapping[int, Refused]


@dataclass(frozen=True, slots=True)
class _NewInvoice:
    id: int
    bill: BillRow
    charges: MatterCharges
    series: str
    series_number: int
    snapshot: InvoiceSnapshot


def issue(session: Session, command: CommandRecord, *, pre_bill_ids: Sequence[int], terms: Terms) -> Issued:
    """Issue these pre-bills, in the order of their ids; those that cannot be issued are named with the reason.

    Locks pre-bills by id, then the number series, then the chain head.
    """
    firm_id = command.actor.firm_id
    bills = lock_bills(session, firm_id=firm_id, pre_bill_ids=pre_bill_ids)
    facts = read_facts(session, firm_id=firm_id, bills=bills, issued_on=terms.issued_on)
    today = today_in(facts.firm.time_zone, command.at)
    terms.check(today)
    problems = _problems(session, firm_id, pre_bill_ids, bills, facts, terms, today)
    splits = read_splits(session, firm_id=firm_id, bills=bills, lines=facts.lines)
    invoices = _make(session, facts, [bill for bill in bills if bill.id not in problems], terms, splits)
    if invoices:
        _write(session, command, invoices)
        _owe(session, command, invoices, terms)
    return Issued({new.bill.id: new.id for new in invoices}, problems)


# ── what stands in the way ───────────────────────────────────────────────────────────────────────


def _problems(
    session: Session, firm_id: int, wanted: Sequence[int], bills: Sequence[BillRow], facts: Facts, terms: Terms, today: date
) -> dict[int, Refused]:
    found = {bill.id for bill in bills}
    missing: dict[int, Refused] = {id_: NotFound("There is no such pre-bill.") for id_ in wanted if id_ not in found}
    numbers = _numbers(session, firm_id, [bill.id for bill in bills if bill.state == "issued"])
    problems = {bill.id: problem for bill in bills if (problem := _problem(bill, facts, terms, numbers.get(bill.id, ""), today))}
    return missing | problems


def _numbers(session: Session, firm_id: int, bill_ids: Sequence[int]) -> dict[int, str]:
    if not bill_ids:
        return {}
    query = select(Invoice.pre_bill_id, Invoice.number).where(Invoice.firm_id == firm_id, Invoice.pre_bill_id.in_(bill_ids))
    return dict(session.execute(query).all())


def _problem(bill: BillRow, facts: Facts, terms: Terms, number: str, today: date) -> Refused | None:
    if bill.state == "issued":
        return NotAllowed(f"Pre-bill {bill.id} was issued already, as {number}. There is nothing left to do.", code="pre_bill_is_issued")
    try:
        PRE_BILL.next(bill.state, "issue")
    except NotAllowed as refusal:
        return refusal
    if not facts.lines.get(bill.id):
        return InvalidInput("Every line is held back, so there is nothing to invoice. Reopen the pre-bill and take a line back.")
    newest = max(line.dated_on for line in facts.lines[bill.id])
    if terms.issued_on < min(newest, today):  # a fee that was taken over with a date to come is billed from today on
        sentence = f"Pre-bill {bill.id} bills work through {day_text(newest)}. Date its invoice on that day or later."
        return InvalidInput(sentence, field="issued_on", code="date_before_work")
    if terms.send and not facts.has_address(bill.payer_id):
        return no_address(facts.clients[bill.payer_id].name, "issue again, or issue without sending", field="send")
    return None


# ── the invoices to be ───────────────────────────────────────────────────────────────────────────


def _make(
    session: Session, facts: Facts, bills: Sequence[BillRow], terms: Terms, splits: Mapping[int, tuple[SplitRow, ...]]
) -> list[_NewInvoice]:
    if not bills:
        return []
    pattern = NumberPattern.parse(facts.firm.invoice_number_pattern)
    series = pattern.series("invoice", terms.issued_on)
    first = next_numbers(session, firm_id=facts.firm.id, series=series, count=len(bills))
    ids = reserve_ids(session, Invoice.__table__, len(bills))  # type: ignore[arg-type]
    due_on = terms.due(facts.firm.payment_terms_days)
    invoices = []
    for place, (id_, bill) in enumerate(zip(ids, bills, strict=True)):
        number = pattern.text(first + place, terms.issued_on)
        snapshot = freeze(facts, bill, number=number, issued_on=terms.issued_on, due_on=due_on, split=splits.get(bill.id, ()))
        snapshot.check()
        charges = charges_of(bill.matter_id, facts.matters[bill.matter_id].client_id, facts.lines[bill.id], snapshot.totals)
        invoices.append(_NewInvoice(id_, bill, charges, series, first + place, snapshot))
    return invoices


def charges_of(matter_id: int, client_id: int, lines: Sequence[LineRow], totals: ChargeTotals) -> MatterCharges:
    """What the books record: a cost charged above what it had cost is income, one charged below is written down; tax is owed on.

    Tax that prices contain is no income: it is taken off the fees, and off each cost in proportion.
    """
    costs = [line for line in lines if line.kind == "expense"]
    charged = _without_tax(costs, totals.included_in_expenses_minor)
    differences = [minor - line.cost_minor for minor, line in zip(charged, costs, strict=True)]
    return MatterCharges(
        matter_id=matter_id,
        client_id=client_id,
        fees_minor=totals.net_fees_minor,
        hard_costs_minor=sum(line.cost_minor for line in costs),
        costs_written_down_minor=sum(max(-minor, 0) for minor in differences),
        cost_income_minor=sum(max(minor, 0) for minor in differences),
        tax_minor=totals.tax_minor,
    )


def _without_tax(costs: Sequence[LineRow], included_minor: int) -> list[int]:
    taxed = [line.amount_minor if line.is_taxed else 0 for line in costs]
    taken = allocate(included_minor, taxed) if included_minor else [0] * len(costs)
    return [line.amount_minor - tax for line, tax in zip(costs, taken, strict=True)]


# ── writing ──────────────────────────────────────────────────────────────────────────────────────


def _write(session: Session, command: CommandRecord, invoices: Sequence[_NewInvoice]) -> None:
    firm_id = command.actor.firm_id
    entries = _post(session, command, invoices)
    session.execute(insert(Invoice), [_invoice_row(command, new, entries.get(new.id)) for new in invoices])
    session.execute(insert(InvoiceMatter), [_matter_row(firm_id, new) for new in invoices])
    session.execute(insert(StoredSnapshot), [_snapshot_row(firm_id, new) for new in invoices])
    session.execute(insert(InvoiceLink), [_link_row(command, new) for new in invoices])
    mine = (PreBill.firm_id == firm_id) & PreBill.id.in_([new.bill.id for new in invoices])
    session.execute(update(PreBill).where(mine).values(state="issued", version=PreBill.version + 1))


def _post(session: Session, command: CommandRecord, invoices: Sequence[_NewInvoice]) -> dict[int, int]:
    """invoice -> journal entry; an invoice that charges nothing has none."""
    entries: dict[int, NewEntry] = {}
    for new in invoices:
        postings = invoice_issued(payer_id=new.bill.payer_id, matters=[new.charges])
        if postings:
            entries[new.id] = NewEntry("invoice.issued", new.snapshot.issued_on, postings, ("invoice", new.id))
    if not entries:
        return {}
    return dict(zip(entries, post_many(session, command, list(entries.values())), strict=True))


def _invoice_row(command: CommandRecord, new: _NewInvoice, journal_entry_id: int | None) -> dict[str, Any]:
    snapshot, totals = new.snapshot, new.snapshot.totals
    return {
        "id": new.id,
        "firm_id": command.actor.firm_id,
        "number": snapshot.number,
        "series": new.series,
        "series_number": new.series_number,
        "payer_id": new.bill.payer_id,
        "pre_bill_id": new.bill.id,
        "currency": snapshot.currency,
        "issued_on": snapshot.issued_on,
        "due_on": snapshot.due_on,
        "billed_from_on": snapshot.billed_from,
        "billed_through_on": snapshot.billed_through,
        "description": snapshot.description,
        "fees_minor": totals.net_fees_minor,
        "costs_minor": totals.net_expenses_minor,
        "tax_minor": totals.tax_minor,
        "included_tax_minor": totals.included_tax_minor,
        "total_minor": totals.total_minor,
        "early_discount_minor": snapshot.early.amount_minor if snapshot.early else 0,
        "early_discount_until_on": snapshot.early.last_on if snapshot.early else None,
        "journal_entry_id": journal_entry_id,
        "issued_at": command.at,
        "issued_by_user_id": command.actor.user_id,
    }


def _matter_row(firm_id: int, new: _NewInvoice) -> dict[str, Any]:
    totals = new.snapshot.totals
    return {
        "firm_id": firm_id,
        "invoice_id": new.id,
        "matter_id": new.bill.matter_id,
        "fees_minor": totals.net_fees_minor,
        "costs_minor": totals.net_expenses_minor,
        "tax_minor": totals.tax_minor,
        "total_minor": totals.total_minor,
    }


def _snapshot_row(firm_id: int, new: _NewInvoice) -> dict[str, Any]:
    text = new.snapshot.as_text()
    return {"firm_id": firm_id, "invoice_id": new.id, "data": text, "sha256": sha256(text.encode()).hexdigest()}


def _link_row(command: CommandRecord, new: _NewInvoice) -> dict[str, Any]:
    row = {"firm_id": command.actor.firm_id, "invoice_id": new.id, "created_at": command.at}
    return {**row, "public_id": secrets.token_urlsafe(32)}


def _owe(session: Session, command: CommandRecord, invoices: Sequence[_NewInvoice], terms: Terms) -> None:
    """The trail and what the worker has to do: print each invoice, and mail it when asked."""
    after = [(new.id, {"number": new.snapshot.number, "total_minor": new.snapshot.totals.total_minor}) for new in invoices]
    audit_many(session, command, action="invoice.issued", subject_kind="invoice", after=after)
    audit_many(
        session, command, action="pre_bill.issued", subject_kind="pre_bill", after=[(new.bill.id, {"state": "issued"}) for new in invoices]
    )
    for kind in terms.side_effects:
        messages = [(f"{kind}:{new.id}", {"invoice_id": new.id}) for new in invoices]
        enqueue_many(session, command, kind=kind, messages=messages)
