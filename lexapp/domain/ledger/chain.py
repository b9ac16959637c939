"""The hash chain over a firm's journal: h(n) = SHA-256(h(n-1) + canonical bytes of entry n)."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime

from lexapp.domain.errors import InvariantBroken
from lexapp.domain.ledger.postings import Posting, Postings

GENESIS_HASH = "0" * 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CANONICAL_VERSION = 1


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What the chain protects of a journal entry: ids, codes, dates and amounts, never text. `sequence` counts a firm's entries from 1."""

    firm_id: int
    sequence: int
    event: str
    effective_on: date
    recorded_at: datetime
    command_id: int
    reverses_id: int | None
    postings: Postings


def canonical_bytes(entry: EntryFacts) -> bytes:
    """The same bytes for the same entry on every engine and Python version: sorted ASCII JSON, postings sorted, instants in whole
    microseconds since 1970 UTC. A posting is [account, amount, client, matter, bank account, trust ledger], 0 where it has none."""
    facts = {
        "command": entry.command_id,
        "effective_on": entry.effective_on.isoformat(),
        "event": entry.event,
        "firm": entry.firm_id,
        "postings": sorted(_posting_list(posting) for posting in entry.postings),
        "recorded_at": _microseconds(entry.recorded_at),
        "reverses": entry.reverses_id or 0,
        "sequence": entry.sequence,
        "version": _CANONICAL_VERSION,
    }
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def _posting_list(posting: Posting) -> list[str | int]:
    return [
        posting.account,
        posting.amount_minor,
        posting.client_id or 0,
        posting.matter_id or 0,
        posting.bank_account_id or 0,
        posting.trust_ledger_id or 0,
    ]


def _microseconds(instant: datetime) -> int:
    if instant.tzinfo is None:
        raise InvariantBroken("An instant of the journal must say its time zone.")
    passed = instant - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


def chain_hash(previous_hex: str, payload: bytes) -> str:
    """The hash of an entry's canonical bytes on top of its predecessor's hash (GENESIS_HASH for the first), as 64 hex digits."""
    if len(previous_hex) != 64:
        raise InvariantBroken("The previous hash must be 64 hex digits.")
    return hashlib.sha256(bytes.fromhex(previous_hex) + payload).hexdigest()
