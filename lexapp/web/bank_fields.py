"""Choices that forms about money at a bank share."""

from lexapp.web.filters import locale

MOVEMENT_WORDS = {
    "deposit": "Deposit",
    "application": "Earned-fee transfer",
    "refund": "Refund to client",
    "disbursement": "Disbursement",
    "transfer_in": "Moved in",
    "transfer_out": "Moved out",
    "deposit_return": "Returned deposit",
    "shortage_cover": "Cover of a shortage",
    "firm_funds": "Firm funds added",
    "bank_charge": "Bank charge",
    "reversal": "Reversal",
}
PAYMENT_WORDS = {"receipt": "Payment", "refund": "Refund", "reversal": "Reversal"}


def method_words() -> dict[str, str]:
    """How money moves, in the words of the firm's country: a check in the United States, elsewhere a cheque."""
    check = "Check" if locale().endswith("US") else "Cheque"
    return {"cheque": check, "transfer": "Bank transfer", "card": "Card", "cash": "Cash", "trust": "From trust"}


def methods_in() -> list[tuple[str, str]]:
    """The ways in which money comes in, to choose from."""
    return [(method, word) for method, word in method_words().items() if method != "trust"]


def methods_out() -> list[tuple[str, str]]:
    """The ways in which client money goes out: never in cash."""
    return methods_in()[:2]
