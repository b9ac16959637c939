"""What may be written down of a bank account."""

from __future__ import annotations

from lexapp.domain.errors import InvalidInput


def check_last_four(digits: str) -> None:
    """Refuse anything but four digits or nothing: a whole account number does not belong on a screen."""
    if digits and not (len(digits) == 4 and digits.isascii() and digits.isdigit()):
        raise InvalidInput("Write the last four digits, or leave it empty.", field="account_last4")
