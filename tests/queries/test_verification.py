"""`verify` holds on sound books and names every planted fault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from lexapp.books import NewEntry, post, record_command, succeed
from lexapp.database import transaction
from lexapp.domain import ledger
from lexapp.domain.ledger import LedgerKey
from lexapp.models import TrustTransaction
from lexapp.models.walls import install_walls
from lexapp.queries.verification import verify
from tests import billing
from tests.databases import Database
from tests.factories import NOW, TODAY, World, make_matter, make_trust_ledger, make_world


def deposit(session: Session, world: World, amount_minor: int, number: int = 1) -> None:
    matter = make_matter(session, world.owner)
    trust_ledger = make_trust_ledger(session, world, matter)
    key = LedgerKey(trust_ledger.id, world.trust.id, matter.client_id, matter.id)
    with transaction(session, world.firm_id):
        command = record_command(session, actor=world.owner, name="trust.deposit", inputs={}, now=NOW)
        entry_id = post(session, command, NewEntry("trust.deposited", TODAY, ledger.trust_deposited(amount_minor=amount_minor, ledger=key)))
        session.add(
            TrustTransaction(
                firm_id=world.firm_id,
                bank_account_id=world.trust.id,
                trust_ledger_id=trust_ledger.id,
                kind="deposit",
                direction="in",
                number=number,
                amount_minor=amount_minor,
                bank_amount_minor=amount_minor,
                effective_on=TODAY,
                journal_entry_id=entry_id,
                recorded_at=NOW,
            )
        )
        session.flush()
        succeed(session, command, journal_entry_id=entry_id)


@contextmanager
def walls_down(database: Database) -> Iterator[Session]:
    """The attacker who owns the file or the server: no triggers, no policies."""
    from sqlalchemy import create_engine

    engine = create_engine(database.owner_url)
    try:
        with engine.begin() as connection:
            _take_down(connection)
        with Session(engine) as session:
            yield session
            session.commit()
        with engine.begin() as connection:
            install_walls(connection)
    finally:
        engine.dispose()


def _take_down(connection: object) -> None:
    from sqlalchemy import Connection

    assert isinstance(connection, Connection)
    if connection.dialect.name == "sqlite":
        for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        return
    for table, name in connection.exec_driver_sql(
        "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname LIKE 'wall%%'"
    ).fetchall():
        connection.exec_driver_sql(f"DROP TRIGGER {name} ON {table}")
    for (table,) in connection.exec_driver_sql("SELECT tablename FROM pg_policies").fetchall():
        connection.exec_driver_sql(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")


def test_new_books_prove_themselves(session: Session) -> None:
    world = make_world(session)
    deposit(session, world, 500_00)
    assert verify(session, world.firm_id) == []


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ("UPDATE postings SET amount_minor = amount_minor + 1 WHERE position = 1", "every journal entry balances"),
        ("UPDATE journal_entries SET effective_on = '2026-01-05'", "the chain of entries is intact"),
        ("UPDATE chain_heads SET sequence = 7", "the chain of entries is intact"),
        ("UPDATE balances SET amount_minor = amount_minor - 1", "cached balances equal the sums of their postings"),
        ("UPDATE trust_transactions SET amount_minor = 49999, bank_amount_minor = 49999", "trust movements equal the journal"),
        ("UPDATE trust_transactions SET bank_amount_minor = 49999, amount_minor = 49999", "each trust bank account equals its movements"),
        ("UPDATE trust_transactions SET number = 2", "trust movements are numbered without a gap"),
        (
            "UPDATE trust_transactions SET direction = 'out', amount_minor = -1, bank_amount_minor = -1",
            "no trust ledger is below zero at any point",
        ),
        ("UPDATE commands SET result = NULL WHERE name = 'trust.deposit'", "every command kept its result"),
    ],
)
def test_a_planted_fault_is_named(session: Session, database: Database, fault: str, check: str) -> None:
    world = make_world(session)
    deposit(session, world, 500_00)
    session.close()
    with walls_down(database) as attacker:
        attacker.execute(text(fault))
    session.info["firm_id"] = world.firm_id
    assert check in {finding.check for finding in verify(session, world.firm_id)}


@pytest.mark.parametrize(
    "fault",
    [
        "UPDATE invoice_matters SET fees_minor = fees_minor - 1, costs_minor = costs_minor + 1",
        "UPDATE invoice_matters SET fees_minor = fees_minor - 1, tax_minor = tax_minor + 1",
        "UPDATE postings SET account_id = (SELECT id FROM accounts WHERE role = 'cost_income' AND firm_id = postings.firm_id)"
        " WHERE account_id IN (SELECT id FROM accounts WHERE role = 'fee_income')",
    ],
)
def test_fees_that_became_costs_or_tax_are_named(session: Session, database: Database, fault: str) -> None:
    """Every report of income, and the spread of every payment, rests on these three."""
    world = make_world(session)
    matter = make_matter(session, world.owner)
    billing.work_time(session, world, matter)
    billing.issue(session, world, matter)
    assert verify(session, world.firm_id) == []
    session.close()
    with walls_down(database) as attacker:
        attacker.execute(text(fault))
    session.info["firm_id"] = world.firm_id
    assert "fees, costs and tax of invoices equal the journal" in {finding.check for finding in verify(session, world.firm_id)}
