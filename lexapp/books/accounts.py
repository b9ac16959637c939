"""The accounts of a firm by role, as ids."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.errors import InvariantBroken
from lexapp.domain.ledger import CHART
from lexapp.models import Account, BankAccount

AccountIds = dict[tuple[str, int | None], int]


def account_ids(session: Session, firm_id: int) -> AccountIds:
    """(role, bank account id where the role exists once per bank account) -> account id."""
    rows = session.execute(select(Account.role, Account.bank_account_id, Account.id).where(Account.firm_id == firm_id))
    return {(role, bank_account_id): id_ for role, bank_account_id, id_ in rows}


def account_of(ids: AccountIds, role: str, bank_account_id: int | None) -> int:
    """The account that a posting of this role belongs to."""
    key = (role, bank_account_id if CHART[role].per_bank_account else None)
    if key not in ids:
        raise InvariantBroken(f"the firm has no account {key}")
    return ids[key]


def open_accounts(session: Session, *, firm_id: int, bank_account: BankAccount | None = None) -> None:
    """Open the chart: the firm's own accounts, or those that belong to one bank account."""
    wanted = [d for d in CHART.values() if d.per_bank_account == (bank_account is not None)]
    if bank_account is not None:
        roles = ("operating_bank",) if bank_account.kind == "operating" else ("trust_bank", "trust_liability")
        wanted = [d for d in wanted if d.role in roles]
    for definition in wanted:
        suffix = f".{bank_account.id}" if bank_account else ""
        name = _name(definition.name, bank_account) if bank_account else definition.name
        session.add(
            Account(
                firm_id=firm_id,
                role=definition.role,
                kind=definition.kind.value,
                number=definition.number + suffix,
                name=name,
                bank_account_id=bank_account.id if bank_account else None,
            )
        )
    session.flush()


def rename_accounts(session: Session, bank_account: BankAccount) -> None:
    """Call the accounts in the books as their bank account is called now."""
    mine = (Account.firm_id == bank_account.firm_id) & (Account.bank_account_id == bank_account.id)
    for account in session.scalars(select(Account).where(mine)):
        account.name = _name(CHART[account.role].name, bank_account)
    session.flush()


def _name(of_role: str, bank_account: BankAccount) -> str:
    return f"{of_role}: {bank_account.name}"
