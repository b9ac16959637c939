"""The client listing of a trust bank account: every ledger with its balance and last movement, and the total that ties to the book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from lexapp.models import Balance, Client, Matter, TrustLedger, TrustTransaction


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One ledger; `balance_minor` >= 0. `last_on` is None before its first movement."""

    id: int
    kind: str
    client_name: str
    matter_number: str
    matter_name: str
    balance_minor: int
    last_on: date | None


@dataclass(frozen=True, slots=True)
class ClientListing:
    """A page of ledgers; count and total are those of the whole listing."""

    rows: Sequence[LedgerRow]
    count: int
    total_minor: int


def client_listing(
    session: Session, *, firm_id: int, bank_account_id: int, words: Sequence[str] = (), with_empty: bool = False, limit: int, offset: int
) -> ClientListing:
    """The ledgers of one account by client and matter, the firm's and the unidentified ones last."""
    held = func.coalesce(-Balance.amount_minor, 0)
    wanted = _wanted(firm_id, bank_account_id, words, None if with_empty else held != 0)
    count, total = session.execute(_from(select(func.count(), func.coalesce(func.sum(held), 0)), wanted)).one()
    last_on = (
        select(func.max(TrustTransaction.effective_on))
        .where(TrustTransaction.firm_id == firm_id, TrustTransaction.trust_ledger_id == TrustLedger.id)
        .scalar_subquery()
    )
    columns = (TrustLedger.id, TrustLedger.kind, Client.name, Matter.number, Matter.name, held, last_on)
    query = _from(select(*columns), wanted).order_by(Client.name.is_(None), Client.name, Matter.number, TrustLedger.id)
    rows = [
        LedgerRow(id_, kind, client or "", number or "", matter or "", int(balance), last)
        for id_, kind, client, number, matter, balance, last in session.execute(query.limit(limit).offset(offset))
    ]
    return ClientListing(rows, count, int(total))


def _from(query: Any, wanted: ColumnElement[bool]) -> Any:
    return (
        query.select_from(TrustLedger)
        .outerjoin(Client, and_(Client.firm_id == TrustLedger.firm_id, Client.id == TrustLedger.client_id))
        .outerjoin(Matter, and_(Matter.firm_id == TrustLedger.firm_id, Matter.id == TrustLedger.matter_id))
        .outerjoin(Balance, and_(Balance.firm_id == TrustLedger.firm_id, Balance.trust_ledger_id == TrustLedger.id))
        .where(wanted)
    )


def _wanted(firm_id: int, bank_account_id: int, words: Sequence[str], more: ColumnElement[bool] | None) -> ColumnElement[bool]:
    rules = [TrustLedger.firm_id == firm_id, TrustLedger.bank_account_id == bank_account_id]
    for word in words:
        parts = (Client.name, Matter.name, Matter.number)
        rules.append(or_(*(func.lower(part).contains(word, autoescape=True) for part in parts)))
    return and_(*rules, *([] if more is None else [more]))
