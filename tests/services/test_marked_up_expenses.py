"""Expenses with an agreed mark-up and those outside of taxes: from the fee agreement to the invoice and the journal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.domain.agreements import CategoryMarkUp, Expenses, Hourly
from lexapp.domain.derivations import comes_to
from lexapp.domain.errors import Conflict, InvalidInput
from lexapp.models import Account, ExpenseCategory, ExpenseEntry, Invoice, Matter, Posting, PreBillLine
from lexapp.queries.derivations.entries import expense_steps
from lexapp.queries.derivations.lines import derive_lines
from lexapp.queries.frozen_invoices import frozen_invoice
from lexapp.services.agreed_mark_ups import apply_mark_ups, preview_mark_ups
from lexapp.services.expense_categories import CategoryTerms, add_expense_category
from lexapp.services.expense_entries import Expense, ExpenseRow, edit_expense, record_expense, record_expense_entries
from lexapp.services.fee_agreements import remove_agreement
from lexapp.services.taxes import NewTax, add_tax
from tests import agreed_fees, billing
from tests.factories import NOW, OPENED, TODAY, World, make_client, make_matter, make_world

VAT = NewTax(name="VAT", rate_millionths=200_000, on_fees=True, on_expenses=True, effective_from=OPENED, registration_number="GB 123")


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def category(session: Session, world: World, name: str, *, is_taxed: bool = True) -> ExpenseCategory:
    return add_expense_category(session, actor=world.owner, terms=CategoryTerms(name=name, is_taxed=is_taxed), now=NOW)


def record(session: Session, world: World, expense: Expense) -> ExpenseEntry:
    return record_expense(session, actor=world.owner, expense=expense, now=NOW)


def balance(session: Session, role: str) -> int:
    query = select(func.coalesce(func.sum(Posting.amount_minor), 0)).join(Account, Account.id == Posting.account_id)
    return int(session.scalar(query.where(Account.role == role)) or 0)


def test_a_mark_up_is_added_as_agreed_for_the_day_and_explained(session: Session, world: World, matter: Matter) -> None:
    reporter = category(session, world, "Court reporter")
    own = (CategoryMarkUp(reporter.id, "Court reporter", 1_500),)
    agreed_fees.agree(session, world, matter, Hourly(), Expenses(basis_points=1_000, by_category=own), since=TODAY)
    said = Expense(matter.id, TODAY, 12_55, 300, description="Transcript")
    plain, transcript = record(session, world, said), record(session, world, replace(said, category_id=reporter.id))
    assert (plain.cost_minor, plain.mark_up_minor, plain.amount_minor) == (37_65, 3_77, 41_42)
    assert (plain.quantity_hundredths, plain.unit_minor, plain.description) == (100, 41_42, "Transcript, 3 at 12.55")
    assert (transcript.cost_minor, transcript.mark_up_minor, transcript.mark_up_basis_points) == (37_65, 5_65, 1_500)
    assert transcript.mark_up_term_id is not None
    assert balance(session, "advanced_costs") == 75_30
    for entry in (plain, transcript):
        assert comes_to(expense_steps(entry)) == entry.amount_minor
    before = record(session, world, replace(said, incurred_on=TODAY - timedelta(days=1)))
    assert (before.mark_up_minor, before.amount_minor, before.mark_up_term_id) == (0, 37_65, None)
    soft = record(session, world, replace(said, kind="soft"))
    assert (soft.mark_up_minor, soft.amount_minor) == (0, 37_65)


def test_unbilled_expenses_take_a_later_mark_up_once_somebody_says_so(session: Session, world: World, matter: Matter) -> None:
    said = Expense(matter.id, TODAY, 12_55, 300, description="Transcript", vendor="Marlow")
    plain, own_price = record(session, world, said), record(session, world, replace(said, unit_minor=10_00, cost_minor=37_65))
    soft = record(session, world, replace(said, kind="soft"))
    first = agreed_fees.agree(session, world, matter, Expenses(basis_points=1_000))
    preview = preview_mark_ups(session, actor=world.owner, matter_id=matter.id, now=NOW)
    assert [(one.entry_id, one.old_minor, one.new_minor, one.new_points) for one in preview.effects] == [(plain.id, 37_65, 41_42, 1_000)]
    session.rollback()
    given = {"matter_id": matter.id, "expenses": 1, "difference_minor": 3_77, "key": "key-mark-up-1", "now": NOW}
    with pytest.raises(Conflict):
        apply_mark_ups(session, actor=world.owner, **given | {"difference_minor": 9_99, "key": "key-mark-up-0"})
    owed = balance(session, "advanced_costs")
    session.rollback()
    assert [apply_mark_ups(session, actor=world.owner, **given) for _ in range(2)] == [1, 1]
    session.expire_all()
    assert (plain.amount_minor, plain.mark_up_minor, plain.description) == (41_42, 3_77, "Transcript, 3 at 12.55")
    assert comes_to(expense_steps(plain)) == 41_42
    assert (own_price.amount_minor, soft.amount_minor) == (30_00, 37_65)
    assert balance(session, "advanced_costs") == owed
    fresh = record(session, world, said)
    names = ("quantity_hundredths", "unit_minor", "cost_minor", "paid_unit_minor", "paid_units_hundredths", "mark_up_term_id", "is_taxed")
    assert [getattr(fresh, name) for name in names] == [getattr(plain, name) for name in names]
    session.rollback()
    remove_agreement(session, actor=world.owner, agreement_id=first.id, version=first.version, now=NOW)
    back = preview_mark_ups(session, actor=world.owner, matter_id=matter.id, now=NOW)
    assert (len(back.effects), back.difference_minor) == (2, -7_54)
    session.rollback()
    apply_mark_ups(session, actor=world.owner, matter_id=matter.id, expenses=2, difference_minor=-7_54, now=NOW)
    session.expire_all()
    assert (plain.amount_minor, plain.mark_up_minor, plain.description, plain.quantity_hundredths) == (37_65, 0, "Transcript", 300)


def test_a_later_agreement_changes_no_expense_that_stands(session: Session, world: World, matter: Matter) -> None:
    said = Expense(matter.id, TODAY, 100_00, description="Filing fee")
    entry = record(session, world, said)
    agreed_fees.agree(session, world, matter, Expenses(basis_points=1_000))
    words = replace(said, description="Filing fee, complaint")
    entry = edit_expense(session, actor=world.owner, entry_id=entry.id, version=1, expense=words, now=NOW)
    assert (entry.amount_minor, entry.mark_up_minor) == (100_00, 0)
    moved = replace(words, incurred_on=TODAY - timedelta(days=1))
    entry = edit_expense(session, actor=world.owner, entry_id=entry.id, version=2, expense=moved, now=NOW)
    assert (entry.amount_minor, entry.mark_up_minor, entry.cost_minor) == (110_00, 10_00, 100_00)


@pytest.mark.parametrize(("points", "charged", "sentence"), [(0, 400_01, "No mark-up is agreed"), (1_000, 440_01, "A mark-up of 10 %")])
def test_more_than_was_paid_and_agreed_is_refused_beside_the_price(
    session: Session, world: World, matter: Matter, points: int, charged: int, sentence: str
) -> None:
    if points:
        agreed_fees.agree(session, world, matter, Expenses(basis_points=points))
    said = Expense(matter.id, TODAY, charged, description="Filing fee", cost_minor=400_00)
    with pytest.raises(InvalidInput, match=sentence) as error:
        record(session, world, said)
    assert error.value.field == "unit_minor"
    entry = record(session, world, replace(said, unit_minor=charged - 1))
    assert (entry.amount_minor, entry.cost_minor, entry.mark_up_minor) == (charged - 1, 400_00, charged - 1 - 400_00)
    cheaper = record(session, world, replace(said, unit_minor=300_00))
    assert (cheaper.amount_minor, cheaper.mark_up_minor) == (300_00, 0)


def test_what_was_taken_over_with_a_mark_up_keeps_it_when_its_words_change(session: Session, world: World, matter: Matter) -> None:
    said = Expense(matter.id, TODAY, 435_00, description="Filing fee", cost_minor=400_00)
    (id_,) = record_expense_entries(session, actor=world.owner, rows=[ExpenseRow(said)], now=NOW)
    words = replace(said, description="Filing fee, complaint")
    entry = edit_expense(session, actor=world.owner, entry_id=id_, version=1, expense=words, now=NOW)
    assert (entry.amount_minor, entry.cost_minor) == (435_00, 400_00)
    with pytest.raises(InvalidInput):
        edit_expense(session, actor=world.owner, entry_id=id_, version=2, expense=replace(words, unit_minor=436_00), now=NOW)


def test_from_the_agreement_to_the_invoice_with_its_tax_and_the_journal(session: Session, world: World, matter: Matter) -> None:
    """600.00 of time; a court fee at cost, outside VAT; travel plus 10 %; a search outside VAT by category, taxed by its mark-up."""
    add_tax(session, actor=world.owner, tax=VAT, now=NOW)
    court, search = category(session, world, "Court fees", is_taxed=False), category(session, world, "Searches", is_taxed=False)
    at_cost = (CategoryMarkUp(court.id, "Court fees", 0),)
    agreed_fees.agree(session, world, matter, Hourly(), Expenses(basis_points=1_000, by_category=at_cost))
    billing.work_time(session, world, matter)
    for minor, category_id in ((455_00, court.id), (85_40, None), (20_00, search.id)):
        record(session, world, Expense(matter.id, TODAY, minor, description="Paid", category_id=category_id))
    invoice = billing.issue(session, world, matter)[0]
    section = frozen_invoice(session, firm_id=world.firm_id, invoice_id=invoice.id).snapshot.matters[0]
    assert [(line.amount_minor, line.is_taxed) for line in section.expenses] == [(455_00, False), (93_94, True), (22_00, True)]
    assert [(tax.base_minor, tax.amount_minor) for tax in section.taxes] == [(715_94, 143_19)]
    assert invoice.total_minor == 600_00 + 455_00 + 93_94 + 22_00 + 143_19
    assert (balance(session, "advanced_costs"), balance(session, "cost_income"), balance(session, "tax_payable")) == (0, -10_54, -143_19)
    for found in derive_lines(session, firm_id=world.firm_id, condition=PreBillLine.expense_entry_id.is_not(None)):
        assert comes_to(found.steps) == found.line.amount_minor


def test_a_tax_that_prices_contain_is_taken_off_taxed_costs_alone(session: Session, world: World, matter: Matter) -> None:
    add_tax(session, actor=world.owner, tax=replace(VAT, is_included=True), now=NOW)
    court = category(session, world, "Court fees", is_taxed=False)
    record(session, world, Expense(matter.id, TODAY, 455_00, description="Issue fee", category_id=court.id))
    record(session, world, Expense(matter.id, TODAY, 120_00, description="Travel", kind="soft"))
    invoice = billing.issue(session, world, matter)[0]
    assert (invoice.total_minor, balance(session, "tax_payable"), balance(session, "cost_income")) == (575_00, -20_00, -100_00)
    assert balance(session, "advanced_costs") == 0


def test_shares_of_a_marked_up_cost_add_up(session: Session, world: World, matter: Matter) -> None:
    agreed_fees.agree(session, world, matter, Expenses(basis_points=1_250))
    insurer = make_client(session, world.owner, "Harbor Mutual")
    billing.share_matter(session, world, matter, {insurer.id: 3_333, matter.client_id or 0: 6_667})
    entry = record(session, world, Expense(matter.id, TODAY, 33_33, 300, description="Transcript"))
    invoices = billing.issue(session, world, matter)
    assert sum(invoice.total_minor for invoice in invoices) == entry.amount_minor == 112_49
    assert session.scalar(select(func.sum(PreBillLine.cost_minor))) == entry.cost_minor == 99_99
    assert session.scalar(select(func.count(Invoice.id))) == 2
    for found in derive_lines(session, firm_id=world.firm_id, condition=PreBillLine.expense_entry_id == entry.id):
        assert comes_to(found.steps) == found.line.amount_minor


@pytest.mark.parametrize("moved", ["matter", "day", "billable"])
def test_a_mark_up_that_is_not_agreed_there_does_not_move_along(session: Session, world: World, matter: Matter, moved: str) -> None:
    agreed_fees.agree(session, world, matter, Expenses(basis_points=2_000), since=TODAY)
    other = make_matter(session, world.owner)
    said = Expense(matter.id, TODAY, 120_00, cost_minor=100_00, description="Expert")
    if moved == "billable":
        said = replace(said, matter_id=other.id, billing_status="non_billable")
    entry = record(session, world, said)
    changed = {
        "matter": {"matter_id": other.id},
        "day": {"incurred_on": TODAY - timedelta(days=1)},
        "billable": {"billing_status": "billable"},
    }
    session.rollback()
    with pytest.raises(InvalidInput) as caught:
        edit_expense(session, actor=world.owner, entry_id=entry.id, version=1, expense=replace(said, **changed[moved]), now=NOW)
    assert caught.value.code == "mark_up_not_agreed"
