"""Every event code of the journal with its title for screens and the builder of its postings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lexapp.domain.ledger import operating_events as operating
from lexapp.domain.ledger import trust_events as trust
from lexapp.domain.ledger.postings import Postings


@dataclass(frozen=True, slots=True)
class Event:
    """One kind of journal entry. A reversal carries the code of what it reverses."""

    code: str
    title: str
    build: Callable[..., Postings]


_EVENTS = (
    Event("invoice.issued", "Invoice issued", operating.invoice_issued),
    Event("invoice.credited", "Credit note", operating.invoice_credited),
    Event("expense.hard_recorded", "Hard cost recorded", operating.expense_hard_recorded),
    Event("payment.received", "Payment received", operating.payment_received),
    Event("payment.applied", "Payment applied", operating.payment_applied),
    Event("payment.discounted", "Discount for early payment", operating.payment_discounted),
    Event("payment.refunded", "Payment refunded", operating.payment_refunded),
    Event("trust.deposited", "Trust deposit", trust.trust_deposited),
    Event("trust.applied", "Earned-fee transfer", trust.trust_applied),
    Event("trust.refunded", "Trust refund", trust.trust_refunded),
    Event("trust.disbursed", "Trust disbursement", trust.trust_disbursed),
    Event("trust.transferred", "Trust transfer", trust.trust_transferred),
    Event("trust.deposit_returned", "Trust deposit returned by the bank", trust.trust_deposit_returned),
    Event("trust.shortage_covered", "Trust shortage covered by the firm", trust.trust_shortage_covered),
    Event("trust.firm_funds_added", "Firm funds added to trust", trust.trust_firm_funds_added),
    Event("trust.bank_charged", "Bank charge in trust", trust.trust_bank_charged),
)

EVENTS: Mapping[str, Event] = MappingProxyType({event.code: event for event in _EVENTS})
