"""The list of invoices: filtered by what they are today, newest first, a page at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select
from sqlalchemy.orm import Session

from lexapp.domain.invoice_states import InvoiceState, invoice_state
from lexapp.models import Client, Invoice, InvoiceMatter, Matter
from lexapp.queries.invoices.balances import Open, open_as_of

PAGE = 50
# "unpaid" is everything with something open: open, part-paid and overdue.
FILTERS = ("unpaid", *(state.value for state in InvoiceState))


@dataclass(frozen=True, slots=True)
class InvoiceFilter:
    """What to list. `state` is one of FILTERS or empty; `text` is looked for in number, payer and matter."""

    state: str = ""
    payer_id: int | None = None
    matter_id: int | None = None
    text: str = ""
    since_on: date | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """One invoice of a list; amounts in minor units."""

    id: int
    number: str
    issued_on: date
    due_on: date
    payer_id: int
    payer_name: str
    matter_names: str
    total_minor: int
    open_minor: int
    state: InvoiceState
    days_late: int


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """One page of rows, and count and sums of all that the filter found."""

    rows: Sequence[InvoiceRow]
    count: int
    total_minor: int
    open_minor: int
    page: int

    @property
    def first(self) -> int:
        return (self.page - 1) * PAGE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


def list_invoices(session: Session, *, firm_id: int, wanted: InvoiceFilter, today: date) -> InvoicePage:
    """Invoices of a firm with their state of `today`, newest first. Three statements whatever the number."""
    amounts = open_as_of(firm_id, today)
    sums = select(func.count(), func.coalesce(func.sum(Invoice.total_minor), 0), func.coalesce(func.sum(amounts.open), 0))
    count, total, still_open = session.execute(_filtered(sums, firm_id, wanted, amounts, today)).one()
    columns = (Invoice.id, Invoice.number, Invoice.issued_on, Invoice.due_on, Invoice.payer_id, Client.name, Invoice.total_minor)
    query = _filtered(select(*columns, amounts.paid, amounts.open, Invoice.voided_on), firm_id, wanted, amounts, today)
    query = query.order_by(Invoice.issued_on.desc(), Invoice.id.desc()).limit(PAGE).offset((wanted.page - 1) * PAGE)
    found = session.execute(query).all()
    names = matter_names(session, firm_id, [row[0] for row in found])
    rows = [_row(row, names, today) for row in found]
    return InvoicePage(rows, count, int(total), int(still_open), wanted.page)


def _filtered(query: Select[*tuple[Any, ...]], firm_id: int, wanted: InvoiceFilter, amounts: Open, today: date) -> Select[*tuple[Any, ...]]:
    query = (
        query.select_from(Invoice)
        .join(Client, and_(Client.firm_id == Invoice.firm_id, Client.id == Invoice.payer_id))
        .outerjoin(amounts.sums, amounts.on)
        .where(Invoice.firm_id == firm_id)
    )
    if wanted.state:
        query = query.where(_in_state(wanted.state, amounts, today))
    if wanted.payer_id is not None:
        query = query.where(Invoice.payer_id == wanted.payer_id)
    if wanted.matter_id is not None:
        query = query.where(_has_matter(InvoiceMatter.matter_id == wanted.matter_id))
    if wanted.since_on is not None:
        query = query.where(Invoice.issued_on >= wanted.since_on)
    return query.where(_says(wanted.text)) if wanted.text else query


def _in_state(state: str, amounts: Open, today: date) -> ColumnElement[bool]:
    live, unpaid, late = not_(amounts.is_void), amounts.open > 0, Invoice.due_on < today
    return {
        "void": amounts.is_void,
        "paid": and_(live, amounts.open <= 0),
        "overdue": and_(live, unpaid, late),
        "part_paid": and_(live, unpaid, not_(late), amounts.paid > 0),
        "open": and_(live, unpaid, not_(late), amounts.paid <= 0),
        "unpaid": and_(live, unpaid),
    }[state]


def _has_matter(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    mine = and_(InvoiceMatter.firm_id == Invoice.firm_id, InvoiceMatter.invoice_id == Invoice.id)
    matter = and_(Matter.firm_id == InvoiceMatter.firm_id, Matter.id == InvoiceMatter.matter_id)
    return select(InvoiceMatter.id).join(Matter, matter).where(mine, condition).exists()


def _says(text: str) -> ColumnElement[bool]:
    like = f"%{text.lower().replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"

    def has(column: Any) -> ColumnElement[bool]:
        return func.lower(column).like(like, escape="!")

    return or_(has(Invoice.number), has(Client.name), _has_matter(or_(has(Matter.name), has(Matter.number))))


def _row(row: Any, names: dict[int, str], today: date) -> InvoiceRow:
    id_, number, issued_on, due_on, payer_id, payer_name, total, paid, still_open, voided_on = row
    is_void = voided_on is not None and voided_on <= today
    owed, money = int(still_open) + int(paid), int(paid)
    state = invoice_state(total_minor=owed, applied_minor=money, due_on=due_on, today=today, is_void=is_void)
    late = (today - due_on).days if state is InvoiceState.OVERDUE else 0
    return InvoiceRow(id_, number, issued_on, due_on, payer_id, payer_name, names.get(id_, ""), total, int(still_open), state, late)


def matter_names(session: Session, firm_id: int, invoice_ids: Sequence[int]) -> dict[int, str]:
    """invoice -> the names of its matters, joined."""
    query = (
        select(InvoiceMatter.invoice_id, Matter.name)
        .join(Matter, and_(Matter.firm_id == InvoiceMatter.firm_id, Matter.id == InvoiceMatter.matter_id))
        .where(InvoiceMatter.firm_id == firm_id, InvoiceMatter.invoice_id.in_(invoice_ids))
        .order_by(Matter.number)
    )
    names: dict[int, list[str]] = defaultdict(list)
    for invoice_id, name in session.execute(query):
        names[invoice_id].append(name)
    return {invoice_id: " · ".join(found) for invoice_id, found in names.items()}


def payers_with_invoices(session: Session, *, firm_id: int) -> list[tuple[int, str]]:
    """(id, name) of everybody who was ever invoiced, by name: the choices of the filter."""
    invoiced = select(Invoice.id).where(Invoice.firm_id == Client.firm_id, Invoice.payer_id == Client.id).exists()
    query = select(Client.id, Client.name).where(Client.firm_id == firm_id, invoiced).order_by(func.lower(Client.name))
    return [(id_, name) for id_, name in session.execute(query)]
