"""The journal as text that strangers' programs read: hledger, beancount, CSV. Same input, same bytes."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from lexapp.domain.journal_formats.beancount import write_beancount
from lexapp.domain.journal_formats.csv_rows import write_csv
from lexapp.domain.journal_formats.export import ExportedEntry, ExportedPosting, JournalExport
from lexapp.domain.journal_formats.hledger import write_hledger

FORMATS: Mapping[str, Callable[[JournalExport], str]] = MappingProxyType(
    {"hledger": write_hledger, "beancount": write_beancount, "csv": write_csv}
)

__all__ = ["FORMATS", "ExportedEntry", "ExportedPosting", "JournalExport", "write_beancount", "write_csv", "write_hledger"]
