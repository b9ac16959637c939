"""Expense entries within a command: checked, priced, and posted where the firm owes a third party."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lexapp.books.expense_terms import CountedRates, Expense, ExpenseTerms, counted_rates, expense_terms
from lexapp.domain.amounts import check_size
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput
from lexapp.domain.expenses import Approval, approval_after, most_charged, price_marked_up
from lexapp.domain.ledger import Postings, expense_hard_recorded
from lexapp.domain.moments import EARLIEST
from lexapp.domain.money import Money
from lexapp.domain.shares import percent_text
from lexapp.domain.unit_rates import UnitPrice, price_units

__all__ = [
    "HARD_RECORDED",
    "CountedRates",
    "Expense",
    "ExpenseTerms",
    "PricedExpense",
    "check_expense",
    "check_mark_up",
    "check_matter_open",
    "counted_rates",
    "expense_columns",
    "expense_postings",
    "expense_terms",
    "priced_expense",
]

HARD_RECORDED = "expense.hard_recorded"


def check_expense(terms: ExpenseTerms, expense: Expense, *, now: datetime) -> None:
    """Refuse a day to come, a matter without a client, and amounts that are none."""
    if not EARLIEST <= expense.incurred_on <= terms.firm.today(now):
        raise InvalidInput("That day has not come yet. Write today’s date or an earlier one.", field="incurred_on", code="date_in_future")
    if terms.matters[expense.matter_id].client_id is None:
        raise InvalidInput("An expense belongs to a client’s matter. Choose another matter.", field="matter_id", code="matter_is_internal")
    if not 0 < expense.quantity_hundredths <= 10**9:
        raise InvalidInput("Write how many there were: more than nothing.", field="quantity_hundredths", code="quantity_out_of_range")
    if expense.category_id is not None and terms.category_of(expense) is None:
        raise InvalidInput("Choose a category of the list.", field="category_id", code="category_unknown")
    if terms.rate_name(expense) and terms.rate_for(expense) is None:
        sentence = f"No rate of this name is in force on {day_text(expense.incurred_on)}. Choose another, or add one for that day."
        raise InvalidInput(sentence, field="category_id" if expense.category_id else "unit_rate_name", code="unit_rate_unknown")
    if expense.unit_minor < 0 or (expense.cost_minor or 0) < 0:
        raise InvalidInput("Write an amount of zero or more.", field="unit_minor", code="amount_out_of_range")
    priced = priced_expense(terms, expense)
    amounts = {"cost_minor": expense.cost_minor or 0, "unit_minor": max(priced.price.unit_minor, priced.worth_minor)}
    for field, minor in amounts.items():
        check_size(minor, terms.firm.currency, field=field)


def check_matter_open(terms: ExpenseTerms, matter_id: int) -> None:
    """Refuse a closed matter for something new."""
    matter = terms.matters[matter_id]
    if matter.status == "closed":
        raise InvalidInput(f"{matter.label} is closed. Reopen it, or choose another matter.", field="matter_id", code="matter_is_closed")


@dataclass(frozen=True, slots=True)
class PricedExpense:
    """An expense as it is charged: quantity and price as documents print them, what was paid, and what an agreed mark-up adds."""

    price: UnitPrice
    worth_minor: int
    cost_minor: int = 0
    mark_up_minor: int = 0
    points: int = 0
    term_id: int | None = None


def priced_expense(terms: ExpenseTerms, expense: Expense) -> PricedExpense:
    """At the firm's rate, at its own price, or at what was paid with the mark-up that is agreed; rounded half up once."""
    rate, currency = terms.rate_for(expense), terms.firm.currency
    if rate is not None:
        price = price_units(expense.quantity_hundredths, rate.rate_hundredths, rate.unit, currency)
        return PricedExpense(price, _worth(price, currency))
    price = UnitPrice(expense.quantity_hundredths, expense.unit_minor)
    if terms.kind_of(expense) == "soft":
        return PricedExpense(price, _worth(price, currency))
    points, term_id = terms.mark_up_for(expense)
    if expense.cost_minor is not None:
        worth = _worth(price, currency)
        added = max(worth - expense.cost_minor, 0) if term_id else 0
        return PricedExpense(price, worth, expense.cost_minor, added, points, term_id)
    found = price_marked_up(expense.quantity_hundredths, expense.unit_minor, points, currency)
    return PricedExpense(found.price, found.cost_minor + found.mark_up_minor, found.cost_minor, found.mark_up_minor, points, term_id)


def _worth(price: UnitPrice, currency: str) -> int:
    return Money(price.unit_minor, currency).times_hundredths(price.quantity_hundredths).minor


def check_mark_up(terms: ExpenseTerms, expense: Expense) -> None:
    """Refuse to charge more than was paid and the client agreed to (American Bar Association, Formal Opinion 93-379)."""
    if expense.cost_minor is None or expense.billing_status != "billable" or terms.kind_of(expense) == "soft":
        return
    priced = priced_expense(terms, expense)
    most = Money(most_charged(expense.cost_minor, priced.points), terms.firm.currency)
    if priced.worth_minor <= most.minor:
        return
    if priced.points:
        agreed = f"A mark-up of {percent_text(priced.points)} % is agreed: charge {most} at most."
    else:
        agreed = f"No mark-up is agreed for this matter: charge {most} at most, or agree on one under Fee agreement."
    raise InvalidInput(agreed, field="unit_minor", code="mark_up_not_agreed")


def expense_columns(terms: ExpenseTerms, expense: Expense) -> dict[str, object]:
    """The entry's columns that follow from what was said. Only a billable expense has an amount; what is counted is the firm's own cost."""
    priced, billable = priced_expense(terms, expense), expense.billing_status == "billable"
    price = priced.price
    return {
        "matter_id": expense.matter_id,
        "timekeeper_id": expense.timekeeper_id,
        "incurred_on": expense.incurred_on,
        "category_id": expense.category_id,
        "description": f"{expense.description}, {price.note}" if price.note and expense.description else price.note or expense.description,
        "vendor": expense.vendor,
        "quantity_hundredths": price.quantity_hundredths,
        "unit_minor": price.unit_minor,
        "unit_note": price.note,
        "amount_minor": priced.worth_minor if billable else 0,
        "cost_minor": priced.cost_minor,
        "billing_status": expense.billing_status,
        **_counted_columns(terms, expense),
        **_mark_up_columns(expense, priced, billable=billable),
        **_category_columns(terms, expense, priced),
    }


def _counted_columns(terms: ExpenseTerms, expense: Expense) -> dict[str, object]:
    rate, category = terms.rate_for(expense), terms.category_of(expense)
    return {
        "kind": terms.kind_of(expense),
        "code": expense.code or (rate.code if rate else "") or (category.code if category else ""),
        "unit_rate_id": rate.id if rate else None,
        "unit_rate_name": rate.name if rate else "",
        "unit_rate_hundredths": rate.rate_hundredths if rate else None,
        "units_hundredths": expense.quantity_hundredths if rate else None,
    }


def _mark_up_columns(expense: Expense, priced: PricedExpense, *, billable: bool) -> dict[str, object]:
    was_paid = priced.term_id is not None and expense.cost_minor is None
    return {
        "mark_up_basis_points": priced.points,
        "mark_up_minor": priced.mark_up_minor if billable else 0,
        "mark_up_term_id": priced.term_id,
        "paid_units_hundredths": expense.quantity_hundredths if was_paid else None,
        "paid_unit_minor": expense.unit_minor if was_paid else None,
    }


def _category_columns(terms: ExpenseTerms, expense: Expense, priced: PricedExpense) -> dict[str, object]:
    """What the category asks for, by what was paid: of an own cost, by what it is worth."""
    rules = terms.rules_for(expense)
    paid = priced.worth_minor if terms.kind_of(expense) == "soft" else priced.cost_minor
    return {
        "is_taxed": rules.is_in_tax_base(priced.mark_up_minor),
        "needs_receipt": rules.needs_receipt(paid),
        "approval": approval_after(rules.needs_approval(paid), Approval.NOT_NEEDED, same=False).value,
    }


def expense_postings(terms: ExpenseTerms, columns: Mapping[str, object]) -> Postings:
    """What a hard cost posts: nothing for a soft one, or for one that was free."""
    cost, matter = columns["cost_minor"], terms.matters[int(str(columns["matter_id"]))]
    if not isinstance(cost, int) or cost == 0 or matter.client_id is None:
        return ()
    billable = columns["billing_status"] == "billable"
    return expense_hard_recorded(amount_minor=cost, client_id=matter.client_id, matter_id=matter.id, billable=billable)
