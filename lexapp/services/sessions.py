"""Signing in and out. A session is a row; the browser holds a random token of which the row keeps the hash.

Guessing is slowed down and never locks anybody out: `domain.throttling` says how long to wait, the database counts the tries.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address, ip_network

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from lexapp.books.one_time_codes import hash_recovery_code, matching_step
from lexapp.books.passwords import hash_password, needs_new_hash, password_matches
from lexapp.database import transaction
from lexapp.domain.errors import InvariantBroken, NotFound, Refused
from lexapp.domain.throttling import WINDOW, free_tries, wait_for, wait_text
from lexapp.models import KnownDevice, Membership, RecoveryCode, SignInAttempt, User, UserSession
from lexapp.queries.sessions import hash_token, wrong_tries

OWN_DEVICE = timedelta(days=14)
CODE_TIME = timedelta(minutes=10)
SEEN_EVERY = timedelta(minutes=5)
_NUMBERS = {1: "One try is", 2: "Two tries are", 3: "Three tries are", 4: "Four tries are"}


class TooManyTries(Refused):
    """The next try is not looked at before `wait` is over."""

    default_code = "too_many_tries"

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"Too many tries. Wait {wait_text(wait)}, then try again.")
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a sign-in comes from. `device_token`: what the browser was given when somebody signed in there before."""

    remote_address: str
    user_agent: str
    device_token: str = ""

    @property
    def place(self) -> str:
        """The address by which tries are counted: of IPv6 the network of one customer."""
        try:
            found = ip_address(self.remote_address)
        except ValueError:
            return self.remote_address
        return str(ip_network((found, 64), strict=False)) if found.version == 6 else str(found)


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
    device = _known_device(session, user_id, browser)
    left = _note_try(session, identifier, browser, device, now)
    if not password_matches(stored, password) or user_id is None or stored is None:
        raise Refused(f"E-mail and password do not match. {_left_text(left)}", code="wrong_password")
    fresh_hash = hash_password(password) if needs_new_hash(stored) else None
    with transaction(session):
        _forget_tries(session, identifier, browser, device)
        if fresh_hash is not None:
            session.get_one(User, user_id).password_hash = fresh_hash
        lasts = CODE_TIME if asks_code else OWN_DEVICE if own_device else lifetime
        return _start(session, user_id, browser, now, now + lasts, device_known=bool(device), needs_code=asks_code)


def start_session(session: Session, *, user_id: int, browser: Browser, now: datetime, lifetime: timedelta) -> NewSession:
    """Start a session for who has just proved by mail who they are."""
    with transaction(session):
        return _start(session, user_id, browser, now, now + lifetime, device_known=False, needs_code=False)


def _known_device(session: Session, user_id: int | None, browser: Browser) -> str:
    """The hash of the browser's device token if this user signed in there before, else empty."""
    hashed = hash_token(browser.device_token)
    mine = (KnownDevice.user_id == (user_id or 0)) & (KnownDevice.token_hash == hashed)
    return hashed if session.scalar(select(KnownDevice.id).where(mine)) is not None else ""


def _note_try(session: Session, identifier: str, browser: Browser, device: str, now: datetime) -> int:
    """Count this try before it is looked at, so that many at once are counted too. Returns how many are left after it."""
    keys = {"identifier_hash": identifier, "remote_address": browser.place, "device_hash": device}
    with transaction(session):
        session.execute(delete(SignInAttempt).where(SignInAttempt.at < now - WINDOW))
        tries = wrong_tries(session, **keys, since=now - WINDOW)
        wait = wait_for(tries, now)
        if wait:
            raise TooManyTries(wait)
        session.add(SignInAttempt(**keys, at=now))
    return max(free_tries(tries) - tries.here - 1, 0)


def _left_text(left: int) -> str:
    told = _NUMBERS.get(left)
    return f"{told} left before you have to wait." if told else "Wait a little before the next try."


def _forget_tries(session: Session, identifier: str, browser: Browser, device: str) -> None:
    """The tries of this place: what others try elsewhere goes on counting for them."""
    here = SignInAttempt.device_hash == device if device else SignInAttempt.remote_address == browser.place
    session.execute(delete(SignInAttempt).where(SignInAttempt.identifier_hash == identifier, here))


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
    device = _known_device(session, user_id, browser)
    identifier = sha256(f"code:{user_id}".encode()).hexdigest()
    left = _note_try(session, identifier, browser, device, now)
    with transaction(session):
        user = session.execute(select(User).where(User.id == user_id).with_for_update(key_share=True)).scalar_one()
        if not _takes_code(session, user, secret, code, now):
            raise Refused(
                f"This code does not fit, or was used already. Type the one the app shows now. {_left_text(left)}", code="wrong_code"
            )
        _forget_tries(session, identifier, browser, device)
        row = session.get_one(UserSession, session_id)
        token = secrets.token_urlsafe(32)
        row.token_hash, row.needs_code, row.proved_at, row.expires_at = hash_token(token), False, now, now + lifetime
        device_token = _know_device(session, user_id, browser, now, known=bool(device))
        return NewSession(token, row.id, row.membership_id is None, device_token=device_token)


def _takes_code(session: Session, user: User, secret: str, code: str, now: datetime) -> bool:
    """Whether the code opens, and that it does not open again."""
    step = matching_step(secret, code, now=now, after=user.code_last_step)
    if step is not None:
        user.code_last_step = step
        return True
    mine = (
        (RecoveryCode.user_id == user.id) & (RecoveryCode.code_hash == hash_recovery_code(user.id, code)) & RecoveryCode.used_at.is_(None)
    )
    spent = session.execute(update(RecoveryCode).where(mine).values(used_at=now).returning(RecoveryCode.id)).first()
    return spent is not None


def prove(
    session: Session, *, user_id: int, session_id: int, password: str, code: str, secret: str | None, browser: Browser, now: datetime
) -> None:
    """Step up: prove again who sits there, by the one-time code where the user has one (`secret`), else by the password.

    Raises TooManyTries, or Refused beside the field `code` or `password`.
    """
    device = _known_device(session, user_id, browser)
    identifier = sha256(f"proof:{user_id}".encode()).hexdigest()
    left = _note_try(session, identifier, browser, device, now)
    stored = session.scalars(select(User.password_hash).where(User.id == user_id)).one()
    if secret is None and not password_matches(stored, password):
        raise Refused(f"This is not your password. {_left_text(left)}", field="password", code="wrong_password")
    with transaction(session):
        if secret is not None:
            user = session.execute(select(User).where(User.id == user_id).with_for_update(key_share=True)).scalar_one()
            if not _takes_code(session, user, secret, code, now):
                raise Refused(f"This code does not fit, or was used already. {_left_text(left)}", field="code", code="wrong_code")
        _forget_tries(session, identifier, browser, device)
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
