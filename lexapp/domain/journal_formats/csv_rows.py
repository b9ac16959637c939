"""CSV: one row per posting, for spreadsheets and anything else."""

import csv
import io

from lexapp.domain.journal_formats.export import JournalExport
from lexapp.domain.money import Money

HEADINGS = ("entry", "date", "event", "reverses", "account", "client_id", "matter_id", "amount", "currency", "hash")


def write_csv(export: JournalExport) -> str:
    """RFC 4180 with a heading row; amounts are plain decimals, debit positive."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for entry in export.entries:
        for posting in entry.postings:
            writer.writerow(
                (
                    entry.sequence,
                    entry.on.isoformat(),
                    entry.event,
                    entry.reverses_sequence if entry.reverses_sequence is not None else "",
                    ":".join(posting.account),
                    posting.client_id or "",
                    posting.matter_id or "",
                    Money(posting.amount_minor, export.currency).plain,
                    export.currency,
                    entry.hash,
                )
            )
    return out.getvalue()
