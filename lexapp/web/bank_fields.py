"""Choices that forms about money at a bank share."""

METHODS_IN = [("cheque", "Check"), ("transfer", "Bank transfer"), ("card", "Card"), ("cash", "Cash")]
METHODS_OUT = [("cheque", "Check"), ("transfer", "Bank transfer")]
METHOD_WORDS = {**dict(METHODS_IN), "trust": "From trust"}
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
