"""Reads about signed-in browsers and about sign-ins that failed."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from lexapp.models import Firm, Membership, SignInAttempt, User, UserSession


@dataclass(frozen=True, slots=True)
class FirmChoice:
    """A firm that somebody may act for."""

    membership_id: int
    firm_name: str
    role: str


def hash_token(token: str) -> str:
    """What the database keeps of a token: enough to recognise it, not enough to use it."""
    return sha256(token.encode()).hexdigest()


def open_session(session: Session, *, token: str, now: datetime) -> UserSession | None:
    """The session of a token, unless it was ended, has run out, or its user was closed."""
    query = (
        select(UserSession)
        .join(User, User.id == UserSession.user_id)
        .where(UserSession.token_hash == hash_token(token), UserSession.ended_at.is_(None), UserSession.expires_at > now, User.is_active)
        .options(joinedload(UserSession.user), joinedload(UserSession.membership).joinedload(Membership.firm))
    )
    return session.scalars(query).one_or_none()


def open_sessions_of(session: Session, *, user_id: int, now: datetime) -> list[UserSession]:
    """Every browser where the user is signed in, the latest seen first."""
    query = (
        select(UserSession)
        .where(UserSession.user_id == user_id, UserSession.ended_at.is_(None), UserSession.expires_at > now)
        .order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())
    )
    return list(session.scalars(query))


def firms_of(session: Session, *, user_id: int) -> list[FirmChoice]:
    """The firms the user may act for, by name."""
    query = (
        select(Membership.id, Firm.name, Membership.role)
        .join(Firm, Firm.id == Membership.firm_id)
        .where(Membership.user_id == user_id, Membership.is_active)
        .order_by(Firm.name, Membership.id)
    )
    return [FirmChoice(*row) for row in session.execute(query)]


def failed_sign_ins(session: Session, *, identifier_hash: str, remote_address: str, since: datetime) -> tuple[int, int]:
    """How many sign-ins failed since then, with this name and from this address."""
    recent = select(func.count()).select_from(SignInAttempt).where(SignInAttempt.at > since)
    by_name = session.scalar(recent.where(SignInAttempt.identifier_hash == identifier_hash)) or 0
    by_address = session.scalar(recent.where(SignInAttempt.remote_address == remote_address)) or 0
    return by_name, by_address


def demonstration_sign_ins(session: Session) -> list[tuple[str, str, str]]:
    """(name, e-mail, role) of the longest-standing member of each role, for the sign-in page of the demonstration."""
    members = select(User.name, User.email, Membership.role).join(Membership, Membership.user_id == User.id)
    query = members.where(User.is_active, Membership.is_active).order_by(Membership.id)
    found: dict[str, tuple[str, str, str]] = {}
    for name, email, role in session.execute(query):
        found.setdefault(role, (name, email, role))
    return list(found.values())
