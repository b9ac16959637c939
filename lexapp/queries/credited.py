"""What credit notes took off invoices, as pieces of queries: reports of collected money put their rows and sums together from these."""

from __future__ import annotations

from typing import Any

from sqlalchemy import FromClause, and_, case, func, select

from lexapp.models import Allocation, CreditNote, CreditNoteLine

# Money of a payment: no credit note, and nothing that was kept for paying early.
IS_MONEY = and_(Allocation.payment_id.is_not(None), Allocation.is_discount.is_(False))

# The outer join from what was settled of an invoice to the note that did it.
NOTE_OF_ALLOCATION = and_(CreditNote.firm_id == Allocation.firm_id, CreditNote.id == Allocation.credit_note_id)

# Fees, costs and tax of that note, negative where the note was voided.
CREDITED_PARTS = tuple(
    case((Allocation.amount_minor < 0, -column), else_=column)
    for column in (CreditNote.fees_minor, CreditNote.costs_minor, CreditNote.tax_minor)
)
CREDITED_LOSS: Any = case((Allocation.amount_minor < 0, -CreditNote.written_down_minor), else_=CreditNote.written_down_minor)


def credited_sums(firm_id: int) -> FromClause:
    """(invoice, matter) -> fees, costs, tax and total that its live notes credit; only where there is a note."""
    columns = (CreditNote.fees_minor, CreditNote.costs_minor, CreditNote.tax_minor, CreditNote.total_minor)
    sums = [func.sum(column).label(name) for name, column in zip(("fees", "costs", "tax", "total"), columns, strict=True)]
    return (
        select(CreditNote.invoice_id, CreditNote.matter_id, *sums)
        .where(CreditNote.firm_id == firm_id, CreditNote.voided_on.is_(None))
        .group_by(CreditNote.invoice_id, CreditNote.matter_id)
        .subquery()
    )


def credited_lines(firm_id: int) -> FromClause:
    """Line of a pre-bill -> what live notes credit of it, as the invoice shows it."""
    of_note = and_(CreditNote.firm_id == CreditNoteLine.firm_id, CreditNote.id == CreditNoteLine.credit_note_id)
    return (
        select(CreditNoteLine.pre_bill_line_id.label("line_id"), func.sum(CreditNoteLine.amount_minor).label("credited"))
        .join(CreditNote, of_note)
        .where(CreditNoteLine.firm_id == firm_id, CreditNote.voided_on.is_(None))
        .group_by(CreditNoteLine.pre_bill_line_id)
        .subquery()
    )
