"""What each kind of trust ledger may do, and the conditions of transfers and earned-fee transfers.

Sources: ABA Model Rule 1.15 (client money apart from the firm's, fees only when earned), SRA Accounts Rules 4.3 (a bill first) and
5.3 (sufficient money of that client), Washington RPC 1.15A(h)(8) (no client's money for another).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from lexapp.domain.errors import InvalidInput, NotAllowed
from lexapp.domain.money import Money


class TrustLedgerKind(StrEnum):
    """Whose money a trust ledger holds: one matter's, one client's before or between matters, the firm's for bank charges, or unknown."""

    MATTER = "matter"
    CLIENT = "client"
    FIRM_FUNDS = "firm_funds"
    UNIDENTIFIED = "unidentified"


class TrustAction(StrEnum):
    """What a person may ask of a trust ledger. What the bank does (a returned deposit) is never refused and not listed."""

    DEPOSIT = "deposit"
    APPLY = "apply"
    DISBURSE = "disburse"
    REFUND = "refund"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"
    ADD_FIRM_FUNDS = "add_firm_funds"
    CHARGE_BANK = "charge_bank"


_A = TrustAction
MAY: Mapping[TrustLedgerKind, frozenset[TrustAction]] = MappingProxyType(
    {
        TrustLedgerKind.MATTER: frozenset({_A.DEPOSIT, _A.APPLY, _A.DISBURSE, _A.REFUND, _A.TRANSFER_OUT, _A.TRANSFER_IN}),
        TrustLedgerKind.CLIENT: frozenset({_A.DEPOSIT, _A.REFUND, _A.TRANSFER_OUT, _A.TRANSFER_IN}),
        TrustLedgerKind.FIRM_FUNDS: frozenset({_A.ADD_FIRM_FUNDS, _A.CHARGE_BANK}),
        TrustLedgerKind.UNIDENTIFIED: frozenset({_A.DEPOSIT, _A.REFUND, _A.TRANSFER_OUT}),
    }
)
_INSTEAD = MappingProxyType(
    {
        _A.APPLY: "Only the trust ledger of a matter pays an invoice. Move the money to the matter first, with the client’s authority.",
        _A.DISBURSE: "Money is paid to others only from the trust ledger of a matter. Move it to the matter first.",
        _A.DEPOSIT: "The firm funds ledger takes only the firm’s own money for bank charges. Choose a client’s or a matter’s trust ledger.",
        _A.REFUND: "The firm funds ledger holds no client money. Choose a client’s or a matter’s trust ledger.",
        _A.TRANSFER_OUT: "The firm’s own money never moves to a client’s trust ledger. Choose another ledger.",
        _A.TRANSFER_IN: "Money moves only to the trust ledger of a matter or a client. Choose one of these.",
        _A.ADD_FIRM_FUNDS: "The firm’s own money goes only to the firm funds ledger. Choose that ledger.",
        _A.CHARGE_BANK: "Bank charges fall on the firm funds ledger, never on client money. Choose that ledger.",
    }
)


@dataclass(frozen=True, slots=True)
class LedgerFacts:
    """What the rules need to know of a trust ledger."""

    id: int
    kind: TrustLedgerKind
    bank_account_id: int
    client_id: int | None = None
    matter_id: int | None = None


def check_action(kind: TrustLedgerKind, action: TrustAction) -> None:
    """Raise NotAllowed, with the way to go instead, where this kind of ledger may not do this."""
    if action not in MAY[kind]:
        raise NotAllowed(_INSTEAD[action])


def check_transfer(source: LedgerFacts, target: LedgerFacts, *, authority: str) -> str:
    """The cleaned authority for moving money between two ledgers of one bank account. Money never moves from one client to another;
    every move needs the authority, or how an unidentified receipt was identified."""
    check_action(source.kind, TrustAction.TRANSFER_OUT)
    check_action(target.kind, TrustAction.TRANSFER_IN)
    if source.id == target.id:
        raise InvalidInput("The money is already there. Choose another trust ledger.", field="target")
    if source.bank_account_id != target.bank_account_id:
        raise InvalidInput("The ledgers belong to different bank accounts. Choose a ledger of the same account.", field="target")
    if source.client_id is not None and source.client_id != target.client_id:
        raise NotAllowed("Money of one client never moves to the ledger of another. Choose a ledger of the same client.", field="target")
    return check_authority(authority)


def check_authority(text: str) -> str:
    """The authority as it is recorded: words of some length, so that an auditor can find the paper."""
    authority = " ".join(text.split())
    if len(authority) < 5 or not any(character.isalpha() for character in authority):
        raise InvalidInput("Say on whose authority the money moves, with the date or the letter.", field="authority")
    return authority


def check_application(ledger: LedgerFacts, *, amount_minor: int, due_minor: int | None, currency: str) -> None:
    """May this ledger pay this amount of an invoice? `due_minor` is what the issued invoice still owes for the ledger's matter, None where
    the invoice does not charge that matter. What the ledger holds is checked by `check_movement`."""
    check_action(ledger.kind, TrustAction.APPLY)
    if due_minor is None:
        raise NotAllowed("The invoice has no charges for this matter. Choose the trust ledger of the matter that is invoiced.")
    if amount_minor <= 0:
        raise InvalidInput("Enter an amount above zero.", field="amount")
    if due_minor <= 0:
        raise NotAllowed("Nothing is due on this invoice for this matter. No trust money is needed.", field="amount")
    if amount_minor > due_minor:
        raise InvalidInput(f"The invoice owes {Money(due_minor, currency)} for this matter. Enter that amount or less.", field="amount")
