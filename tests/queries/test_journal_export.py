"""The exported journal: hledger and beancount accept it and agree with every balance of ours."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path

from sqlalchemy.orm import Session

from lexapp.domain.journal_formats import JournalExport, write_beancount, write_csv, write_hledger
from lexapp.queries.journal_export import journal_export
from tests.factories import make_world
from tests.queries.test_verification import deposit
from tests.strangers import bean_check, run, strangers_agree


def exported(session: Session) -> JournalExport:
    world = make_world(session, name='Brannock "Voss" LLP')
    for number, amount_minor in enumerate((500_00, 1, 99_999_99), start=1):
        deposit(session, world, amount_minor, number)
    return journal_export(session, world.firm_id)


def test_hledger_and_beancount_accept_the_journal_and_agree_on_balances(session: Session, tmp_path: Path) -> None:
    assert strangers_agree(exported(session), tmp_path)


def test_hledger_refuses_a_journal_that_is_off_by_a_cent(session: Session, tmp_path: Path) -> None:
    text = write_hledger(exported(session)).replace("0.01 USD", "0.02 USD", 1)
    file = tmp_path / "books.journal"
    file.write_text(text)
    assert run("hledger", "-f", str(file), "check").returncode != 0


def test_beancount_refuses_a_balance_that_is_off_by_a_cent(session: Session, tmp_path: Path) -> None:
    lines = write_beancount(exported(session)).splitlines()
    last = next(i for i, line in enumerate(lines) if " balance " in line and "Trust" in line)
    lines[last] = lines[last].replace(" ~ 0", "1 ~ 0")
    assert bean_check("\n".join(lines), tmp_path).returncode != 0


def test_csv_has_a_row_per_posting_that_sum_to_zero(session: Session) -> None:
    export = exported(session)
    rows = list(csv.DictReader(io.StringIO(write_csv(export))))
    assert len(rows) == sum(len(entry.postings) for entry in export.entries)
    assert sum(Decimal(row["amount"]) for row in rows) == 0
