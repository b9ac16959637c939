"""The double-entry ledger: chart of accounts, the postings of every money event, balance checks and the hash chain.

Amounts are minor units of the firm's one ledger currency; a debit is positive, a credit negative. docs/ledger.md is the table of events,
and tests/domain/test_ledger.py holds it against these builders row by row.
"""

from lexapp.domain.ledger.chain import GENESIS_HASH, EntryFacts, canonical_bytes, chain_hash
from lexapp.domain.ledger.chart import CHART, AccountDefinition, AccountKind
from lexapp.domain.ledger.events import EVENTS, Event
from lexapp.domain.ledger.operating_events import (
    MatterCharges,
    expense_hard_recorded,
    invoice_credited,
    invoice_issued,
    payment_applied,
    payment_discounted,
    payment_received,
    payment_refunded,
)
from lexapp.domain.ledger.postings import Posting, Postings, check_balanced, reverse
from lexapp.domain.ledger.trust_events import (
    LedgerKey,
    trust_applied,
    trust_bank_charged,
    trust_deposit_returned,
    trust_deposited,
    trust_disbursed,
    trust_firm_funds_added,
    trust_refunded,
    trust_shortage_covered,
    trust_transferred,
)

__all__ = [
    "CHART",
    "EVENTS",
    "GENESIS_HASH",
    "AccountDefinition",
    "AccountKind",
    "EntryFacts",
    "Event",
    "LedgerKey",
    "MatterCharges",
    "Posting",
    "Postings",
    "canonical_bytes",
    "chain_hash",
    "check_balanced",
    "expense_hard_recorded",
    "invoice_credited",
    "invoice_issued",
    "payment_applied",
    "payment_discounted",
    "payment_received",
    "payment_refunded",
    "reverse",
    "trust_applied",
    "trust_bank_charged",
    "trust_deposit_returned",
    "trust_deposited",
    "trust_disbursed",
    "trust_firm_funds_added",
    "trust_refunded",
    "trust_shortage_covered",
    "trust_transferred",
]
