"""The invoice frozen at issue, as data: documents, e-mail, LEDES and the client's page are made from it alone."""

from lexapp.domain.snapshots.accounts import AccountSummary, EarlyPayment, PaymentLine, Replenishment, TrustLine, TrustSummary
from lexapp.domain.snapshots.checks import tax_differences
from lexapp.domain.snapshots.invoice import SCHEMA_VERSION, InvoiceSnapshot, MatterSection
from lexapp.domain.snapshots.lines import DiscountLine, ExpenseLine, FixedFeeLine, TaxLine, TaxNote, TimeLine
from lexapp.domain.snapshots.parties import LabelledText, Letterhead, Party, PaymentInstructions
from lexapp.domain.snapshots.splits import SplitRow
from lexapp.domain.snapshots.totals import ChargeTotals, TimekeeperRow, sum_totals, summarise_timekeepers, total_of

__all__ = [
    "SCHEMA_VERSION",
    "AccountSummary",
    "ChargeTotals",
    "DiscountLine",
    "EarlyPayment",
    "ExpenseLine",
    "FixedFeeLine",
    "InvoiceSnapshot",
    "LabelledText",
    "Letterhead",
    "MatterSection",
    "Party",
    "PaymentInstructions",
    "PaymentLine",
    "Replenishment",
    "SplitRow",
    "TaxLine",
    "TaxNote",
    "TimeLine",
    "TimekeeperRow",
    "TrustLine",
    "TrustSummary",
    "sum_totals",
    "summarise_timekeepers",
    "tax_differences",
    "total_of",
]
