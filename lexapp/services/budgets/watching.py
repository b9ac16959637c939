"""Telling what was reached without anybody saving an entry: by rates put on unbilled work, bills, imports, expenses."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from lexapp.books import record_command, succeed
from lexapp.books.budgets import tell_matter
from lexapp.database import transaction
from lexapp.domain.permissions import Actor


def watch_budget(session: Session, *, actor: Actor, matter_id: int, now: datetime | None = None) -> int:
    """Tell the thresholds that a matter's budgets have reached and nobody was told of; returns how many."""
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="budget.watch", inputs={"matter_id": matter_id}, now=now)
        told = tell_matter(session, command, matter_id)
        succeed(session, command, count=told)
    return told
