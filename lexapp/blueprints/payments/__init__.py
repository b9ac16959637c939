"""Payments: the list, one payment, recording and applying it, giving it back."""

from lexapp.blueprints.payments import corrections, receipts, recording  # noqa: F401 - they add their routes
from lexapp.blueprints.payments.listing import blueprint

__all__ = ["blueprint"]
