"""The receipts and disbursements journal of one trust bank account, with the account's balance after each movement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from lexapp.domain.trust import number_text
from lexapp.models import Client, Matter, TrustLedger, TrustTransaction


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A movement at the bank, and the account's balance right after it; minor units."""

    id: int
    kind: str
    number: str
    effective_on: date
    amount_minor: int
    balance_minor: int
    counterparty: str
    method: str
    reference: str
    purpose: str
    ledger_id: int | None
    ledger_kind: str
    client_name: str
    matter_name: str


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """A page of the register, the newest first; the counts are those of the whole account."""

    rows: Sequence[RegisterRow]
    count: int
    in_minor: int
    out_minor: int


def account_register(session: Session, *, firm_id: int, bank_account_id: int, limit: int, offset: int) -> RegisterPage:
    """Everything that moved at the bank: transfers between ledgers do not appear."""
    one = TrustTransaction
    mine = and_(one.firm_id == firm_id, one.bank_account_id == bank_account_id, one.bank_amount_minor != 0)
    running = func.sum(one.bank_amount_minor).over(order_by=(one.effective_on, one.id)).label("running")
    balances = select(one.id, running).where(mine).subquery()
    query = (
        select(one, balances.c.running, TrustLedger.kind, Client.name, Matter.name)
        .join(balances, balances.c.id == one.id)
        .outerjoin(TrustLedger, and_(TrustLedger.firm_id == firm_id, TrustLedger.id == one.trust_ledger_id))
        .outerjoin(Client, and_(Client.firm_id == firm_id, Client.id == TrustLedger.client_id))
        .outerjoin(Matter, and_(Matter.firm_id == firm_id, Matter.id == TrustLedger.matter_id))
        .order_by(one.effective_on.desc(), one.id.desc())
        .limit(limit)
        .offset(offset)
    )
    rows = [
        RegisterRow(
            row.id, row.kind, number_text(row.direction, row.number), row.effective_on, row.bank_amount_minor, int(balance),
            row.counterparty, row.method, row.reference, row.purpose, row.trust_ledger_id, kind or "", client or "", matter or "",
        )
        for row, balance, kind, client, matter in session.execute(query)
    ]  # fmt: skip
    sums = select(one.direction, func.count(), func.sum(one.bank_amount_minor)).where(mine).group_by(one.direction)
    found = {way: (count, int(total)) for way, count, total in session.execute(sums)}
    (ins, in_minor), (outs, out_minor) = found.get("in", (0, 0)), found.get("out", (0, 0))
    return RegisterPage(rows, ins + outs, in_minor, -out_minor)
