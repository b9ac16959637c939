"""Reads about signed-in browsers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, func, select
from sqlalchemy.orm import Session

from lexapp.domain.tokens import hash_token
from lexapp.models import Firm, Membership, User, UserSession
from lexapp.queries.walls import read_unwalled


@dataclass(frozen=True, slots=True)
class FirmChoice:
    """A firm that somebody may act for."""

    membership_id: int
    firm_name: str
    role: str


@dataclass(frozen=True, slots=True)
class OpenMembership:
    """For which firm a session acts, and what the frame of every page says about the firm."""

    firm_id: int
    role: str
    timekeeper_id: int | None
    firm_name: str
    currency: str
    time_zone: str
    locale: str
    has_walls: bool
    codes_asked_of: str


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that is good, with its user; `membership` is None while no firm is chosen or where the person has left it."""

    id: int
    user_id: int
    user_name: str
    last_seen_at: datetime
    letter_keys: bool
    membership_id: int | None
    firms: int
    proved_at: datetime
    has_codes: bool
    membership: OpenMembership | None


def _open_session_query() -> Any:
    sessions, users, memberships, firms = (_table(model) for model in (UserSession, User, Membership, Firm))
    mine = memberships.alias()
    how_many = select(func.count()).select_from(mine).where(mine.c.user_id == users.c.id, mine.c.is_active).scalar_subquery()
    of_session = (memberships.c.id == sessions.c.membership_id) & memberships.c.is_active
    person = (sessions.c.user_id, users.c.name, sessions.c.last_seen_at, users.c.letter_keys)
    whose = (sessions.c.id, *person, sessions.c.membership_id, how_many)
    proof = (func.coalesce(sessions.c.proved_at, sessions.c.created_at), users.c.code_secret_sealed != "")
    acts = (memberships.c.firm_id, memberships.c.role, memberships.c.timekeeper_id)
    frame = (firms.c.name, firms.c.currency, firms.c.time_zone, firms.c.locale, firms.c.has_walls, firms.c.codes_asked_of)
    return (
        select(*whose, *proof, *acts, *frame)
        .join(users, users.c.id == sessions.c.user_id)
        .outerjoin(memberships, of_session)
        .outerjoin(firms, firms.c.id == memberships.c.firm_id)
        .where(sessions.c.token_hash == bindparam("token_hash"), sessions.c.ended_at.is_(None), ~sessions.c.needs_code)
        .where(sessions.c.expires_at > bindparam("now", type_=sessions.c.expires_at.type), users.c.is_active)
    )


def _table(model: Any) -> Table:
    table: Table = model.__table__
    return table


_OPEN_SESSION = _open_session_query()


def open_session(session: Session, *, token: str, now: datetime) -> OpenSession | None:
    """The session of a token, unless it was ended, has run out, or its user was closed. One query, on every request."""
    rows = read_unwalled(session, _OPEN_SESSION, {"token_hash": hash_token(token), "now": now})
    if not rows:
        return None
    row = rows[0]
    membership = None if row[9] is None else OpenMembership(*row[9:])
    return OpenSession(*[*row[:9], membership])


def waiting_session(session: Session, *, token: str, now: datetime) -> tuple[int, int, str] | None:
    """(session, user, the user's sealed secret) of a browser that gave the password and still owes a one-time code."""
    good = (UserSession.token_hash == hash_token(token)) & UserSession.ended_at.is_(None) & (UserSession.expires_at > now)
    query = select(UserSession.id, User.id, User.code_secret_sealed).join(User, User.id == UserSession.user_id)
    found = session.execute(query.where(good, UserSession.needs_code, User.is_active)).one_or_none()
    return (found[0], found[1], found[2]) if found else None


def open_sessions_of(session: Session, *, user_id: int, now: datetime) -> list[UserSession]:
    """Every browser where the user is signed in, the latest seen first."""
    query = (
        select(UserSession)
        .where(UserSession.user_id == user_id, UserSession.ended_at.is_(None), UserSession.expires_at > now, ~UserSession.needs_code)
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


def demonstration_sign_ins(session: Session) -> list[tuple[str, str, str]]:
    """(name, e-mail, role) of the longest-standing member of each role, for the sign-in page of the demonstration."""
    members = select(User.name, User.email, Membership.role).join(Membership, Membership.user_id == User.id)
    query = members.where(User.is_active, Membership.is_active).order_by(Membership.id)
    found: dict[str, tuple[str, str, str]] = {}
    for name, email, role in session.execute(query):
        found.setdefault(role, (name, email, role))
    return list(found.values())
