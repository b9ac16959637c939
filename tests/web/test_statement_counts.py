"""No page asks the database more often when it shows more rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from lexapp.database import db
from lexapp.services import payments, timers, trust
from lexapp.web.shelf import Shelf
from tests import billing
from tests.databases import SqliteDatabase
from tests.factories import World, local_today, make_client, make_matter, make_rate, make_timekeeper
from tests.two_firms import usd
from tests.web.pages import pages_asked_for, readable_addresses
from tests.web.town import Town

ROWS = 50
MOST_STATEMENTS = 12
# Where nothing changed lately less is asked, and how late it is depends on how quick the machine was.
LATE_CHANGES = "/changes?ago=3600"
# Begin and end of transactions, and telling PostgreSQL the firm, are not questions.
NOT_COUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SELECT set_config")


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, int]]:
    """How often every page asked, with few rows and with many. On SQLite: it does not depend on the engine."""
    town = Town(SqliteDatabase.in_memory_disk(), Path(tmp_path_factory.mktemp("crowded")))
    matter = make_matter(town.session, town.ours.world.owner)
    billing.work_time(town.session, town.ours.world, matter, on=local_today())  # on the first of a month reports have nothing else
    pages = [LATE_CHANGES if page == "/changes" else page for page in (*readable_addresses(town, most=1), *pages_asked_for(town))]
    assert town.owner.get(LATE_CHANGES).json, "something is told at both times"
    few = [asked_by(town, page) for page in pages]
    crowd(town.session, town.ours.world)
    many = [asked_by(town, page) for page in pages]
    town.close()
    return {page: (before, after) for page, before, after in zip(pages, few, many, strict=True)}


def test_no_page_asks_more_often_for_more_rows(counted: dict[str, tuple[int, int]]):
    wrong = [f"{page}: {before}, then {after}" for page, (before, after) in counted.items() if after > before]
    assert not wrong, "\n".join(wrong)


def test_no_page_asks_more_than_twelve_times(counted: dict[str, tuple[int, int]]):
    wrong = [f"{page}: {after}" for page, (_, after) in counted.items() if after > MOST_STATEMENTS]
    assert not wrong, "\n".join(wrong)


def asked_by(town: Town, page: str) -> int:
    """With nothing kept of earlier answers, which would save statements by chance."""
    town.app.extensions["shelf"] = Shelf()
    with statements_of(town) as asked:
        town.owner.get(page)
    return len(asked)


@contextmanager
def statements_of(town: Town) -> Iterator[list[str]]:
    asked: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(NOT_COUNTED):
            asked.append(statement)

    with town.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def crowd(session: Session, world: World) -> None:
    """Fifty of everything that a list shows."""
    for n in range(ROWS):
        client = make_client(session, world.owner, f"Client {n}")
        matter = make_matter(session, world.owner, client, f"Matter {n}")
        billing.charge_fixed_fee(session, world, matter, 10_000)
        invoice = billing.issue(session, world, matter, issued_on=local_today())[0]
        billing.work_time(session, world, matter, on=local_today())
        billing.spend(session, world, matter, 1_000)
        billing.charge_fixed_fee(session, world, matter, 5_000)
        make_rate(session, world.owner, "matter", 40_000 + n, matter_id=matter.id)
        if n % 2:
            billing.draft(session, world, matter, local_today())
        _money(session, world, client.id, matter.id, invoice.id)
    for n in range(10):
        make_timekeeper(session, world.owner, f"Person {n}", "ASSOC", 30_000)
        timers.start_timer(session, actor=world.owner, note=timers.TimerNote(matter.id, f"Call {n}"))


def _money(session: Session, world: World, client_id: int, matter_id: int, invoice_id: int) -> None:
    day = local_today()
    received = {"payer_id": client_id, "amount": usd(2_000), "received_on": day, "method": "cheque", "allocations": {invoice_id: usd(500)}}
    payments.record_payment(session, actor=world.owner, **received)  # type: ignore[arg-type]
    held = {"amount": usd(3_000), "effective_on": day, "source": "Payer", "method": "cheque", "matter_id": matter_id}
    trust.deposit_to_trust(session, actor=world.owner, **held)  # type: ignore[arg-type]
