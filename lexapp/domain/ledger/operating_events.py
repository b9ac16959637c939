"""Postings of the events outside trust: invoices, expenses and payments. Every builder takes minor units and ids and returns the legs."""

from collections.abc import Sequence
from dataclasses import dataclass

from lexapp.domain.errors import InvariantBroken
from lexapp.domain.ledger.postings import Posting, Postings, require_positive, without_zeros


@dataclass(frozen=True, slots=True)
class MatterCharges:
    """What one invoice charges for one matter, in minor units.

    `hard_costs_minor` is what the hard costs had cost the firm (out of advanced costs); `costs_written_down_minor` is how far the invoice
    charges less than that; `cost_income_minor` is soft costs and mark-up. Fees are after shown adjustments and discounts.
    """

    matter_id: int
    client_id: int
    fees_minor: int = 0
    hard_costs_minor: int = 0
    costs_written_down_minor: int = 0
    cost_income_minor: int = 0
    tax_minor: int = 0

    @property
    def total_minor(self) -> int:
        """What the payer owes for this matter."""
        costs_minor = self.hard_costs_minor - self.costs_written_down_minor + self.cost_income_minor
        return self.fees_minor + costs_minor + self.tax_minor


def invoice_issued(*, payer_id: int, matters: Sequence[MatterCharges]) -> Postings:
    """The payer owes each matter's total; fees and costs are earned, advanced costs recovered, tax owed.

    An invoice that charges nothing at all (no-charge work only) has no postings: the result is empty and no entry is written.
    """
    return tuple(posting for charges in matters for posting in _charged(payer_id, charges))


def _charged(payer_id: int, charges: MatterCharges) -> Postings:
    if charges.costs_written_down_minor < 0:
        raise InvariantBroken("Costs written down are given as a positive amount; a mark-up belongs to cost income.")
    client_id, matter_id = charges.client_id, charges.matter_id
    return without_zeros(
        Posting("receivable", charges.total_minor, payer_id, matter_id),
        Posting("costs_written_down", charges.costs_written_down_minor, client_id, matter_id),
        Posting("fee_income", -charges.fees_minor, client_id, matter_id),
        Posting("advanced_costs", -charges.hard_costs_minor, client_id, matter_id),
        Posting("cost_income", -charges.cost_income_minor, client_id, matter_id),
        Posting("tax_payable", -charges.tax_minor, client_id, matter_id),
    )


def invoice_credited(
    *, payer_id: int, client_id: int, matter_id: int, fees_minor: int, cost_income_minor: int, written_down_minor: int, tax_minor: int
) -> Postings:
    """A credit note takes back what an invoice charged: income and tax, and of hard costs what the firm does not get back now."""
    total = require_positive(fees_minor + cost_income_minor + written_down_minor + tax_minor)
    return without_zeros(
        Posting("fee_income", fees_minor, client_id, matter_id),
        Posting("cost_income", cost_income_minor, client_id, matter_id),
        Posting("costs_written_down", written_down_minor, client_id, matter_id),
        Posting("tax_payable", tax_minor, client_id, matter_id),
        Posting("receivable", -total, payer_id, matter_id),
    )


def expense_hard_recorded(*, amount_minor: int, client_id: int, matter_id: int, billable: bool = True) -> Postings:
    """A cost owed to a third party: an asset while the client will be asked for it, the firm's expense otherwise."""
    amount = require_positive(amount_minor)
    account = "advanced_costs" if billable else "costs_expense"
    return (Posting(account, amount, client_id, matter_id), Posting("costs_payable", -amount, client_id, matter_id))


def payment_received(*, amount_minor: int, payer_id: int, bank_account_id: int) -> Postings:
    """Money in the operating bank account, owed to the payer until it is applied."""
    amount = require_positive(amount_minor)
    return (Posting("operating_bank", amount, bank_account_id=bank_account_id), Posting("client_credit", -amount, payer_id))


def payment_applied(*, amount_minor: int, payer_id: int, matter_id: int) -> Postings:
    """Part of a payment settles one matter of one invoice."""
    amount = require_positive(amount_minor)
    return (Posting("client_credit", amount, payer_id), Posting("receivable", -amount, payer_id, matter_id))


def payment_discounted(*, amount_minor: int, payer_id: int, client_id: int, matter_id: int) -> Postings:
    """What a payer keeps for paying all the rest early settles one matter of one invoice."""
    amount = require_positive(amount_minor)
    return (Posting("early_discounts", amount, client_id, matter_id), Posting("receivable", -amount, payer_id, matter_id))


def payment_refunded(*, amount_minor: int, payer_id: int, bank_account_id: int) -> Postings:
    """Money not applied goes back to the payer."""
    amount = require_positive(amount_minor)
    return (Posting("client_credit", amount, payer_id), Posting("operating_bank", -amount, bank_account_id=bank_account_id))
