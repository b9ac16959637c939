"""How fast many matters are billed, from unbilled entries to issued invoices: against a floor that writes the same rows and does no more.

    python -m benchmarks.billing [--matters 1000] [--entries 100] [--rounds 3]

`ours` drafts, approves and issues through the services in the chunks of a billing run: entries are read and split, lines written, numbers
taken, snapshots frozen and checked, the journal chained and posted, everything audited. `floor` replays exactly the rows that ours wrote,
table by table with sqlite3's `executemany` and the same updates, in the same chunks, with the same pragmas, constraints and triggers, into
a copy of the same database. Both sides begin with the same unbilled entries; rounds take turns; wall time is compared, since waiting for
the disk is part of both. Afterwards both databases hold the same invoices, lines, postings and totals.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Table, create_engine, func, insert, select
from sqlalchemy.orm import Session

from benchmarks.working_folder import working_folder
from lexapp.books.billing_runs import CHUNK
from lexapp.cli.migrate import migrate
from lexapp.database import BUSY_TIMEOUT_MS, JOURNAL_MODE, SYNCHRONOUS, Base, transaction
from lexapp.models import BillingRunItem, Client, Matter, PreBill, TimeEntry
from lexapp.services.invoices import start_issue_run
from lexapp.services.pre_bills import approve_pre_bills, start_draft_run
from lexapp.workflows.billing_runs import run_next_chunk
from tests.factories import NOW, OPENED, TODAY, World, make_world

AIM = 5.0
NARRATIVE = "Telephone conference with general counsel regarding berth logs and tariff schedule"
# Written by billing, in an order that their references allow; what billing updates in place is replayed as an update.
WRITTEN = (
    "commands",
    "billing_runs",
    "billing_run_items",
    "pre_bills",
    "pre_bill_lines",
    "number_sequences",
    "journal_entries",
    "postings",
    "balances",
    "invoices",
    "invoice_matters",
    "invoice_snapshots",
    "invoice_links",
    "outbox_messages",
    "audit_events",
    "changes",
)
FIRST = ("commands", "billing_runs")
LAST = ("billing_run_items",)
TOTALS = (
    "SELECT count(*), sum(total_minor), min(number), max(number) FROM invoices",
    "SELECT count(*), sum(amount_minor), sum(quantity_hundredths) FROM pre_bill_lines WHERE state = 'included'",
    "SELECT count(*), sum(abs(amount_minor)), sum(amount_minor) FROM postings",
    "SELECT count(*), sum(length(data)) FROM invoice_snapshots",
    "SELECT sum(state = 'issued'), count(*) FROM pre_bills",
)


# ── the same unbilled work for both ──────────────────────────────────────────────────────────────


def prepare(path: Path, matters: int, entries: int) -> World:
    """A firm with so many matters and so many unbilled time entries on each."""
    migrate(f"sqlite:///{path}")
    with opened(path) as session:
        world = make_world(session)
        with transaction(session, world.firm_id):
            _insert_matters(session, world, matters)
            for first in range(0, matters, CHUNK):
                _insert_entries(session, world, range(first, min(first + CHUNK, matters)), entries)
        return world


@contextmanager
def opened(path: Path) -> Iterator[Session]:
    engine = create_engine(f"sqlite:///{path}")
    with Session(engine, autoflush=False) as session:
        yield session
    engine.dispose()


def _insert_matters(session: Session, world: World, count: int) -> None:
    shared = {"firm_id": world.firm_id, "created_at": NOW}
    clients = [{**shared, "number": f"B{n:05}", "name": f"Client {n}", "email": f"ap{n}@example.test"} for n in range(count)]
    session.execute(insert(Client), clients)
    client_ids = list(session.scalars(select(Client.id).where(Client.number.like("B%")).order_by(Client.id)))
    rows = [
        {**shared, "client_id": id_, "number": f"B{id_:06}", "name": f"Matter of client {id_}", "opened_on": OPENED} for id_ in client_ids
    ]
    session.execute(insert(Matter), rows)


def _insert_entries(session: Session, world: World, matters: range, count: int) -> None:
    matter_ids = list(session.scalars(select(Matter.id).where(Matter.number.like("B%")).order_by(Matter.id)))
    people = ((world.partner.id, 50_000), (world.associate.id, 30_000))
    shared = {
        "firm_id": world.firm_id,
        "narrative": NARRATIVE,
        "task_code": "L120",
        "activity_code": "A106",
        "rate_reason": {"reason": "timekeeper's own rate since 2 Jan 2026"},
        "created_at": NOW,
        "updated_at": NOW,
    }
    rows = []
    for place in matters:
        for number in range(count):
            person, rate = people[number % 2]
            hundredths = 10 + 10 * (number % 20)
            figures = {"quantity_hundredths": hundredths, "recorded_seconds": hundredths * 36, "rate_minor_per_hour": rate}
            when = {"worked_on": TODAY - timedelta(days=1 + number % 25), "amount_minor": hundredths * rate // 100}
            rows.append({**shared, **figures, **when, "matter_id": matter_ids[place], "timekeeper_id": person})
    session.execute(insert(TimeEntry), rows)


# ── ours ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Clock:
    """Seconds of each step."""

    draft: float = 0.0
    approve: float = 0.0
    issue: float = 0.0

    @property
    def total(self) -> float:
        return self.draft + self.approve + self.issue


def bill(path: Path, world: World) -> Clock:
    """Everything unbilled, drafted, approved and issued by the services."""
    clock = Clock()
    with opened(path) as session:
        matter_ids = list(session.scalars(select(Matter.id).where(Matter.number.like("B%"))))
        began = time.perf_counter()
        run = start_draft_run(session, actor=world.owner, matter_ids=matter_ids, through_on=TODAY, now=NOW)
        _to_the_end(session, world, run.id)
        clock.draft = time.perf_counter() - began
        began = time.perf_counter()
        bills = list(session.scalars(select(PreBill.id).order_by(PreBill.id)))
        for first in range(0, len(bills), CHUNK):
            approve_pre_bills(session, actor=world.owner, pre_bill_ids=bills[first : first + CHUNK], now=NOW)
        clock.approve = time.perf_counter() - began
        began = time.perf_counter()
        run = start_issue_run(session, actor=world.owner, pre_bill_ids=bills, issued_on=TODAY, now=NOW)
        _to_the_end(session, world, run.id)
        clock.issue = time.perf_counter() - began
        refused = session.scalar(select(func.count(BillingRunItem.id)).where(BillingRunItem.state != "done"))
        assert refused == 0, "every matter is billed"
    return clock


def _to_the_end(session: Session, world: World, run_id: int) -> None:
    while run_next_chunk(session, firm_id=world.firm_id, run_id=run_id, now=NOW):
        pass


# ── the floor ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Replay:
    """The rows of one table that billing added or changed, as sqlite3 takes them, and the statements that write them."""

    table: str
    insert: str
    added: Sequence[tuple[object, ...]]
    changed: Sequence[tuple[object, ...]]
    update: str


def difference(before: Path, after: Path) -> list[Replay]:
    """What billing wrote: rows of `after` that `before` does not have, or has with other values."""
    with closing(sqlite3.connect(after)) as connection:
        connection.execute("ATTACH DATABASE ? AS old", (str(before),))
        return [_replay(connection, Base.metadata.tables[name]) for name in (*WRITTEN, "chain_heads")]


def _replay(connection: sqlite3.Connection, table: Table) -> Replay:
    names = [column.name for column in table.columns]
    added = connection.execute(f"SELECT * FROM main.{table.name} WHERE id NOT IN (SELECT id FROM old.{table.name}) ORDER BY id").fetchall()
    query = f"SELECT * FROM main.{table.name} WHERE id IN (SELECT id FROM old.{table.name}) EXCEPT SELECT * FROM old.{table.name}"
    others = [name for name in names if name != "id"]
    changed = [
        (*(value for name, value in zip(names, row, strict=True) if name != "id"), row[names.index("id")])
        for row in connection.execute(query)
    ]
    statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    return Replay(
        table.name, statement, added, changed, f"UPDATE {table.name} SET {', '.join(f'{name} = ?' for name in others)} WHERE id = ?"
    )


def floor(path: Path, replays: Sequence[Replay], chunks: int) -> float:
    """Write the rows again, spread evenly over as many transactions as ours took."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        pragmas = {
            "busy_timeout": BUSY_TIMEOUT_MS,
            "journal_mode": JOURNAL_MODE,
            "synchronous": SYNCHRONOUS,
            "foreign_keys": 1,
            "cache_spill": 0,
        }
        for name, value in pragmas.items():
            connection.execute(f"PRAGMA {name} = {value}").fetchone()
        began = time.perf_counter()
        for number in range(chunks):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("PRAGMA defer_foreign_keys = ON")
            for replay in replays:
                _write_part(connection, replay, number, chunks)
            connection.execute("COMMIT")
        return time.perf_counter() - began


def _write_part(connection: sqlite3.Connection, replay: Replay, number: int, chunks: int) -> None:
    """The rows of one transaction. What many others name goes with the first, what names many others with the last."""
    added, last = replay.added, number == chunks - 1
    if replay.table in FIRST:
        rows = added if number == 0 else ()
    elif replay.table in LAST:
        rows = added if last else ()
    else:
        rows = added[_cut(len(added), number, chunks) : _cut(len(added), number + 1, chunks)]
    connection.executemany(replay.insert, rows)
    if last and replay.changed:
        connection.executemany(replay.update, replay.changed)


def _cut(count: int, number: int, chunks: int) -> int:
    """Where a chunk begins: between two matters, so that what belongs to a matter goes together."""
    matters = chunks // 3 * CHUNK
    return count * (matters * number // chunks) // matters


def totals(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return [connection.execute(query).fetchone() for query in TOTALS]


# ── the race ─────────────────────────────────────────────────────────────────────────────────────


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--matters", type=int, default=1_000)
    parser.add_argument("--entries", type=int, default=100, help="on each matter")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with working_folder() as folder:
        race(Path(folder), options.matters, options.entries, options.rounds)


def race(folder: Path, matters: int, entries: int, rounds: int) -> None:
    start, ours_path, floor_path = folder / "start.sqlite3", folder / "ours.sqlite3", folder / "floor.sqlite3"
    world = prepare(start, matters, entries)
    clocks: list[Clock] = []
    floors: list[float] = []
    chunks = 3 * -(-matters // CHUNK)
    for _ in range(rounds):
        shutil.copy(start, ours_path)
        clocks.append(bill(ours_path, world))
        shutil.copy(start, floor_path)
        floors.append(floor(floor_path, difference(start, ours_path), chunks))
        assert totals(ours_path) == totals(floor_path), "both sides hold the same invoices"
    report(matters, entries, clocks, floors, totals(ours_path))


def report(matters: int, entries: int, clocks: Sequence[Clock], floors: Sequence[float], held: Sequence[tuple[object, ...]]) -> None:
    ours, least = statistics.median(clock.total for clock in clocks), statistics.median(floors)
    steps = [statistics.median(getattr(clock, name) for clock in clocks) for name in ("draft", "approve", "issue")]
    print(f"SQLite {sqlite3.sqlite_version}, journal_mode={JOURNAL_MODE}, synchronous={SYNCHRONOUS}, chunks of {CHUNK}")
    print(f"  {matters:,} matters, {matters * entries:,} entries; both sides: {held[0][0]:,} invoices of {held[0][1]:,} minor units in all")
    each, parts = ours / matters * 1000, f"draft {steps[0]:.2f}, approve {steps[1]:.2f}, issue {steps[2]:.2f}"
    print(f"  ours: {ours:.2f} s ({parts}), {each:.2f} ms an invoice")
    print(f"  floor: {least:.2f} s (from {min(floors):.2f} to {max(floors):.2f})")
    print(f"  ours takes {ours / least:.1f}x the floor (aim: at most {AIM:.0f}x)")


if __name__ == "__main__":
    main()
