"""The write primitives: idempotent, balanced, chained, and walled by the database."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from lexapp.books import NewEntry, lock_balances, next_number, post, record_command, reverse, succeed
from lexapp.database import Base, transaction
from lexapp.domain import ledger
from lexapp.domain.errors import InsufficientTrustFunds, InvariantBroken, KeyReused, NotAllowed
from lexapp.domain.ledger import GENESIS_HASH, LedgerKey
from lexapp.models import Balance, ChainHead, Command, JournalEntry, Posting
from lexapp.models.walls import APPEND_ONLY, FROZEN_COLUMNS, firm_tables
from tests.factories import NOW, TODAY, World, make_firm, make_matter, make_trust_ledger, make_world

pytestmark = pytest.mark.books_by_hand


def run(session: Session, world: World, name: str, postings: ledger.Postings, key: str | None = None) -> int:
    with transaction(session, world.firm_id):
        command = record_command(session, actor=world.owner, name=name, inputs={"n": len(postings)}, key=key, now=NOW)
        return post(session, command, NewEntry(name, TODAY, postings))


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def key(session: Session, world: World) -> LedgerKey:
    matter = make_matter(session, world.owner)
    trust_ledger = make_trust_ledger(session, world, matter)
    return LedgerKey(trust_ledger.id, world.trust.id, matter.client_id, matter.id)


def test_an_entry_is_chained_to_its_predecessor_and_moves_the_balances(session: Session, world: World, key: LedgerKey) -> None:
    first = run(session, world, "trust.deposited", ledger.trust_deposited(amount_minor=100_00, ledger=key))
    second = run(session, world, "trust.refunded", ledger.trust_refunded(amount_minor=40_00, ledger=key))
    one, two = session.get_one(JournalEntry, first), session.get_one(JournalEntry, second)
    assert one.previous_hash == GENESIS_HASH
    assert two.previous_hash == one.hash
    head = session.execute(select(ChainHead)).scalar_one()
    assert (head.sequence, head.hash) == (2, two.hash)
    held = session.execute(select(Balance.amount_minor).where(Balance.trust_ledger_id == key.trust_ledger_id)).scalar_one()
    assert held == -60_00


def test_the_same_key_answers_once_and_refuses_other_input(session: Session, world: World) -> None:
    for expected in (None, {"id": 7}):
        with transaction(session, world.firm_id):
            command = record_command(session, actor=world.owner, name="x", inputs={"a": 1}, key="k", now=NOW)
            assert command.result == expected
            succeed(session, command, id=7) if expected is None else None
    with pytest.raises(KeyReused), transaction(session, world.firm_id):
        record_command(session, actor=world.owner, name="x", inputs={"a": 2}, key="k", now=NOW)


def test_a_refused_command_does_not_claim_its_key(session: Session, world: World) -> None:

    def claim_and_refuse() -> None:
        with transaction(session, world.firm_id):
            record_command(session, actor=world.owner, name="x", inputs={"a": 1}, key="k", now=NOW)
            raise NotAllowed("No.")

    with pytest.raises(NotAllowed):
        claim_and_refuse()
    with transaction(session, world.firm_id):
        assert record_command(session, actor=world.owner, name="x", inputs={"a": 2}, key="k", now=NOW).result is None


def test_the_database_refuses_a_trust_balance_below_zero(session: Session, world: World, key: LedgerKey) -> None:
    run(session, world, "trust.deposited", ledger.trust_deposited(amount_minor=10_00, ledger=key))
    before = session.scalar(select(func.count(Posting.id)))
    with pytest.raises(InsufficientTrustFunds):
        run(session, world, "trust.refunded", ledger.trust_refunded(amount_minor=10_01, ledger=key))
    assert session.scalar(select(func.count(Posting.id))) == before


def test_a_ledger_without_movements_can_be_locked(session: Session, world: World, key: LedgerKey) -> None:
    with transaction(session, world.firm_id):
        assert lock_balances(session, firm_id=world.firm_id, trust_ledger_ids=[key.trust_ledger_id]) == {key.trust_ledger_id: 0}


def test_an_entry_is_reversed_once_and_a_reversal_never(session: Session, world: World, key: LedgerKey) -> None:
    entry_id = run(session, world, "trust.deposited", ledger.trust_deposited(amount_minor=10_00, ledger=key))

    def reverse_it(id_: int) -> int:
        with transaction(session, world.firm_id):
            command = record_command(session, actor=world.owner, name="reverse", inputs={"id": id_}, now=NOW)
            return reverse(session, command, journal_entry_id=id_, effective_on=TODAY)

    reversal_id = reverse_it(entry_id)
    for id_ in (entry_id, reversal_id):
        with pytest.raises(NotAllowed):
            reverse_it(id_)
    assert session.scalar(select(func.sum(Posting.amount_minor))) == 0
    assert set(session.scalars(select(Balance.amount_minor))) == {0}


def test_numbers_have_no_gap_when_a_command_is_refused(session: Session, world: World) -> None:
    def take() -> int:
        return next_number(session, firm_id=world.firm_id, series="invoice:2026")

    with transaction(session, world.firm_id):
        assert take() == 1

    def take_and_refuse() -> None:
        with transaction(session, world.firm_id):
            take()
            raise NotAllowed("No.")

    with pytest.raises(NotAllowed):
        take_and_refuse()
    with transaction(session, world.firm_id):
        assert take() == 2


def test_commands_do_not_nest(session: Session, world: World) -> None:
    with pytest.raises(InvariantBroken), transaction(session, world.firm_id), transaction(session, world.firm_id):
        pass


def _attack(session: Session, world: World, statement: str) -> str:
    with pytest.raises(DBAPIError) as refusal, transaction(session, world.firm_id):
        session.execute(text(statement))
    return str(refusal.value.orig)


def test_posted_rows_refuse_update_and_delete(session: Session, world: World, key: LedgerKey) -> None:
    run(session, world, "trust.deposited", ledger.trust_deposited(amount_minor=10_00, ledger=key))
    for table in ("journal_entries", "postings", "audit_events"):
        for statement in (f"UPDATE {table} SET firm_id = firm_id", f"DELETE FROM {table}"):
            message = _attack(session, world, statement)
            assert "append-only" in message or "permission denied" in message


def test_every_protected_table_has_its_triggers(session: Session, database: object) -> None:
    query = (
        "SELECT tbl_name, count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'wall_%' GROUP BY 1"
        if session.get_bind().dialect.name == "sqlite"
        else "SELECT c.relname, count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname LIKE 'wall_%' GROUP BY 1"
    )
    found = dict(iter(session.execute(text(query))))
    more = {"postings": 3, "chain_heads": 1} if session.get_bind().dialect.name == "sqlite" else {"postings": 4, "journal_entries": 3}
    assert dict.fromkeys((*APPEND_ONLY, *FROZEN_COLUMNS), 2) | more == found


def test_a_command_keeps_its_result(session: Session, world: World) -> None:
    with transaction(session, world.firm_id):
        command = record_command(session, actor=world.owner, name="x", inputs={}, key="k", now=NOW)
        succeed(session, command, id=1)
    assert "frozen" in _attack(session, world, "UPDATE commands SET result = '{}' WHERE key = 'k'")
    assert session.scalar(select(Command.result).where(Command.key == "k")) == {"id": 1}


@pytest.mark.parametrize("engine", ["postgresql"])
def test_row_level_security_hides_other_firms(session: Session, engine: str) -> None:
    ours, theirs = make_firm(session, "Ours"), make_firm(session, "Theirs")
    with transaction(session, ours.firm_id):
        assert set(session.scalars(text("SELECT firm_id FROM commands"))) == {ours.firm_id}
        assert session.execute(text("UPDATE matters SET name = 'x' WHERE firm_id = :f"), {"f": theirs.firm_id}).rowcount == 0
    session.info.pop("firm_id")
    with pytest.raises(DBAPIError), transaction(session):
        session.execute(text("SELECT * FROM matters"))


def test_every_table_is_walled_by_firm_or_listed_as_an_exception() -> None:
    without = {name for name, table in Base.metadata.tables.items() if "firm_id" not in table.c}
    assert without == {"backups", "firms", "known_devices", "recovery_codes", "users", "sessions", "sign_in_attempts"}
    assert "time_entries" in firm_tables()
