"""Categories of expenses, approvals and payments from trust at a browser."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.agreements import Expenses
from lexapp.domain.permissions import Actor, Role
from lexapp.models import ExpenseCategory, ExpenseEntry, Matter
from lexapp.services.expense_categories import CategoryTerms, add_expense_category
from lexapp.services.expense_entries import Expense, record_expense
from lexapp.services.unit_rates import NewUnitRate, add_unit_rate
from tests import trust_money
from tests.agreed_fees import agree
from tests.factories import OPENED, World, make_matter, make_member
from tests.web.test_expenses import TODAY, expense_form, text
from tests.web.visitor import Visitor

EXPERT = CategoryTerms(name="Expert", code="E119", receipt_above_minor=5_000_00, approval_above_minor=1_000_00)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def clerk(session: Session, world: World) -> Actor:
    return make_member(session, world.owner, Role.ASSISTANT)


@pytest.fixture
def expert(session: Session, world: World) -> ExpenseCategory:
    return add_expense_category(session, actor=world.owner, terms=EXPERT)


def survey(session: Session, actor: Actor, matter: Matter, category: ExpenseCategory, minor: int = 2_400_00) -> ExpenseEntry:
    said: dict[str, Any] = {"kind": "", "description": "Hull survey", "vendor": "Marlow Marine", "category_id": category.id}
    return record_expense(session, actor=actor, expense=Expense(matter.id, TODAY, minor, **said))


def fresh(session: Session, entry_id: int) -> ExpenseEntry:
    session.expire_all()
    return session.scalars(select(ExpenseEntry).where(ExpenseEntry.id == entry_id)).one()


def test_an_owner_adds_the_usual_categories_changes_one_and_retires_it(session: Session, owner: Visitor) -> None:
    assert "No categories yet" in text(owner.get("/settings/expense-categories"))
    owner.post("/settings/expense-categories/usual", {})
    page = text(owner.get("/settings/expense-categories"))
    assert "Filing fees" in page
    assert "Not taxed" in page
    found = session.scalars(select(ExpenseCategory).where(ExpenseCategory.name == "Meals")).one()
    url = f"/settings/expense-categories/{found.id}"
    form = {
        "key": "test-key-1001",
        "version": "1",
        "name": "Meals",
        "kind": "hard",
        "receipt_above_minor": "75",
        "approval_above_minor": "-1",
    }
    refused = owner.post(url, form)
    assert refused.status_code == 422
    assert owner.post(url, form | {"approval_above_minor": "0"}).status_code == 303
    assert "always" in text(owner.get("/settings/expense-categories"))
    assert owner.post(url, form | {"key": "test-key-1002", "approval_above_minor": "0", "name": "Dinners"}).status_code == 409
    owner.post(f"{url}/retirement", {})
    assert "Retired" in text(owner.get("/settings/expense-categories"))
    assert ">Meals</option>" not in text(owner.get("/expenses/new"))


def test_an_expense_of_a_category_is_typed_shown_and_found_again(
    session: Session, owner: Visitor, matter: Matter, expert: ExpenseCategory
) -> None:
    form = expense_form(matter, category_id=str(expert.id), kind="", code="", unit_minor="2400.00", vendor="Marlow Marine")
    assert owner.post("/expenses", form).status_code == 303
    entry = session.scalars(select(ExpenseEntry)).one()
    assert (entry.kind, entry.code, entry.approval, entry.category_id) == ("hard", "E119", "waiting", expert.id)
    listed = text(owner.get("/expenses?status=waiting&period=all"))
    assert "Waits for approval" in listed
    assert "Hull survey" not in text(owner.get("/expenses?status=declined&period=all"))
    vendor = f"/expenses?period=all&vendor={entry.vendor_id}&category={expert.id}"
    assert f"expense-{entry.id}" in text(owner.get(vendor))
    assert f"expense-{entry.id}" not in text(owner.get(f"/expenses?period=all&vendor={entry.vendor_id or 0 + 9}9"))
    edit = text(owner.get(f"/expenses/{entry.id}"))
    assert '<option value="Marlow Marine">' in edit
    refused = owner.post("/expenses", form | {"key": "test-key-1009", "category_id": "999"})
    assert refused.status_code == 422


def test_a_category_with_rates_of_its_name_takes_the_place_of_their_own_choice(
    session: Session, world: World, owner: Visitor, matter: Matter
) -> None:
    rate = NewUnitRate(name="Mileage", unit="mile", rate_hundredths=7_250, effective_from=OPENED)
    add_unit_rate(session, actor=world.owner, rate=rate)
    assert "Counted at a rate" in text(owner.get("/expenses/new"))
    miles = add_expense_category(session, actor=world.owner, terms=CategoryTerms(name="Mileage", code="E109", kind="soft", unit="mile"))
    page = text(owner.get("/expenses/new"))
    assert "Counted at a rate" not in page
    assert "Mileage, 0.725 a mile" in page
    asked = f"/unit-rates/worth?category_id={miles.id}&quantity_hundredths=120.5&incurred_on={TODAY.isoformat()}"
    assert "$87.36" in text(owner.get(asked))
    form = expense_form(matter, category_id=str(miles.id), kind="", code="", unit_minor="", quantity_hundredths="120.5")
    assert owner.post("/expenses", form).status_code == 303
    assert session.scalars(select(ExpenseEntry.amount_minor)).one() == 87_36
    assert 'value="mile"' in text(owner.get(f"/unit-rates/new?category={miles.id}"))


def test_a_mark_up_is_shown_beside_what_was_paid_and_too_much_is_refused_beside_the_price(
    session: Session, world: World, owner: Visitor, matter: Matter
) -> None:
    refused = owner.post("/expenses", expense_form(matter, cost_minor="400.00"))
    assert refused.status_code == 422
    assert "No mark-up is agreed for this matter: charge $400.00 at most" in text(refused)
    agree(session, world, matter, Expenses(basis_points=1_000))
    assert owner.post("/expenses", expense_form(matter)).status_code == 303
    entry = session.scalars(select(ExpenseEntry)).one()
    assert " paid</span>" in text(owner.get("/expenses?period=all"))
    assert 'value="435.00"' in text(owner.get(f"/expenses/{entry.id}"))
    rows = list(csv.reader(io.StringIO(owner.get("/expenses.csv?period=all").get_data().decode("utf-8-sig"))))
    assert rows[0][5:10] == ["Paid to", "Description", "Paid", "Mark-up", "Amount"]
    assert rows[1][5:10] == ["Clerk of the court", "Filing fee", "435.00", "43.50", "478.50"]


def test_what_waits_is_approved_or_declined_with_a_reason(
    session: Session, owner: Visitor, matter: Matter, expert: ExpenseCategory, clerk: Actor
) -> None:
    first, second = survey(session, clerk, matter, expert).id, survey(session, clerk, matter, expert, 1_200_00).id
    tray = text(owner.get("/expenses/approvals"))
    assert tray.count("Hull survey") == 2
    assert "2 expenses to approve" in text(owner.get("/today"))
    owner.post(f"/expenses/{first}/approval", {"version": "1"})
    assert fresh(session, first).approval == "approved"
    assert "Write why" in text(owner.post(f"/expenses/{second}/refusal", {"version": "1", "reason": "", "key": "test-key-1001"}))
    answer = owner.post(f"/expenses/{second}/refusal", {"version": "1", "reason": "Whose survey?", "key": "test-key-1002"})
    assert answer.status_code == 303
    assert "Declined: Whose survey?" in text(owner.get("/expenses?period=all&status=declined"))
    assert "Nothing waits for approval" in text(owner.get("/expenses/approvals"))


def test_only_those_with_the_right_decide_and_strangers_find_nothing(
    session: Session,
    member: Callable[[Role], Visitor],
    outsider: Visitor,
    matter: Matter,
    expert: ExpenseCategory,
    clerk: Actor,
) -> None:
    id_ = survey(session, clerk, matter, expert).id
    assert member(Role.BOOKKEEPER).get("/expenses/approvals").status_code == 403
    assert member(Role.BILLING_MANAGER).get("/expenses/approvals").status_code == 200
    assert outsider.post(f"/expenses/{id_}/approval", {"version": "1"}).status_code == 404
    assert outsider.get(f"/trust/costs/{id_}/payments/new").status_code == 404
    assert outsider.get(f"/settings/expense-categories/{expert.id}").status_code == 404


def test_a_cost_is_paid_from_trust_and_shown_so(session: Session, world: World, owner: Visitor, matter: Matter) -> None:
    entry = record_expense(session, actor=world.owner, expense=Expense(matter.id, TODAY, 435_00, description="Filing fee", vendor="Clerk"))
    id_ = entry.id
    assert "No trust ledger" in text(owner.get(f"/trust/costs/{id_}/payments/new"))
    ledger_id = trust_money.put_in(session, world, matter, 1_000_00, on=OPENED).trust_ledger_id
    page = text(owner.get(f"/trust/costs/{id_}/payments/new"))
    assert "holds $1,000.00" in page
    form = {
        "key": "test-key-1001",
        "version": "1",
        "trust_ledger_id": str(ledger_id),
        "effective_on": TODAY.isoformat(),
        "method": "cheque",
    }
    form |= {"payee": "Clerk of the court", "reference": "1041", "authority": ""}
    assert "Write where the client agreed" in text(owner.post(f"/trust/costs/{id_}/payments", form))
    answer = owner.post(f"/trust/costs/{id_}/payments", form | {"authority": "Engagement letter, clause 4"})
    assert answer.status_code == 303
    assert fresh(session, id_).trust_transaction_id is not None
    assert "Paid from trust" in text(owner.get("/expenses?period=all&status=from_trust"))
    assert "trust money paid this expense" in text(owner.post(f"/expenses/{id_}", expense_form(matter, version="2", key="test-key-1007")))
