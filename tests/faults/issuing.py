"""Issues approved pre-bills batch by batch and owes their mail, as a process that can be killed: `python -m tests.faults.issuing IDS...`.

Each batch is a command with a key of its own, so that starting it again goes on where it stood.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from lexapp.config import Settings
from lexapp.domain.permissions import Actor, Role
from lexapp.models import Membership
from lexapp.services.invoices import issue_invoices
from tests.factories import NOW, TODAY
from tests.jobs.issued import make_due

BATCH = 5


def owner_of_the_firm(session: Session) -> Actor:
    member = session.scalars(select(Membership).where(Membership.role == Role.OWNER.value)).one()
    return Actor(member.user_id, member.firm_id, member.id, Role.OWNER)


def issue_all(session: Session, actor: Actor, pre_bill_ids: Sequence[int]) -> None:
    for start in range(0, len(pre_bill_ids), BATCH):
        batch = pre_bill_ids[start : start + BATCH]
        issue_invoices(session, actor=actor, pre_bill_ids=batch, issued_on=TODAY, send=True, key=f"batch-{start:08}", now=NOW)
        make_due(session)


if __name__ == "__main__":
    engine = create_engine(Settings.from_environ(os.environ).database_url)
    with Session(engine, autoflush=False) as opened:
        issue_all(opened, owner_of_the_firm(opened), [int(text) for text in sys.argv[1:]])
