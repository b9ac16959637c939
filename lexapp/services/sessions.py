"""Signing in and out. A session is a row; the browser holds a random token of which the row keeps the hash."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lexapp.books.passwords import hash_password, needs_new_hash, password_matches
from lexapp.database import transaction
from lexapp.domain.errors import InvariantBroken, NotFound, Refused
from lexapp.models import Membership, SignInAttempt, User, UserSession
from lexapp.queries.sessions import failed_sign_ins, hash_token

TRIES_PER_NAME = 5
TRIES_PER_ADDRESS = 50
WAIT = timedelta(minutes=15)
OWN_DEVICE = timedelta(days=14)
SEEN_EVERY = timedelta(minutes=5)
_NUMBERS = {1: "One try is", 2: "Two tries are", 3: "Three tries are", 4: "Four tries are"}


class TooManyTries(Refused):
    """Sign-in is closed for this name or address for a while; the password was not looked at."""

    default_code = "too_many_tries"


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a sign-in comes from."""

    remote_address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class NewSession:
    """What the browser is given: the token, and whether a firm must still be chosen."""

    token: str
    session_id: int
    needs_firm: bool


def sign_in(
    session: Session, *, email: str, password: str, browser: Browser, now: datetime, lifetime: timedelta, own_device: bool = False
) -> NewSession:
    """Start a session. Raises TooManyTries, or Refused with the tries that are left; both say the same for names that do not exist."""
    name = email.strip().lower()
    identifier = sha256(name.encode()).hexdigest()
    tried = _note_try(session, identifier, browser, now)
    user = session.scalars(select(User).where(User.email == name, User.is_active)).one_or_none()
    stored = user.password_hash if user else None
    user_id = user.id if user else None
    if not password_matches(stored, password) or user_id is None or stored is None:
        raise _does_not_match(tried)
    fresh_hash = hash_password(password) if needs_new_hash(stored) else None
    with transaction(session):
        session.execute(delete(SignInAttempt).where(SignInAttempt.identifier_hash == identifier))
        if fresh_hash is not None:
            session.get_one(User, user_id).password_hash = fresh_hash
        return _start(session, user_id, browser, now, now + (OWN_DEVICE if own_device else lifetime))


def _note_try(session: Session, identifier: str, browser: Browser, now: datetime) -> int:
    """Count this try before the password is looked at, so that many at once are counted too. Returns the tries with this name."""
    with transaction(session):
        session.execute(delete(SignInAttempt).where(SignInAttempt.at < now - WAIT * 4))
        by_name, by_address = failed_sign_ins(session, identifier_hash=identifier, remote_address=browser.remote_address, since=now - WAIT)
        if by_name >= TRIES_PER_NAME or by_address >= TRIES_PER_ADDRESS:
            raise TooManyTries("Too many tries. Wait 15 minutes, then sign in again.")
        session.add(SignInAttempt(identifier_hash=identifier, remote_address=browser.remote_address, at=now))
    return by_name + 1


def _does_not_match(tried: int) -> Refused:
    left = _NUMBERS.get(TRIES_PER_NAME - tried)
    advice = f"{left} left, then wait 15 minutes." if left else "Wait 15 minutes, then try again."
    return Refused(f"E-mail and password do not match. {advice}", code="wrong_password")


def _start(session: Session, user_id: int, browser: Browser, now: datetime, expires_at: datetime) -> NewSession:
    token = secrets.token_urlsafe(32)
    memberships = list(session.scalars(select(Membership.id).where(Membership.user_id == user_id, Membership.is_active)))
    only = memberships[0] if len(memberships) == 1 else None
    row = UserSession(
        token_hash=hash_token(token),
        user_id=user_id,
        membership_id=only,
        created_at=now,
        last_seen_at=now,
        expires_at=expires_at,
        remote_address=browser.remote_address,
        user_agent=browser.user_agent[:255],
    )
    session.add(row)
    session.flush()
    return NewSession(token, row.id, needs_firm=only is None)


def choose_firm(session: Session, *, session_id: int, membership_id: int) -> None:
    """Act for another firm from here on. Raises NotFound unless the session's user is an active member of it."""
    with transaction(session):
        row = session.get_one(UserSession, session_id)
        membership = session.get(Membership, membership_id)
        if membership is None or membership.user_id != row.user_id or not membership.is_active:
            raise NotFound("You are not a member of this firm. Choose one of the list.")
        row.membership_id = membership.id


def end_session(session: Session, *, user_id: int, session_id: int, now: datetime) -> None:
    """Sign one browser of the user out; nothing happens to one that is signed out already. Raises NotFound for another user's."""
    with transaction(session):
        row = session.get(UserSession, session_id)
        if row is None or row.user_id != user_id:
            raise NotFound("There is no such session of yours. Reload the page.")
        row.ended_at = row.ended_at or now


def note_seen(session: Session, *, session_id: int, now: datetime) -> None:
    """Write when the browser was last here."""
    with transaction(session):
        row = session.get(UserSession, session_id)
        if row is None:
            raise InvariantBroken("a session that was just read is gone")
        row.last_seen_at = now
