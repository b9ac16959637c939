"""Matters: the list with its filters, the options of a search field, everything on a matter's page."""

from lexapp.queries.matters.lists import (
    COLUMNS,
    MatterFilter,
    MatterOption,
    MatterRow,
    count_matters,
    matter_options,
    matter_rows,
    practice_areas,
)
from lexapp.queries.matters.pages import (
    InvoiceLine,
    LedgerLine,
    PayerLine,
    UnbilledLine,
    UnbilledWork,
    invoices_of,
    ledgers_of,
    payers_of,
    unbilled_work,
)

__all__ = [
    "COLUMNS",
    "InvoiceLine",
    "LedgerLine",
    "MatterFilter",
    "MatterOption",
    "MatterRow",
    "PayerLine",
    "UnbilledLine",
    "UnbilledWork",
    "count_matters",
    "invoices_of",
    "ledgers_of",
    "matter_options",
    "matter_rows",
    "payers_of",
    "practice_areas",
    "unbilled_work",
]
