"""The standard's sample, taken over, billed in the product and exported again: the same lines, read by a stranger's parser."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.domain.ledes import parse_1998b
from lexapp.models import Firm, Invoice, Matter
from lexapp.queries.ledes import ledes_1998b
from lexapp.queries.verification import verify
from lexapp.services.invoices import issue_invoices
from lexapp.services.ledes_imports import import_ledes
from lexapp.services.pre_bills import approve_pre_bill, draft_pre_bill
from tests.factories import NOW, TODAY, World, make_world

SAMPLE = (Path(__file__).parents[1] / "data" / "ledes-1998b-sample.txt").read_text()
STRANGER = Path(sys.prefix) / "peers" / "ledes" / "bin" / "python"
READ = """
import json, sys, warnings
warnings.simplefilter("ignore")
import ledes_parser
read = ledes_parser.get_parser("LEDES98B").parse(sys.stdin.read())
print(json.dumps(read["line_items"], default=str))
"""
LEFT_ASIDE = {"invoice_number", "invoice_date", "line_item_number", "billing_start_date", "billing_end_date", "invoice_description"}


def read_by_a_stranger(text: str) -> list[dict[str, str]]:
    """The lines as the public `ledes-parser` reads them, in an environment of its own that `make setup-test` fills."""
    done = subprocess.run([STRANGER, "-c", READ], input=text, capture_output=True, text=True, check=True)
    lines: list[dict[str, str]] = json.loads(done.stdout)
    return lines


def compared(line: dict[str, str]) -> dict[str, object]:
    """A line without numbers and dates of the invoice; amounts by value, since 630 and 630.00 are the same."""
    kept = {name: value for name, value in line.items() if name not in LEFT_ASIDE}
    numbers = {name: float(value or 0) for name, value in kept.items() if name.endswith(("units", "amount", "total", "unit_cost"))}
    return {**kept, **numbers}


@pytest.fixture
def billed(session: Session) -> tuple[World, list[Invoice]]:
    world = make_world(session)
    with transaction(session, world.firm_id):
        session.get_one(Firm, world.firm_id).tax_number = "24-6437381"
    import_ledes(session, actor=world.owner, invoices=parse_1998b(SAMPLE), key="sample", now=NOW)
    matters = session.scalars(select(Matter.id).where(~Matter.is_internal).order_by(Matter.number)).all()
    pre_bill_ids = []
    for matter_id in matters:
        pre_bill_ids += draft_pre_bill(session, actor=world.owner, matter_id=matter_id, through_on=date(1999, 1, 31), now=NOW)
    for pre_bill_id in pre_bill_ids:
        approve_pre_bill(session, actor=world.owner, pre_bill_id=pre_bill_id, version=1, now=NOW)
    ids = issue_invoices(session, actor=world.owner, pre_bill_ids=pre_bill_ids, issued_on=TODAY, now=NOW)
    return world, list(session.scalars(select(Invoice).where(Invoice.id.in_(ids)).order_by(Invoice.id)))


def test_billing_the_sample_gives_its_totals_to_the_cent(session: Session, billed: tuple[World, list[Invoice]]) -> None:
    world, invoices = billed
    assert [invoice.total_minor for invoice in invoices] == [1_684_45, 1_250_00]
    assert verify(session, world.firm_id) == []


def test_a_stranger_reads_our_export_with_the_lines_of_the_sample(session: Session, billed: tuple[World, list[Invoice]]) -> None:
    ours = [line for invoice in billed[1] for line in read_by_a_stranger(ledes_1998b(session, invoice=invoice))]
    theirs = read_by_a_stranger(SAMPLE)
    assert [compared(line) for line in ours] == [compared(line) for line in theirs]
