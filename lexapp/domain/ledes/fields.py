"""The 24 fields of LEDES 1998B in their order, with what may stand in each."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

MARK = "LEDES1998B[]"
ROW_END = "[]"
DIGITS_MAX = 12
DECIMALS_MAX = 4
TEXT_LENGTH_MAX = 15 * 1024


class FieldKind(Enum):
    """How a value is written."""

    TEXT = "text"
    DATE = "date"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One field: its place is its place in FIELDS. `length` counts characters of text."""

    name: str
    kind: FieldKind = FieldKind.TEXT
    required: bool = False
    length: int = 20


_DATE, _NUMBER = FieldKind.DATE, FieldKind.NUMBER

FIELDS = (
    FieldRule("INVOICE_DATE", _DATE, required=True),
    FieldRule("INVOICE_NUMBER", required=True),
    FieldRule("CLIENT_ID", required=True),
    FieldRule("LAW_FIRM_MATTER_ID", required=True),
    FieldRule("INVOICE_TOTAL", _NUMBER, required=True),
    FieldRule("BILLING_START_DATE", _DATE, required=True),
    FieldRule("BILLING_END_DATE", _DATE, required=True),
    FieldRule("INVOICE_DESCRIPTION", length=TEXT_LENGTH_MAX),
    FieldRule("LINE_ITEM_NUMBER", required=True),
    FieldRule("EXP/FEE/INV_ADJ_TYPE", required=True, length=2),
    FieldRule("LINE_ITEM_NUMBER_OF_UNITS", _NUMBER),
    FieldRule("LINE_ITEM_ADJUSTMENT_AMOUNT", _NUMBER),
    FieldRule("LINE_ITEM_TOTAL", _NUMBER, required=True),
    FieldRule("LINE_ITEM_DATE", _DATE, required=True),
    FieldRule("LINE_ITEM_TASK_CODE"),
    FieldRule("LINE_ITEM_EXPENSE_CODE"),
    FieldRule("LINE_ITEM_ACTIVITY_CODE"),
    FieldRule("TIMEKEEPER_ID"),
    FieldRule("LINE_ITEM_DESCRIPTION", length=TEXT_LENGTH_MAX),
    FieldRule("LAW_FIRM_ID"),
    FieldRule("LINE_ITEM_UNIT_COST", _NUMBER),
    FieldRule("TIMEKEEPER_NAME", length=30),
    FieldRule("TIMEKEEPER_CLASSIFICATION", length=10),
    FieldRule("CLIENT_MATTER_ID"),
)
FIELD_NAMES = tuple(field.name for field in FIELDS)
RULES: Mapping[str, FieldRule] = MappingProxyType({field.name: field for field in FIELDS})
# What every line of an invoice repeats.
INVOICE_FIELD_NAMES = (*FIELD_NAMES[:8], "LAW_FIRM_ID", "CLIENT_MATTER_ID")
