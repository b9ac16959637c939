"""How fast one durable time entry is recorded: our service against a bare insert with the same durability.

    python -m benchmarks.time_entries [--rounds 7] [--entries 100]

`ours` is `record_time`: idempotency key, permission, rate with its reason, rounding, entry, audit and change rows, one commit.
`bare` inserts one row of the same columns and values into the same table through sqlite3, one commit each, same pragmas. Rounds take turns;
medians of wall time are compared, since waiting for the disk is part of both. Afterwards both sides have recorded the same hours and value.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from benchmarks.working_folder import working_folder
from lexapp.books.time_entries import Work
from lexapp.cli.migrate import migrate
from lexapp.database import BUSY_TIMEOUT_MS, JOURNAL_MODE, SYNCHRONOUS
from lexapp.services.time_entries import record_time
from tests.factories import NOW, TODAY, World, make_matter, make_world

AIM = 4.0
NARRATIVE = "Telephone conference with general counsel regarding berth logs and tariff schedule"


def work(timekeeper_id: int, matter_id: int, number: int) -> Work:
    day = TODAY - timedelta(days=number % 200)
    return Work(matter_id=matter_id, timekeeper_id=timekeeper_id, worked_on=day, recorded_seconds=1440, narrative=NARRATIVE)


def ours(session: Session, world: World, matter_id: int, first: int, count: int) -> float:
    timekeeper_id = world.partner.id
    began = time.perf_counter()
    for number in range(first, first + count):
        record_time(session, actor=world.owner, work=work(timekeeper_id, matter_id, number), key=f"bench-{number}", now=NOW)
    return time.perf_counter() - began


class Bare:
    """A connection that inserts a copy of one of our rows at a time, as durably as we do, for a colleague (a day has 24 hours)."""

    def __init__(self, path: Path, timekeeper_id: int) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        for name, value in (("busy_timeout", BUSY_TIMEOUT_MS), ("journal_mode", JOURNAL_MODE), ("synchronous", SYNCHRONOUS)):
            self.connection.execute(f"PRAGMA {name} = {value}")
        cursor = self.connection.execute("SELECT * FROM time_entries ORDER BY id LIMIT 1")
        names = [column[0] for column in cursor.description]
        row = dict(zip(names, cursor.fetchone(), strict=True))
        row.pop("id")
        row["timekeeper_id"] = timekeeper_id
        self.values = tuple(row.values())
        self.statement = f"INSERT INTO time_entries ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"

    def insert(self, count: int) -> float:
        began = time.perf_counter()
        for _ in range(count):
            self.connection.execute("BEGIN IMMEDIATE")
            self.connection.execute(self.statement, self.values)
            self.connection.execute("COMMIT")
        return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--entries", type=int, default=100)
    options = parser.parse_args()
    with working_folder() as folder:
        path = Path(folder) / "bench.sqlite3"
        migrate(f"sqlite:///{path}")
        engine = create_engine(f"sqlite:///{path}")
        with Session(engine, autoflush=False) as session:
            race(session, path, options.rounds, options.entries)
        engine.dispose()


def race(session: Session, path: Path, rounds: int, entries: int) -> None:
    world = make_world(session)
    matter_id = make_matter(session, world.owner).id
    ours(session, world, matter_id, 0, 5)
    bare = Bare(path, world.associate.id)
    session.rollback()
    times: dict[str, list[float]] = {"ours": [], "bare": []}
    for number in range(rounds):
        times["bare"].append(bare.insert(entries) / entries * 1000)
        times["ours"].append(ours(session, world, matter_id, 5 + number * entries, entries) / entries * 1000)
        session.rollback()
    count, value = bare.connection.execute("SELECT count(*), sum(amount_minor) FROM time_entries").fetchone()
    assert (count, value) == (2 * rounds * entries + 5, count * 200_00), "24 minutes at 500.00 an hour, each"
    report(times)


def report(times: dict[str, list[float]]) -> None:
    print(f"SQLite {sqlite3.sqlite_version}, journal_mode={JOURNAL_MODE}, synchronous={SYNCHRONOUS}")
    for name, each in times.items():
        print(f"  {name}: {statistics.median(each):.2f} ms an entry (from {min(each):.2f} to {max(each):.2f})")
    ratio = statistics.median(times["ours"]) / statistics.median(times["bare"])
    print(f"  ours takes {ratio:.1f}x the bare insert (aim: at most {AIM:.0f}x)")


if __name__ == "__main__":
    main()
