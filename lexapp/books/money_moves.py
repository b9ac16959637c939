"""What every movement of money asks first: the firm, an amount in its currency, an open bank account."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.commands import CommandRecord
from lexapp.domain.amounts import check_size
from lexapp.domain.errors import InvalidInput, NotAllowed, NotFound
from lexapp.domain.money import Money
from lexapp.models import BankAccount, Firm

__all__ = ["bank_account_of", "check_amount", "firm_of"]

_WRONG_KIND = {
    "operating": "Choose an open operating account. Record money held for a client as a deposit.",
    "trust": "Choose an open trust account.",
}


def firm_of(session: Session, command: CommandRecord) -> Firm:
    """The actor's firm."""
    return session.get_one(Firm, command.actor.firm_id)


def check_amount(firm: Firm, amount: Money, *, field: str = "amount") -> int:
    """The amount in minor units. Refuses zero, a minus, another currency and more than anybody moves."""
    if amount.currency != firm.currency:
        raise InvalidInput(f"The books are kept in {firm.currency}. Enter the amount in {firm.currency}.", field=field)
    if amount.minor <= 0:
        raise InvalidInput("Enter an amount above zero.", field=field)
    check_size(amount.minor, firm.currency, field=field)
    return amount.minor


def bank_account_of(
    session: Session, command: CommandRecord, bank_account_id: int | None, kind: str, *, closed_too: bool = False
) -> BankAccount:
    """The bank account asked for, or the default one of its kind. Refuses one of the other kind, and a closed one unless `closed_too`.

    Its key is held, so that it is not closed before the movement is in the books.
    """
    firm_id = command.actor.firm_id
    held = select(BankAccount).where(BankAccount.firm_id == firm_id).with_for_update(read=True, key_share=True)
    held = held.execution_options(populate_existing=True)
    if bank_account_id is not None:
        found = session.scalars(held.where(BankAccount.id == bank_account_id)).one_or_none()
        if found is None:
            raise NotFound("There is no such bank account. Choose one of the list.")
        if found.kind != kind or not (closed_too or found.closed_at is None):
            raise NotAllowed(_WRONG_KIND[kind], field="bank_account")
        return found
    mine = held.where(BankAccount.kind == kind, BankAccount.closed_at.is_(None))
    default = session.scalars(mine.order_by(BankAccount.is_default.desc(), BankAccount.id)).first()
    if default is None:
        raise NotAllowed(f"The firm has no {kind} bank account yet. Open one in the settings first.")
    return default
