"""Walled-off matters: the one condition that keeps what belongs to them from whoever is not admitted.

`shut_matters` is that condition. To a session that stands outside (`stand_outside`) it is added in every ORM query, for every model
that names a matter or something of a matter: a new list, total or report is walled without a line being written for it. A firm
without walls, and a member who may see all, pays nothing. Core statements on tables and rows joined-loaded with their parent are not
filtered: the first are for writing, the second hang on a row that is open. What the filter cannot say is in `open_payments` and
`hidden_trust`. A query whose rows are not shown (is this number taken?) passes with `.execution_options(through_walls=True)`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Dialect, Result, Select, String, and_, bindparam, cast, event, func, or_, select, true
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql.util import find_tables

from lexapp.database import Base
from lexapp.models import Balance, Client, Invoice, Matter, MatterAdmission, OutboxMessage, Payment, TrustLedger

Ids = Select[tuple[int]]
# Kinds of subjects in audit, documents and mails, and the table whose rows name the matter.
_KINDS = {
    "time_entry": "time_entries",
    "expense_entry": "expense_entries",
    "fixed_fee_entry": "fixed_fee_entries",
    "pre_bill": "pre_bills",
    "credit_note": "credit_notes",
    "timer": "timers",
    "recurring_entry": "recurring_entries",
    "recovery": "recoveries",
    "trust_ledger": "trust_ledgers",
}


def _a(table: str) -> Any:
    """An alias of a table: the table itself would be taken for that of the query around it."""
    return Base.metadata.tables[table].alias()


_FIRM, _MEMBER = bindparam("walls_firm_id", type_=BigInteger), bindparam("walls_membership_id", type_=BigInteger)


def shut_matters() -> Ids:
    """The ids of the matters that a member is shut out from; execute with `Outside.parameters`."""
    matter, admission = _a("matters"), _a("matter_admissions")
    mine = (admission.c.firm_id == matter.c.firm_id, admission.c.matter_id == matter.c.id, admission.c.membership_id == _MEMBER)
    admitted = select(admission.c.id).where(*mine).correlate(matter).exists()
    return select(matter.c.id).where(matter.c.firm_id == _FIRM, matter.c.is_walled, ~admitted).correlate(None)


@dataclass(frozen=True, slots=True)
class Outside:
    """A member who is shut out from something, or may be."""

    firm_id: int
    membership_id: int

    @property
    def parameters(self) -> dict[str, int]:
        return {"walls_firm_id": self.firm_id, "walls_membership_id": self.membership_id}


def stand_outside(session: Session, outside: Outside) -> None:
    """Keep from this session, until it ends, what the member is shut out from."""
    session.info["walls"] = outside


def outside_of(session: Session) -> Outside | None:
    """Who stands outside in this session, if anybody."""
    found: Outside | None = session.info.get("walls")
    return found


def read_rows(session: Session, query: Any, given: dict[str, Any]) -> Sequence[Any]:
    """The rows of a query for columns, through the walls like any other. Where nobody stands outside it goes straight to the connection;
    for what every page or the longest list asks. `query` is made once for good, with its values as parameters.
    """
    if outside_of(session) is not None:
        return session.execute(query, given).all()
    return read_unwalled(session, query, given)


def read_unwalled(session: Session, query: Any, given: dict[str, Any]) -> Sequence[Any]:
    """The rows of a query that is made once for good and names nothing that can be walled off."""
    connection = session.connection()
    return connection.execute(query, given, execution_options={"compiled_cache": _own_cache(query, connection.dialect)}).all()


class _OneStatement(dict[Any, Any]):
    """SQLAlchemy's cache for one query on one engine. The common one is asked by everything that a query is made of, and to reckon the
    hash of that takes a third as long as to run it."""

    def get(self, key: Any, default: Any = None) -> Any:  # noqa: ARG002 - whatever it says, the query is this one
        return super().get("it", default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__("it", compiled)


@lru_cache(maxsize=512)
def _own_cache(query: Any, dialect: Dialect) -> _OneStatement:  # noqa: ARG001 - the arguments are what it is kept under
    return _OneStatement()


@event.listens_for(Session, "do_orm_execute")
def _keep_out(state: ORMExecuteState) -> Result[Any] | None:
    outside = outside_of(state.session)
    if outside is None or not state.is_select or state.is_column_load or state.execution_options.get("through_walls"):
        return None
    statement: Any = state.statement
    filters, named = _filters(), find_tables(statement, check_columns=True, include_joins=True, include_selects=True)
    wanted = [filters[table] for table in dict.fromkeys(named) if table in filters]
    if not wanted:
        return None
    state.parameters = {**dict(state.parameters or {}), **outside.parameters}  # type: ignore[arg-type]
    return state.invoke_statement(statement.options(*wanted))


# ── the rules, once for all members ──────────────────────────────────────────────────────────────


def _of_shut(table: str, column: str = "id", *, name: str = "matter_id") -> Ids:
    """A column of the rows of `table` that belong to a shut matter."""
    rows = _a(table)
    mine = (rows.c.firm_id == _FIRM, rows.c[name].in_(shut_matters()), rows.c[column].is_not(None))
    return select(rows.c[column]).where(*mine).correlate(None)


def _of_open(table: str, name: str) -> Ids:
    rows = _a(table)
    is_open = (rows.c.client_id.is_not(None), rows.c[name].not_in(shut_matters()))
    return select(rows.c.client_id).where(rows.c.firm_id == _FIRM, *is_open).correlate(None)


def _shut_invoices() -> Ids:
    return _of_shut("invoice_matters", "invoice_id")


def _shut_clients() -> Ids:
    """Clients who are known by shut matters only, as their clients or payers."""
    client, invoice = _a("clients"), _a("invoices")
    shut = (_of_shut("matters", "client_id", name="id"), _of_shut("matter_payers", "client_id"))
    billed = select(invoice.c.payer_id).where(invoice.c.firm_id == _FIRM, invoice.c.id.not_in(_shut_invoices())).correlate(None)
    known = (_of_open("matters", "id"), _of_open("matter_payers", "matter_id"), billed)
    rules = (or_(*(client.c.id.in_(ids) for ids in shut)), *(client.c.id.not_in(ids) for ids in known))
    return select(client.c.id).where(client.c.firm_id == _FIRM, *rules).correlate(None)


@cache
def _by_column() -> dict[str, Ids]:
    """What a column that refers to something of a matter may not hold, the nearest first."""
    return {
        "matter_id": shut_matters(),
        "pre_bill_id": _of_shut("pre_bills"),
        "invoice_id": _shut_invoices(),
        "trust_ledger_id": _of_shut("trust_ledgers"),
        "timer_id": _of_shut("timers"),
        "client_id": _shut_clients(),
        "payer_id": _shut_clients(),
    }


@cache
def _by_kind() -> dict[str, Ids]:
    """The same for rows that name their subject by kind and id."""
    entries = {kind: _of_shut(table) for kind, table in _KINDS.items()}
    return entries | {"matter": shut_matters(), "invoice": _shut_invoices(), "client": _shut_clients()}


@cache
def _filters() -> dict[Any, Any]:
    """Table -> the option for the model that can show something of a matter."""
    found: dict[Any, Any] = {}
    for mapper in Base.registry.mappers:
        model: Any = mapper.class_
        condition = _OWN[model]() if model in _OWN else _referring(model)
        if condition is not None and model is not MatterAdmission:
            found[model.__table__] = with_loader_criteria(model, condition, include_aliases=True, propagate_to_loaders=False)
    return found


def _about_invoice() -> ColumnElement[bool]:
    """Whether a message is about a shut invoice: dedupe keys begin with the kind and the id."""
    part = _a("invoice_matters")
    begins = OutboxMessage.kind + ":" + cast(part.c.invoice_id, String) + ":%"
    mine = (part.c.firm_id == _FIRM, part.c.matter_id.in_(shut_matters()), (OutboxMessage.dedupe_key + ":").like(begins))
    return OutboxMessage.kind.like("invoice.%") & select(part.c.id).where(*mine).exists()


_OWN: dict[Any, Callable[[], ColumnElement[bool]]] = {
    Matter: lambda: _open(Matter.id, shut_matters()),
    Client: lambda: _open(Client.id, _shut_clients()),
    Invoice: lambda: _open(Invoice.id, _shut_invoices()),
    OutboxMessage: lambda: or_(OutboxMessage.id.is_(None), ~_about_invoice()),
}


def _referring(model: Any) -> ColumnElement[bool] | None:
    """Whether nothing that a row refers to is shut; one that always names a matter is open when the matter is."""
    columns, shut = model.__table__.c, _by_column()
    if "subject_kind" in columns:
        other = (or_(model.subject_kind != kind, _open(model.subject_id, ids)) for kind, ids in _by_kind().items())
        return and_(*other)
    names = [name for name in shut if name in columns]
    if names and not columns[names[0]].nullable:
        names = names[:1]
    return and_(*(_open(getattr(model, name), shut[name]) for name in names)) if names else None


def _open(column: Any, ids: Ids) -> ColumnElement[bool]:
    """NULL is open: a row that refers to nothing, and the empty side of an outer join."""
    return or_(column.is_(None), column.not_in(ids))


# ── what the filter cannot say ───────────────────────────────────────────────────────────────────


def open_payments(session: Session) -> ColumnElement[bool]:
    """Payments of which no part was applied to a shut matter; in statements that name a walled model.

    Not in every query: an open invoice must count what such a payment paid of it.
    """
    if outside_of(session) is None:
        return true()
    shut = _of_shut("allocations", "payment_id")
    return and_(Payment.id.not_in(shut), _open(Payment.original_payment_id, shut))


def open_to(session: Session, model: type[Any]) -> ColumnElement[bool]:
    """What a record needs besides the filter to be opened by its id."""
    return open_payments(session) if model is Payment else true()


def hidden_trust(session: Session) -> dict[int, int]:
    """Bank account -> what its shut ledgers hold, in minor units: no part of a balance that is shown. Nothing is asked without walls."""
    outside = outside_of(session)
    if outside is None:
        return {}
    shut = or_(TrustLedger.matter_id.in_(shut_matters()), TrustLedger.client_id.in_(_shut_clients()))
    query = (
        select(TrustLedger.bank_account_id, func.sum(Balance.amount_minor))
        .join(Balance, and_(Balance.firm_id == TrustLedger.firm_id, Balance.trust_ledger_id == TrustLedger.id))
        .where(TrustLedger.firm_id == outside.firm_id, shut)
        .group_by(TrustLedger.bank_account_id)
    )
    found = session.execute(query, outside.parameters, execution_options={"through_walls": True})
    return {bank: -int(amount) for bank, amount in found}
