"""A firm at work while it is backed up: deposit after deposit, each with a document: `python -m tests.faults.depositing`.

It goes on until it is stopped, and says a line for each one that is done.
"""

from __future__ import annotations

import os
from itertools import count

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from lexapp.config import Settings
from lexapp.database import scope_to_firm
from lexapp.domain.money import Money
from lexapp.integrations.storage import open_storage
from lexapp.models import BankAccount, Matter
from lexapp.services.documents import record_document
from lexapp.services.trust import deposit_to_trust
from tests.factories import NOW
from tests.faults.issuing import owner_of_the_firm

PAGE = b"%PDF-1.7 receipt " + bytes(2_000)


def work(session: Session, settings: Settings) -> None:
    actor = owner_of_the_firm(session)
    scope_to_firm(session, actor.firm_id)
    storage = open_storage(settings.storage_url)
    opened = session.scalars(select(BankAccount.opened_on).where(BankAccount.kind == "trust")).first()
    matter = session.execute(
        select(Matter.id, Matter.opened_on).where(Matter.closed_on.is_(None), ~Matter.is_internal).order_by(Matter.opened_on)
    ).first()
    assert opened
    assert matter
    given = {"matter_id": matter.id, "effective_on": max(opened, matter.opened_on), "source": "Castellane", "method": "transfer"}
    for number in count(1):
        moved = deposit_to_trust(session, actor=actor, amount=Money(100, "USD"), **given)
        data = PAGE + str(number).encode()
        named = {"kind": "receipt", "subject": ("trust_transaction", moved.id), "file_name": f"receipt-{number}.pdf"}
        file = {"media_type": "application/pdf", "size_bytes": len(data), "created_at": NOW, "now": NOW}
        record_document(session, firm_id=actor.firm_id, **named, **file, sha256=storage.put(data, firm_id=actor.firm_id))  # type: ignore[arg-type]
        print(number, flush=True)


if __name__ == "__main__":
    environment = Settings.from_environ(os.environ)
    with Session(create_engine(environment.database_url), autoflush=False) as session:
        work(session, environment)
