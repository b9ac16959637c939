"""What the bank does, which is never refused, and the firm's own money in trust: returned deposits, charges, shortages and their cover."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord
from lexapp.books.money_moves import bank_account_of, check_amount
from lexapp.books.records import of_firm
from lexapp.domain import ledger as journal
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput, NotAllowed
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.domain.trust import TrustAction, TrustLedgerKind, check_action, check_effective_on
from lexapp.models import Account, BankAccount, Posting, TrustTransaction
from lexapp.services.trust.desk import Desk, NewMovement, TrustCall, open_desk, open_desks, own_ledger, trust_command, write_movement


def return_deposit(
    session: Session,
    *,
    actor: Actor,
    trust_transaction_id: int,
    effective_on: date,
    reason: str,
    reference: str = "",
    key: str | None = None,
    now: datetime | None = None,
) -> TrustTransaction:
    """The bank took a deposit back. The ledger gives what it still has; the rest is a shortage that the firm owes the trust account."""
    inputs = {"trust_transaction_id": trust_transaction_id, "effective_on": effective_on, "reason": reason, "reference": reference}

    def act(command: CommandRecord) -> int:
        deposit = of_firm(session, TrustTransaction, trust_transaction_id, firm_id=actor.firm_id, noun="deposit")
        desk = _desk_of_deposit(session, command, deposit, effective_on)
        amount = deposit.amount_minor
        covered = min(amount, desk.available_on(effective_on))
        new = NewMovement(
            "deposit_return", -covered, effective_on, -amount, deposit.counterparty, deposit.method, reference, reason,
            reverses_id=deposit.id,
        )  # fmt: skip
        postings = journal.trust_deposit_returned(amount_minor=amount, covered_minor=covered, ledger=desk.key)
        return write_movement(session, command, desk, "trust.deposit_returned", postings, new)

    return trust_command(session, TrustCall(actor, "trust.reverse", "trust.return_deposit", inputs, key, now), act)


def _desk_of_deposit(session: Session, command: CommandRecord, deposit: TrustTransaction, on: date) -> Desk:
    if deposit.kind != "deposit" or deposit.trust_ledger_id is None:
        raise NotAllowed("Only a deposit can be returned by the bank. Choose a deposit.")
    own = own_ledger(session, firm_id=deposit.firm_id, bank_account_id=deposit.bank_account_id, kind=TrustLedgerKind.FIRM_FUNDS)
    desk, _ = open_desks(session, command, [deposit.trust_ledger_id, own.id])
    taken = select(TrustTransaction.id).where(TrustTransaction.firm_id == deposit.firm_id, TrustTransaction.reverses_id == deposit.id)
    if session.scalar(taken) is not None:
        raise NotAllowed("This deposit was returned or reversed before. It can be taken back only once.")
    if on < deposit.effective_on:
        day = day_text(deposit.effective_on)
        raise InvalidInput(f"The deposit was made on {day}. Choose that day or later.", field="effective_on")
    check_effective_on(on, today=desk.today, account_opened_on=desk.bank_account.opened_on)
    return desk


@dataclass(frozen=True, slots=True)
class _OwnMoney:
    """What is asked of the firm's own money. `operating_bank_account_id` is the other side where there is one."""

    amount: Money
    effective_on: date
    bank_account_id: int | None
    operating_bank_account_id: int | None
    reference: str
    purpose: str = ""


def cover_shortage(
    session: Session,
    *,
    actor: Actor,
    amount: Money,
    effective_on: date,
    bank_account_id: int | None = None,
    operating_bank_account_id: int | None = None,
    reference: str = "",
    key: str | None = None,
    now: datetime | None = None,
) -> TrustTransaction:
    """The firm pays a shortage into trust from its operating account: never more than the shortage."""
    asked = _OwnMoney(amount, effective_on, bank_account_id, operating_bank_account_id, reference)

    def act(command: CommandRecord) -> int:
        desk, minor = _firm_funds_desk(session, command, asked, closed_too=True)
        operating = bank_account_of(session, command, operating_bank_account_id, "operating")
        check_effective_on(effective_on, today=desk.today, account_opened_on=desk.bank_account.opened_on)
        _check_cover(desk, minor, shortage_minor(session, desk.bank_account))
        new = NewMovement("shortage_cover", 0, effective_on, minor, desk.firm.name, "transfer", reference, "Cover of a trust shortage")
        ids = {"trust_bank_account_id": desk.bank_account.id, "operating_bank_account_id": operating.id}
        postings = journal.trust_shortage_covered(amount_minor=minor, **ids)
        return write_movement(session, command, desk, "trust.shortage_covered", postings, new, in_ledger=False)

    return trust_command(session, TrustCall(actor, "trust.deposit", "trust.cover_shortage", asdict(asked), key, now), act)


def _check_cover(desk: Desk, minor: int, shortage: int) -> None:
    owed = Money(max(shortage, 0), desk.firm.currency)
    if not owed:
        raise NotAllowed("This trust account has no shortage. Nothing needs to be covered.", field="amount")
    if minor > shortage:
        raise InvalidInput(f"The shortage is {owed}. Enter that amount or less: more would mix firm money with clients'.", field="amount")


def shortage_minor(session: Session, bank_account: BankAccount) -> int:
    """What the firm owes this trust bank account. Stable while the account's firm funds ledger is locked."""
    query = (
        select(func.coalesce(func.sum(Posting.amount_minor), 0))
        .join(Account, (Account.firm_id == Posting.firm_id) & (Account.id == Posting.account_id))
        .where(Posting.firm_id == bank_account.firm_id, Posting.bank_account_id == bank_account.id, Account.role == "trust_shortage")
    )
    return int(session.scalar(query) or 0)


def _firm_funds_desk(session: Session, command: CommandRecord, asked: _OwnMoney, *, closed_too: bool) -> tuple[Desk, int]:
    """The lock that every command on a shortage of this bank account takes, and the amount asked for.

    A closed account is taken `closed_too`: the bank may return a deposit or charge after the closing, and what it left must be settled.
    """
    account = bank_account_of(session, command, asked.bank_account_id, "trust", closed_too=closed_too)
    own = own_ledger(session, firm_id=account.firm_id, bank_account_id=account.id, kind=TrustLedgerKind.FIRM_FUNDS)
    desk = open_desk(session, command, own.id)
    return desk, check_amount(desk.firm, asked.amount)


def add_firm_funds(
    session: Session,
    *,
    actor: Actor,
    amount: Money,
    effective_on: date,
    bank_account_id: int | None = None,
    operating_bank_account_id: int | None = None,
    reference: str = "",
    key: str | None = None,
    now: datetime | None = None,
) -> TrustTransaction:
    """Put the firm's own money into trust, for bank charges only (ABA Model Rule 1.15(b))."""
    asked = _OwnMoney(amount, effective_on, bank_account_id, operating_bank_account_id, reference)

    def act(command: CommandRecord) -> int:
        desk, minor = _firm_funds_desk(session, command, asked, closed_too=False)
        check_action(desk.facts.kind, TrustAction.ADD_FIRM_FUNDS)
        operating = bank_account_of(session, command, operating_bank_account_id, "operating")
        desk.check(minor, effective_on)
        new = NewMovement("firm_funds", minor, effective_on, None, desk.firm.name, "transfer", reference, "For bank charges")
        postings = journal.trust_firm_funds_added(amount_minor=minor, ledger=desk.key, operating_bank_account_id=operating.id)
        return write_movement(session, command, desk, "trust.firm_funds_added", postings, new)

    return trust_command(session, TrustCall(actor, "trust.deposit", "trust.add_firm_funds", asdict(asked), key, now), act)


def record_bank_charge(
    session: Session,
    *,
    actor: Actor,
    amount: Money,
    effective_on: date,
    bank_account_id: int | None = None,
    reference: str = "",
    purpose: str = "",
    key: str | None = None,
    now: datetime | None = None,
) -> TrustTransaction:
    """The bank took its charge. It falls on the firm funds ledger; what that does not hold is a shortage due from the firm."""
    asked = _OwnMoney(amount, effective_on, bank_account_id, None, reference, purpose)

    def act(command: CommandRecord) -> int:
        desk, minor = _firm_funds_desk(session, command, asked, closed_too=True)
        check_action(desk.facts.kind, TrustAction.CHARGE_BANK)
        check_effective_on(effective_on, today=desk.today, account_opened_on=desk.bank_account.opened_on)
        covered = min(minor, desk.available_on(effective_on))
        who = desk.bank_account.bank_name or desk.bank_account.name
        new = NewMovement("bank_charge", -covered, effective_on, -minor, who, "transfer", reference, purpose or "Bank charge")
        postings = journal.trust_bank_charged(amount_minor=minor, covered_minor=covered, ledger=desk.key)
        return write_movement(session, command, desk, "trust.bank_charged", postings, new)

    return trust_command(session, TrustCall(actor, "trust.disburse", "trust.bank_charge", asdict(asked), key, now), act)
