"""Somebody whom a firm invited."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.domain.permissions import Actor, Role
from lexapp.models import OutboxMessage
from lexapp.services.invitations import Invitee, NewTimekeeper, invite, make_invitation_token


def seed_invitation(session: Session, owner: Actor, words: Callable[[str], str], number: int) -> None:
    """Who would record time as a timekeeper of the list; the mail did not arrive, so that there is a failed job whatever the clock says."""
    new = NewTimekeeper(classification="ASSOC", code=words("NN")[:20], initials="NN")
    invitee = Invitee(email=f"new{number}@example.test", name=words("Nia New"), role=Role.TIMEKEEPER, new_timekeeper=new)
    row = invite(session, actor=owner, invitee=invitee)
    make_invitation_token(session, firm_id=owner.firm_id, invitation_id=row.id, now=datetime.now(UTC))
    its_mail = (OutboxMessage.firm_id == owner.firm_id) & (OutboxMessage.kind == "invitation.mail")
    with transaction(session, owner.firm_id):
        mail = session.scalars(select(OutboxMessage).where(its_mail)).one()
        mail.state, mail.attempts, mail.last_error = "dead", 1, words("No such mailbox")
