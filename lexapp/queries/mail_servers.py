"""The mail server of a firm."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.models import Firm, MailServer


def mail_server(session: Session, *, firm_id: int) -> MailServer | None:
    """What the firm has set, if anything."""
    return session.scalars(select(MailServer).where(MailServer.firm_id == firm_id)).one_or_none()


def mail_texts(session: Session, *, firm_id: int) -> tuple[str, str]:
    """(subject, body) that the firm writes over its invoices; empty where it uses the usual words."""
    row = session.execute(select(Firm.mail_subject, Firm.mail_body).where(Firm.id == firm_id)).one()
    return row[0], row[1]
