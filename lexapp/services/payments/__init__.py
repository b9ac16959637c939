"""Money that payers send, and where it is applied. Each function is one command and one transaction.

Lock order: the payer (who guards what is not applied yet), invoices by id, payment number, chain head.
"""

from lexapp.services.payments.allocations import allocate_payment, unapply_allocation
from lexapp.services.payments.corrections import refund_payment, reverse_payment
from lexapp.services.payments.printing import print_receipt, send_receipt
from lexapp.services.payments.receipts import record_payment

__all__ = [
    "allocate_payment",
    "print_receipt",
    "record_payment",
    "refund_payment",
    "reverse_payment",
    "send_receipt",
    "unapply_allocation",
]
