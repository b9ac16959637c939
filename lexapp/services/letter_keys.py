"""A preference of a person: whether single letters are shortcuts. No command and no audit: nothing of the firm changes."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.domain.permissions import Actor
from lexapp.models import User


def use_letter_keys(session: Session, *, actor: Actor, wanted: bool) -> None:
    """Switch single-letter shortcuts on or off, in every firm of the person."""
    with transaction(session, actor.firm_id):
        session.execute(update(User).where(User.id == actor.user_id).values(letter_keys=wanted))
