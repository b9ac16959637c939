"""A billing run from beginning to end, one chunk at a time: what the worker calls until it answers False."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm
from lexapp.domain.errors import NotFound
from lexapp.domain.permissions import Actor, Role
from lexapp.models import BillingRun, Membership, User
from lexapp.services.invoices import issue_next_chunk
from lexapp.services.pre_bills import draft_next_chunk


def run_next_chunk(session: Session, *, firm_id: int, run_id: int, now: datetime | None = None) -> bool:
    """Do the next up to 100 items of a run in one transaction; True while there are more.

    A run belongs to whoever started it: their name stands on its commands. Calling it again after a crash, or twice at once, is harmless.
    """
    scope_to_firm(session, firm_id)
    run = session.execute(select(BillingRun).where(BillingRun.firm_id == firm_id, BillingRun.id == run_id)).scalar()
    if run is None:
        raise NotFound("There is no such billing run.")
    actor = _starter(session, run)
    step = draft_next_chunk if run.kind == "draft" else issue_next_chunk
    return step(session, actor=actor, run_id=run_id, now=now)


def _starter(session: Session, run: BillingRun) -> Actor:
    query = (
        select(Membership, User.name)
        .join(User, User.id == Membership.user_id)
        .where(Membership.firm_id == run.firm_id, Membership.user_id == run.created_by_user_id)
    )
    member, name = session.execute(query).one()
    return Actor(member.user_id, member.firm_id, member.id, Role(member.role), member.timekeeper_id, name)
