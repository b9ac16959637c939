"""A matter with a discount, a monthly cap and two payers, from the agreement to the invoices, the journal, the exports and the reports."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.domain.agreements import AgreedCap, AgreedDiscount, Hourly
from lexapp.domain.derivations import comes_to
from lexapp.domain.ledes import parse_1998b
from lexapp.domain.periods import Period
from lexapp.domain.reductions import Window
from lexapp.domain.snapshots import InvoiceSnapshot
from lexapp.domain.splits import Arrangement, PayerTerms
from lexapp.integrations.documents.invoice import invoice_page
from lexapp.models import Account, Invoice, Matter, Posting, PreBillLine
from lexapp.models import InvoiceSnapshot as Frozen
from lexapp.queries.derivations import derive_lines
from lexapp.queries.ledes import ledes_1998b
from lexapp.queries.reports.productivity import productivity, sum_productivity
from lexapp.queries.reports.scope import Scope
from lexapp.queries.verification import verify
from lexapp.services.invoices import issue_invoices, void_invoice
from lexapp.services.pre_bills import LineChange, approve_pre_bills, edit_line
from lexapp.services.taxes import NewTax, add_tax
from tests.agreed_fees import agree
from tests.billing import agree as agree_payers
from tests.billing import draft, issue, lines_of, spend, work_time
from tests.factories import NOW, OPENED, TODAY, World, make_client, make_matter, make_world

TERMS = (Hourly(), AgreedDiscount(basis_points=1_000), AgreedCap(limit_minor=1_000_00, window=Window.MONTH))
DAYS = [date(2026, 10, day) for day in (6, 13, 20)] + [date(2026, 11, 3)]


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def shared(session: Session, world: World, matter: Matter) -> int:
    """80 % of the fees are an insurer's, the rest and the expenses the client's; the insurer's id."""
    insurer = make_client(session, world.owner, "Pemberwick Mutual").id
    payers = (PayerTerms(insurer, fees=8_000, fixed_fees=8_000), PayerTerms(matter.client_id or 0))
    agree_payers(session, world, matter, Arrangement(payers, matter.client_id))
    return insurer


def snapshot_of(session: Session, invoice: Invoice) -> InvoiceSnapshot:
    return InvoiceSnapshot.from_json(json.loads(session.scalars(select(Frozen.data).where(Frozen.invoice_id == invoice.id)).one()))


def posted(session: Session, invoice: Invoice) -> dict[str, int]:
    query = select(Account.role, func.sum(Posting.amount_minor)).join(Account, Account.id == Posting.account_id)
    rows = session.execute(query.where(Posting.journal_entry_id == invoice.journal_entry_id).group_by(Account.role))
    return {role: int(minor) for role, minor in rows}


def test_from_the_agreement_to_invoices_and_journal(session: Session, world: World, matter: Matter) -> None:
    insurer = shared(session, world, matter)
    agree(session, world, matter, *TERMS)
    tax = NewTax(name="GET", rate_millionths=40_000, on_fees=True, on_expenses=False, effective_from=OPENED)
    add_tax(session, actor=world.owner, tax=tax)
    for on in DAYS:
        work_time(session, world, matter, 120, on=on)
    spend(session, world, matter, 52_50)
    invoices = {invoice.payer_id: invoice for invoice in issue(session, world, matter)}
    theirs, ours = invoices[insurer], invoices[matter.client_id or 0]
    assert (theirs.total_minor, ours.total_minor) == (1_232_00 + 49_28, 308_00 + 52_50 + 12_32)
    assert posted(session, theirs) == {"receivable": 1_281_28, "fee_income": -1_232_00, "tax_payable": -49_28}
    shown = snapshot_of(session, theirs)
    assert shown.differences() == []
    assert [(line.gross_minor, line.adjustment_minor, line.amount_minor) for line in shown.time] == [
        (480_00, -48_00, 432_00),
        (480_00, -112_00, 368_00),
        (480_00, -480_00, 0),
        (480_00, -48_00, 432_00),
    ]
    assert shown.time[1].note == "10 % off, as agreed (48.00); beyond the cap of $1,000.00 a month (64.00)"
    assert {row.is_this: row.fees_minor for row in shown.split} == {True: 1_232_00, False: 308_00}
    assert "beyond the cap of $1,000.00 a month" in str(invoice_page(shown))
    told = parse_1998b(ledes_1998b(session, invoice=theirs))
    assert sum(line.adjustment for one in told for line in one.lines if line.timekeeper_id) == -688
    derived = derive_lines(session, firm_id=world.firm_id, condition=PreBillLine.pre_bill_id == theirs.pre_bill_id)
    assert [comes_to(one.steps) for one in derived] == [line.amount_minor for line in shown.time]
    assert verify(session, world.firm_id) == []


def test_one_payers_part_is_voided_and_billed_again_as_it_was(session: Session, world: World, matter: Matter) -> None:
    insurer = shared(session, world, matter)
    agree(session, world, matter, *TERMS)
    for on in DAYS:
        work_time(session, world, matter, 113, 33_335, on=on)
    before = {invoice.payer_id: (invoice.id, invoice.total_minor) for invoice in issue(session, world, matter)}
    session.rollback()
    void_invoice(session, actor=world.owner, invoice_id=before[insurer][0], reason="Address", now=NOW)
    (again,) = issue(session, world, matter)
    assert (again.payer_id, again.total_minor) == (insurer, before[insurer][1])


def test_write_downs_and_agreed_discounts_feed_realization(session: Session, world: World, matter: Matter) -> None:
    """Billed ÷ billable value: what was written down, typed as a reduction or agreed was worked and is not billed."""
    agree(session, world, matter, AgreedDiscount(basis_points=1_000))
    work_time(session, world, matter, 200)
    work_time(session, world, matter, 100)
    bills = draft(session, world, matter)
    [first, second] = lines_of(session, bills[0])
    change = LineChange(first.narrative, first.quantity_hundredths, first.rate_minor, write_down_minor=100_00, write_down_reason="Slow")
    further = LineChange(second.narrative, second.quantity_hundredths, second.rate_minor)
    further = replace(further, adjustment_minor=-50_00, adjustment_reason="Goodwill")
    ids = [(first.id, first.version, change), (second.id, second.version, further)]
    session.rollback()
    for line_id, version, one in ids:
        edit_line(session, actor=world.owner, line_id=line_id, version=version, change=one, now=NOW)
    approve_pre_bills(session, actor=world.owner, pre_bill_ids=bills, now=NOW)
    issue_invoices(session, actor=world.owner, pre_bill_ids=bills, issued_on=TODAY, now=NOW)
    told = sum_productivity(productivity(session, scope=Scope(world.owner), period=Period(OPENED, TODAY)))
    assert (told.value_minor, told.billed_minor, told.realization) == (1_500_00, 1_215_00, 810)


def test_work_that_is_beyond_the_cap_altogether_is_invoiced_at_nothing(session: Session, world: World, matter: Matter) -> None:
    agree(session, world, matter, AgreedCap(limit_minor=600_00))
    work_time(session, world, matter, 120)
    issue(session, world, matter)
    work_time(session, world, matter, 120)
    (invoice,) = issue(session, world, matter)
    assert (invoice.total_minor, snapshot_of(session, invoice).time[0].note) == (0, "beyond the cap of $600.00")
