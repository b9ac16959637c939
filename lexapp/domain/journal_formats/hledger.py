"""hledger journal format. Every account is declared, every trust posting and every final balance is asserted."""

from collections.abc import Iterator

from lexapp.domain.journal_formats.export import ExportedEntry, ExportedPosting, JournalExport


def write_hledger(export: JournalExport) -> str:
    """For `hledger -f FILE check -s ordereddates`."""
    return "\n".join(_lines(export)) + "\n"


def _lines(export: JournalExport) -> Iterator[str]:
    one = export.amount(0).replace(f" {export.currency}", "")
    point = "" if "." in one else "."
    yield f"; {export.firm_name.translate(dict.fromkeys(range(32)))}: the journal"
    yield f"commodity 1{one[1:]}{point} {export.currency}"
    for account in export.accounts():
        yield f"account {':'.join(account)}"
    for entry, legs in export.running():
        yield ""
        yield from _entry(export, entry, legs)
    yield ""
    yield f"{export.last_day().isoformat()} * (end) balances as cached"
    for account, minor in sorted(export.balances.items()):
        yield f"    {':'.join(account)}  {export.amount(0)} = {export.amount(minor)}"


def _entry(export: JournalExport, entry: ExportedEntry, legs: list[tuple[ExportedPosting, int]]) -> Iterator[str]:
    reverses = f" reverses {entry.reverses_sequence}" if entry.reverses_sequence is not None else ""
    yield f"{entry.on.isoformat()} * ({entry.sequence}) {entry.event}{reverses}"
    for posting, balance in legs:
        is_trust = "Trust" in posting.account
        asserted = f" = {export.amount(balance)}" if is_trust else ""
        yield f"    {':'.join(posting.account)}  {export.amount(posting.amount_minor)}{asserted}"
