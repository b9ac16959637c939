"""The rules of client money: what each kind of trust ledger may do, how much may leave and when, to whom, and on what authority."""

from lexapp.domain.trust.dates import check_effective_on
from lexapp.domain.trust.movements import Movement, Point, available, balance_on, check_movement, lowest_point, points
from lexapp.domain.trust.numbers import number_text
from lexapp.domain.trust.payees import check_payee, clean_name, payee_key
from lexapp.domain.trust.rules import (
    MAY,
    LedgerFacts,
    TrustAction,
    TrustLedgerKind,
    check_action,
    check_application,
    check_authority,
    check_transfer,
)

__all__ = [
    "MAY",
    "LedgerFacts",
    "Movement",
    "Point",
    "TrustAction",
    "TrustLedgerKind",
    "available",
    "balance_on",
    "check_action",
    "check_application",
    "check_authority",
    "check_effective_on",
    "check_movement",
    "check_payee",
    "check_transfer",
    "clean_name",
    "lowest_point",
    "number_text",
    "payee_key",
    "points",
]
