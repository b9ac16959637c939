"""What an invoice is today: derived from what was applied to it and from the calendar, never stored."""

from datetime import date
from enum import StrEnum


class InvoiceState(StrEnum):
    """In the order in which a person asks: void and paid are over, overdue is more urgent than part-paid."""

    VOID = "void"
    PAID = "paid"
    OVERDUE = "overdue"
    PART_PAID = "part_paid"
    OPEN = "open"


def invoice_state(*, total_minor: int, applied_minor: int, due_on: date, today: date, is_void: bool = False) -> InvoiceState:
    """The state of an issued invoice; an invoice of nothing is paid from the beginning."""
    if is_void:
        return InvoiceState.VOID
    if applied_minor >= total_minor:
        return InvoiceState.PAID
    if due_on < today:
        return InvoiceState.OVERDUE
    return InvoiceState.PART_PAID if applied_minor else InvoiceState.OPEN
