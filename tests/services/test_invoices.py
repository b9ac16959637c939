"""Invoices: numbered without a gap, frozen so that they add up, booked, sent, voided; once, whoever asks how often."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from lexapp.books import entry_postings
from lexapp.database import transaction
from lexapp.domain import snapshots
from lexapp.domain.errors import InvalidInput, NotAllowed, NotFound, Refused
from lexapp.domain.money import Money
from lexapp.domain.permissions import Role
from lexapp.models import (
    Balance,
    Client,
    Firm,
    Invoice,
    InvoiceLink,
    InvoiceMatter,
    InvoiceSnapshot,
    JournalEntry,
    Matter,
    OutboxMessage,
    PreBill,
)
from lexapp.queries.unbilled import unbilled_matters
from lexapp.services.invoices import issue_invoices, send_invoice, start_issue_run, void_invoice
from lexapp.services.payments import record_payment
from lexapp.services.pre_bills import LineChange, approve_pre_bills, edit_line, hold_back_line
from lexapp.services.trust import deposit_to_trust
from lexapp.workflows.billing_runs import run_next_chunk
from tests.billing import approved, charge_fixed_fee, draft, issue, lines_of, share_matter, spend, work_time
from tests.databases import Database
from tests.factories import NOW, TODAY, World, make_client, make_matter, make_member, make_world


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def frozen(session: Session, invoice: Invoice) -> snapshots.InvoiceSnapshot:
    """The snapshot, which must add up."""
    text = session.scalars(select(InvoiceSnapshot.data).where(InvoiceSnapshot.invoice_id == invoice.id)).one()
    snapshot = snapshots.InvoiceSnapshot.from_json(json.loads(text))
    snapshot.check()
    return snapshot


def postings(session: Session, invoice: Invoice) -> dict[str, int]:
    assert invoice.journal_entry_id is not None
    legs = entry_postings(session, firm_id=invoice.firm_id, journal_entry_id=invoice.journal_entry_id)
    return {leg.account: leg.amount_minor for leg in legs}


def change_firm(session: Session, world: World, **values: object) -> None:
    with transaction(session, world.firm_id):
        session.execute(update(Firm).where(Firm.id == world.firm_id).values(**values))


def pay(session: Session, world: World, invoice: Invoice, amount_minor: int, on: date) -> None:
    amount, at = Money(amount_minor, "USD"), datetime.combine(on, time(15), UTC)
    record_payment(
        session,
        actor=world.owner,
        payer_id=invoice.payer_id,
        amount=amount,
        received_on=on,
        method="cheque",
        reference="1044",
        allocations={invoice.id: amount},
        now=at,
    )


def deposit(session: Session, world: World, matter: Matter, amount_minor: int, on: date) -> None:
    deposit_to_trust(
        session,
        actor=world.owner,
        amount=Money(amount_minor, "USD"),
        effective_on=on,
        source="Castellane Shipping",
        method="transfer",
        matter_id=matter.id,
        purpose="Retainer",
        now=NOW,
    )


# ── issuing ──────────────────────────────────────────────────────────────────────────────────────


def test_an_invoice_is_numbered_dated_frozen_and_owed_to_the_printer(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter, 120, 50_000, on=date(2026, 11, 3))
    work_time(session, world, matter, 40, 30_000, by=world.associate, status="no_charge", on=date(2026, 11, 9))
    charge_fixed_fee(session, world, matter, 125_000)
    spend(session, world, matter, 28_950)
    (invoice,) = issue(session, world, matter)
    assert (invoice.number, invoice.series_number, invoice.total_minor) == ("INV-2026-0001", 1, 213_950)
    assert (invoice.issued_on, invoice.due_on) == (TODAY, date(2026, 12, 23))
    assert (invoice.billed_from_on, invoice.billed_through_on) == (date(2026, 11, 3), TODAY)
    assert (invoice.fees_minor, invoice.costs_minor, invoice.tax_minor) == (185_000, 28_950, 0)
    part = session.scalars(select(InvoiceMatter)).one()
    assert (part.matter_id, part.total_minor) == (matter.id, 213_950)
    snapshot = frozen(session, invoice)
    assert snapshot.payer.email == "ap@castellane.test"
    assert [line.no_charge for line in snapshot.time] == [False, True]
    assert snapshot.account.total_due_minor == 213_950
    assert session.get_one(PreBill, invoice.pre_bill_id).state == "issued"
    assert session.scalars(select(OutboxMessage.kind)).all() == ["invoice.document"]
    assert len(session.scalars(select(InvoiceLink.public_id)).one()) == 43


def test_the_books_take_fees_costs_at_cost_and_markups(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter, 100, 50_000)
    spend(session, world, matter, 10_000, cost=8_000)
    spend(session, world, matter, 2_000, kind="soft")
    below = spend(session, world, matter, 3_000)
    (bill,) = draft(session, world, matter)
    line = next(line for line in lines_of(session, bill) if line.expense_entry_id == below.id)
    less = LineChange("Court fee", line.quantity_hundredths, line.rate_minor, write_down_minor=1_000, write_down_reason="Agreed")
    edit_line(session, actor=world.owner, line_id=line.id, version=1, change=less, now=NOW)
    approve_pre_bills(session, actor=world.owner, pre_bill_ids=[bill], now=NOW)
    (id_,) = issue_invoices(session, actor=world.owner, pre_bill_ids=[bill], issued_on=TODAY, now=NOW)
    assert postings(session, session.get_one(Invoice, id_)) == {
        "receivable": 64_000,
        "costs_written_down": 1_000,
        "fee_income": -50_000,
        "advanced_costs": -11_000,
        "cost_income": -4_000,
    }


def test_no_charge_work_alone_makes_an_invoice_without_a_journal_entry(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter, 40, status="no_charge")
    (invoice,) = issue(session, world, matter)
    assert (invoice.total_minor, invoice.journal_entry_id) == (0, None)
    frozen(session, invoice)
    void_invoice(session, actor=world.owner, invoice_id=invoice.id, reason="Mistake", now=NOW)


def test_numbers_follow_the_pattern_and_start_again_each_year(session: Session, world: World, matter: Matter) -> None:
    change_firm(session, world, invoice_number_pattern="{year}/{number:03}")
    for on in (date(2025, 12, 30), date(2026, 1, 4), date(2026, 1, 5)):
        work_time(session, world, matter, on=on)
        issue(session, world, matter, issued_on=on)
    assert session.scalars(select(Invoice.number).order_by(Invoice.id)).all() == ["2025/001", "2026/001", "2026/002"]


def test_each_payers_invoice_adds_up_also_where_a_part_is_rounded(session: Session, world: World, matter: Matter) -> None:
    other = make_client(session, world.owner, "Pemberwick Mutual")
    assert matter.client_id is not None
    share_matter(session, world, matter, {matter.client_id: 3_333, other.id: 6_667})
    for hundredths, rate in ((10, 25_005), (33, 33_335), (1, 50_000), (7, 19_999)):
        work_time(session, world, matter, hundredths, rate)
    spend(session, world, matter, 525, quantity=28_601)
    invoices = issue(session, world, matter)
    assert sum(invoice.total_minor for invoice in invoices) == 2_501 + 11_001 + 500 + 1_400 + 150_155
    for invoice in invoices:
        assert frozen(session, invoice).totals.total_minor == invoice.total_minor


def test_an_adjusted_line_is_printed_with_its_adjustment(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter, 200, 35_000)
    (bill,) = draft(session, world, matter)
    (line,) = lines_of(session, bill)
    less = LineChange("Review", 200, 35_000, adjustment_minor=-7_000, adjustment_reason="Agreed discount")
    edit_line(session, actor=world.owner, line_id=line.id, version=1, change=less, now=NOW)
    approve_pre_bills(session, actor=world.owner, pre_bill_ids=[bill], now=NOW)
    (id_,) = issue_invoices(session, actor=world.owner, pre_bill_ids=[bill], issued_on=TODAY, now=NOW)
    (shown,) = frozen(session, session.get_one(Invoice, id_)).time
    assert (shown.gross_minor, shown.adjustment_minor, shown.amount_minor, shown.note) == (70_000, -7_000, 63_000, "Agreed discount")


def test_the_next_invoice_carries_the_balance_and_the_payments_since(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter, 100, on=date(2026, 9, 1))
    (first,) = issue(session, world, matter, issued_on=date(2026, 10, 1))
    pay(session, world, first, 20_000, date(2026, 10, 13))
    work_time(session, world, matter, 20)
    (second,) = issue(session, world, matter)
    account = frozen(session, second).account
    assert (account.previous_balance_minor, account.payments_minor, account.total_due_minor) == (50_000, 20_000, 40_000)
    assert (account.previous_description, account.payments_since_on) == (first.number, date(2026, 10, 1))
    assert account.payments[0].description == f"Cheque 1044, for {first.number}"


def test_trust_money_since_the_last_invoice_is_shown_and_asked_for(session: Session, world: World, matter: Matter) -> None:
    with transaction(session, world.firm_id):
        session.execute(update(Matter).where(Matter.id == matter.id).values(trust_minimum_minor=100_000))
    deposit(session, world, matter, 80_000, date(2026, 9, 3))
    work_time(session, world, matter, 100, on=date(2026, 9, 1))
    issue(session, world, matter, issued_on=date(2026, 10, 1))
    deposit(session, world, matter, 5_000, date(2026, 10, 20))
    work_time(session, world, matter, 20)
    (second,) = issue(session, world, matter)
    (trust,) = frozen(session, second).trust
    assert (trust.opening_minor, trust.closing_minor, [line.number for line in trust.movements]) == (80_000, 85_000, ["R-000002"])
    assert trust.replenishment is not None
    assert trust.replenishment.requested_minor == 15_000


def test_held_lines_are_not_on_the_invoice(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter, 100)
    work_time(session, world, matter, 20)
    (bill,) = draft(session, world, matter)
    hold_back_line(session, actor=world.owner, line_id=lines_of(session, bill)[0].id, version=1, now=NOW)
    approve_pre_bills(session, actor=world.owner, pre_bill_ids=[bill], now=NOW)
    (id_,) = issue_invoices(session, actor=world.owner, pre_bill_ids=[bill], issued_on=TODAY, now=NOW)
    assert session.get_one(Invoice, id_).total_minor == 10_000


# ── refusals, repeats, races ─────────────────────────────────────────────────────────────────────


def test_a_double_click_gives_one_invoice(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter)
    bills = approved(session, world, matter)
    sent = [issue_invoices(session, actor=world.owner, pre_bill_ids=bills, issued_on=TODAY, key="k", now=NOW) for _ in range(2)]
    assert sent[0] == sent[1]
    assert session.scalar(select(func.count(Invoice.id))) == 1


def test_a_second_browser_is_told_the_number(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter)
    bills = approved(session, world, matter)
    issue_invoices(session, actor=world.owner, pre_bill_ids=bills, issued_on=TODAY, key="one", now=NOW)
    with pytest.raises(NotAllowed, match="issued already, as INV-2026-0001"):
        issue_invoices(session, actor=world.owner, pre_bill_ids=bills, issued_on=TODAY, key="two", now=NOW)


def test_what_cannot_be_issued_leaves_no_gap(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter)
    bills = draft(session, world, matter)
    asked = {"actor": world.owner, "pre_bill_ids": bills, "now": NOW}
    with pytest.raises(NotAllowed, match="Approve it first"):
        issue_invoices(session, issued_on=TODAY, **asked)  # type: ignore[arg-type]
    approve_pre_bills(session, actor=world.owner, pre_bill_ids=bills, now=NOW)
    with pytest.raises(InvalidInput) as late:
        issue_invoices(session, issued_on=TODAY, due_on=date(2026, 11, 1), **asked)  # type: ignore[arg-type]
    assert late.value.field == "due_on"
    with transaction(session, world.firm_id):
        session.execute(update(Client).values(email=""))
    with pytest.raises(InvalidInput, match="has no e-mail address"):
        issue_invoices(session, issued_on=TODAY, send=True, **asked)  # type: ignore[arg-type]
    (id_,) = issue_invoices(session, issued_on=TODAY, **asked)  # type: ignore[arg-type]
    assert session.get_one(Invoice, id_).series_number == 1


def test_only_the_firms_own_people_with_the_right_issue(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter)
    bills = approved(session, world, matter)
    other = make_world(session, "Other LLP")
    bookkeeper = make_member(session, world.owner, Role.BOOKKEEPER)
    for actor, refusal in ((other.owner, NotFound), (bookkeeper, NotAllowed)):
        with pytest.raises(refusal):
            issue_invoices(session, actor=actor, pre_bill_ids=bills, issued_on=TODAY, now=NOW)
    assert session.scalar(select(func.count(Invoice.id))) == 0


def test_two_browsers_at_once_give_one_invoice_and_numbers_stay_without_a_gap(session: Session, world: World, database: Database) -> None:
    matters = [make_matter(session, world.owner) for _ in range(4)]
    for each in matters:
        work_time(session, world, each)
    bills = approved(session, world, *matters)
    session.rollback()

    def press(bill_id: int) -> str:
        with Session(database.engine, autoflush=False) as own:
            try:
                issue_invoices(own, actor=world.owner, pre_bill_ids=[bill_id], issued_on=TODAY, now=NOW)
            except Refused as refusal:
                return refusal.message
            return "issued"

    with ThreadPoolExecutor(4) as browsers:
        answers = list(browsers.map(press, [*bills, *bills]))
    assert answers.count("issued") == 4
    assert all("issued already" in answer for answer in answers if answer != "issued")
    assert sorted(session.scalars(select(Invoice.series_number))) == [1, 2, 3, 4]
    assert session.scalar(select(func.count(JournalEntry.id)).where(JournalEntry.event_code == "invoice.issued")) == 4


# ── void and send ────────────────────────────────────────────────────────────────────────────────


def test_a_void_returns_the_work_and_leaves_the_books_at_zero(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter)
    (invoice,) = issue(session, world, matter)
    for _ in range(2):
        void_invoice(session, actor=world.owner, invoice_id=invoice.id, reason="Wrong payer", key="v", now=NOW)
    assert (invoice.voided_on, invoice.void_reason) == (TODAY, "Wrong payer")
    assert set(session.scalars(select(Balance.amount_minor))) == {0}
    assert session.scalars(select(InvoiceLink.revoked_at)).one() == NOW
    (free,) = unbilled_matters(session, firm_id=world.firm_id, through_on=TODAY)
    assert free.total_minor == 60_000
    with pytest.raises(NotAllowed, match="already voided"):
        void_invoice(session, actor=world.owner, invoice_id=invoice.id, reason="Again", now=NOW)
    (again,) = issue(session, world, matter)
    assert (again.number, frozen(session, again).account.previous_balance_minor) == ("INV-2026-0002", 0)


def test_an_invoice_with_payments_is_not_voided(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter)
    (invoice,) = issue(session, world, matter)
    with pytest.raises(InvalidInput) as refusal:
        void_invoice(session, actor=world.owner, invoice_id=invoice.id, reason=" ", now=NOW)
    assert refusal.value.field == "reason"
    pay(session, world, invoice, 100, TODAY)
    with pytest.raises(NotAllowed, match="Take them off first"):
        void_invoice(session, actor=world.owner, invoice_id=invoice.id, reason="Mistake", now=NOW)
    assert session.get_one(Invoice, invoice.id).voided_on is None


def test_sending_again_owes_another_mail_and_a_voided_invoice_none(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter)
    (invoice,) = issue(session, world, matter, send=True)
    send_invoice(session, actor=world.owner, invoice_id=invoice.id, key="s", now=NOW)
    send_invoice(session, actor=world.owner, invoice_id=invoice.id, key="s", now=NOW)
    mails = select(func.count()).where(OutboxMessage.kind == "invoice.mail")
    assert session.scalar(mails) == 2
    void_invoice(session, actor=world.owner, invoice_id=invoice.id, reason="Mistake", now=NOW)
    with pytest.raises(NotAllowed):
        send_invoice(session, actor=world.owner, invoice_id=invoice.id, now=NOW)


# ── runs ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_issues_in_chunks_and_names_what_it_could_not(
    session: Session, world: World, matter: Matter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lexapp.books.billing_runs.CHUNK", 2)
    matters = [matter, *(make_matter(session, world.owner) for _ in range(4))]
    for each in matters:
        work_time(session, world, each)
    bills = [*draft(session, world, matters[0]), *approved(session, world, *matters[1:])]
    run = start_issue_run(session, actor=world.owner, pre_bill_ids=bills, issued_on=TODAY, now=NOW)
    steps = [run_next_chunk(session, firm_id=world.firm_id, run_id=run.id, now=NOW) for _ in range(3)]
    assert steps == [True, True, False]
    session.refresh(run)
    assert run.state == "finished"
    assert session.scalars(select(Invoice.series_number).order_by(Invoice.id)).all() == [1, 2, 3, 4]
    for invoice in session.scalars(select(Invoice)):
        frozen(session, invoice)
