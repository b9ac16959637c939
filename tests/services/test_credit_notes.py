"""Credit notes: what they take off an invoice for good, what they leave alone, and how the books agree with them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from lexapp.books import open_amounts
from lexapp.database import transaction
from lexapp.domain.derivations import follow
from lexapp.domain.errors import InvalidInput, NotAllowed
from lexapp.domain.money import Money
from lexapp.domain.periods import Period
from lexapp.domain.permissions import Role
from lexapp.models import Account, Allocation, AuditEvent, CreditNote, CreditNoteLine, Invoice, JournalEntry, Matter, Posting, Tax
from lexapp.queries.credit_notes import frozen_note, to_credit
from lexapp.queries.derivations import derive_invoice
from lexapp.queries.frozen_invoices import frozen_invoice
from lexapp.queries.invoices import invoice_detail
from lexapp.queries.reports import aging, collections, income
from lexapp.queries.reports.scope import Scope
from lexapp.queries.verification import verify
from lexapp.services import payments
from lexapp.services.credit_notes import credit_invoice, void_credit_note
from lexapp.services.invoices import void_invoice
from tests.billing import charge_fixed_fee, issue, lines_of, share_matter, spend, work_time
from tests.factories import NOW, TODAY, World, make_client, make_matter, make_member, make_world, save

EVER = Period(date(2000, 1, 1), date(2100, 1, 1))
ISSUED = TODAY - timedelta(days=10)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


@pytest.fixture
def world(session: Session) -> Iterator[World]:
    made = make_world(session)
    yield made
    session.rollback()
    assert verify(session, made.firm_id) == []


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def invoice(session: Session, world: World, matter: Matter) -> Invoice:
    """600.00 of time, 1,000.00 fixed and a 120.00 cost at 20 % tax: 2,064.00."""
    tax = Tax(name="VAT", rate_millionths=200_000, on_fees=True, on_expenses=True, effective_from=date(2020, 1, 1), created_at=NOW)
    tax.firm_id = world.firm_id
    save(session, tax, world.firm_id)
    work_time(session, world, matter)
    charge_fixed_fee(session, world, matter, 1_000_00)
    spend(session, world, matter, 120_00, cost=100_00)
    (made,) = issue(session, world, matter, issued_on=ISSUED)
    return made


def line(session: Session, invoice: Invoice, kind: str) -> int:
    return next(one.id for one in lines_of(session, invoice.pre_bill_id) if one.kind == kind)


def credit(session: Session, world: World, invoice: Invoice, **more: Any) -> CreditNote:
    given: dict[str, Any] = {"reason": "Agreed by telephone", "credited_on": TODAY} | more
    if given.get("lines"):
        given["lines"] = {line(session, invoice, kind): usd(minor) for kind, minor in given["lines"].items()}
    return credit_invoice(session, actor=world.owner, invoice_id=invoice.id, now=NOW, **given)


def owed(session: Session, world: World, invoice: Invoice) -> int:
    return sum(open_amounts(session, firm_id=world.firm_id, invoice_ids=[invoice.id]).values())


def pay(session: Session, world: World, invoice: Invoice, minor: int, on: date = TODAY) -> None:
    given = {"payer_id": invoice.payer_id, "received_on": on, "method": "cheque", "allocations": {invoice.id: usd(minor)}}
    payments.record_payment(session, actor=world.owner, amount=usd(minor), now=NOW, **given)


def posted(session: Session, note: CreditNote) -> dict[str, int]:
    query = select(Account.role, Posting.amount_minor).join(Account, Account.id == Posting.account_id)
    return dict(session.execute(query.where(Posting.journal_entry_id == note.journal_entry_id)).all())


def test_lines_are_credited_with_the_tax_on_them_and_the_journal_takes_back_what_they_earned(
    session: Session, world: World, invoice: Invoice
):
    note = credit(session, world, invoice, lines={"time": 150_05, "expense": 50_00})
    assert (note.number, note.fees_minor, note.costs_minor, note.tax_minor, note.total_minor) == (
        "CN-2026-0001", 150_05, 50_00, 40_01, 240_06,
    )  # fmt: skip
    assert posted(session, note) == {
        "fee_income": 150_05, "cost_income": 20_00, "costs_written_down": 30_00, "tax_payable": 40_01, "receivable": -240_06,
    }  # fmt: skip
    assert owed(session, world, invoice) == 2_064_00 - 240_06
    entry = session.get_one(JournalEntry, note.journal_entry_id)
    assert (entry.event_code, entry.effective_on, entry.subject_kind) == ("invoice.credited", TODAY, "credit_note")


def test_all_that_is_open_is_credited_to_the_cent_and_in_whatever_steps_the_whole_tax_goes_back(
    session: Session, world: World, invoice: Invoice
):
    credit(session, world, invoice, lines={"time": 33_33})
    pay(session, world, invoice, 1_000_01)
    rest = credit(session, world, invoice)
    assert rest.total_minor == 2_064_00 - (33_33 + 6_67) - 1_000_01
    assert owed(session, world, invoice) == 0
    detail = invoice_detail(session, invoice=invoice, today=TODAY)
    assert (detail.open_minor, detail.state, detail.applied_minor) == (0, "paid", 1_000_01)


def test_a_whole_credit_takes_back_everything_that_was_charged(session: Session, world: World, invoice: Invoice):
    note = credit(session, world, invoice)
    assert (note.fees_minor, note.costs_minor, note.tax_minor) == (invoice.fees_minor, invoice.costs_minor, invoice.tax_minor)
    assert to_credit(session, invoice=invoice).creditable.left_minor == 0


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"reason": " "}, "reason", "Say why"),
        ({"credited_on": TODAY + timedelta(days=1)}, "credited_on", "today or earlier"),
        ({"credited_on": ISSUED - timedelta(days=1)}, "credited_on", "was issued on"),
        ({"lines": {}}, "lines", "at least one line"),
    ],
)
def test_what_cannot_be_credited_is_refused_beside_its_field(
    session: Session, world: World, invoice: Invoice, given: dict[str, Any], field: str, words: str
):
    with pytest.raises(InvalidInput, match=words) as caught:
        credit(session, world, invoice, **given)
    assert caught.value.field == field
    assert session.scalar(select(func.count(CreditNote.id))) == 0


def test_no_more_than_is_left_of_a_line_and_no_more_than_is_open(session: Session, world: World, invoice: Invoice):
    credit(session, world, invoice, lines={"time": 100_00})
    time_id = line(session, invoice, "time")
    with pytest.raises(InvalidInput, match="more than is left") as caught:
        credit(session, world, invoice, lines={"time": 500_01})
    assert caught.value.field == f"line_{time_id}"
    session.rollback()
    pay(session, world, invoice, 1_900_00)
    with pytest.raises(InvalidInput, match=r"comes to \$120.00 with its tax, and \$44.00 is open") as refused:
        credit(session, world, invoice, lines={"time": 100_00})
    assert refused.value.field == "lines"


def test_of_a_paid_invoice_the_payment_is_taken_off_first_and_stays_the_payers(session: Session, world: World, invoice: Invoice):
    pay(session, world, invoice, 2_064_00)
    with pytest.raises(NotAllowed, match="Take a payment off it first"):
        credit(session, world, invoice)
    session.rollback()
    (allocation_id,) = session.execute(select(func.max(Allocation.id))).one()
    payments.unapply_allocation(session, actor=world.owner, allocation_id=allocation_id, now=NOW)
    with pytest.raises(InvalidInput, match="was taken off") as caught:
        credit(session, world, invoice, credited_on=ISSUED)
    assert caught.value.field == "credited_on"
    session.rollback()
    credit(session, world, invoice, lines={"fixed_fee": 1_000_00})
    assert owed(session, world, invoice) == 864_00


def test_sent_twice_it_is_written_once(session: Session, world: World, invoice: Invoice):
    first = credit(session, world, invoice, lines={"time": 10_00}, key="once")
    assert credit(session, world, invoice, lines={"time": 10_00}, key="once").id == first.id
    assert session.scalar(select(func.count(CreditNote.id))) == 1


def test_a_voided_note_gives_the_invoice_its_balance_back_and_keeps_its_number(session: Session, world: World, invoice: Invoice):
    note = credit(session, world, invoice, lines={"time": 100_00, "expense": 30_00})
    void_credit_note(session, actor=world.owner, note_id=note.id, reason="Wrong invoice", now=NOW)
    assert owed(session, world, invoice) == 2_064_00
    with pytest.raises(NotAllowed, match="void already"):
        void_credit_note(session, actor=world.owner, note_id=note.id, reason="Again", now=NOW)
    session.rollback()
    assert credit(session, world, invoice).number == "CN-2026-0002"
    actions = session.scalars(select(AuditEvent.action).where(AuditEvent.subject_kind == "invoice").order_by(AuditEvent.id)).all()
    assert [one for one in actions if "credit" in one] == ["invoice.credited", "credit_note.voided", "invoice.credited"]


def test_an_invoice_is_voided_after_its_notes(session: Session, world: World, invoice: Invoice):
    note = credit(session, world, invoice, lines={"time": 100_00})
    with pytest.raises(NotAllowed, match=r"credited by CN-2026-0001\. Void that credit note first"):
        void_invoice(session, actor=world.owner, invoice_id=invoice.id, reason="Wrong payer", now=NOW)
    session.rollback()
    void_credit_note(session, actor=world.owner, note_id=note.id, reason="Void it all", now=NOW)
    void_invoice(session, actor=world.owner, invoice_id=invoice.id, reason="Wrong payer", now=NOW)
    with pytest.raises(NotAllowed, match="is void"):
        credit(session, world, invoice)


def test_one_payers_part_is_credited_and_the_others_are_not_touched(session: Session, world: World, matter: Matter):
    other = make_client(session, world.owner, "Northgate Insurance")
    share_matter(session, world, matter, {matter.client_id or 0: 4_000, other.id: 6_000})
    charge_fixed_fee(session, world, matter, 1_000_00)
    mine, theirs = sorted(issue(session, world, matter), key=lambda one: one.total_minor)
    before = frozen_invoice(session, firm_id=world.firm_id, invoice_id=mine.id).snapshot_sha256
    credit(session, world, theirs, lines={"fixed_fee": 100_00})
    assert (owed(session, world, mine), owed(session, world, theirs)) == (400_00, 500_00)
    assert frozen_invoice(session, firm_id=world.firm_id, invoice_id=mine.id).snapshot_sha256 == before
    assert all(one.state == "included" for one in lines_of(session, theirs.pre_bill_id))


def test_reports_agree_after_credits_and_payments(session: Session, world: World, invoice: Invoice):
    scope = Scope(world.owner)
    pay(session, world, invoice, 500_00, ISSUED + timedelta(days=1))
    credit(session, world, invoice, lines={"fixed_fee": 700_00}, credited_on=ISSUED + timedelta(days=2))
    pay(session, world, invoice, owed(session, world, invoice))
    whole = income.sum_income(income.accrual_income(session, scope=scope, period=EVER))
    cash = income.sum_income(income.cash_income(session, scope=scope, period=EVER))
    assert (whole.fees_minor, whole.costs_minor, whole.recovered_minor, whole.tax_minor) == (900_00, 20_00, 100_00, 204_00)
    assert cash == whole
    assert income.income_accounts(session, scope=scope, period=EVER) == whole.income_minor
    found = collections.sum_collected(collections.collected_by(session, scope=scope, period=EVER, by="client"))
    assert found.total_minor == collections.collected_in_journal(session, scope=scope, period=EVER) == 1_224_00
    assert aging.open_items(session, scope=scope, on=TODAY) == []
    before = aging.open_items(session, scope=scope, on=ISSUED + timedelta(days=1))
    assert [item.open_minor for item in before] == [1_564_00]


def test_the_next_invoice_carries_the_note_on_its_account_and_the_cent_is_explained(
    session: Session, world: World, invoice: Invoice, matter: Matter
):
    note = credit(session, world, invoice, lines={"time": 100_00})
    charge_fixed_fee(session, world, matter, 10_00)
    (following,) = issue(session, world, matter)
    account = frozen_invoice(session, firm_id=world.firm_id, invoice_id=following.id).snapshot.account
    assert [(row.description, row.amount_minor) for row in account.payments] == [
        (f"Credit note {note.number} for {invoice.number}", 120_00),
    ]
    assert account.total_due_minor == 2_064_00 - 120_00 + 12_00
    steps = derive_invoice(session, invoice=invoice).payments
    assert follow(steps) == 1_944_00
    assert [step.label for step in steps[1:-1]] == [f"Credit note {note.number} of Nov 23, 2026"]


def test_the_note_is_frozen_with_what_it_prints(session: Session, world: World, invoice: Invoice):
    note = credit(session, world, invoice, lines={"time": 100_00})
    frozen = frozen_note(session, firm_id=world.firm_id, note_id=note.id).snapshot
    assert (frozen.invoice_number, frozen.open_before_minor, frozen.open_after_minor) == (invoice.number, 2_064_00, 1_944_00)
    assert [(tax.name, tax.amount_minor) for tax in frozen.taxes] == [("VAT", 20_00)]
    for model, change in ((CreditNote, {"total_minor": 1}), (CreditNoteLine, {"amount_minor": 1})):
        with pytest.raises(DBAPIError), transaction(session, world.firm_id):
            session.execute(update(model).values(**change))
        session.rollback()


def test_who_may_not_void_credits_nothing(session: Session, world: World, invoice: Invoice):
    bookkeeper = make_member(session, world.owner, Role.BOOKKEEPER)
    with pytest.raises(NotAllowed):
        credit_invoice(session, actor=bookkeeper, invoice_id=invoice.id, reason="No", credited_on=TODAY, now=NOW)
