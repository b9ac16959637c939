"""The mail server of a firm."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.models import MailServer


def mail_server(session: Session, *, firm_id: int) -> MailServer | None:
    """What the firm has set, if anything."""
    return session.scalars(select(MailServer).where(MailServer.firm_id == firm_id)).one_or_none()
