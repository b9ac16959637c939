"""Choices that forms about money at a bank share."""

METHODS_IN = [("cheque", "Check"), ("transfer", "Bank transfer"), ("card", "Card"), ("cash", "Cash")]
METHODS_OUT = [("cheque", "Check"), ("transfer", "Bank transfer")]
METHOD_WORDS = {**dict(METHODS_IN), "trust": "From trust"}
