"""LEDES 1998B, the plain-text invoice format of e-billing: read, checked and written. The 24 fields and their arithmetic are those
published at ledes.org; a file is read as a whole or refused as a whole."""

from lexapp.domain.ledes.fields import FIELD_NAMES, MARK
from lexapp.domain.ledes.problems import PROBLEM_COUNT_MAX, LedesError, LedesProblem
from lexapp.domain.ledes.reader import parse_1998b
from lexapp.domain.ledes.records import LedesInvoice, LedesLine, LineType, scaled
from lexapp.domain.ledes.snapshot_invoices import invoices_from_snapshot
from lexapp.domain.ledes.writer import write_1998b

__all__ = [
    "FIELD_NAMES",
    "MARK",
    "PROBLEM_COUNT_MAX",
    "LedesError",
    "LedesInvoice",
    "LedesLine",
    "LedesProblem",
    "LineType",
    "invoices_from_snapshot",
    "parse_1998b",
    "scaled",
    "write_1998b",
]
