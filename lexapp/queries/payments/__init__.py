"""Payments as screens ask for them: the list, one payment with where it went, and what a payer's money could pay."""

from lexapp.queries.payments.detail import AllocationRow, PaymentDetail, RelatedPayment, payment_detail
from lexapp.queries.payments.listing import PaymentFilter, PaymentPage, PaymentRow, list_payments, payers_with_payments
from lexapp.queries.payments.proposals import OwedInvoice, OwingPayer, credit_of, oldest_first, owed_invoices, payers_owing

__all__ = [
    "AllocationRow",
    "OwedInvoice",
    "OwingPayer",
    "PaymentDetail",
    "PaymentFilter",
    "PaymentPage",
    "PaymentRow",
    "RelatedPayment",
    "credit_of",
    "list_payments",
    "oldest_first",
    "owed_invoices",
    "payers_owing",
    "payers_with_payments",
    "payment_detail",
]
