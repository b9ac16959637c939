"""The entries of `benchmarks.pricing` on their way to bills: at one fixed rate for one payer, or as a mixed set of agreements says.

Both sides read the entries and make of each the parts that drafting puts on lines, twenty matters at a time as drafting does. The mixed set
prices by the rules, takes off what three of five matters agreed (10 %, 100.00 a bill, caps a month and rolling), divides every fourth
matter between two payers of whom one has a cap, and taxes each payer's part by the place of the client. What is agreed is read in that
time too.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from lexapp.books.rates import rate_rules
from lexapp.database import transaction
from lexapp.domain.agreements import AgreedCap, AgreedDiscount, Hourly
from lexapp.domain.money import Money
from lexapp.domain.rate_books import RateBook
from lexapp.domain.reductions import Window
from lexapp.domain.splits import Arrangement, PayerTerms
from lexapp.domain.tax import TaxBase
from lexapp.models import Client, Matter
from lexapp.queries.taxes import tax_terms
from lexapp.queries.unbilled import UnbilledRow
from lexapp.services.pre_bills.reducing import read_reductions
from lexapp.services.pre_bills.splitting import Division, EntryPart, divide_rows
from lexapp.services.taxes import adopt_tax_set
from tests.agreed_fees import agree as agree_fees
from tests.billing import agree as agree_payers
from tests.factories import NOW, OPENED, TODAY, World, make_client

Row = tuple[Any, ...]
Reader = Callable[[Session], list[Row]]
AT_ONCE = 20
PROVINCES = ("ON", "QC", "BC", "AB")
FIXED = Money(35_000, "USD")
TERMS = (
    (AgreedDiscount(basis_points=1_000),),
    (AgreedCap(limit_minor=50_000_00, window=Window.MONTH),),
    (AgreedDiscount(amount_minor=100_00), AgreedCap(limit_minor=5_000_000_00, window=Window.ROLLING)),
)


def agree_all(session: Session, world: World, matter_ids: Sequence[int]) -> None:
    """Terms, payers and taxes of the firm, through the services."""
    adopt_tax_set(session, actor=world.owner, code="canada", now=NOW)
    insurer = make_client(session, world.owner, "Insurer").id
    for place, matter_id in enumerate(matter_ids):
        matter = session.get_one(Matter, matter_id)
        if place % 5 < len(TERMS):
            agree_fees(session, world, matter, Hourly(), *TERMS[place % 5], since=OPENED)
        if place % 4 == 0:
            ours = matter.client_id or 0
            payers = (PayerTerms(insurer, 8_000, 8_000, cap_minor=60_000_00, overflow_payer_id=ours), PayerTerms(ours))
            agree_payers(session, world, matter, Arrangement(payers, ours))
    with transaction(session, world.firm_id):
        for place, province in enumerate(PROVINCES):
            session.execute(update(Client).where(Client.id % len(PROVINCES) == place).values(country="CA", region=province))


def plain(session: Session, read: Reader) -> tuple[float, int]:
    """Seconds of processor time, and what all bills come to, at one rate and for one payer each."""
    began, total = time.process_time(), 0
    for rows in _chunks(read(session)):
        division = Division({row[1]: row[2] for row in rows})
        entries = [_entry(number, row, FIXED) for number, row in enumerate(rows)]
        total += sum(map(sum, _bills(division, entries).values()))
    return time.process_time() - began, total


def agreed(session: Session, read: Reader, firm_id: int) -> tuple[float, int]:
    """Likewise by the rules and as agreed, taxes included."""
    began, total = time.process_time(), 0
    book = RateBook(rate_rules(session, firm_id=firm_id, currency="USD"))
    for rows in _chunks(read(session)):
        clients = {row[1]: row[2] for row in rows}
        entries = list(_priced(book, rows))
        reductions = read_reductions(session, firm_id, sorted(clients), TODAY)
        division = divide_rows(session, firm_id, clients, {"time": entries}, reductions)
        assert not division.problems
        bills = _bills(division, entries)
        total += sum(map(sum, bills.values())) + _taxed(session, firm_id, bills)
    return time.process_time() - began, total


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The entries of some matters at a time."""
    by_matter: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        by_matter[row[1]].append(row)
    matters = sorted(by_matter)
    for start in range(0, len(matters), AT_ONCE):
        yield [row for matter_id in matters[start : start + AT_ONCE] for row in by_matter.pop(matter_id)]


def _bills(division: Division, entries: Iterable[UnbilledRow]) -> dict[tuple[int, int], list[int]]:
    """What each line charges, by matter and payer."""
    bills: dict[tuple[int, int], list[int]] = defaultdict(list)
    for entry in entries:
        for part in division.of("time", entry):
            bills[entry.matter_id, part.payer_id].append(_charged(part))
    return bills


def _priced(book: RateBook, rows: Sequence[Row]) -> Iterator[UnbilledRow]:
    for number, row in enumerate(rows):
        on, matter_id, client_id, person, class_, activity, _ = row
        rate = book.decide((matter_id, client_id, person, class_, activity or None), on).rate
        assert rate is not None
        yield _entry(number, row, rate)


def _entry(number: int, row: Row, rate: Money) -> UnbilledRow:
    on, matter_id, _, person, _, activity, quantity = row
    amount = rate.times_hundredths(quantity).minor
    return UnbilledRow(matter_id, number, on, person, "", "", activity, "", "billable", quantity, rate.minor, amount, 0, 0, "", True)


def _charged(part: EntryPart) -> int:
    return part.share.amount_minor + part.adjustment_minor + part.agreed_minor


def _taxed(session: Session, firm_id: int, bills: Mapping[tuple[int, int], Sequence[int]]) -> int:
    terms = tax_terms(session, firm_id=firm_id, matter_ids=sorted({matter_id for matter_id, _ in bills}))
    charges = (
        charge for (matter_id, _), lines in bills.items() for charge in terms.charged(matter_id, TaxBase.of_lines(lines, ()), on=TODAY)[0]
    )
    return sum(charge.amount_minor for charge in charges)
