"""Expense entries and fixed fees: hard costs stand in the journal, changes reverse and post anew, billed ones stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm, transaction
from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import Role
from lexapp.models import Account, Balance, ExpenseEntry, FixedFeeEntry, JournalEntry, Matter
from lexapp.services.expense_entries import (
    Expense,
    ExpenseRow,
    discard_expense,
    edit_expense,
    record_expense,
    record_expense_entries,
    restore_expense,
)
from lexapp.services.fixed_fees import (
    FixedFee,
    discard_fixed_fee,
    edit_fixed_fee,
    record_fixed_fee,
    record_fixed_fees,
    restore_fixed_fee,
)
from tests.factories import NOW, TODAY, World, make_matter, make_member, make_world


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def filing(matter: Matter) -> Expense:
    return Expense(matter.id, TODAY, 435_00, code="E112", description="Filing fee", vendor="Clerk of the court")


def held(session: Session, role: str) -> int:
    query = select(Balance.amount_minor).join(Account, Account.id == Balance.account_id).where(Account.role == role)
    return session.scalar(query) or 0


def entries(session: Session) -> int:
    return session.scalar(select(func.count(JournalEntry.id))) or 0


def test_a_hard_cost_is_owed_to_its_payee_and_advanced_for_the_client(session: Session, world: World, filing: Expense) -> None:
    entry = record_expense(session, actor=world.owner, expense=filing, now=NOW)
    assert (entry.amount_minor, entry.cost_minor, entry.quantity_hundredths) == (435_00, 435_00, 100)
    assert (held(session, "advanced_costs"), held(session, "costs_payable")) == (435_00, -435_00)
    assert entry.journal_entry_id is not None
    posted = session.get_one(JournalEntry, entry.journal_entry_id)
    assert (posted.event_code, posted.effective_on, posted.subject_id) == ("expense.hard_recorded", TODAY, entry.id)


def test_a_hard_cost_nobody_is_asked_for_is_the_firms_expense(session: Session, world: World, filing: Expense) -> None:
    entry = record_expense(session, actor=world.owner, expense=replace(filing, billing_status="non_billable"), now=NOW)
    assert (entry.amount_minor, held(session, "costs_expense"), held(session, "advanced_costs")) == (0, 435_00, 0)


def test_a_soft_cost_multiplies_out_and_posts_nothing(session: Session, world: World, matter: Matter) -> None:
    copies = Expense(matter.id, TODAY, 15, quantity_hundredths=24_350, kind="soft", code="E101", description="Copies")
    entry = record_expense(session, actor=world.owner, expense=copies, now=NOW)
    assert (entry.amount_minor, entry.cost_minor, entry.journal_entry_id) == (36_53, 0, None)
    assert entries(session) == 0


def test_a_mark_up_made_elsewhere_is_taken_over_and_the_cost_posted(session: Session, world: World, filing: Expense) -> None:
    rows = [ExpenseRow(replace(filing, cost_minor=400_00))]
    (id_,) = record_expense_entries(session, actor=world.owner, rows=rows, now=NOW)
    entry = session.get_one(ExpenseEntry, id_)
    assert (entry.amount_minor, entry.cost_minor, held(session, "advanced_costs")) == (435_00, 400_00, 400_00)


def test_an_edit_of_words_posts_nothing_and_one_of_money_reverses_and_posts_anew(session: Session, world: World, filing: Expense) -> None:
    entry = record_expense(session, actor=world.owner, expense=filing, now=NOW)
    words = replace(filing, description="Filing fee, complaint")
    entry = edit_expense(session, actor=world.owner, entry_id=entry.id, version=1, expense=words, now=NOW)
    assert entries(session) == 1
    dearer = replace(words, unit_minor=500_00, incurred_on=TODAY - timedelta(days=2))
    entry = edit_expense(session, actor=world.owner, entry_id=entry.id, version=2, expense=dearer, now=NOW)
    assert (entries(session), held(session, "advanced_costs"), entry.amount_minor) == (3, 500_00, 500_00)
    soft = replace(dearer, kind="soft")
    entry = edit_expense(session, actor=world.owner, entry_id=entry.id, version=3, expense=soft, now=NOW)
    assert (entries(session), held(session, "advanced_costs"), entry.journal_entry_id) == (4, 0, None)
    with pytest.raises(Conflict):
        edit_expense(session, actor=world.owner, entry_id=entry.id, version=3, expense=filing, now=NOW)


def test_discarding_reverses_and_restoring_posts_again(session: Session, world: World, filing: Expense) -> None:
    entry = record_expense(session, actor=world.owner, expense=filing, now=NOW)
    discard_expense(session, actor=world.owner, entry_id=entry.id, version=entry.version, now=NOW)
    discard_expense(session, actor=world.owner, entry_id=entry.id, version=entry.version, now=NOW)
    assert (entries(session), held(session, "advanced_costs")) == (2, 0)
    restore_expense(session, actor=world.owner, entry_id=entry.id, version=entry.version, now=NOW)
    assert (entries(session), held(session, "advanced_costs")) == (3, 435_00)


def test_nothing_discarded_comes_back_to_a_closed_matter(session: Session, world: World, matter: Matter, filing: Expense) -> None:
    expense = record_expense(session, actor=world.owner, expense=filing, now=NOW)
    fee = record_fixed_fee(session, actor=world.owner, fee=FixedFee(matter.id, TODAY, 1_250_00, "Retainer"), now=NOW)
    discard_expense(session, actor=world.owner, entry_id=expense.id, version=1, now=NOW)
    discard_fixed_fee(session, actor=world.owner, entry_id=fee.id, version=1, now=NOW)
    session.execute(update(Matter).where(Matter.id == matter.id).values(status="closed", closed_on=TODAY))
    session.commit()
    with pytest.raises(InvalidInput, match=r"is closed\. Reopen it"):
        restore_expense(session, actor=world.owner, entry_id=expense.id, version=2, now=NOW)
    with pytest.raises(InvalidInput, match=r"is closed\. Reopen it"):
        restore_fixed_fee(session, actor=world.owner, entry_id=fee.id, version=2, now=NOW)
    session.rollback()
    assert session.get_one(ExpenseEntry, expense.id).discarded_at is not None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"incurred_on": TODAY + timedelta(days=1)}, "incurred_on"),
        ({"incurred_on": date(1900, 1, 1)}, "incurred_on"),
        ({"quantity_hundredths": 0}, "quantity_hundredths"),
        ({"unit_minor": -1}, "unit_minor"),
        ({"unit_minor": 10**15, "quantity_hundredths": 10**6}, "unit_minor"),
        ({"matter_id": 10**9}, "matter_id"),
    ],
)
def test_bad_expenses_are_refused_beside_their_field(
    session: Session, world: World, filing: Expense, change: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        record_expense(session, actor=world.owner, expense=replace(filing, **change), now=NOW)  # type: ignore[arg-type]
    assert refused.value.field == field
    assert entries(session) == 0


def test_a_matter_without_a_client_or_closed_takes_no_expense(session: Session, world: World, matter: Matter, filing: Expense) -> None:
    internal = session.scalars(select(Matter).where(Matter.is_internal)).one()
    with transaction(session, world.firm_id):
        session.execute(update(Matter).where(Matter.id == matter.id).values(status="closed", closed_on=TODAY))
    for expense in (filing, replace(filing, matter_id=internal.id)):
        with pytest.raises(InvalidInput) as refused:
            record_expense(session, actor=world.owner, expense=expense, now=NOW)
        assert refused.value.field == "matter_id"


def test_many_are_posted_in_one_command_or_none(session: Session, world: World, filing: Expense) -> None:
    soft = replace(filing, kind="soft", code="E101")
    rows = [ExpenseRow(filing), ExpenseRow(soft), ExpenseRow(filing, recorded_at=NOW - timedelta(days=30))]
    ids = record_expense_entries(session, actor=world.owner, rows=rows, key="import-0001", now=NOW)
    assert record_expense_entries(session, actor=world.owner, rows=rows, key="import-0001", now=NOW) == ids
    assert (entries(session), held(session, "advanced_costs")) == (2, 870_00)
    assert [session.get_one(ExpenseEntry, id_).journal_entry_id is None for id_ in ids] == [False, True, False]
    with pytest.raises(InvalidInput, match="Row 2"):
        record_expense_entries(session, actor=world.owner, rows=[ExpenseRow(filing), ExpenseRow(replace(filing, unit_minor=-1))], now=NOW)
    assert session.scalar(select(func.count(ExpenseEntry.id))) == 3


def test_the_auditor_records_nothing_and_a_colleague_or_stranger_finds_nothing(session: Session, world: World, filing: Expense) -> None:
    entry_id = record_expense(session, actor=world.owner, expense=filing, now=NOW).id
    auditor = make_member(session, world.owner, Role.AUDITOR)
    colleague = make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id)
    stranger = make_world(session, "Quillfeather & Lind").owner
    with pytest.raises(NotAllowed):
        record_expense(session, actor=auditor, expense=filing, now=NOW)
    for actor in (colleague, stranger):
        with pytest.raises(NotFound):
            discard_expense(session, actor=actor, entry_id=entry_id, version=1, now=NOW)
    scope_to_firm(session, world.firm_id)
    assert session.get_one(ExpenseEntry, entry_id).discarded_at is None


# ── fixed fees ───────────────────────────────────────────────────────────────────────────────────


def test_a_fixed_fee_is_recorded_changed_discarded_and_restored(session: Session, world: World, matter: Matter) -> None:
    fee = FixedFee(matter.id, TODAY, 1_250_00, "Monthly retainer")
    entry = record_fixed_fee(session, actor=world.owner, fee=fee, key="fee-00001", now=NOW)
    assert record_fixed_fee(session, actor=world.owner, fee=fee, key="fee-00001", now=NOW).id == entry.id
    cheaper = replace(fee, amount_minor=1_000_00)
    entry = edit_fixed_fee(session, actor=world.owner, entry_id=entry.id, version=1, fee=cheaper, now=NOW)
    assert (entry.amount_minor, entry.version) == (1_000_00, 2)
    with pytest.raises(Conflict):
        edit_fixed_fee(session, actor=world.owner, entry_id=entry.id, version=1, fee=fee, now=NOW)
    assert discard_fixed_fee(session, actor=world.owner, entry_id=entry.id, version=entry.version, now=NOW).discarded_at == NOW
    assert restore_fixed_fee(session, actor=world.owner, entry_id=entry.id, version=entry.version, now=NOW).discarded_at is None


@pytest.mark.parametrize(
    ("change", "field"),
    [({"amount_minor": 0}, "amount_minor"), ({"matter_id": 10**9}, "matter_id"), ({"charged_on": date.min}, "charged_on")],
)
def test_bad_fixed_fees_are_refused(session: Session, world: World, matter: Matter, change: dict[str, object], field: str) -> None:
    fee = replace(FixedFee(matter.id, TODAY, 1_00), **change)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput) as refused:
        record_fixed_fee(session, actor=world.owner, fee=fee, now=NOW)
    assert refused.value.field == field


def test_a_fee_by_hand_is_not_dated_ahead(session: Session, world: World, matter: Matter) -> None:
    fee = FixedFee(matter.id, TODAY, 1_00)
    ahead = replace(fee, charged_on=TODAY + timedelta(days=1))
    with pytest.raises(InvalidInput, match="A fee is dated on the day on which it is earned") as refused:
        record_fixed_fee(session, actor=world.owner, fee=ahead, now=NOW)
    assert refused.value.field == "charged_on"
    entry = record_fixed_fee(session, actor=world.owner, fee=fee, now=NOW)
    with pytest.raises(InvalidInput, match="This day lies in the future"):
        edit_fixed_fee(session, actor=world.owner, entry_id=entry.id, version=1, fee=ahead, now=NOW)
    (taken_over,) = record_fixed_fees(session, actor=world.owner, fees=[ahead], now=NOW)
    edit_fixed_fee(session, actor=world.owner, entry_id=taken_over, version=1, fee=replace(ahead, amount_minor=2_00), now=NOW)


def test_many_fixed_fees_at_once(session: Session, world: World, matter: Matter) -> None:
    fees = [FixedFee(matter.id, TODAY, 100 * amount) for amount in (1, 2, 3)]
    ids = record_fixed_fees(session, actor=world.owner, fees=fees, now=NOW)
    assert [session.get_one(FixedFeeEntry, id_).amount_minor for id_ in ids] == [100, 200, 300]


def test_a_timekeeper_records_no_fixed_fees(session: Session, world: World, matter: Matter) -> None:
    timekeeper = make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id)
    with pytest.raises(NotAllowed):
        record_fixed_fee(session, actor=timekeeper, fee=FixedFee(matter.id, TODAY, 100), now=NOW)
