"""Expense entries within a command: checked, priced, and posted where the firm owes a third party."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.work_terms import FirmTerms, MatterTerms, firm_terms, matter_terms
from lexapp.domain.amounts import check_size
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput
from lexapp.domain.ledger import Postings, expense_hard_recorded
from lexapp.domain.moments import EARLIEST
from lexapp.domain.money import Money
from lexapp.domain.unit_rates import UnitPrice, UnitRate, price_units, resolve_unit_rate
from lexapp.models import ExpenseEntry
from lexapp.models import UnitRate as Row

HARD_RECORDED = "expense.hard_recorded"


@dataclass(frozen=True, slots=True)
class Expense:
    """What is said about a cost. `unit_minor` is the price of one unit to the client.

    `cost_minor` is what the firm paid a third party for a hard cost; None: what the client is charged. Soft costs cost nothing here.
    `unit_rate_name`: priced at the firm's rate of that name in force on the day (mileage); `unit_minor` does not count then.
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
    unit_rate_name: str = ""


@dataclass(frozen=True, slots=True)
class CountedRates:
    """The rates of what is counted, and the one that an entry which is changed was priced with (`kept`), on its day (`kept_on`)."""

    rates: Sequence[UnitRate] = ()
    kept: UnitRate | None = None
    kept_on: date | None = None

    def resolve(self, name: str, on: date) -> UnitRate | None:
        """The kept rate where neither what is counted nor the day changed, else the one in force on the day."""
        if not name:
            return None
        if self.kept is not None and (self.kept.name, self.kept_on) == (name, on):
            return self.kept
        return resolve_unit_rate(self.rates, name, on)


@dataclass(frozen=True, slots=True)
class ExpenseTerms:
    """The firm, its matters by id, and the rates of what is counted."""

    firm: FirmTerms
    matters: Mapping[int, MatterTerms]
    counted: CountedRates = CountedRates()

    def rate_for(self, expense: Expense) -> UnitRate | None:
        """The rate of a counted expense; None where it has a price of its own, or where no rate is in force."""
        return self.counted.resolve(expense.unit_rate_name, expense.incurred_on)


def expense_terms(session: Session, firm_id: int, expenses: Sequence[Expense], *, entry: ExpenseEntry | None = None) -> ExpenseTerms:
    """What these expenses need to know; `entry` is the one that is changed. Two queries, a third where something is counted."""
    firm = firm_terms(session, firm_id)
    matters = matter_terms(session, firm, {expense.matter_id for expense in expenses})
    is_counted = any(expense.unit_rate_name for expense in expenses)
    return ExpenseTerms(firm, matters, counted_rates(session, firm_id, entry=entry) if is_counted else CountedRates())


def counted_rates(session: Session, firm_id: int, *, entry: ExpenseEntry | None = None) -> CountedRates:
    """The firm's rates, removed ones too, which `entry` may have kept; they apply to nothing else. One query."""
    rates = [_rate_of(row) for row in session.scalars(select(Row).where(Row.firm_id == firm_id))]
    if entry is None:
        return CountedRates(rates)
    return CountedRates(rates, next((rate for rate in rates if rate.id == entry.unit_rate_id), None), entry.incurred_on)


def _rate_of(row: Row) -> UnitRate:
    return UnitRate(
        id=row.id,
        name=row.name,
        unit=row.unit,
        code=row.code,
        rate_hundredths=row.rate_hundredths,
        effective_from=row.effective_from,
        effective_to=row.effective_from - timedelta(days=1) if row.removed_at else row.effective_to,
    )


def check_expense(terms: ExpenseTerms, expense: Expense, *, now: datetime) -> None:
    """Refuse a day to come, a matter without a client, and amounts that are none."""
    if not EARLIEST <= expense.incurred_on <= terms.firm.today(now):
        raise InvalidInput("That day has not come yet. Write today’s date or an earlier one.", field="incurred_on", code="date_in_future")
    if terms.matters[expense.matter_id].client_id is None:
        raise InvalidInput("An expense belongs to a client’s matter. Choose another matter.", field="matter_id", code="matter_is_internal")
    if not 0 < expense.quantity_hundredths <= 10**9:
        raise InvalidInput("Write how many there were: more than nothing.", field="quantity_hundredths", code="quantity_out_of_range")
    if expense.unit_rate_name and terms.rate_for(expense) is None:
        sentence = f"No rate of this name is in force on {day_text(expense.incurred_on)}. Choose another, or add one for that day."
        raise InvalidInput(sentence, field="unit_rate_name", code="unit_rate_unknown")
    if expense.unit_minor < 0 or (expense.cost_minor or 0) < 0:
        raise InvalidInput("Write an amount of zero or more.", field="unit_minor", code="amount_out_of_range")
    price = price_of(terms, expense)
    amounts = {"cost_minor": expense.cost_minor or 0, "unit_minor": max(price.unit_minor, charged(terms, expense))}
    for field, minor in amounts.items():
        check_size(minor, terms.firm.currency, field=field)


def check_matter_open(terms: ExpenseTerms, matter_id: int) -> None:
    """Refuse a closed matter for something new."""
    matter = terms.matters[matter_id]
    if matter.status == "closed":
        raise InvalidInput(f"{matter.label} is closed. Reopen it, or choose another matter.", field="matter_id", code="matter_is_closed")


def price_of(terms: ExpenseTerms, expense: Expense) -> UnitPrice:
    """Quantity and price as documents print them."""
    rate = terms.rate_for(expense)
    if rate is None:
        return UnitPrice(expense.quantity_hundredths, expense.unit_minor)
    return price_units(expense.quantity_hundredths, rate.rate_hundredths, rate.unit, terms.firm.currency)


def charged(terms: ExpenseTerms, expense: Expense) -> int:
    """Minor units of quantity times price, rounded half up once, billable or not."""
    price = price_of(terms, expense)
    return Money(price.unit_minor, terms.firm.currency).times_hundredths(price.quantity_hundredths).minor


def expense_columns(terms: ExpenseTerms, expense: Expense) -> dict[str, object]:
    """The entry's columns that follow from what was said. Only a billable expense has an amount; what is counted is the firm's own cost."""
    worth = charged(terms, expense)
    price, rate = price_of(terms, expense), terms.rate_for(expense)
    kind = "soft" if rate else expense.kind
    cost = 0 if kind == "soft" else worth if expense.cost_minor is None else expense.cost_minor
    return {
        "matter_id": expense.matter_id,
        "timekeeper_id": expense.timekeeper_id,
        "incurred_on": expense.incurred_on,
        "kind": kind,
        "code": expense.code or (rate.code if rate else ""),
        "description": f"{expense.description}, {price.note}" if price.note and expense.description else price.note or expense.description,
        "vendor": expense.vendor,
        "quantity_hundredths": price.quantity_hundredths,
        "unit_minor": price.unit_minor,
        "unit_rate_id": rate.id if rate else None,
        "unit_rate_name": rate.name if rate else "",
        "unit_rate_hundredths": rate.rate_hundredths if rate else None,
        "units_hundredths": expense.quantity_hundredths if rate else None,
        "unit_note": price.note,
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
