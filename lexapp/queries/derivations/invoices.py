"""The steps behind an invoice: its lines added up, tax, what was paid of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from lexapp.domain.dates import day_text
from lexapp.domain.derivations import Does, Rule, Step
from lexapp.domain.snapshots import InvoiceSnapshot
from lexapp.domain.spread import Charges
from lexapp.models import Allocation, CreditNote, Invoice, InvoiceMatter, PreBillLine
from lexapp.queries.credited import CREDITED_PARTS, NOTE_OF_ALLOCATION
from lexapp.queries.derivations.lines import LineDerivation, derive_lines
from lexapp.queries.frozen_invoices import frozen_invoice


@dataclass(frozen=True, slots=True)
class InvoiceDerivation:
    """An invoice's steps to its total, those from the total to what is open (none before a payment), and its lines."""

    steps: Sequence[Step]
    payments: Sequence[Step]
    lines: Sequence[LineDerivation]


def derive_invoice(session: Session, *, invoice: Invoice) -> InvoiceDerivation:
    """How the total came about, and what is left of it. Four queries."""
    lines = derive_lines(session, firm_id=invoice.firm_id, condition=_on_bill(invoice))
    snapshot = frozen_invoice(session, firm_id=invoice.firm_id, invoice_id=invoice.id).snapshot
    return InvoiceDerivation(_total(snapshot), _paid(session, invoice), lines)


def _on_bill(invoice: Invoice) -> ColumnElement[bool]:
    """The lines that an invoice charges; those of a void one are released."""
    return and_(PreBillLine.pre_bill_id == invoice.pre_bill_id, PreBillLine.state.in_(("included", "released")))


def lines_behind(session: Session, *, invoice: Invoice) -> dict[str, list[int]]:
    """time, fixed and expense -> the ids of the pre-bill's lines of that kind, in the order in which the invoice shows them. One query."""
    query = select(PreBillLine.kind, PreBillLine.id).where(PreBillLine.firm_id == invoice.firm_id, _on_bill(invoice))
    found: dict[str, list[int]] = {}
    for kind, id_ in session.execute(query.order_by(PreBillLine.position)):
        found.setdefault("fixed" if kind == "fixed_fee" else kind, []).append(id_)
    return found


def _total(snapshot: InvoiceSnapshot) -> list[Step]:
    totals = snapshot.totals
    found = [Step(Does.STARTS, "Fees", totals.fees_minor, f"{len(snapshot.time)} lines of time, each rounded once, added up")]
    sums = (("Discounts", totals.discounts_minor), ("Fixed fees", totals.fixed_fees_minor), ("Expenses", totals.expenses_minor))
    found += [Step(Does.ADDS, label, minor, "added up from the shown lines") for label, minor in sums if minor]
    return [*found, *_taxes(snapshot), Step(Does.IS, "Total", totals.total_minor, "the sum of these")]


def _taxes(snapshot: InvoiceSnapshot) -> list[Step]:
    """Each named tax with the base it was charged on; what prices contain is taken out of them first. What is not charged says why."""
    lines = [line for matter in snapshot.matters for line in matter.taxes]
    contained, notes = snapshot.totals.included_tax_minor, dict.fromkeys(note for matter in snapshot.matters for note in matter.tax_notes)
    found = [Step(Does.ADDS, "Tax in these prices", -contained, "the prices contain it, so it is taken out first")] if contained else []
    found += [Step(Does.ADDS, one.name, one.amount_minor, one.base_description, [Rule("Base", figure=one.base_minor)]) for one in lines]
    rest = snapshot.totals.tax_minor - sum(line.amount_minor for line in lines)
    found += [Step(Does.ADDS, "Tax", rest)] if rest else []
    return [*found, *(Step(Does.ADDS, "Tax that is not charged", 0, note.words) for note in notes)]


def _paid(session: Session, invoice: Invoice) -> list[Step]:
    """Each application in its order with what it paid of fees, costs and tax, matter by matter; nothing before the first.

    What a credit note took off is not to be paid: later payments are spread over what it left.
    """
    found: list[Step] = []
    before: dict[int, int] = {}
    credited: dict[int, Charges] = {}
    for matter_id, on, minor, is_discount, note, taken, charges in _applications(session, invoice):
        if is_discount or note:
            found.append(_credited(note, on, minor, taken) if note else _kept(on, minor))
            credited[matter_id] = credited.get(matter_id, Charges()) + taken
            continue
        off, was = credited.get(matter_id, Charges()), before.get(matter_id, 0)
        paid = charges.paid(was + minor, off) - charges.paid(was, off)
        before[matter_id] = was + minor
        label = f"{'Paid' if minor > 0 else 'Taken back'} {day_text(on)}"
        found.append(Step(Does.ADDS, label, -minor, "spread in proportion to what each charges", _parts(paid)))
    if not found:
        return []
    left = invoice.total_minor + sum(step.figure for step in found)
    return [Step(Does.STARTS, "Total", invoice.total_minor), *found, Step(Does.IS, "Open", left, "what is left")]


def _parts(charges: Charges) -> list[Rule]:
    parts = (("Fees", charges.fees_minor), ("Costs", charges.costs_minor), ("Tax", charges.tax_minor))
    return [Rule(name, figure=part) for name, part in parts if part]


def _credited(note: str, on: date, minor: int, taken: Charges) -> Step:
    label = f"Credit note {note} {'of' if minor > 0 else 'voided'} {day_text(on)}"
    return Step(Does.ADDS, label, -minor, "what it takes off the lines, and the tax on that in proportion", _parts(taken))


def _kept(on: date, minor: int) -> Step:
    label = f"Discount for early payment {'kept' if minor > 0 else 'taken back'} {day_text(on)}"
    return Step(Does.ADDS, label, -minor, "as the invoice offers it for paying all the rest in time")


def _applications(session: Session, invoice: Invoice) -> list[tuple[int, date, int, bool, str, Charges, Charges]]:
    """(matter, day, amount, discount, number of a credit note, what the note takes off, what the invoice charges)."""
    parts = (InvoiceMatter.fees_minor, InvoiceMatter.costs_minor, InvoiceMatter.tax_minor)
    place = and_(
        InvoiceMatter.firm_id == Allocation.firm_id,
        InvoiceMatter.invoice_id == Allocation.invoice_id,
        InvoiceMatter.matter_id == Allocation.matter_id,
    )
    query = (
        select(Allocation.matter_id, Allocation.effective_on, Allocation.amount_minor, Allocation.is_discount)
        .add_columns(func.coalesce(CreditNote.number, ""), *(func.coalesce(part, 0) for part in CREDITED_PARTS), *parts)
        .join(InvoiceMatter, place)
        .outerjoin(CreditNote, NOTE_OF_ALLOCATION)
        .where(Allocation.firm_id == invoice.firm_id, Allocation.invoice_id == invoice.id)
        .order_by(Allocation.effective_on, Allocation.id)
    )
    return [(*row[:5], Charges(*row[5:8]), Charges(*row[8:])) for row in session.execute(query)]
