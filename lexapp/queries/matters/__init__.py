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
    ContactLine,
    Counts,
    InvoiceLine,
    LedgerLine,
    MatterHead,
    People,
    invoices_of,
    ledgers_of,
    matter_head,
    people_of,
)
from lexapp.queries.matters.unbilled import UnbilledLine, UnbilledWork, unbilled_work

__all__ = [
    "COLUMNS",
    "ContactLine",
    "Counts",
    "InvoiceLine",
    "LedgerLine",
    "MatterFilter",
    "MatterHead",
    "MatterOption",
    "MatterRow",
    "People",
    "UnbilledLine",
    "UnbilledWork",
    "count_matters",
    "invoices_of",
    "ledgers_of",
    "matter_head",
    "matter_options",
    "matter_rows",
    "people_of",
    "practice_areas",
    "unbilled_work",
]
