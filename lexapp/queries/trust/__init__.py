"""Client money as screens and auditors ask for it: accounts, the client listing, one ledger, the register of a bank account."""

from lexapp.queries.trust.accounts import TrustAccount, account_choices, trust_accounts
from lexapp.queries.trust.choices import client_choices, matter_choices
from lexapp.queries.trust.earned import TransferRow, earned_transfers, ready_minor, waiting_transfers
from lexapp.queries.trust.ledger import (
    LedgerHead,
    MovementRow,
    OpenInvoice,
    invoices_to_pay,
    ledger_head,
    ledger_of,
    ledger_rows,
    matters_to_receive,
    money_for_invoice,
)
from lexapp.queries.trust.listing import ClientListing, LedgerRow, client_listing
from lexapp.queries.trust.register import RegisterPage, RegisterRow, account_register

__all__ = [
    "ClientListing",
    "LedgerHead",
    "LedgerRow",
    "MovementRow",
    "OpenInvoice",
    "RegisterPage",
    "RegisterRow",
    "TransferRow",
    "TrustAccount",
    "account_choices",
    "account_register",
    "client_choices",
    "client_listing",
    "earned_transfers",
    "invoices_to_pay",
    "ledger_head",
    "ledger_of",
    "ledger_rows",
    "matter_choices",
    "matters_to_receive",
    "money_for_invoice",
    "ready_minor",
    "trust_accounts",
    "waiting_transfers",
]
