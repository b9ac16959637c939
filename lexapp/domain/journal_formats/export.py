"""What an export holds, before it takes the form of one format."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from lexapp.domain.money import Money


@dataclass(frozen=True, slots=True)
class ExportedPosting:
    """One leg: the account as path components below its kind, and the signed amount (debit positive)."""

    account: tuple[str, ...]
    amount_minor: int
    client_id: int | None
    matter_id: int | None


@dataclass(frozen=True, slots=True)
class ExportedEntry:
    """One journal entry. `sequence` is its number in the firm's chain."""

    sequence: int
    on: date
    event: str
    reverses_sequence: int | None
    hash: str
    postings: tuple[ExportedPosting, ...]


@dataclass(frozen=True, slots=True)
class JournalExport:
    """A firm's journal in (date, sequence) order, with the cached balance of every account as an independent fact."""

    firm_name: str
    currency: str
    entries: tuple[ExportedEntry, ...]
    balances: dict[tuple[str, ...], int]

    def accounts(self) -> list[tuple[str, ...]]:
        used = {posting.account for entry in self.entries for posting in entry.postings}
        return sorted(used | self.balances.keys())

    def last_day(self) -> date:
        return max((entry.on for entry in self.entries), default=date(2000, 1, 1))

    def running(self) -> Iterator[tuple[ExportedEntry, list[tuple[ExportedPosting, int]]]]:
        """Each entry with the balance of every account after each of its postings."""
        held: dict[tuple[str, ...], int] = {}
        for entry in self.entries:
            legs = []
            for posting in entry.postings:
                held[posting.account] = held.get(posting.account, 0) + posting.amount_minor
                legs.append((posting, held[posting.account]))
            yield entry, legs

    def amount(self, minor: int) -> str:
        return f"{Money(minor, self.currency).plain} {self.currency}"
