"""Postings of the trust events. What may happen at all is decided in lexapp.domain.trust; here it becomes debits and credits."""

from dataclasses import dataclass

from lexapp.domain.errors import InvariantBroken
from lexapp.domain.ledger.postings import Posting, Postings, require_positive, without_zeros


@dataclass(frozen=True, slots=True)
class LedgerKey:
    """The ids of one trust ledger: matter and client for a matter's, client alone for a client's, neither for the other kinds."""

    trust_ledger_id: int
    bank_account_id: int
    client_id: int | None = None
    matter_id: int | None = None

    def posting(self, amount_minor: int) -> Posting:
        """A leg on what is owed to this ledger."""
        return Posting("trust_liability", amount_minor, self.client_id, self.matter_id, self.bank_account_id, self.trust_ledger_id)

    def bank_posting(self, amount_minor: int) -> Posting:
        """A leg on the trust bank account that holds this ledger's money."""
        return Posting("trust_bank", amount_minor, bank_account_id=self.bank_account_id)


def trust_deposited(*, amount_minor: int, ledger: LedgerKey) -> Postings:
    """Money arrives in the trust bank account and is owed to the ledger."""
    amount = require_positive(amount_minor)
    return (ledger.bank_posting(amount), ledger.posting(-amount))


def _paid_out(amount_minor: int, ledger: LedgerKey) -> Postings:
    amount = require_positive(amount_minor)
    return (ledger.posting(amount), ledger.bank_posting(-amount))


def trust_applied(*, amount_minor: int, ledger: LedgerKey, payer_id: int, operating_bank_account_id: int) -> Postings:
    """Earned-fee transfer: a matter's trust money pays that matter of one invoice and moves to the operating bank account."""
    if ledger.matter_id is None:
        raise InvariantBroken("Only the trust ledger of a matter pays an invoice.")
    return (
        *_paid_out(amount_minor, ledger),
        Posting("operating_bank", amount_minor, bank_account_id=operating_bank_account_id),
        Posting("receivable", -amount_minor, payer_id, ledger.matter_id),
    )


def trust_refunded(*, amount_minor: int, ledger: LedgerKey) -> Postings:
    """Money goes back to the one whose it is."""
    return _paid_out(amount_minor, ledger)


def trust_disbursed(*, amount_minor: int, ledger: LedgerKey) -> Postings:
    """Money is paid to a third party for the client."""
    return _paid_out(amount_minor, ledger)


def trust_transferred(*, amount_minor: int, source: LedgerKey, target: LedgerKey) -> Postings:
    """Money of one ledger becomes another's inside one trust bank account."""
    amount = require_positive(amount_minor)
    if source.bank_account_id != target.bank_account_id or source.trust_ledger_id == target.trust_ledger_id:
        raise InvariantBroken("A trust transfer needs two ledgers of the same bank account.")
    return (source.posting(amount), target.posting(-amount))


def trust_deposit_returned(*, amount_minor: int, covered_minor: int, ledger: LedgerKey) -> Postings:
    """The bank takes a deposit back: the ledger gives what it still has, the firm owes the rest to the trust bank account."""
    amount = require_positive(amount_minor)
    _require_covered(covered_minor, amount)
    return without_zeros(
        ledger.posting(covered_minor),
        Posting("trust_shortage", amount - covered_minor, bank_account_id=ledger.bank_account_id),
        ledger.bank_posting(-amount),
    )


def trust_shortage_covered(*, amount_minor: int, trust_bank_account_id: int, operating_bank_account_id: int) -> Postings:
    """The firm pays a shortage into trust from its own money and keeps the claim against whoever caused it."""
    amount = require_positive(amount_minor)
    return (
        Posting("trust_bank", amount, bank_account_id=trust_bank_account_id),
        Posting("operating_bank", -amount, bank_account_id=operating_bank_account_id),
        Posting("shortages_covered", amount),
        Posting("trust_shortage", -amount, bank_account_id=trust_bank_account_id),
    )


def trust_firm_funds_added(*, amount_minor: int, ledger: LedgerKey, operating_bank_account_id: int) -> Postings:
    """The firm puts its own money into trust, for bank charges only."""
    amount = require_positive(amount_minor)
    _require_no_client(ledger)
    return (
        *trust_deposited(amount_minor=amount, ledger=ledger),
        Posting("firm_funds_in_trust", amount, bank_account_id=ledger.bank_account_id),
        Posting("operating_bank", -amount, bank_account_id=operating_bank_account_id),
    )


def trust_bank_charged(*, amount_minor: int, covered_minor: int, ledger: LedgerKey) -> Postings:
    """The bank takes its charge, out of the firm's own funds and never out of a client's.

    What the firm funds ledger does not cover is a shortage that the firm owes, as for a returned deposit.
    """
    amount = require_positive(amount_minor)
    _require_no_client(ledger)
    _require_covered(covered_minor, amount)
    return without_zeros(
        ledger.posting(covered_minor),
        Posting("trust_shortage", amount - covered_minor, bank_account_id=ledger.bank_account_id),
        ledger.bank_posting(-amount),
        Posting("bank_charges", amount),
        Posting("firm_funds_in_trust", -covered_minor, bank_account_id=ledger.bank_account_id),
        Posting("shortages_covered", covered_minor - amount),
    )


def _require_covered(covered_minor: int, amount_minor: int) -> None:
    if not 0 <= covered_minor <= amount_minor:
        raise InvariantBroken(f"The ledger covers between nothing and {amount_minor}, not {covered_minor}.")


def _require_no_client(ledger: LedgerKey) -> None:
    if ledger.client_id is not None or ledger.matter_id is not None:
        raise InvariantBroken("Bank charges and the firm’s own money belong to the firm funds ledger, not to a client’s.")
