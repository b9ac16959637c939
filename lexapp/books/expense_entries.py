"""Expense entries within a command: checked, priced, and posted where the firm owes a third party."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from lexapp.books.work_terms import FirmTerms, MatterTerms, firm_terms, matter_terms
from lexapp.domain.amounts import check_size
from lexapp.domain.errors import InvalidInput
from lexapp.domain.ledger import Postings, expense_hard_recorded
from lexapp.domain.moments import EARLIEST
from lexapp.domain.money import Money

HARD_RECORDED = "expense.hard_recorded"


@dataclass(frozen=True, slots=True)
class Expense:
    """What is said about a cost. `unit_minor` is the price of one unit to the client.

    `cost_minor` is what the firm paid a third party for a hard cost; None: what the client is charged. Soft costs cost nothing here.
    """

    matter_id: int
    incurred_on: date
    unit_minor: int
    quantity_hundredths: int = 100
    kind: str = "hard"
    code: str = ""
    description: str = ""
    vendor: str = ""
    billing_status: str = "billable"
    timekeeper_id: int | None = None
    cost_minor: int | None = None


@dataclass(frozen=True, slots=True)
class ExpenseTerms:
    """The firm, and its matters by id."""

    firm: FirmTerms
    matters: Mapping[int, MatterTerms]


def expense_terms(session: Session, firm_id: int, matter_ids: set[int]) -> ExpenseTerms:
    """What these expenses need to know. Two queries."""
    firm = firm_terms(session, firm_id)
    return ExpenseTerms(firm, matter_terms(session, firm, matter_ids))


def check_expense(terms: ExpenseTerms, expense: Expense, *, now: datetime) -> None:
    """Refuse a day to come, a matter without a client, and amounts that are none."""
    if not EARLIEST <= expense.incurred_on <= terms.firm.today(now):
        raise InvalidInput("That day has not come yet. Write today’s date or an earlier one.", field="incurred_on", code="date_in_future")
    if terms.matters[expense.matter_id].client_id is None:
        raise InvalidInput("An expense belongs to a client’s matter. Choose another matter.", field="matter_id", code="matter_is_internal")
    if not 0 < expense.quantity_hundredths <= 10**9:
        raise InvalidInput("Write how many there were: more than nothing.", field="quantity_hundredths", code="quantity_out_of_range")
    if expense.unit_minor < 0 or (expense.cost_minor or 0) < 0:
        raise InvalidInput("Write an amount of zero or more.", field="unit_minor", code="amount_out_of_range")
    amounts = {"cost_minor": expense.cost_minor or 0, "unit_minor": max(expense.unit_minor, charged(terms, expense))}
    for field, minor in amounts.items():
        check_size(minor, terms.firm.currency, field=field)


def check_matter_open(terms: ExpenseTerms, matter_id: int) -> None:
    """Refuse a closed matter for something new."""
    matter = terms.matters[matter_id]
    if matter.status == "closed":
        raise InvalidInput(f"{matter.label} is closed. Reopen it, or choose another matter.", field="matter_id", code="matter_is_closed")


def charged(terms: ExpenseTerms, expense: Expense) -> int:
    """Minor units of quantity times price, rounded half up once, billable or not."""
    return Money(expense.unit_minor, terms.firm.currency).times_hundredths(expense.quantity_hundredths).minor


def expense_columns(terms: ExpenseTerms, expense: Expense) -> dict[str, object]:
    """The entry's columns that follow from what was said. Only a billable expense has an amount."""
    worth = charged(terms, expense)
    cost = 0 if expense.kind == "soft" else worth if expense.cost_minor is None else expense.cost_minor
    return {
        "matter_id": expense.matter_id,
        "timekeeper_id": expense.timekeeper_id,
        "incurred_on": expense.incurred_on,
        "kind": expense.kind,
        "code": expense.code,
        "description": expense.description,
        "vendor": expense.vendor,
        "quantity_hundredths": expense.quantity_hundredths,
        "unit_minor": expense.unit_minor,
        "amount_minor": worth if expense.billing_status == "billable" else 0,
        "cost_minor": cost,
        "billing_status": expense.billing_status,
    }


def expense_postings(terms: ExpenseTerms, columns: Mapping[str, object]) -> Postings:
    """What a hard cost posts: nothing for a soft one, or for one that was free."""
    cost, matter = columns["cost_minor"], terms.matters[int(str(columns["matter_id"]))]
    if not isinstance(cost, int) or cost == 0 or matter.client_id is None:
        return ()
    billable = columns["billing_status"] == "billable"
    return expense_hard_recorded(amount_minor=cost, client_id=matter.client_id, matter_id=matter.id, billable=billable)
