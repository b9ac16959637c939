"""What the database refuses by itself: entries that do not balance, a second default account, another reason of a void."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from lexapp.books import record_command
from lexapp.database import transaction
from lexapp.models import Account, BankAccount, ChainHead, Invoice, JournalEntry, Posting
from tests.billing import issue, work_time
from tests.factories import NOW, TODAY, World, make_matter, make_world

pytestmark = pytest.mark.books_by_hand


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def write(session: Session, world: World, amounts: Sequence[int], *, seal: bool = True) -> int:
    """An entry as `books.post` writes one, without what it checks first."""
    with transaction(session, world.firm_id):
        command = record_command(session, actor=world.owner, name="x", inputs={}, now=NOW)
        sequence = session.scalars(select(ChainHead.sequence)).one() + 1
        hashes = {"previous_hash": "0" * 64, "hash": "0" * 64}
        kept = {"event_code": "x", "effective_on": TODAY, "recorded_at": NOW, "command_id": command.id, "subject_kind": ""}
        row = {"firm_id": world.firm_id, "sequence": sequence, **kept, **hashes}
        entry_id = session.scalars(insert(JournalEntry).values(**row).returning(JournalEntry.id)).one()
        for amount in amounts:
            add(session, world, entry_id, amount)
        if seal:
            session.execute(update(ChainHead).values(sequence=sequence))
    return entry_id


def add(session: Session, world: World, entry_id: int, amount: int) -> None:
    account_id = session.scalars(select(Account.id).where(Account.role == "receivable")).one()
    position = len(session.scalars(select(Posting.id).where(Posting.journal_entry_id == entry_id)).all()) + 1
    row = {"firm_id": world.firm_id, "journal_entry_id": entry_id, "position": position, "account_id": account_id}
    session.execute(insert(Posting).values(**row, amount_minor=amount))


@pytest.mark.parametrize("amounts", [(), (5,), (5, -4), (5, -4, -2)])
def test_an_entry_that_does_not_balance_is_refused(session: Session, world: World, amounts: Sequence[int]) -> None:
    with pytest.raises(DBAPIError, match="does not balance"):
        write(session, world, amounts)
    assert session.scalars(select(JournalEntry.id)).all() == []


def test_an_entry_that_balances_is_taken_and_takes_no_more_postings(session: Session, world: World) -> None:
    entry_id = write(session, world, (5, -3, -2))
    for amount in (1, -1):
        with pytest.raises(DBAPIError, match="takes no more postings"), transaction(session, world.firm_id):
            add(session, world, entry_id, amount)


def test_an_unbalanced_entry_beyond_the_head_is_refused_at_the_commit_or_when_the_head_passes(session: Session, world: World) -> None:
    if session.get_bind().dialect.name == "sqlite":
        write(session, world, (5, -4), seal=False)
        with pytest.raises(DBAPIError, match="does not balance"), transaction(session, world.firm_id):
            session.execute(update(ChainHead).values(sequence=ChainHead.sequence + 1))
    else:
        with pytest.raises(DBAPIError, match="does not balance"):
            write(session, world, (5, -4), seal=False)


def test_a_firm_has_one_default_account_of_a_kind_and_it_is_open(session: Session, world: World) -> None:
    row = {"firm_id": world.firm_id, "kind": "trust", "name": "Second", "opened_on": TODAY, "created_at": NOW, "is_default": True}
    with pytest.raises(DBAPIError, match=r"uq_bank_accounts_default|bank_accounts\.firm_id, bank_accounts\.kind"), transaction(session):
        session.execute(insert(BankAccount).values(**row))
    with pytest.raises(DBAPIError, match="default_is_open"), transaction(session, world.firm_id):
        session.execute(update(BankAccount).values(closed_at=NOW))


def test_the_reason_of_a_void_is_written_once_and_with_it(session: Session, world: World) -> None:
    matter = make_matter(session, world.owner)
    work_time(session, world, matter)
    (invoice,) = issue(session, world, matter)
    with pytest.raises(DBAPIError, match="void"), transaction(session, world.firm_id):
        session.execute(update(Invoice).values(void_reason="Wrong payer"))
    with transaction(session, world.firm_id):
        session.execute(update(Invoice).values(void_reason="Wrong payer", voided_on=TODAY, voided_at=NOW))
    for change in ("void_reason = 'Another'", "void_reason = NULL, voided_on = NULL, voided_at = NULL", "voided_on = '2026-11-24'"):
        with pytest.raises(DBAPIError, match="frozen"), transaction(session, world.firm_id):
            session.execute(text(f"UPDATE invoices SET {change}"))
    assert session.get_one(Invoice, invoice.id).void_reason == "Wrong payer"
