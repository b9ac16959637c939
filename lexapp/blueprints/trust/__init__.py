"""Trust: bank accounts with client money, their ledgers, and everything that moves it."""

from lexapp.blueprints.trust import bank, corrections, costs, deposits, earned, transfers, withdrawals  # noqa: F401 - they add their routes
from lexapp.blueprints.trust.listing import blueprint

__all__ = ["blueprint"]
