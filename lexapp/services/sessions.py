"""Signing in and out. A session is a row; the browser holds a random token of which the row keeps the hash.

Guessing is slowed down and never locks anybody out: `domain.throttling` says how long to wait, the database counts the tries.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lexapp.books.passwords import hash_password, needs_new_hash, password_matches
from lexapp.books.proofs import Proof, check_proof, takes_code
from lexapp.books.tries import Browser, forget_tries, known_device, left_text, note_try
from lexapp.database import transaction
from lexapp.domain.errors import InvariantBroken, NotFound, Refused
from lexapp.domain.permissions import Actor, Role
from lexapp.domain.tokens import hash_token
from lexapp.models import KnownDevice, Membership, User, UserSession

OWN_DEVICE = timedelta(days=14)
CODE_TIME = timedelta(minutes=10)
SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class NewSession:
    """What the browser is given: the token, a token of the device where it is new, and what is still asked."""

    token: str
    session_id: int
    needs_firm: bool
    needs_code: bool = False
    device_token: str = ""


def sign_in(
    session: Session, *, email: str, password: str, browser: Browser, now: datetime, lifetime: timedelta, own_device: bool = False
) -> NewSession:
    """Start a session. Raises TooManyTries, or Refused with the tries that are left; both say the same for names that do not exist.

    For a user with one-time codes the session opens nothing until `confirm_code`.
    """
    name = email.strip().lower()
    identifier = sha256(name.encode()).hexdigest()
    user = session.scalars(select(User).where(User.email == name, User.is_active)).one_or_none()
    stored, user_id, asks_code = (user.password_hash, user.id, bool(user.code_secret_sealed)) if user else (None, None, False)
    device = known_device(session, user_id, browser)
    left = note_try(session, identifier, browser, device, now)
    if not password_matches(stored, password) or user_id is None or stored is None:
        raise Refused(f"E-mail and password do not match. {left_text(left)}", code="wrong_password")
    fresh_hash = hash_password(password) if needs_new_hash(stored) else None
    with transaction(session):
        forget_tries(session, identifier, browser, device)
        if fresh_hash is not None:
            session.get_one(User, user_id).password_hash = fresh_hash
        lasts = CODE_TIME if asks_code else OWN_DEVICE if own_device else lifetime
        return _start(session, user_id, browser, now, now + lasts, device_known=bool(device), needs_code=asks_code)


def start_session(session: Session, *, user_id: int, browser: Browser, now: datetime, lifetime: timedelta) -> NewSession:
    """Start a session for who has just proved by mail who they are."""
    with transaction(session):
        return _start(session, user_id, browser, now, now + lifetime, device_known=False, needs_code=False)


def _start(
    session: Session, user_id: int, browser: Browser, now: datetime, expires_at: datetime, *, device_known: bool, needs_code: bool
) -> NewSession:
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
        needs_code=needs_code,
        proved_at=None if needs_code else now,
        remote_address=browser.remote_address,
        user_agent=browser.user_agent[:255],
    )
    session.add(row)
    device_token = "" if needs_code else _know_device(session, user_id, browser, now, known=device_known)
    session.flush()
    return NewSession(token, row.id, only is None, needs_code, device_token)


def _know_device(session: Session, user_id: int, browser: Browser, now: datetime, *, known: bool) -> str:
    """Remember the browser; a new one is given a token of its own, which this returns."""
    if known:
        mine = KnownDevice.token_hash == hash_token(browser.device_token)
        session.execute(update(KnownDevice).where(mine).values(last_used_at=now))
        return ""
    token = secrets.token_urlsafe(32)
    session.add(KnownDevice(user_id=user_id, token_hash=hash_token(token), created_at=now, last_used_at=now))
    return token


def confirm_code(
    session: Session, *, session_id: int, code: str, secret: str, browser: Browser, now: datetime, lifetime: timedelta
) -> NewSession:
    """Open a session that waits for a one-time code, with a code of the app or a recovery code. The browser gets another token.

    `secret` is the user's, opened. Raises TooManyTries, or Refused for a code that is wrong or was used before.
    """
    waiting = session.get_one(UserSession, session_id)
    user_id = waiting.user_id
    device = known_device(session, user_id, browser)
    identifier = sha256(f"code:{user_id}".encode()).hexdigest()
    left = note_try(session, identifier, browser, device, now)
    actor = _acting(session, user_id)
    with transaction(session, actor.firm_id if actor else None):
        if not takes_code(session, user_id, actor, secret, code, now):
            raise Refused(
                f"This code does not fit, or was used already. Type the one the app shows now. {left_text(left)}", code="wrong_code"
            )
        forget_tries(session, identifier, browser, device)
        row = session.get_one(UserSession, session_id)
        token = secrets.token_urlsafe(32)
        row.token_hash, row.needs_code, row.proved_at, row.expires_at = hash_token(token), False, now, now + lifetime
        device_token = _know_device(session, user_id, browser, now, known=bool(device))
        return NewSession(token, row.id, row.membership_id is None, device_token=device_token)


def _acting(session: Session, user_id: int) -> Actor | None:
    """The user as a member of the firm that they joined first."""
    mine = (Membership.user_id == user_id) & Membership.is_active
    row = session.scalars(select(Membership).where(mine).order_by(Membership.id).limit(1)).first()
    return Actor(user_id, row.firm_id, row.id, Role(row.role)) if row else None


def prove(session: Session, *, actor: Actor, session_id: int, proof: Proof, now: datetime) -> None:
    """Step up: note in the session that its user has just proved again who sits there. Raises what `check_proof` raises."""
    check_proof(session, actor=actor, proof=proof, now=now)
    with transaction(session):
        session.get_one(UserSession, session_id).proved_at = now


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


def end_other_sessions(session: Session, *, user_id: int, session_id: int, now: datetime) -> int:
    """Sign the user out everywhere but here; returns in how many browsers."""
    with transaction(session):
        others = (UserSession.user_id == user_id) & (UserSession.id != session_id) & UserSession.ended_at.is_(None)
        return len(session.scalars(update(UserSession).where(others).values(ended_at=now).returning(UserSession.id)).all())


def note_seen(session: Session, *, session_id: int, now: datetime) -> None:
    """Write when the browser was last here."""
    with transaction(session):
        row = session.get(UserSession, session_id)
        if row is None:
            raise InvariantBroken("a session that was just read is gone")
        row.last_seen_at = now
