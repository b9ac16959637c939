"""Categories of expenses: added, changed, retired; and what they do to an expense when it is saved."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed
from lexapp.domain.permissions import Role
from lexapp.models import ExpenseCategory, ExpenseEntry, Matter, Vendor
from lexapp.services.expense_categories import (
    USUAL,
    CategoryTerms,
    add_expense_category,
    add_usual_categories,
    bring_back_expense_category,
    change_expense_category,
    retire_expense_category,
)
from lexapp.services.expense_entries import Expense, edit_expense, record_expense
from lexapp.services.unit_rates import NewUnitRate, add_unit_rate
from tests.factories import NOW, OPENED, TODAY, World, make_matter, make_member, make_world

FILING = CategoryTerms(name="Filing fees", code="E112", is_taxed=False, receipt_above_minor=75_00, approval_above_minor=500_00)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def category(session: Session, world: World, terms: CategoryTerms = FILING) -> ExpenseCategory:
    return add_expense_category(session, actor=world.owner, terms=terms, now=NOW)


def record(session: Session, world: World, expense: Expense) -> ExpenseEntry:
    return record_expense(session, actor=world.owner, expense=expense, now=NOW)


def test_the_usual_categories_are_added_once_and_beside_own_ones(session: Session, world: World) -> None:
    category(session, world)
    assert add_usual_categories(session, actor=world.owner, now=NOW) == len(USUAL) - 1
    assert add_usual_categories(session, actor=world.owner, now=NOW) == 0
    assert session.scalar(select(func.count(ExpenseCategory.id))) == len(USUAL)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "filing FEES"}, "name"),
        ({"code": "E999"}, "code"),
        ({"kind": "firm"}, "kind"),
        ({"approval_above_minor": -1}, "approval_above_minor"),
        ({"receipt_above_minor": 10**16}, "receipt_above_minor"),
        ({"unit": "x" * 41}, "unit"),
    ],
)
def test_a_category_that_cannot_be_is_refused_beside_its_field(
    session: Session, world: World, change: dict[str, object], field: str
) -> None:
    category(session, world)
    with pytest.raises(InvalidInput) as error:
        category(session, world, replace(FILING, **{"name": "Postage"} | change))  # type: ignore[arg-type]
    assert error.value.field == field


def test_a_category_is_changed_retired_and_brought_back_by_an_owner_only(session: Session, world: World) -> None:
    row = category(session, world)
    terms = {"terms": replace(FILING, name="Court fees"), "now": NOW}
    changed = change_expense_category(session, actor=world.owner, expense_category_id=row.id, version=1, **terms)  # type: ignore[arg-type]
    assert (changed.name, changed.version) == ("Court fees", 2)
    with pytest.raises(Conflict):
        change_expense_category(session, actor=world.owner, expense_category_id=row.id, version=1, **terms)  # type: ignore[arg-type]
    retire_expense_category(session, actor=world.owner, expense_category_id=row.id, now=NOW)
    assert row.retired_at is not None
    bring_back_expense_category(session, actor=world.owner, expense_category_id=row.id, now=NOW)
    assert row.retired_at is None
    with pytest.raises(NotAllowed):
        retire_expense_category(session, actor=make_member(session, world.owner, Role.BILLING_MANAGER), expense_category_id=row.id)


def test_an_expense_takes_kind_code_and_rules_from_its_category(session: Session, world: World, matter: Matter) -> None:
    row = category(session, world)
    said = Expense(matter.id, TODAY, 455_00, kind="", description="Complaint", vendor="Clerk of the court", category_id=row.id)
    entry = record(session, world, said)
    assert (entry.kind, entry.code, entry.is_taxed, entry.needs_receipt, entry.approval) == ("hard", "E112", False, True, "none")
    dear = record(session, world, replace(said, unit_minor=500_01, kind="soft", code="E124"))
    assert (dear.kind, dear.code, dear.approval) == ("soft", "E124", "waiting")
    plain = record(session, world, replace(said, category_id=None, kind="hard"))
    assert (plain.is_taxed, plain.needs_receipt, plain.approval) == (True, False, "none")
    with pytest.raises(InvalidInput) as error:
        record(session, world, replace(said, category_id=row.id + 99))
    assert error.value.field == "category_id"


def test_a_category_with_rates_of_its_name_is_counted_at_them_and_keeps_its_name(session: Session, world: World, matter: Matter) -> None:
    miles = category(session, world, CategoryTerms(name="Mileage", code="E109", kind="soft", unit="mile"))
    said = Expense(matter.id, TODAY, 50, 12_050, "", description="To the hearing", category_id=miles.id)
    assert record(session, world, said).amount_minor == 60_25
    rate = NewUnitRate(name="Mileage", unit="mile", rate_hundredths=7_250, effective_from=OPENED)
    add_unit_rate(session, actor=world.owner, rate=rate, now=NOW)
    counted = record(session, world, said)
    assert (counted.amount_minor, counted.kind, counted.code, counted.unit_rate_name) == (87_36, "soft", "E109", "Mileage")
    terms = CategoryTerms(name="Miles", kind="soft")
    with pytest.raises(InvalidInput, match="counted at the rates called Mileage"):
        change_expense_category(session, actor=world.owner, expense_category_id=miles.id, version=1, terms=terms)


def test_a_vendor_is_one_however_the_name_is_typed(session: Session, world: World, matter: Matter) -> None:
    said = Expense(matter.id, TODAY, 100, description="Transcript", vendor="Élan Reporting")
    first, second = record(session, world, said), record(session, world, replace(said, vendor=" élan  REPORTING"))
    none = record(session, world, replace(said, vendor=""))
    assert (first.vendor_id, none.vendor_id) == (second.vendor_id, None)
    assert list(session.scalars(select(Vendor.name))) == ["Élan Reporting"]
    other = replace(said, vendor="Harbor Couriers")
    changed = edit_expense(session, actor=world.owner, entry_id=first.id, version=1, expense=other, now=NOW)
    assert changed.vendor_id not in (None, second.vendor_id)
