"""Beancount format: every account opened, every final balance asserted without tolerance."""

from collections.abc import Iterator
from datetime import timedelta

from lexapp.domain.journal_formats.export import JournalExport


def write_beancount(export: JournalExport) -> str:
    """For `bean-check FILE`."""
    return "\n".join(_lines(export)) + "\n"


def _lines(export: JournalExport) -> Iterator[str]:
    yield f'option "title" "{_text(export.firm_name)}"'
    yield f'option "operating_currency" "{export.currency}"'
    first = min((entry.on for entry in export.entries), default=export.last_day())
    for account in export.accounts():
        yield f"{first.isoformat()} open {':'.join(account)} {export.currency}"
    for entry in export.entries:
        yield ""
        reverses = f" reverses {entry.reverses_sequence}" if entry.reverses_sequence is not None else ""
        yield f'{entry.on.isoformat()} * "{entry.sequence}" "{entry.event}{reverses}"'
        for posting in entry.postings:
            yield f"  {':'.join(posting.account)}  {export.amount(posting.amount_minor)}"
    yield ""
    # A balance directive holds at the beginning of its day.
    after = (export.last_day() + timedelta(days=1)).isoformat()
    for account, minor in sorted(export.balances.items()):
        amount = export.amount(minor)
        number, currency = amount.rsplit(" ", 1)
        yield f"{after} balance {':'.join(account)}  {number} ~ 0 {currency}"


def _text(value: str) -> str:
    return value.translate(dict.fromkeys(range(32))).replace("\\", "").replace('"', "'")
