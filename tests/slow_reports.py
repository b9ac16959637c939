"""The figures of the reports the slow way: every row loaded, added up one by one, split by fractions. Shares no code with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.models import (
    Allocation,
    CreditNote,
    CreditNoteLine,
    ExpenseEntry,
    FixedFeeEntry,
    Invoice,
    InvoiceMatter,
    Matter,
    PreBillLine,
    TimeEntry,
    TrustTransaction,
)

Key = Callable[[Matter], Any]


def split(whole: int, parts: Sequence[int]) -> list[int]:
    """Largest remainder, by fractions."""
    if not sum(parts):
        return [0] * len(parts)
    exact = [Fraction(whole * part, sum(parts)) for part in parts]
    found = [int(share) for share in exact]
    order = sorted(range(len(parts)), key=lambda place: (found[place] - exact[place], place))
    for place in order[: whole - sum(found)]:
        found[place] += 1
    return found


class SlowBooks:
    """Everything of one firm in memory, narrowed to matters of which `wanted` is true."""

    def __init__(self, session: Session, firm_id: int, wanted: Callable[[Matter], bool] = lambda matter: True) -> None:
        self.matters = {matter.id: matter for matter in self._all(session, Matter, firm_id) if wanted(matter)}
        self.time = self._mine(session, TimeEntry, firm_id)
        self.expenses = self._mine(session, ExpenseEntry, firm_id)
        self.fees = self._mine(session, FixedFeeEntry, firm_id)
        self.invoices = {one.id: one for one in self._all(session, Invoice, firm_id)}
        self.parts = self._mine(session, InvoiceMatter, firm_id)
        self.allocations = self._mine(session, Allocation, firm_id)
        self.money = [one for one in self.allocations if one.payment_id is not None]
        self.notes = self._mine(session, CreditNote, firm_id)
        self.credited_lines = self._all(session, CreditNoteLine, firm_id)
        self.lines = self._all(session, PreBillLine, firm_id)
        self.moves = self._all(session, TrustTransaction, firm_id)
        self.by_bill = {one.pre_bill_id: one for one in self.invoices.values()}

    @staticmethod
    def _all(session: Session, model: Any, firm_id: int) -> list[Any]:
        return list(session.scalars(select(model).where(model.firm_id == firm_id).order_by(model.id)))

    def _mine(self, session: Session, model: Any, firm_id: int) -> list[Any]:
        return [row for row in self._all(session, model, firm_id) if row.matter_id in self.matters]

    # ── hours ────────────────────────────────────────────────────────────────────────────────────

    def hours(self, first: date, last: date, key: Callable[[TimeEntry], Any]) -> dict[Any, dict[str, int]]:
        found: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for entry in self.time:
            if entry.discarded_at is None and first <= entry.worked_on <= last:
                found[key(entry)][entry.billing_status] += entry.quantity_hundredths
        return found

    # ── receivables and cash ─────────────────────────────────────────────────────────────────────

    def is_live(self, invoice: Invoice, on: date) -> bool:
        return invoice.issued_on <= on and (invoice.voided_on is None or invoice.voided_on > on)

    def applied(self, invoice_id: int, matter_id: int, on: date) -> int:
        """Money, without credit notes."""
        mine = [one for one in self.money if (one.invoice_id, one.matter_id) == (invoice_id, matter_id)]
        return sum(one.amount_minor for one in mine if one.effective_on <= on)

    def credited(self, part: InvoiceMatter, on: date) -> tuple[list[int], int]:
        """Fees, costs and tax that notes take off on a day, and of the costs what had been advanced."""
        mine = [one for one in self.notes if one.invoice_id == part.invoice_id and one.credited_on <= on]
        live = [one for one in mine if one.voided_on is None or one.voided_on > on]
        sums = [sum(getattr(one, name) for one in live) for name in ("fees_minor", "costs_minor", "tax_minor")]
        return sums, sum(one.written_down_minor for one in live)

    def open_parts(self, on: date) -> list[tuple[Invoice, InvoiceMatter, int]]:
        live = [(self.invoices[part.invoice_id], part) for part in self.parts if self.is_live(self.invoices[part.invoice_id], on)]
        found = [(one, part, part.total_minor - sum(self.credited(part, on)[0])) for one, part in live]
        return [(one, part, left) for one, part, owed in found if (left := owed - self.applied(one.id, part.matter_id, on))]

    def payable(self, part: InvoiceMatter, on: date) -> tuple[list[int], bool]:
        """What money is spread over, and whether that is without what was credited."""
        charged, off = [part.fees_minor, part.costs_minor, part.tax_minor], self.credited(part, on)[0]
        left = [whole - credit for whole, credit in zip(charged, off, strict=True)]
        fits = self.applied(part.invoice_id, part.matter_id, on) <= sum(left)
        return (left, True) if fits else (charged, False)

    def paid(self, part: InvoiceMatter, on: date) -> list[int]:
        """Fees, costs and tax paid to date."""
        return split(self.applied(part.invoice_id, part.matter_id, on), self.payable(part, on)[0])

    def collected(self, first: date, last: date, key: Key) -> dict[Any, list[int]]:
        found: dict[Any, list[int]] = defaultdict(lambda: [0, 0, 0])
        for part in self.parts:
            before, after = self.paid(part, first - timedelta(days=1)), self.paid(part, last)
            sums = found[key(self.matters[part.matter_id])]
            for place in range(3):
                sums[place] += after[place] - before[place]
        return {name: sums for name, sums in found.items() if any(sums)}

    # ── income ───────────────────────────────────────────────────────────────────────────────────

    def cost_lines(self, invoice: Invoice) -> list[PreBillLine]:
        return [line for line in self.lines if line.pre_bill_id == invoice.pre_bill_id and line.expense_entry_id and line.state != "held"]

    def accrual(self, first: date, last: date) -> dict[str, int]:
        """Fees, cost income, recovered costs and tax of what was issued in the days, less what was voided in them."""
        sums = dict.fromkeys(("fees", "costs", "recovered", "tax"), 0)
        for part in self.parts:
            invoice = self.invoices[part.invoice_id]
            voided = invoice.voided_on is not None and first <= invoice.voided_on <= last
            sign = (first <= invoice.issued_on <= last) - voided
            above = sum(max(line.amount_minor - line.cost_minor, 0) for line in self.cost_lines(invoice))
            for name, minor in zip(sums, (part.fees_minor, above, part.costs_minor - above, part.tax_minor), strict=True):
                sums[name] += sign * minor
        for note in self.notes:
            sign = (note.voided_on is not None and first <= note.voided_on <= last) - (first <= note.credited_on <= last)
            income, back = note.costs_minor - note.written_down_minor, note.written_down_minor
            for name, minor in zip(sums, (note.fees_minor, income, back, note.tax_minor), strict=True):
                sums[name] += sign * minor
        return sums

    def cash(self, first: date, last: date) -> dict[str, int]:
        sums = dict.fromkeys(("fees", "costs", "recovered", "tax"), 0)
        for part in self.parts:
            for sign, on in ((1, last), (-1, first - timedelta(days=1))):
                fees, costs, tax = self.paid(part, on)
                above = sum(max(line.amount_minor - line.cost_minor, 0) for line in self.cost_lines(self.invoices[part.invoice_id]))
                payable, is_less = self.payable(part, on)
                advanced = part.costs_minor - above - (self.credited(part, on)[1] if is_less else 0)
                back, income = split(costs, [advanced, payable[1] - advanced])
                for name, minor in zip(sums, (fees, income, back, tax), strict=True):
                    sums[name] += sign * minor
        return sums

    # ── work ─────────────────────────────────────────────────────────────────────────────────────

    def unbilled(self, on: date) -> Iterable[tuple[str, Any, int, int]]:
        """(kind, entry, hours, worth) of what no live invoice of the day charges."""
        kinds = (("time", self.time, "time_entry_id", "worked_on"), ("fixed_fee", self.fees, "fixed_fee_entry_id", "charged_on"),
                 ("expense", self.expenses, "expense_entry_id", "incurred_on"))  # fmt: skip
        for kind, entries, column, day in kinds:
            for entry in entries:
                if entry.discarded_at is None and entry.billing_status == "billable" and getattr(entry, day) <= on:
                    lines = [line for line in self.lines if getattr(line, column) == entry.id and self.bills(line, on)]
                    hours = entry.quantity_hundredths if kind == "time" else 0
                    taken = sum(line.entry_quantity_hundredths for line in lines) if kind == "time" else 0
                    yield kind, entry, hours - taken, entry.amount_minor - sum(line.entry_amount_minor for line in lines)

    def bills(self, line: PreBillLine, on: date) -> bool:
        invoice = self.by_bill.get(line.pre_bill_id)
        return invoice is not None and line.state != "held" and self.is_live(invoice, on)

    def outcome(self, first: date, last: date) -> dict[int, list[int]]:
        """Timekeeper -> billable hours, value, billed and collected of the work of these days, to date."""
        found: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for entry in self.time:
            if entry.discarded_at is None and first <= entry.worked_on <= last:
                sums = found[entry.timekeeper_id]
                sums[0] += entry.quantity_hundredths if entry.billing_status == "billable" else 0
                sums[1] += entry.amount_minor
                for line in self.lines:
                    if line.time_entry_id == entry.id and line.state == "included" and line.pre_bill_id in self.by_bill:
                        sums[2] += line.amount_minor
                        sums[3] += self.collected_line(line, entry.matter_id)
        return found

    def collected_line(self, line: PreBillLine, matter_id: int) -> int:
        """What was paid of one fee line: fees of the invoice, then the people, then the lines of each."""
        invoice = self.by_bill[line.pre_bill_id]
        (part,) = [one for one in self.parts if (one.invoice_id, one.matter_id) == (invoice.id, matter_id)]
        mine = [one for one in self.lines if one.pre_bill_id == line.pre_bill_id and one.state == "included" and not one.expense_entry_id]
        mine.sort(key=lambda one: (one.position, one.id))
        people = sorted({one.timekeeper_id or 0 for one in mine})
        worth = [sum(self.left_of(one) for one in mine if (one.timekeeper_id or 0) == person) for person in people]
        share = split(self.paid(part, date.max)[0], worth)[people.index(line.timekeeper_id or 0)]
        of_person = [one for one in mine if one.timekeeper_id == line.timekeeper_id]
        return split(share, [self.left_of(one) for one in of_person])[of_person.index(line)]

    def left_of(self, line: PreBillLine) -> int:
        """What the line charges less what live notes credit of it."""
        live = {note.id for note in self.notes if note.voided_on is None}
        mine = [one for one in self.credited_lines if one.pre_bill_line_id == line.id and one.credit_note_id in live]
        return int(line.amount_minor - sum(one.amount_minor for one in mine))
