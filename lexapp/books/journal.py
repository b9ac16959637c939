"""Posting to the journal: balanced, chained, with the cached balances moved along."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lexapp.books.accounts import AccountIds, account_ids, account_of
from lexapp.books.commands import CommandRecord
from lexapp.database import reserve_ids
from lexapp.domain import ledger
from lexapp.domain.errors import InsufficientTrustFunds, NotAllowed
from lexapp.domain.ledger import EntryFacts, Postings, canonical_bytes, chain_hash, check_balanced
from lexapp.models import Account, Balance, ChainHead, JournalEntry, Posting, TrustLedger


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A journal entry to be. `subject` is (kind, id) of the record that it is about, for drilling down."""

    event: str
    effective_on: date
    postings: Postings
    subject: tuple[str, int] | None = None
    reverses_id: int | None = None


def lock_balances(session: Session, *, firm_id: int, trust_ledger_ids: Sequence[int]) -> dict[int, int]:
    """Lock the balances of these trust ledgers, in id order, and return what each holds (minor units, >= 0).

    Every command that moves trust money does this first: read-then-insert without the lock over-spends on both engines.
    """
    wanted = sorted(set(trust_ledger_ids))
    _make_balance_rows(session, firm_id, wanted)
    query = (
        select(Balance.trust_ledger_id, Balance.amount_minor)
        .where(Balance.firm_id == firm_id, Balance.trust_ledger_id.in_(wanted))
        .order_by(Balance.id)
        .with_for_update()
    )
    return {ledger_id: -amount for ledger_id, amount in session.execute(query) if ledger_id is not None}


def _make_balance_rows(session: Session, firm_id: int, trust_ledger_ids: Sequence[int]) -> None:
    """A ledger without movements has no row to lock yet."""
    missing = (
        select(TrustLedger.id, Account.id)
        .join(Account, (Account.firm_id == TrustLedger.firm_id) & (Account.bank_account_id == TrustLedger.bank_account_id))
        .outerjoin(Balance, (Balance.firm_id == firm_id) & (Balance.trust_ledger_id == TrustLedger.id))
        .where(
            TrustLedger.firm_id == firm_id,
            TrustLedger.id.in_(trust_ledger_ids),
            Account.role == "trust_liability",
            Balance.id.is_(None),
        )
        .order_by(TrustLedger.id)
    )
    for ledger_id, account_id in session.execute(missing).all():
        _add_to_balance(session, firm_id, account_id, ledger_id, 0)


def post(session: Session, command: CommandRecord, entry: NewEntry) -> int:
    """Append one entry and return its id. See `post_many`."""
    return post_many(session, command, [entry])[0]


def post_many(session: Session, command: CommandRecord, entries: Sequence[NewEntry]) -> list[int]:
    """Append balanced entries to the firm's chain and move the cached balances; returns their ids in order.

    The chain head is locked first and released by the commit; balances outside trust are only ever touched under it.
    Raises InsufficientTrustFunds when the database's own check refuses a trust balance below zero.
    """
    firm_id = command.actor.firm_id
    for entry in entries:
        check_balanced(entry.postings)
    accounts = account_ids(session, firm_id)
    head = _lock_head(session, firm_id)
    ids = reserve_ids(session, JournalEntry.__table__, len(entries))  # type: ignore[arg-type]
    rows, head_after = _chain(command, entries, ids, head)
    session.execute(insert(JournalEntry), rows)
    session.execute(insert(Posting), _posting_rows(firm_id, entries, ids, accounts))
    session.execute(update(ChainHead).where(ChainHead.firm_id == firm_id).values(sequence=head_after[0], hash=head_after[1]))
    _move_balances(session, firm_id, entries, accounts)
    return ids


def _lock_head(session: Session, firm_id: int) -> tuple[int, str]:
    query = select(ChainHead.sequence, ChainHead.hash).where(ChainHead.firm_id == firm_id).with_for_update()
    sequence, digest = session.execute(query).one()
    return sequence, digest


def _chain(
    command: CommandRecord, entries: Sequence[NewEntry], ids: Sequence[int], head: tuple[int, str]
) -> tuple[list[dict[str, object]], tuple[int, str]]:
    sequence, digest = head
    rows: list[dict[str, object]] = []
    for entry, id_ in zip(entries, ids, strict=True):
        sequence += 1
        facts = EntryFacts(
            firm_id=command.actor.firm_id,
            sequence=sequence,
            event=entry.event,
            effective_on=entry.effective_on,
            recorded_at=command.at,
            command_id=command.id,
            reverses_id=entry.reverses_id,
            postings=entry.postings,
        )
        previous, digest = digest, chain_hash(digest, canonical_bytes(facts))
        rows.append(_entry_row(command, entry, id_, sequence, previous, digest))
    return rows, (sequence, digest)


def _entry_row(command: CommandRecord, entry: NewEntry, id_: int, sequence: int, previous: str, digest: str) -> dict[str, object]:
    kind, subject_id = entry.subject or ("", None)
    return {
        "id": id_,
        "firm_id": command.actor.firm_id,
        "sequence": sequence,
        "event_code": entry.event,
        "effective_on": entry.effective_on,
        "recorded_at": command.at,
        "command_id": command.id,
        "reverses_id": entry.reverses_id,
        "subject_kind": kind,
        "subject_id": subject_id,
        "previous_hash": previous,
        "hash": digest,
    }


def _posting_rows(firm_id: int, entries: Sequence[NewEntry], ids: Sequence[int], accounts: AccountIds) -> list[dict[str, object]]:
    return [
        {
            "firm_id": firm_id,
            "journal_entry_id": id_,
            "position": position,
            "account_id": account_of(accounts, posting.account, posting.bank_account_id),
            "client_id": posting.client_id,
            "matter_id": posting.matter_id,
            "bank_account_id": posting.bank_account_id,
            "trust_ledger_id": posting.trust_ledger_id,
            "amount_minor": posting.amount_minor,
        }
        for entry, id_ in zip(entries, ids, strict=True)
        for position, posting in enumerate(entry.postings, start=1)
    ]


def _move_balances(session: Session, firm_id: int, entries: Sequence[NewEntry], accounts: AccountIds) -> None:
    sums: dict[tuple[int, int], int] = defaultdict(int)
    for entry in entries:
        for posting in entry.postings:
            account_id = account_of(accounts, posting.account, posting.bank_account_id)
            sums[account_id, posting.trust_ledger_id or 0] += posting.amount_minor
    try:
        for (account_id, ledger_id), amount in sorted(sums.items()):
            _add_to_balance(session, firm_id, account_id, ledger_id or None, amount)
    except IntegrityError as error:
        if "trust_never_negative" not in str(error.orig):
            raise
        raise InsufficientTrustFunds("The trust ledger does not hold that much. Nothing was posted.", field="amount") from error


def _add_to_balance(session: Session, firm_id: int, account_id: int, trust_ledger_id: int | None, amount: int) -> None:
    """Update first, insert when missing: an upsert would test the new row alone against the trust check."""
    of_ledger = Balance.trust_ledger_id.is_(None) if trust_ledger_id is None else Balance.trust_ledger_id == trust_ledger_id
    mine = (Balance.firm_id == firm_id) & (Balance.account_id == account_id) & of_ledger
    moved = update(Balance).where(mine).values(amount_minor=Balance.amount_minor + amount).returning(Balance.id)
    if session.execute(moved).scalar() is None:
        row = {"firm_id": firm_id, "account_id": account_id, "trust_ledger_id": trust_ledger_id, "amount_minor": amount}
        make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        if session.execute(make(Balance).values(**row).on_conflict_do_nothing().returning(Balance.id)).scalar() is None:
            session.execute(moved)


def entry_postings(session: Session, *, firm_id: int, journal_entry_id: int) -> Postings:
    """The stored postings of one entry, as the domain knows them."""
    query = (
        select(Account.role, Posting)
        .join(Account, (Account.firm_id == Posting.firm_id) & (Account.id == Posting.account_id))
        .where(Posting.firm_id == firm_id, Posting.journal_entry_id == journal_entry_id)
        .order_by(Posting.position)
    )
    return tuple(
        ledger.Posting(role, row.amount_minor, row.client_id, row.matter_id, row.bank_account_id, row.trust_ledger_id)
        for role, row in session.execute(query)
    )


def reverse(session: Session, command: CommandRecord, *, journal_entry_id: int, effective_on: date) -> int:
    """Append the entry that undoes another one, and return its id. An entry is reversed once; a reversal never."""
    firm_id = command.actor.firm_id
    original = session.execute(
        select(JournalEntry).where(JournalEntry.firm_id == firm_id, JournalEntry.id == journal_entry_id)
    ).scalar_one()
    taken = select(JournalEntry.id).where(JournalEntry.firm_id == firm_id, JournalEntry.reverses_id == journal_entry_id)
    if original.reverses_id is not None:
        raise NotAllowed("A reversal cannot be reversed. Record the transaction again instead.")
    if session.execute(taken).scalar() is not None:
        raise NotAllowed("This was reversed before. It can be reversed only once.")
    postings = ledger.reverse(entry_postings(session, firm_id=firm_id, journal_entry_id=journal_entry_id))
    subject = (original.subject_kind, original.subject_id) if original.subject_id is not None else None
    return post(session, command, NewEntry(original.event_code, effective_on, postings, subject, journal_entry_id))
