"""What an invoice is today, in a word and a tone."""

from lexapp.domain.invoice_states import InvoiceState

STATE_WORDS = {
    InvoiceState.OPEN: ("Open", ""),
    InvoiceState.PART_PAID: ("Part-paid", "wait"),
    InvoiceState.PAID: ("Paid", "done"),
    InvoiceState.OVERDUE: ("Overdue", "wrong"),
    InvoiceState.VOID: ("Void", "void"),
}
