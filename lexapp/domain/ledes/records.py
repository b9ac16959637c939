"""A LEDES invoice as read or to be written. Amounts and units are exact decimals."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal
from enum import StrEnum

ZERO = Decimal(0)
# Twelve digits times twelve digits with four decimals each need 32; nothing is rounded here.
EXACT = Context(prec=60)


class LineType(StrEnum):
    """Fee, expense, and invoice-level adjustment to fees or to expenses, which has no units."""

    FEE = "F"
    EXPENSE = "E"
    FEE_ADJUSTMENT = "IF"
    EXPENSE_ADJUSTMENT = "IE"

    @property
    def is_invoice_level(self) -> bool:
        """True where the number of units does not count."""
        return self in (LineType.FEE_ADJUSTMENT, LineType.EXPENSE_ADJUSTMENT)


@dataclass(frozen=True, slots=True)
class LedesLine:
    """One item. `unit_cost` is the rate per hour or the price of a unit; `file_line` is the line that it was read from, 0 for none."""

    number: str
    type: LineType
    on: date
    total: Decimal
    units: Decimal = ZERO
    unit_cost: Decimal = ZERO
    adjustment: Decimal = ZERO
    description: str = ""
    task_code: str = ""
    activity_code: str = ""
    expense_code: str = ""
    timekeeper_id: str = ""
    timekeeper_name: str = ""
    timekeeper_classification: str = ""
    file_line: int = field(default=0, compare=False)

    @property
    def product(self) -> Decimal:
        """Units x unit cost, exact."""
        return EXACT.multiply(self.units, self.unit_cost)


@dataclass(frozen=True, slots=True)
class LedesInvoice:
    """One invoice for one matter with its lines in the order of the file."""

    number: str
    issued_on: date
    client_id: str
    law_firm_matter_id: str
    total: Decimal
    billed_from: date
    billed_through: date
    lines: tuple[LedesLine, ...]
    description: str = ""
    law_firm_id: str = ""
    client_matter_id: str = ""


def scaled(value: Decimal, digits: int) -> int | None:
    """The value in units of 10^-digits (minor units, or hundredths of an hour), or None where it has more decimals than that."""
    whole = EXACT.scaleb(value, digits)
    return int(whole) if whole == whole.to_integral_value() else None
