"""What every trust command needs: the ledger under lock, its movements, and one way to write a new one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, NewEntry, audit, lock_balances, next_number, post, record_command, succeed
from lexapp.books.money_moves import firm_of
from lexapp.books.records import of_firm
from lexapp.database import reserve_ids, today_in, transaction
from lexapp.domain.errors import InvalidInput, NotAllowed
from lexapp.domain.ledger import LedgerKey, Postings
from lexapp.domain.permissions import Actor
from lexapp.domain.trust import LedgerFacts, Movement, TrustLedgerKind, available, check_effective_on, check_movement
from lexapp.models import BankAccount, Firm, TrustLedger, TrustTransaction

METHODS_IN = ("cheque", "transfer", "card", "cash")
METHODS_OUT = ("cheque", "transfer")


@dataclass(frozen=True, slots=True)
class Desk:
    """One trust ledger whose balance is locked, with its movements as they stand."""

    firm: Firm
    bank_account: BankAccount
    ledger: TrustLedger
    existing: tuple[Movement, ...]
    today: date

    @property
    def facts(self) -> LedgerFacts:
        return LedgerFacts(
            self.ledger.id, TrustLedgerKind(self.ledger.kind), self.bank_account.id, self.ledger.client_id, self.ledger.matter_id
        )

    @property
    def key(self) -> LedgerKey:
        return LedgerKey(self.ledger.id, self.bank_account.id, self.ledger.client_id, self.ledger.matter_id)

    def available_on(self, on: date) -> int:
        """The most that may leave on this day, in minor units."""
        return available(self.existing, on)

    def check(self, amount_minor: int, on: date) -> None:
        """Refuse a date that cannot be, or an amount that the ledger does not have then or at any later point."""
        opened_on = self.ledger.matter.opened_on if self.ledger.matter else None
        check_effective_on(on, today=self.today, account_opened_on=self.bank_account.opened_on, matter_opened_on=opened_on)
        sequence = max((movement.sequence for movement in self.existing), default=0) + 1
        check_movement(self.existing, Movement(on, sequence, amount_minor), currency=self.firm.currency)


@dataclass(frozen=True, slots=True)
class NewMovement:
    """A movement to be. `bank_amount_minor` is what the bank account gains or loses: the same as the ledger unless said otherwise."""

    kind: str
    amount_minor: int
    effective_on: date
    bank_amount_minor: int | None = None
    counterparty: str = ""
    method: str = ""
    reference: str = ""
    purpose: str = ""
    authority: str = ""
    invoice_id: int | None = None
    other_side_id: int | None = None
    reverses_id: int | None = None

    @property
    def at_bank_minor(self) -> int:
        return self.amount_minor if self.bank_amount_minor is None else self.bank_amount_minor

    @property
    def direction(self) -> str:
        return "in" if self.amount_minor + self.at_bank_minor > 0 else "out"


@dataclass(frozen=True, slots=True)
class TrustCall:
    """A trust command as it was asked for: who, what, with which key and when."""

    actor: Actor
    permission: str
    name: str
    inputs: Mapping[str, object]
    key: str | None
    now: datetime | None


def trust_command(session: Session, call: TrustCall, act: Callable[[CommandRecord], int]) -> TrustTransaction:
    """One command, one transaction: `act` writes and returns the movement's id. A repeat of it is answered with that movement."""
    actor = call.actor
    actor.require(call.permission)
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name=call.name, inputs=call.inputs, key=call.key, now=call.now)
        if command.result is None:
            id_ = act(command)
            succeed(session, command, trust_transaction_id=id_)
        else:
            id_ = int(command.result["trust_transaction_id"])
    return session.get_one(TrustTransaction, id_)


def check_method(method: str, allowed: Sequence[str]) -> str:
    """The method, or a refusal: trust money leaves by cheque or transfer only, never in cash."""
    if method not in allowed:
        raise InvalidInput("Choose how the money moves from the list. Trust money never leaves in cash.", field="method")
    return method


def open_desks(session: Session, command: CommandRecord, trust_ledger_ids: Sequence[int]) -> list[Desk]:
    """Lock these ledgers, in id order whatever order they are asked for, and read them."""
    firm = firm_of(session, command)
    ledgers = [of_firm(session, TrustLedger, id_, firm_id=firm.id, noun="trust ledger") for id_ in trust_ledger_ids]
    lock_balances(session, firm_id=firm.id, trust_ledger_ids=trust_ledger_ids)
    today = today_in(firm.time_zone, command.at)
    accounts = {id_: session.get_one(BankAccount, id_) for id_ in {ledger.bank_account_id for ledger in ledgers}}
    return [Desk(firm, accounts[one.bank_account_id], one, movements_of(session, one), today) for one in ledgers]


def open_desk(session: Session, command: CommandRecord, trust_ledger_id: int) -> Desk:
    """Lock one ledger and read it."""
    return open_desks(session, command, [trust_ledger_id])[0]


def movements_of(session: Session, ledger: TrustLedger) -> tuple[Movement, ...]:
    """Every movement of a ledger, as the domain knows it."""
    query = select(TrustTransaction.effective_on, TrustTransaction.id, TrustTransaction.amount_minor).where(
        TrustTransaction.firm_id == ledger.firm_id, TrustTransaction.trust_ledger_id == ledger.id
    )
    return tuple(Movement(on, id_, amount) for on, id_, amount in session.execute(query))


def own_ledger(session: Session, *, firm_id: int, bank_account_id: int, kind: TrustLedgerKind) -> TrustLedger:
    """The ledger of a trust bank account for the firm's own funds, or for unidentified receipts."""
    mine = (TrustLedger.firm_id == firm_id) & (TrustLedger.bank_account_id == bank_account_id)
    found = session.scalars(select(TrustLedger).where(mine, TrustLedger.kind == kind.value)).one_or_none()
    if found is None:
        raise NotAllowed("This is not a trust bank account. Choose one.", field="bank_account")
    return found


def write_movement(
    session: Session, command: CommandRecord, desk: Desk, event: str, postings: Postings, new: NewMovement, *, in_ledger: bool = True
) -> int:
    """Number the movement, post it, insert its row and audit it; returns its id. `in_ledger` is off for what belongs to no ledger."""
    bank_account_id, ledger_id = desk.bank_account.id, desk.ledger.id if in_ledger else None
    id_ = reserve_ids(session, TrustTransaction.__table__, 1)[0]  # type: ignore[arg-type]
    number = take_number(session, command, bank_account_id, new)
    entry_id = post(session, command, NewEntry(event, new.effective_on, postings, ("trust_transaction", id_)))
    session.execute(insert(TrustTransaction), [movement_row(command, id_, number, entry_id, bank_account_id, ledger_id, new)])
    audit_movement(session, command, id_, event, ledger_id, new)
    return id_


def take_number(session: Session, command: CommandRecord, bank_account_id: int, new: NewMovement) -> int | None:
    """The next number of the bank account in this direction; none for what does not reach the bank."""
    if not new.at_bank_minor:
        return None
    return next_number(session, firm_id=command.actor.firm_id, series=f"trust:{bank_account_id}:{new.direction}")


def movement_row(
    command: CommandRecord, id_: int, number: int | None, entry_id: int, bank_account_id: int, ledger_id: int | None, new: NewMovement
) -> dict[str, object]:
    """The row of a movement, ready to insert."""
    return {
        "id": id_,
        "firm_id": command.actor.firm_id,
        "bank_account_id": bank_account_id,
        "trust_ledger_id": ledger_id,
        "kind": new.kind,
        "direction": new.direction,
        "number": number,
        "amount_minor": new.amount_minor,
        "bank_amount_minor": new.at_bank_minor,
        "effective_on": new.effective_on,
        "counterparty": new.counterparty,
        "method": new.method,
        "reference": new.reference,
        "purpose": new.purpose,
        "authority": new.authority,
        "invoice_id": new.invoice_id,
        "other_side_id": new.other_side_id,
        "reverses_id": new.reverses_id,
        "journal_entry_id": entry_id,
        "recorded_by_user_id": command.actor.user_id,
        "recorded_at": command.at,
    }


def audit_movement(session: Session, command: CommandRecord, id_: int, action: str, ledger_id: int | None, new: NewMovement) -> None:
    """Who moved what; the journal keeps no text, the audit row holds what was typed."""
    after = {
        "trust_ledger_id": ledger_id,
        "amount_minor": new.amount_minor,
        "bank_amount_minor": new.at_bank_minor,
        "effective_on": new.effective_on,
        "counterparty": new.counterparty,
        "reference": new.reference,
    }
    audit(session, command, action=action, subject_kind="trust_transaction", subject_id=id_, after=after)
