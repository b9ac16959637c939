"""How fast many entries are priced: a mixed set of rates, cards and agreements against one fixed rate for all.

    python -m benchmarks.pricing [--entries 100000] [--rounds 3]

All sides read the same entries as plain rows from a database and work out every amount (quantity times rate, half up, once).
`fixed` uses one rate. `rules` loads every rate, card and assignment of the firm in one query, finds for every entry the rule that wins with
its reason and what it beat, and works out percentages. `plain` and `agreed` are the same two on the way to the lines of bills, the latter
with discounts, caps, payers and taxes (benchmarks.agreed_bills). Rounds take turns in one process; medians of processor time are
compared. A tenth of the decisions is compared with the core's answer over all rules that could apply, without anything remembered.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import create_engine, insert, text
from sqlalchemy.orm import Session

from benchmarks.agreed_bills import agree_all, agreed, plain
from benchmarks.working_folder import working_folder
from lexapp.books.rates import rate_rules
from lexapp.cli.migrate import migrate
from lexapp.database import transaction
from lexapp.domain.money import Money
from lexapp.domain.rate_books import RateBook
from lexapp.domain.rates import RateQuery, RateRule, resolve_rate
from lexapp.models import Rate
from tests.cards import give_card, make_card
from tests.factories import NOW, OPENED, TODAY, World, make_client, make_matter, make_timekeeper, make_world

AIM = 3.0
CLIENTS, MATTERS, CARDS, DAYS = 40, 120, 6, 320
CLASSES = ("PARTNR", "ASSOC", "PARALG")
ACTIVITIES = ("", "A103", "A104", "A106", "A112")
_CREATE = """CREATE TEMPORARY TABLE priced (worked_on TEXT, matter_id INTEGER, client_id INTEGER, timekeeper_id INTEGER, class TEXT,
activity TEXT, quantity INTEGER)"""
_READ = text("SELECT worked_on, matter_id, client_id, timekeeper_id, class, activity, quantity FROM priced")


def agree(session: Session, world: World, random: Random) -> list[tuple[int, int, list[tuple[int, str]]]]:
    """A firm with rates of every level. Its matters: (id, client, people who work on it)."""
    owner, firm_id = world.owner, world.firm_id
    people = [(make_timekeeper(session, owner, f"Person {n}", CLASSES[n % 3], 20_000 + 700 * n).id, CLASSES[n % 3]) for n in range(12)]
    clients = [make_client(session, owner, f"Client {n}") for n in range(CLIENTS)]
    cards = [make_card(session, owner, f"Card {n}") for n in range(CARDS)]
    for number, client in enumerate(clients[: CLIENTS // 2]):
        give_card(session, owner, cards[number % CARDS], client, OPENED + timedelta(days=7 * number))
    matters = [make_matter(session, owner, clients[n % CLIENTS]) for n in range(MATTERS)]
    rows: list[dict[str, Any]] = []
    for card in cards:
        rows += [{"level": "card_class", "rate_card_id": card.id, "classification": code} for code in CLASSES[:2]]
        rows.append({"level": "card", "rate_card_id": card.id, "rate_minor_per_hour": 0, "change_hundredths": -random.randint(100, 2_000)})
    rows += [{"level": "client_class", "client_id": client.id, "classification": "PARTNR"} for client in clients[::4]]
    rows += [{"level": "matter", "matter_id": matter.id} for matter in matters[::5]]
    rows += [{"level": "matter_timekeeper", "matter_id": matter.id, "timekeeper_id": people[0][0]} for matter in matters[::7]]
    rows += [{"level": "class", "classification": code} for code in CLASSES] + [{"level": "activity", "activity_code": "A112"}]
    with transaction(session, firm_id):
        for row in rows:
            made = {"firm_id": firm_id, "effective_from": OPENED, "created_at": NOW, "name": ""}
            session.execute(insert(Rate), [{"rate_minor_per_hour": random.randint(10_000, 90_000)} | made | row])
    return [(matter.id, int(matter.client_id or 0), random.sample(people, 4)) for matter in matters]


def write_entries(session: Session, matters: Sequence[tuple[int, int, list[tuple[int, str]]]], count: int, random: Random) -> None:
    rows = []
    for _ in range(count):
        matter_id, client_id, people = random.choice(matters)
        person, classification = random.choice(people)
        day = TODAY - timedelta(days=random.randrange(DAYS))
        rows.append((day.isoformat(), matter_id, client_id, person, classification, random.choice(ACTIVITIES), random.randint(1, 800)))
    session.execute(text(_CREATE))
    session.connection().exec_driver_sql("INSERT INTO priced VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


def read(session: Session) -> list[tuple[Any, ...]]:
    parsed: dict[str, Any] = {}
    from_text = type(TODAY).fromisoformat
    return [(parsed.get(day) or parsed.setdefault(day, from_text(day)), *rest) for day, *rest in session.execute(_READ)]


def fixed(session: Session) -> tuple[float, int]:
    """Seconds of processor time, and the sum of the amounts."""
    began, rate = time.process_time(), Money(35_000, "USD")
    total = sum(rate.times_hundredths(row[6]).minor for row in read(session))
    return time.process_time() - began, total


def by_rules(session: Session, world: World) -> tuple[float, int]:
    """Likewise, every rate found by the rules, loaded from the database in the same time."""
    began = time.process_time()
    book, total = RateBook(rate_rules(session, firm_id=world.firm_id, currency="USD")), 0
    for on, matter_id, client_id, person, class_, activity, quantity in read(session):
        decision = book.decide((matter_id, client_id, person, class_, activity or None), on)
        total += decision.rate.times_hundredths(quantity).minor if decision.rate else 0
    return time.process_time() - began, total


def proven(session: Session, world: World) -> int:
    """The sum by the core alone, for every tenth entry, after each decision was compared; how many there were."""
    rules = rate_rules(session, firm_id=world.firm_id, currency="USD")
    book, rows = RateBook(rules), read(session)[::10]
    for row in rows:
        query = _query(row)
        assert book.resolve(query) == resolve_rate(_likely(rules, query), query)
    return len(rows)


def _query(row: tuple[Any, ...]) -> RateQuery:
    on, matter_id, client_id, person, class_, activity, _ = row
    scopes = {"client_id": client_id, "timekeeper_id": person, "timekeeper_class": class_, "activity_code": activity or None}
    return RateQuery(on=on, matter_id=matter_id, **scopes)


def _likely(rules: Sequence[RateRule], query: RateQuery) -> list[RateRule]:
    return [rule for rule in rules if rule.matter_id in (None, query.matter_id) and rule.client_id in (None, query.client_id)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with working_folder() as folder:
        path = Path(folder) / "bench.sqlite3"
        migrate(f"sqlite:///{path}")
        engine = create_engine(f"sqlite:///{path}")
        with Session(engine, autoflush=False) as session:
            race(session, options.entries, options.rounds)
        engine.dispose()


def collect_as_in_production() -> None:
    """What wsgi.py does before it serves: what was imported is not looked through again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def race(session: Session, entries: int, rounds: int) -> None:
    random, world = Random(1), make_world(session)
    collect_as_in_production()
    matters = agree(session, world, random)
    agree_all(session, world, [id_ for id_, *_ in matters])
    write_entries(session, matters, entries, random)
    times: dict[str, list[float]] = {"fixed": [], "rules": [], "plain": [], "agreed": []}
    totals = set()
    for _ in range(rounds):
        found = {"fixed": fixed(session), "rules": by_rules(session, world)}
        found |= {"plain": plain(session, read), "agreed": agreed(session, read, world.firm_id)}
        for side, (seconds, _) in found.items():
            times[side].append(seconds)
        totals.add((found["rules"][1], found["agreed"][1]))
    assert len(totals) == 1, "pricing again gives the same"
    print(f"{entries:,} entries of {MATTERS} matters, {CLIENTS} clients, half of them with one of {CARDS} cards")
    print(f"  {proven(session, world):,} decisions compared with the core's over all rules")
    for name, each in times.items():
        print(f"  {name}: {statistics.median(each):.2f} s (from {min(each):.2f} to {max(each):.2f})")
    for name, other, what in (
        ("rules", "fixed", "one fixed rate"),
        ("agreed", "plain", "one fixed rate for one payer each, as lines of bills"),
    ):
        print(f"  {name} take {statistics.median(times[name]) / statistics.median(times[other]):.1f}x {what} (aim: at most {AIM:.0f}x)")


if __name__ == "__main__":
    main()
