"""Expenses and fixed fees at a browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm
from lexapp.domain.permissions import Role
from lexapp.models import ExpenseEntry, FixedFeeEntry, JournalEntry, Matter
from lexapp.services.expense_entries import Expense, record_expense
from lexapp.services.fixed_fees import FixedFee, record_fixed_fee
from tests.factories import World, local_today, make_matter
from tests.web.visitor import Visitor

TODAY = local_today()


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def filing(session: Session, world: World, matter: Matter) -> ExpenseEntry:
    expense = Expense(matter.id, TODAY, 435_00, code="E112", description="Filing fee", vendor="Clerk of the court")
    return record_expense(session, actor=world.owner, expense=expense)


@pytest.fixture
def fee(session: Session, world: World, matter: Matter) -> FixedFeeEntry:
    return record_fixed_fee(session, actor=world.owner, fee=FixedFee(matter.id, TODAY, 1_250_00, "Monthly retainer"))


def text(answer: Any) -> str:
    return answer.get_data(as_text=True)


def expense_form(matter: Matter, **changes: Any) -> dict[str, Any]:
    values = {
        "key": "test-key-0001",
        "incurred_on": TODAY.isoformat(),
        "matter_id": str(matter.id),
        "kind": "hard",
        "code": "E112",
        "quantity_hundredths": "1",
        "unit_minor": "435.00",
        "vendor": "Clerk of the court",
        "billing_status": "billable",
        "description": "Filing fee",
    }
    return values | changes


def fee_form(matter: Matter, **changes: Any) -> dict[str, Any]:
    values = {"key": "test-key-0001", "charged_on": TODAY.isoformat(), "matter_id": str(matter.id), "amount_minor": "1,250.00"}
    return values | {"billing_status": "billable", "description": "Monthly retainer"} | changes


def expenses(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count(ExpenseEntry.id)).where(ExpenseEntry.discarded_at.is_(None))) or 0


def test_an_expense_is_recorded_listed_changed_discarded_and_brought_back(session: Session, matter: Matter, owner: Visitor):
    assert owner.get("/expenses/new").status_code == 200
    assert owner.post("/expenses", expense_form(matter)).status_code == 303
    assert "435.00" in text(owner.get("/expenses?period=all"))
    session.rollback()
    entry = session.scalars(select(ExpenseEntry)).one()
    assert "Clerk of the court" in text(owner.get(f"/expenses/{entry.id}"))
    changed = expense_form(matter, key="edit-key-0001", version=str(entry.version), unit_minor="500")
    assert owner.post(f"/expenses/{entry.id}", changed).status_code == 303
    assert "500.00" in text(owner.get("/expenses?period=all", htmx=True))
    stale = owner.post(f"/expenses/{entry.id}", changed | {"key": "edit-key-0002"})
    assert stale.status_code == 409
    assert "Somebody changed this expense" in text(stale)
    assert owner.post(f"/expenses/{entry.id}/discard", htmx=True).status_code == 409
    assert owner.post(f"/expenses/{entry.id}/discard", {"version": "1"}, htmx=True).status_code == 409
    assert owner.post(f"/expenses/{entry.id}/discard", {"version": "2"}, htmx=True).status_code == 200
    assert expenses(session) == 0
    assert owner.post(f"/expenses/{entry.id}/restoration?version=3").status_code == 303
    assert expenses(session) == 1
    assert session.scalar(select(func.count(JournalEntry.id))) == 5


BAD_MONEY = [
    "-1", "0.001", "1e3", "1E-7", "NaN", "Infinity", "1.000,00", "１２３", "٣", "€ 5", "999999999999999.99", str(2**63), "0x10",
    "1_000", "", "true",
]  # fmt: skip
BAD = [
    *[("unit_minor", value) for value in BAD_MONEY],
    *[("quantity_hundredths", value) for value in ("0", "-1", "", "1e3", "0.001", "x", "99999999999999999999")],
    *[("incurred_on", value) for value in ("", "2026-02-30", "1900-01-01", "9999-12-31", "2126-01-01", "1750000000")],
    *[("matter_id", value) for value in ("", "0", "-1", str(2**63), "999999", "1 OR 1=1", "../")],
    ("description", ""),
    ("description", "a\x00b"),
    ("vendor", "\u202eevil"),
    ("vendor", "x" * 300),
    ("kind", "medium"),
    ("code", "E999"),
    ("billing_status", "free"),
]


@pytest.mark.parametrize(("field", "value"), BAD, ids=lambda value: ascii(value)[:24])
def test_bad_expenses_are_refused_beside_their_field_and_stay(session: Session, matter: Matter, owner: Visitor, field: str, value: str):
    answer = owner.post("/expenses", expense_form(matter, **{field: value}), htmx=True)
    assert answer.status_code == 422
    assert f'id="expense-{field}-error"' in text(answer)
    assert "Clerk of the court" in text(answer) or field == "vendor"
    if field in ("unit_minor", "quantity_hundredths", "incurred_on"):
        assert f'value="{value}"' in text(answer)
    assert expenses(session) == 0


def test_fixed_fees_are_recorded_changed_and_discarded(session: Session, matter: Matter, owner: Visitor):
    assert owner.get("/fixed-fees/new").status_code == 200
    assert owner.post("/fixed-fees", fee_form(matter)).status_code == 303
    assert "1,250.00" in text(owner.get("/fixed-fees?period=all"))
    session.rollback()
    entry = session.scalars(select(FixedFeeEntry)).one()
    assert "Monthly retainer" in text(owner.get(f"/fixed-fees/{entry.id}"))
    changed = fee_form(matter, key="edit-key-0001", version="1", amount_minor="900")
    assert owner.post(f"/fixed-fees/{entry.id}", changed).status_code == 303
    assert owner.post(f"/fixed-fees/{entry.id}", changed | {"key": "edit-key-0002"}).status_code == 409
    assert owner.post(f"/fixed-fees/{entry.id}/discard", {"version": "2"}, htmx=True).status_code == 200
    assert "No fixed fees here" in text(owner.get("/fixed-fees?period=all"))
    assert owner.post(f"/fixed-fees/{entry.id}/restoration?version=3").status_code == 303
    assert "900.00" in text(owner.get("/fixed-fees?period=all"))


@pytest.mark.parametrize(
    ("field", "value"),
    [*[("amount_minor", value) for value in [*BAD_MONEY, "0"]], ("charged_on", "soon"), ("matter_id", "999999"), ("description", "")],
    ids=lambda value: ascii(value)[:24],
)
def test_bad_fixed_fees_are_refused_beside_their_field(matter: Matter, owner: Visitor, field: str, value: str):
    answer = owner.post("/fixed-fees", fee_form(matter, **{field: value}), htmx=True)
    assert answer.status_code == 422
    assert f'id="fee-{field}-error"' in text(answer)


def test_colleague_outsider_and_stranger(
    session: Session,
    world: World,
    matter: Matter,
    filing: ExpenseEntry,
    fee: FixedFeeEntry,
    member: Callable[[Role], Visitor],
    outsider: Visitor,
    stranger: Visitor,
):
    scope_to_firm(session, world.firm_id)
    colleague, filing_id, fee_id = member(Role.TIMEKEEPER), filing.id, fee.id
    assert "Filing fee" not in text(colleague.get("/expenses?period=all"))
    assert colleague.get("/fixed-fees").status_code == 403
    for visitor in (colleague, outsider):
        assert visitor.get(f"/expenses/{filing_id}").status_code == 404
        assert visitor.post(f"/expenses/{filing_id}/discard").status_code == 404
        assert visitor.post(f"/expenses/{filing_id}", expense_form(matter)).status_code == 404
    assert outsider.get(f"/fixed-fees/{fee_id}").status_code == 404
    assert outsider.post(f"/fixed-fees/{fee_id}/discard").status_code == 404
    assert stranger.get("/expenses").status_code == 303
    assert "Filing fee" not in text(outsider.get("/expenses?period=all"))
    assert expenses(session) == 1


def test_the_tab_of_the_matter_counts_again_when_an_expense_is_discarded_on_its_page(owner: Visitor, matter: Matter, filing: ExpenseEntry):
    discard, version, here = f"/expenses/{filing.id}/discard", filing.version, f"/matters/{matter.id}/expenses"
    assert "Expenses 1" in plain(owner.get(here))
    answer = owner.post(f"{discard}?matter={matter.id}", {"version": version}, htmx=True, headers={"Referer": f"http://localhost{here}"})
    assert 'id="tabs"' in text(answer)
    assert "Expenses 0" in plain(answer)
    owner.post(f"/expenses/{filing.id}/restoration", {"version": version + 1}, htmx=True)
    assert 'id="tabs"' not in text(owner.post(discard, {"version": version + 2}, htmx=True))


def plain(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text(answer)).split())


def test_the_page_of_a_matter_leads_with_what_each_expense_was_for(owner: Visitor, matter: Matter, filing: ExpenseEntry):
    lead = re.search(r'<(?:a|span) class="table-title[^>]*>([^<]+)<', owner.get(f"/matters/{matter.id}/expenses").text)
    assert lead is not None
    assert lead[1] == filing.description
    everywhere = re.search(r'<(?:a|span) class="table-title[^>]*>([^<]+)<', owner.get("/expenses?period=all").text)
    assert everywhere is not None
    assert matter.name in everywhere[1]


def test_an_amount_in_the_list_opens_to_how_it_came_about_for_who_may_see_that(
    owner: Visitor, member: Callable[[Role], Visitor], matter: Matter, filing: ExpenseEntry
):
    there = f'href="/expenses/{filing.id}/derivation"'
    assert there in owner.get("/expenses?period=all").text
    assert there in owner.get(f"/matters/{matter.id}/expenses").text
    assert there not in member(Role.TIMEKEEPER).get("/expenses?period=all").text
