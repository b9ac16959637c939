"""Expenses by category for tests of whole firms: one that waits, one that was declined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy.orm import Session

from lexapp.domain.permissions import Actor, Role
from lexapp.models import Matter, Membership
from lexapp.services.expense_categories import CategoryTerms, add_expense_category, retire_expense_category
from lexapp.services.expense_entries import Expense, decline_expense, record_expense
from lexapp.services.unit_rates import NewUnitRate, add_unit_rate
from tests.factories import OPENED, World


def seed_expenses(session: Session, world: World, clerk: Membership, matter: Matter, words: Callable[[str], str]) -> None:
    """Rates, a category and a retired one, two expenses in it that somebody else than the owner recorded, of which one is declined."""
    recorder = Actor(clerk.user_id, world.firm_id, clerk.id, Role.ASSISTANT)
    miles = {"name": words("Mileage")[:60], "unit": "mile", "rate_hundredths": 7_250, "effective_from": OPENED, "code": "E110"}
    add_unit_rate(session, actor=world.owner, rate=NewUnitRate(**miles))  # type: ignore[arg-type]
    terms = CategoryTerms(name=words("Expert")[:60], code="E119", approval_above_minor=0, unit=words("hour")[:30])
    category = add_expense_category(session, actor=world.owner, terms=terms)
    old = add_expense_category(session, actor=world.owner, terms=CategoryTerms(name=words("Courier")[:60], code="E107"))
    retire_expense_category(session, actor=world.owner, expense_category_id=old.id)
    said = {"kind": "", "description": words("Hull survey"), "vendor": words("Marlow Marine")[:200], "category_id": category.id}
    expense = Expense(matter.id, OPENED, 2_400_00, **said)  # type: ignore[arg-type]
    record_expense(session, actor=recorder, expense=expense)
    declined = record_expense(session, actor=recorder, expense=replace(expense, vendor=words("Harbor Survey")[:200]))
    decline_expense(session, actor=world.owner, entry_id=declined.id, version=1, reason=words("Whose survey?")[:200])
