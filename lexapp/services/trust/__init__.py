"""Client money in and out of trust. Each function is one command and one transaction; none can take a ledger below zero at any point.

Steps of every command: command and its key, invoice locks, balance locks, the domain's rules, number, journal entry, row, audit.
"""

from lexapp.services.trust.applications import apply_trust_to_invoice
from lexapp.services.trust.bank import add_firm_funds, cover_shortage, record_bank_charge, return_deposit
from lexapp.services.trust.corrections import reverse_trust_transaction
from lexapp.services.trust.costs import CostPayment, pay_cost_from_trust
from lexapp.services.trust.deposits import deposit_to_trust
from lexapp.services.trust.earned import approve_earned_transfer, prepare_earned_transfer, withdraw_earned_transfer
from lexapp.services.trust.transfers import transfer_trust
from lexapp.services.trust.withdrawals import disburse_trust, refund_trust

__all__ = [
    "CostPayment",
    "add_firm_funds",
    "apply_trust_to_invoice",
    "approve_earned_transfer",
    "cover_shortage",
    "deposit_to_trust",
    "disburse_trust",
    "pay_cost_from_trust",
    "prepare_earned_transfer",
    "record_bank_charge",
    "refund_trust",
    "return_deposit",
    "reverse_trust_transaction",
    "transfer_trust",
    "withdraw_earned_transfer",
]
