"""Trust ledgers are opened by the first movement that needs one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lexapp.books.records import of_firm
from lexapp.domain.errors import InvalidInput, NotAllowed, NotFound
from lexapp.domain.trust import TrustLedgerKind
from lexapp.models import BankAccount, Client, Matter, TrustLedger
from lexapp.services.trust.desk import own_ledger


def ledger_for(session: Session, bank_account: BankAccount, *, matter_id: int | None, client_id: int | None, now: datetime) -> TrustLedger:
    """The ledger of a matter, or of a client, in this bank account; of unidentified receipts when neither is given."""
    if matter_id is not None and client_id is not None:
        raise InvalidInput("Choose a matter or a client, not both.", field="matter")
    if matter_id is not None:
        return _of_matter(session, bank_account, matter_id, now)
    if client_id is not None:
        client = of_firm(session, Client, client_id, firm_id=bank_account.firm_id, noun="client")
        return _found_or_opened(session, bank_account, TrustLedgerKind.CLIENT, None, client.id, now)
    return own_ledger(session, firm_id=bank_account.firm_id, bank_account_id=bank_account.id, kind=TrustLedgerKind.UNIDENTIFIED)


def _of_matter(session: Session, bank_account: BankAccount, matter_id: int, now: datetime) -> TrustLedger:
    """The matter's row is held for share until the money is in the books: whoever closes the matter holds it for update, so that either
    the closing sees the money or the deposit sees the matter closed. The key alone would not do: a change of the status leaves it free."""
    matter = _held_matter(session, bank_account.firm_id, matter_id)
    if matter.client_id is None:
        raise NotAllowed("The firm’s own matter holds no client money. Choose a client’s matter.", field="matter")
    if matter.status == "closed":
        raise NotAllowed("The matter is closed. Reopen it, or record the money for the client instead.", field="matter")
    return _found_or_opened(session, bank_account, TrustLedgerKind.MATTER, matter.id, matter.client_id, now)


def _held_matter(session: Session, firm_id: int, matter_id: int) -> Matter:
    mine = select(Matter).where(Matter.firm_id == firm_id, Matter.id == matter_id).with_for_update(read=True)
    found = session.scalars(mine.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound("There is no such matter. Choose one of the list.")
    return found


def _found_or_opened(
    session: Session, bank_account: BankAccount, kind: TrustLedgerKind, matter_id: int | None, client_id: int, now: datetime
) -> TrustLedger:
    """Insert first and leave a ledger alone that is there: two first deposits at once end on one ledger."""
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = {
        "firm_id": bank_account.firm_id,
        "bank_account_id": bank_account.id,
        "kind": kind.value,
        "client_id": client_id,
        "created_at": now,
    }
    session.execute(make(TrustLedger).values(**row, matter_id=matter_id).on_conflict_do_nothing())
    mine = select(TrustLedger).where(TrustLedger.firm_id == bank_account.firm_id, TrustLedger.bank_account_id == bank_account.id)
    whose = TrustLedger.matter_id == matter_id if matter_id is not None else TrustLedger.client_id == client_id
    return session.scalars(mine.where(TrustLedger.kind == kind.value, whose)).one()
