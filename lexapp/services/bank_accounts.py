"""Bank accounts that exist: what they are called and what payers read of them; and their end."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, rename_accounts, succeed
from lexapp.books.changes import change, lock_record
from lexapp.books.uniqueness import taken_meanwhile
from lexapp.database import transaction
from lexapp.domain.bank_accounts import check_last_four
from lexapp.domain.errors import InvalidInput, NotAllowed, NotFound
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.models import Account, Balance, BankAccount, Firm


@dataclass(frozen=True, slots=True)
class BankAccountFacts:
    """What may change of a bank account. Its kind and the day it was opened never do."""

    name: str
    bank_name: str = ""
    account_last4: str = ""
    payment_details: str = ""


def change_bank_account(
    session: Session,
    *,
    actor: Actor,
    bank_account_id: int,
    version: int,
    facts: BankAccountFacts,
    key: str | None = None,
    now: datetime | None = None,
) -> None:
    """Rename an account or change what is printed for payers; invoices issued before keep what they said.

    Raises Conflict when `version` is no longer the present one.
    """
    actor.require("settings.edit")
    inputs = {"bank_account_id": bank_account_id, "version": version, **asdict(facts)}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="bank_account.change", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return
        account = lock_record(session, BankAccount, firm_id=actor.firm_id, record_id=bank_account_id, version=version, noun="bank account")
        _check(session, account, facts)
        changed = change(account, asdict(facts))
        with taken_meanwhile("uq_bank_accounts_firm_id_name", _taken(facts.name)):
            session.flush()
        rename_accounts(session, account)
        was = {"before": changed.before, "after": changed.after}
        audit(session, command, action="bank_account.changed", subject_kind="bank_account", subject_id=account.id, **was)
        succeed(session, command, bank_account_id=account.id)


def close_bank_account(
    session: Session, *, actor: Actor, bank_account_id: int, key: str | None = None, now: datetime | None = None
) -> None:
    """Close an account that holds nothing: it is offered nowhere any more, and its past stays. Refused while its books are not at zero."""
    actor.require("settings.edit")
    with transaction(session, actor.firm_id):
        inputs = {"bank_account_id": bank_account_id}
        command = record_command(session, actor=actor, name="bank_account.close", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return
        account = _locked(session, command, bank_account_id)
        if account.closed_at is not None:
            raise NotAllowed(f"{account.name} is closed already.")
        _require_empty(session, account)
        _pass_on(session, account)
        account.closed_at = command.at
        audit(session, command, action="bank_account.closed", subject_kind="bank_account", subject_id=account.id)
        succeed(session, command, bank_account_id=account.id)


def _locked(session: Session, command: CommandRecord, bank_account_id: int) -> BankAccount:
    """The account, held against every movement under way: those hold its key."""
    mine = (BankAccount.firm_id == command.actor.firm_id) & (BankAccount.id == bank_account_id)
    found = session.scalars(select(BankAccount).where(mine).with_for_update().execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound("There is no such bank account. Choose one of the list.")
    return found


def _check(session: Session, account: BankAccount, facts: BankAccountFacts) -> None:
    check_last_four(facts.account_last4)
    others = select(BankAccount.id).where(BankAccount.firm_id == account.firm_id, BankAccount.id != account.id)
    if session.scalar(others.where(BankAccount.name == facts.name)):
        raise _taken(facts.name)


def _taken(name: str) -> InvalidInput:
    return InvalidInput(f"A bank account called {name} exists already. Choose another name.", field="name")


def _require_empty(session: Session, account: BankAccount) -> None:
    mine: ColumnElement[bool] = (Account.firm_id == account.firm_id) & (Account.bank_account_id == account.id)
    joined = select(Account.kind, Balance.amount_minor).join(
        Balance, (Balance.firm_id == Account.firm_id) & (Balance.account_id == Account.id)
    )
    rows = session.execute(joined.where(mine, Balance.amount_minor != 0)).all()
    if not rows:
        return
    held = sum(minor for kind, minor in rows if kind == "asset")
    currency = session.scalar(select(Firm.currency).where(Firm.id == account.firm_id)) or ""
    what = f"holds {Money(held, currency)}" if held else "has ledgers that are not at zero"
    raise NotAllowed(f"{account.name} still {what} in the books. Move it out first, then close the account.")


def _pass_on(session: Session, account: BankAccount) -> None:
    """Another open account of the kind is offered first from now on."""
    if not account.is_default:
        return
    account.is_default = False
    session.flush()
    same = (BankAccount.firm_id == account.firm_id) & (BankAccount.kind == account.kind) & BankAccount.closed_at.is_(None)
    next_id = session.scalar(select(func.min(BankAccount.id)).where(same, BankAccount.id != account.id))
    session.execute(update(BankAccount).where(BankAccount.firm_id == account.firm_id, BankAccount.id == next_id).values(is_default=True))
