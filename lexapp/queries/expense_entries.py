"""Expense and fixed-fee entries as lists show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.models import Client, ExpenseEntry, FixedFeeEntry, Matter, PreBill, PreBillLine
from lexapp.models.bound import is_agreed_fee, recovery_of_cost, recovery_of_fee
from lexapp.queries.expense_states import HOLDS
from lexapp.queries.matter_titles import matter_title
from lexapp.queries.standing import is_unbilled
from lexapp.queries.time_entries import STATES, TimeFilter


@dataclass(frozen=True, slots=True)
class CostLine:
    """A row of a list: an expense, or a fixed fee (which has no kind, code, vendor)."""

    id: int
    version: int
    dated_on: date
    matter_id: int
    title: str
    description: str
    kind: str
    code: str
    vendor: str
    quantity_hundredths: int
    unit: Money
    amount: Money
    cost: Money
    billing_status: str
    state: str
    unit_rate_name: str = ""
    units_hundredths: int | None = None
    unit_note: str = ""
    receipt_id: int | None = None
    category_id: int | None = None
    vendor_id: int | None = None
    mark_up_minor: int = 0
    paid_units_hundredths: int | None = None
    paid_unit_minor: int | None = None
    needs_receipt: bool = False
    approval: str = "none"
    decision_reason: str = ""
    trust_transaction_id: int | None = None
    recorded_by_user_id: int | None = None
    is_agreed: bool = False
    recovery_id: int | None = None

    @property
    def hold(self) -> str:
        """Why it is not billed: from_trust, waiting, declined, no_receipt; empty: nothing holds it back."""
        if self.trust_transaction_id is not None:
            return "from_trust"
        if self.approval in ("waiting", "declined"):
            return self.approval
        return "no_receipt" if self.needs_receipt and self.receipt_id is None else ""

    @property
    def is_bound(self) -> bool:
        """Whether a fee agreement (`is_agreed`) or a settled statement (`recovery_id`) made it what it is: it is not changed by hand."""
        return self.is_agreed or self.recovery_id is not None

    @property
    def own_words(self) -> str:
        """The description as it was typed, without what was added about units and their rate."""
        return self.description.removesuffix(self.unit_note).removesuffix(", ") if self.unit_note else self.description


@dataclass(frozen=True, slots=True)
class CostTotals:
    """Count and sum of everything a filter finds."""

    count: int
    amount: Money


def expense_lines(session: Session, *, actor: Actor, currency: str, chosen: TimeFilter, limit: int, offset: int = 0) -> list[CostLine]:
    """The expenses that the actor may see, newest first. One query."""
    order = (ExpenseEntry.incurred_on.desc(), ExpenseEntry.id.desc())
    query = _expenses().where(*_of_expenses(actor, chosen)).order_by(*order).limit(limit).offset(offset)
    return [_expense(row, currency) for row in session.execute(query)]


def expense_line(session: Session, *, actor: Actor, currency: str, entry_id: int) -> CostLine | None:
    """One expense that the actor may see, also a discarded one; else None."""
    query = _expenses().where(ExpenseEntry.firm_id == actor.firm_id, ExpenseEntry.id == entry_id, *_own(actor))
    row = session.execute(query).first()
    return _expense(row, currency) if row else None


def expense_totals(session: Session, *, actor: Actor, currency: str, chosen: TimeFilter) -> CostTotals:
    """Count and sum of all that the filter finds. One query."""
    sums = select(func.count(ExpenseEntry.id), func.coalesce(func.sum(ExpenseEntry.amount_minor), 0))
    query = sums.join(Matter, _of_matter(ExpenseEntry)).where(*_of_expenses(actor, chosen))
    count, minor = session.execute(query).one()
    return CostTotals(count, Money(int(minor), currency))


def fixed_fee_lines(session: Session, *, actor: Actor, currency: str, chosen: TimeFilter, limit: int, offset: int = 0) -> list[CostLine]:
    """The fixed fees of the firm, newest first. One query."""
    order = (FixedFeeEntry.charged_on.desc(), FixedFeeEntry.id.desc())
    query = _fees().where(*_of_fees(actor, chosen)).order_by(*order).limit(limit).offset(offset)
    return [_fee(row, currency) for row in session.execute(query)]


def fixed_fee_line(session: Session, *, actor: Actor, currency: str, entry_id: int) -> CostLine | None:
    """One fixed fee of the firm; else None."""
    row = session.execute(_fees().where(FixedFeeEntry.firm_id == actor.firm_id, FixedFeeEntry.id == entry_id)).first()
    return _fee(row, currency) if row else None


def fixed_fee_totals(session: Session, *, actor: Actor, currency: str, chosen: TimeFilter) -> CostTotals:
    """Count and sum of all that the filter finds. One query."""
    sums = select(func.count(FixedFeeEntry.id), func.coalesce(func.sum(FixedFeeEntry.amount_minor), 0))
    query = sums.join(Matter, _of_matter(FixedFeeEntry)).where(*_of_fees(actor, chosen))
    count, minor = session.execute(query).one()
    return CostTotals(count, Money(int(minor), currency))


def _own(actor: Actor) -> list[ColumnElement[bool]]:
    if actor.may("time.view_all"):
        return []
    return [or_(ExpenseEntry.recorded_by_user_id == actor.user_id, ExpenseEntry.timekeeper_id == (actor.timekeeper_id or 0))]


def _of_expenses(actor: Actor, chosen: TimeFilter) -> list[ColumnElement[bool]]:
    mine = [ExpenseEntry.firm_id == actor.firm_id, ExpenseEntry.discarded_at.is_(None), *_own(actor)]
    columns = (ExpenseEntry.description, ExpenseEntry.vendor, Matter.name)
    words = [or_(*(func.lower(column).contains(word, autoescape=True) for column in columns)) for word in chosen.words]
    return mine + _shared(ExpenseEntry, ExpenseEntry.incurred_on, PreBillLine.expense_entry_id, chosen) + words


def _of_fees(actor: Actor, chosen: TimeFilter) -> list[ColumnElement[bool]]:
    mine: list[ColumnElement[bool]] = [FixedFeeEntry.firm_id == actor.firm_id, FixedFeeEntry.discarded_at.is_(None)]
    columns = (FixedFeeEntry.description, Matter.name)
    words = [or_(*(func.lower(column).contains(word, autoescape=True) for column in columns)) for word in chosen.words]
    return mine + _shared(FixedFeeEntry, FixedFeeEntry.charged_on, PreBillLine.fixed_fee_entry_id, chosen) + words


def _shared(model: Any, dated_on: InstrumentedAttribute[date], line_column: Any, chosen: TimeFilter) -> list[ColumnElement[bool]]:
    equal = (
        (model.matter_id, chosen.matter_id),
        (Matter.client_id, chosen.client_id),
        (model.billing_status, chosen.billing_status or None),
        *(((model.vendor_id, chosen.vendor_id), (model.category_id, chosen.category_id)) if model is ExpenseEntry else ()),
    )
    found: list[ColumnElement[bool]] = [column == value for column, value in equal if value is not None]
    if chosen.since:
        found.append(dated_on >= chosen.since)
    if chosen.until:
        found.append(dated_on <= chosen.until)
    if chosen.status in STATES:
        found.append(func.coalesce(_taken(model, line_column), 0) == STATES.index(chosen.status))
    if chosen.status == "to_invoice":
        found.append(is_unbilled(model))
    if chosen.status in HOLDS and model is ExpenseEntry:
        found.append(HOLDS[chosen.status]())
    return found


def _of_matter(model: Any) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = (Matter.firm_id == model.firm_id) & (Matter.id == model.matter_id)
    return condition


def _taken(model: Any, column: Any) -> Any:
    """2 on an issued invoice, 1 on a pre-bill, None on neither."""
    return (
        select(func.max(case((PreBill.state == "issued", 2), else_=1)))
        .select_from(PreBillLine)
        .join(PreBill, (PreBill.firm_id == PreBillLine.firm_id) & (PreBill.id == PreBillLine.pre_bill_id))
        .where(PreBillLine.firm_id == model.firm_id, column == model.id, PreBillLine.state == "included")
        .correlate(model)
        .scalar_subquery()
    )


def _rows(model: Any, column: Any, *bound: Any) -> Select[Any]:
    of_client = (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id)
    columns = (model.__table__, *bound, Matter.name, Client.name, func.coalesce(_taken(model, column), 0))
    return select(*columns).join(Matter, _of_matter(model)).outerjoin(Client, of_client)


def _expenses() -> Select[Any]:
    return _rows(ExpenseEntry, PreBillLine.expense_entry_id, recovery_of_cost().label("recovery_id"))


def _fees() -> Select[Any]:
    bound = (is_agreed_fee().label("is_agreed"), recovery_of_fee().label("recovery_id"))
    return _rows(FixedFeeEntry, PreBillLine.fixed_fee_entry_id, *bound)


def _expense(row: Any, currency: str) -> CostLine:
    matter, client, taken = row[-3:]
    return CostLine(
        row.id,
        row.version,
        row.incurred_on,
        row.matter_id,
        matter_title(client, matter),
        row.description,
        row.kind,
        row.code,
        row.vendor,
        row.quantity_hundredths,
        Money(row.unit_minor, currency),
        Money(row.amount_minor, currency),
        Money(row.cost_minor, currency),
        row.billing_status,
        STATES[taken],
        row.unit_rate_name,
        row.units_hundredths,
        row.unit_note,
        row.receipt_id,
        row.category_id,
        row.vendor_id,
        row.mark_up_minor,
        row.paid_units_hundredths,
        row.paid_unit_minor,
        row.needs_receipt,
        row.approval,
        row.decision_reason,
        row.trust_transaction_id,
        row.recorded_by_user_id,
        recovery_id=row.recovery_id,
    )


def _fee(row: Any, currency: str) -> CostLine:
    matter, client, taken = row[-3:]
    amount = Money(row.amount_minor, currency)
    title = matter_title(client, matter)
    zero = Money.zero(currency)
    return CostLine(
        row.id, row.version, row.charged_on, row.matter_id, title, row.description, "", "", "", 100, amount, amount, zero,
        row.billing_status, STATES[taken], is_agreed=bool(row.is_agreed), recovery_id=row.recovery_id,
    )  # fmt: skip
