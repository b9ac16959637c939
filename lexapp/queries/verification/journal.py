"""The journal against itself."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.domain.ledger import GENESIS_HASH, EntryFacts, Posting, canonical_bytes, chain_hash
from lexapp.models import Account, Balance, ChainHead, Command, JournalEntry
from lexapp.models import Posting as PostingRow


def entries_balance(session: Session, firm_id: int) -> Iterator[str]:
    query = (
        select(JournalEntry.id, func.count(PostingRow.id), func.coalesce(func.sum(PostingRow.amount_minor), 0))
        .outerjoin(PostingRow, (PostingRow.firm_id == firm_id) & (PostingRow.journal_entry_id == JournalEntry.id))
        .where(JournalEntry.firm_id == firm_id)
        .group_by(JournalEntry.id)
        .having((func.count(PostingRow.id) < 2) | (func.sum(PostingRow.amount_minor) != 0))
    )
    for entry_id, count, total in session.execute(query):
        yield f"Journal entry {entry_id} has {count} postings that sum to {total}."


def _postings(session: Session, firm_id: int) -> Iterator[tuple[int, tuple[Posting, ...]]]:
    query = (
        select(
            PostingRow.journal_entry_id,
            Account.role,
            PostingRow.amount_minor,
            PostingRow.client_id,
            PostingRow.matter_id,
            PostingRow.bank_account_id,
            PostingRow.trust_ledger_id,
        )
        .join(Account, Account.id == PostingRow.account_id)
        .where(PostingRow.firm_id == firm_id)
        .order_by(PostingRow.journal_entry_id, PostingRow.position)
    )
    for entry_id, rows in groupby(session.execute(query), key=itemgetter(0)):
        yield entry_id, tuple(Posting(*row[1:]) for row in rows)


def chain_is_intact(session: Session, firm_id: int) -> Iterator[str]:
    """Every hash is made again from the genesis; the head names the last."""
    postings = dict(_postings(session, firm_id))
    query = select(JournalEntry).where(JournalEntry.firm_id == firm_id).order_by(JournalEntry.sequence)
    expected, digest = 0, GENESIS_HASH
    for (entry,) in session.execute(query.execution_options(yield_per=1000)):
        expected += 1
        facts = EntryFacts(
            firm_id=firm_id,
            sequence=expected,
            event=entry.event_code,
            effective_on=entry.effective_on,
            recorded_at=entry.recorded_at,
            command_id=entry.command_id,
            reverses_id=entry.reverses_id,
            postings=postings.get(entry.id, ()),
        )
        made = chain_hash(digest, canonical_bytes(facts))
        if (entry.sequence, entry.previous_hash, entry.hash) != (expected, digest, made):
            yield f"Journal entry {entry.id} (number {entry.sequence}) is not what was chained; everything after it is in doubt."
            return
        digest = entry.hash
    head = session.execute(select(ChainHead.sequence, ChainHead.hash).where(ChainHead.firm_id == firm_id)).one()
    if tuple(head) != (expected, digest):
        yield f"The chain ends at entry number {expected}, but its head says {head.sequence}."


def balances_equal_sums(session: Session, firm_id: int) -> Iterator[str]:
    ledger = func.coalesce(PostingRow.trust_ledger_id, 0)
    sums = select(PostingRow.account_id, ledger, func.sum(PostingRow.amount_minor)).where(PostingRow.firm_id == firm_id)
    derived = {(account, of): total for account, of, total in session.execute(sums.group_by(PostingRow.account_id, ledger))}
    rows = select(Balance.account_id, func.coalesce(Balance.trust_ledger_id, 0), Balance.amount_minor).where(Balance.firm_id == firm_id)
    cached = {(account, of): amount for account, of, amount in session.execute(rows)}
    for place in sorted(derived.keys() | cached.keys()):
        if derived.get(place, 0) != cached.get(place, 0):
            account, of = place[0], place[1] or "none"
            yield f"Account {account}, trust ledger {of}: cached {cached.get(place)}, postings sum to {derived.get(place)}."


def commands_have_results(session: Session, firm_id: int) -> Iterator[str]:
    query = select(Command.id, Command.name).where(Command.firm_id == firm_id, Command.result.is_(None))
    for command_id, name in session.execute(query):
        yield f"Command {command_id} ({name}) was committed without a result: a repeat of it could not be answered."
