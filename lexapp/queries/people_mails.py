"""What mails to people say of them and of their firm."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Role
from lexapp.models import AuditEvent, Firm, Invitation, User


@dataclass(frozen=True, slots=True)
class InvitationWords:
    firm_name: str
    invited_by: str
    name: str
    email: str
    role: Role


@dataclass(frozen=True, slots=True)
class UserWords:
    firm_name: str
    name: str
    email: str


def invitation_words(session: Session, *, firm_id: int, invitation_id: int) -> InvitationWords:
    """Who is invited by whom to what."""
    query = (
        select(Firm.name, User.name, Invitation.name, Invitation.email, Invitation.role)
        .join(Firm, Firm.id == Invitation.firm_id)
        .join(User, User.id == Invitation.invited_by_user_id)
        .where(Invitation.firm_id == firm_id, Invitation.id == invitation_id)
    )
    firm, by, name, email, role = session.execute(query).one()
    return InvitationWords(firm, by, name, email, Role(role))


def user_words(session: Session, *, firm_id: int, user_id: int) -> UserWords:
    """A user and the firm in whose name they are written to."""
    firm = session.scalars(select(Firm.name).where(Firm.id == firm_id)).one()
    user = session.get_one(User, user_id)
    return UserWords(firm, user.name, user.email)


@dataclass(frozen=True, slots=True)
class AccountNews:
    """What happened to somebody's sign-in, and which address is told: the old one when it changed."""

    firm_name: str
    name: str
    email: str
    action: str


def account_news(session: Session, *, firm_id: int, user_id: int, command_id: int) -> AccountNews:
    """The news of one command, out of its audit."""
    mine = (AuditEvent.firm_id == firm_id) & (AuditEvent.command_id == command_id) & (AuditEvent.subject_kind == "user")
    event = session.scalars(select(AuditEvent).where(mine)).one()
    words = user_words(session, firm_id=firm_id, user_id=user_id)
    return AccountNews(words.firm_name, words.name, (event.before or {}).get("email", words.email), event.action)
