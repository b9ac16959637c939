"""How fast the seven reports answer: ours against the shortest SQL that reads the same rows and comes to the same total.

    python -m benchmarks.reports [--size large] [--matters N] [--entries N] [--rounds 7]

`ours` is the report's query function for a year, grouped as its page is: names, months without anything, the spread of part payments, typed
rows. `bare` is one aggregate over the same tables through sqlite3, without groups or names. Both sides read the same file, take turns,
and must come to the same total; medians of processor time are compared.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from benchmarks.working_folder import working_folder
from lexapp.domain.periods import Period
from lexapp.domain.permissions import Actor, Role
from lexapp.models import Firm
from lexapp.queries.reports.aging import Aged, aging, sum_aging
from lexapp.queries.reports.collections import collected_by, sum_collected
from lexapp.queries.reports.hours import hours_by, sum_hours
from lexapp.queries.reports.income import accrual_income, cash_income, sum_income
from lexapp.queries.reports.productivity import productivity, sum_productivity
from lexapp.queries.reports.scope import Scope
from lexapp.queries.reports.trust_listing import held, trust_listing
from lexapp.queries.reports.wip import sum_wip, wip_by

LAST = date(2026, 11, 20)
YEAR = Period(date(2025, 12, 1), LAST)
AIM = 5.0


@dataclass(frozen=True)
class Race:
    """A report, the total that it comes to, and the statement that comes to the same."""

    name: str
    ours: Callable[[Session, Scope], int]
    bare: str


RACES = (
    Race(
        "hours by timekeeper",
        lambda session, scope: sum_hours(hours_by(session, scope=scope, period=YEAR, by="timekeeper")).total,
        "SELECT sum(quantity_hundredths) FROM time_entries WHERE discarded_at IS NULL AND worked_on BETWEEN :first AND :last",
    ),
    Race(
        "hours by week",
        lambda session, scope: sum_hours(hours_by(session, scope=scope, period=YEAR, by="week")).billable,
        "SELECT sum(quantity_hundredths) FROM time_entries WHERE discarded_at IS NULL AND billing_status = 'billable'"
        " AND worked_on BETWEEN :first AND :last",
    ),
    Race(
        "outstanding invoices by payer",
        lambda session, scope: sum_aging(aging(session, scope=scope, on=LAST, by="payer", aged=Aged()), "due").open_minor,
        "SELECT (SELECT sum(total_minor) FROM invoices WHERE issued_on <= :last AND (voided_on IS NULL OR voided_on > :last))"
        " - (SELECT coalesce(sum(a.amount_minor), 0) FROM allocations a JOIN invoices i ON i.id = a.invoice_id"
        " WHERE a.effective_on <= :last AND (i.voided_on IS NULL OR i.voided_on > :last))",
    ),
    Race(
        "collected by client",
        lambda session, scope: sum_collected(collected_by(session, scope=scope, period=YEAR, by="client")).total_minor,
        "SELECT sum(amount_minor) FROM allocations WHERE effective_on BETWEEN :first AND :last",
    ),
    Race(
        "productivity",
        lambda session, scope: sum_productivity(productivity(session, scope=scope, period=YEAR)).billed_minor,
        "SELECT sum(l.amount_minor) FROM time_entries t JOIN pre_bill_lines l ON l.time_entry_id = t.id AND l.state = 'included'"
        " JOIN invoices i ON i.pre_bill_id = l.pre_bill_id AND i.voided_on IS NULL"
        " WHERE t.discarded_at IS NULL AND t.worked_on BETWEEN :first AND :last",
    ),
    Race(
        "work in progress by client",
        lambda session, scope: sum_wip(wip_by(session, scope=scope, on=LAST, by="client")).fees_minor,
        "SELECT sum(t.amount_minor) - sum(coalesce(b.worth, 0)) FROM time_entries t LEFT JOIN ("
        " SELECT l.time_entry_id, sum(l.entry_amount_minor) AS worth FROM pre_bill_lines l JOIN invoices i ON i.pre_bill_id = l.pre_bill_id"
        " WHERE l.time_entry_id IS NOT NULL AND l.state <> 'held' AND i.issued_on <= :last AND (i.voided_on IS NULL OR i.voided_on > :last)"
        " GROUP BY l.time_entry_id) b ON b.time_entry_id = t.id"
        " WHERE t.discarded_at IS NULL AND t.billing_status = 'billable' AND t.worked_on <= :last",
    ),
    Race(
        "trust listing",
        lambda session, scope: held(trust_listing(session, scope=scope, on=LAST)),
        "SELECT sum(amount_minor) FROM trust_transactions WHERE effective_on <= :last",
    ),
    Race(
        "income, accrual",
        lambda session, scope: sum_income(accrual_income(session, scope=scope, period=YEAR)).income_minor,
        "SELECT -sum(p.amount_minor) FROM postings p"
        " JOIN journal_entries e ON e.id = p.journal_entry_id JOIN accounts a ON a.id = p.account_id"
        " WHERE a.kind = 'income' AND e.effective_on BETWEEN :first AND :last",
    ),
    Race(
        "income, cash",
        lambda session, scope: sum_income(cash_income(session, scope=scope, period=YEAR)).total_minor,
        "SELECT sum(amount_minor) FROM allocations WHERE effective_on BETWEEN :first AND :last",
    ),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="large")
    parser.add_argument("--matters", type=int)
    parser.add_argument("--entries", type=int)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--database", type=Path, help="a seeded SQLite file, instead of seeding one")
    options = parser.parse_args()
    with working_folder() as folder:
        path = options.database or seeded(Path(folder), options)
        engine = create_engine(f"sqlite:///{path}")
        with Session(engine) as session:
            run(session, sqlite3.connect(path), options.rounds)
        engine.dispose()


def seeded(folder: Path, options: argparse.Namespace) -> Path:
    path = folder / "bench.sqlite3"
    size = ["--size", options.size, "--last-day", LAST.isoformat()]
    counts = [f"--{name}={value}" for name in ("matters", "entries") if (value := getattr(options, name))]
    environ = {"DATABASE_URL": f"sqlite:///{path}", "DATA_FOLDER": str(folder), "PATH": ""}
    for command in (["migrate"], ["seed", *size, *counts]):
        subprocess.run([sys.executable, "-m", "lexapp", *command], env=environ, check=True, stdout=subprocess.DEVNULL)
    return path


def run(session: Session, bare: sqlite3.Connection, rounds: int) -> None:
    firm_id = session.scalars(select(Firm.id)).one()
    scope = Scope(Actor(1, firm_id, 1, Role.OWNER))
    (entries,) = bare.execute("SELECT count(*) FROM time_entries").fetchone()
    print(f"SQLite {sqlite3.sqlite_version}, {entries:,} time entries, medians of {rounds} rounds")
    ratios = [race(session, scope, bare, each, rounds) for each in RACES]
    ours, them = (sum(side) for side in zip(*ratios, strict=True))
    print(f"  all together: ours takes {ours / them:.1f}x the bare sums (aim: at most {AIM:.0f}x)")


def race(session: Session, scope: Scope, bare: sqlite3.Connection, each: Race, rounds: int) -> tuple[float, float]:
    """Median milliseconds of both sides; their totals must be equal."""
    days = {"first": YEAR.first.isoformat(), "last": YEAR.last.isoformat()}
    given = {name: value for name, value in days.items() if f":{name}" in each.bare}
    times: dict[str, list[float]] = {"ours": [], "bare": []}
    for _ in range(rounds):
        began = time.process_time()
        (total,) = bare.execute(each.bare, given).fetchone()
        times["bare"].append((time.process_time() - began) * 1000)
        began = time.process_time()
        found = each.ours(session, scope)
        times["ours"].append((time.process_time() - began) * 1000)
        session.rollback()
        assert found == total, f"{each.name}: ours {found}, bare {total}"
    ours, them = statistics.median(times["ours"]), statistics.median(times["bare"])
    print(f"  {each.name}: ours {ours:.0f} ms, bare {them:.1f} ms ({ours / them:.1f}x)")
    return ours, them


if __name__ == "__main__":
    main()
