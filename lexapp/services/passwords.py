"""One's own password, name and address; and a new password by mail for who has lost theirs."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, enqueue, record_command, succeed
from lexapp.books.passwords import hash_password
from lexapp.books.proofs import Proof, check_proof
from lexapp.books.uniqueness import taken_meanwhile
from lexapp.database import transaction
from lexapp.domain.errors import InvalidInput, NotAllowed, NotFound
from lexapp.domain.passwords import check_password
from lexapp.domain.permissions import Actor, Role
from lexapp.domain.tokens import hash_token
from lexapp.models import Firm, KnownDevice, MailedToken, Membership, SignInAttempt, User, UserSession

LASTS = timedelta(minutes=30)
MAILS_PER_HOUR = 3
GONE = "This link is used up or older than half an hour. Ask for a new one."


def ask_for_reset(session: Session, *, email: str, remote_address: str, now: datetime) -> None:
    """Mail a link to choose a new password, if there is such a user; nobody learns whether there is.

    Asking too often is answered the same and sends nothing.
    """
    name = email.strip().lower()
    identifier = sha256(f"reset:{name}".encode()).hexdigest()
    whose = select(User.id, Membership).join(Membership, Membership.user_id == User.id)
    found = session.execute(whose.where(User.email == name, User.is_active, Membership.is_active).order_by(Membership.id).limit(1)).first()
    member = found[1] if found else None
    actor = Actor(member.user_id, member.firm_id, member.id, Role(member.role)) if member else None
    with transaction(session, actor.firm_id if actor else None):
        recent = (SignInAttempt.identifier_hash == identifier) & (SignInAttempt.at > now - timedelta(hours=1))
        asked = session.scalar(select(func.count()).select_from(SignInAttempt).where(recent)) or 0
        session.add(SignInAttempt(identifier_hash=identifier, remote_address=remote_address, at=now))
        if actor is not None and asked < MAILS_PER_HOUR:
            _owe_reset(session, actor, now)


def _owe_reset(session: Session, actor: Actor, now: datetime) -> None:
    command = record_command(session, actor=actor, name="password.ask_reset", inputs={"user_id": actor.user_id}, now=now)
    payload = {"user_id": actor.user_id}
    enqueue(session, command, kind="password_reset.mail", dedupe_key=f"password_reset.mail:{actor.user_id}:{command.id}", payload=payload)
    audit(session, command, action="user.reset_asked", subject_kind="user", subject_id=actor.user_id)
    succeed(session, command, user_id=actor.user_id)


def make_reset_token(session: Session, *, firm_id: int, user_id: int, now: datetime) -> str:
    """The token of the mail that is about to leave; those mailed before stop working."""
    token = secrets.token_urlsafe(32)
    with transaction(session, firm_id):
        user = session.get_one(User, user_id)
        if not user.is_active:
            raise NotAllowed("The user is closed, so nothing is sent.")
        _spend_tokens(session, user_id, now)
        kept = MailedToken(token_hash=hash_token(token), purpose="password_reset", firm_id=firm_id, subject_id=user_id)
        kept.created_at, kept.expires_at = now, now + LASTS
        session.add(kept)
    return token


def _spend_tokens(session: Session, user_id: int, at: datetime) -> None:
    mine = (MailedToken.purpose == "password_reset") & (MailedToken.subject_id == user_id) & MailedToken.used_at.is_(None)
    session.execute(update(MailedToken).where(mine).values(used_at=at))


def reset_password(session: Session, *, token: str, password: str, now: datetime) -> None:
    """Set the password of the user whom the link was mailed to, and sign them out everywhere. Raises NotFound for a spent link."""
    query = select(MailedToken).where(MailedToken.token_hash == hash_token(token), MailedToken.purpose == "password_reset")
    found = session.scalar(query)
    if found is None or found.used_at or found.expires_at <= now:
        raise NotFound(GONE)
    token_id, firm_id, user_id = found.id, found.firm_id, found.subject_id
    check_password(password, personal=_personal(session, user_id))
    hashed = hash_password(password)
    with transaction(session, firm_id):
        kept = session.execute(select(MailedToken).where(MailedToken.id == token_id).with_for_update()).scalar_one()
        if kept.used_at is not None:
            raise NotFound(GONE)
        member = session.scalars(select(Membership).where(Membership.firm_id == firm_id, Membership.user_id == user_id)).one()
        actor = Actor(user_id, firm_id, member.id, Role(member.role))
        command = record_command(session, actor=actor, name="password.reset", inputs={"user_id": user_id}, now=now)
        _spend_tokens(session, user_id, now)
        _set_password(session, command, user_id, hashed, keep_session_id=None, action="user.password_reset")
        succeed(session, command, user_id=user_id)


def change_password(
    session: Session, *, actor: Actor, session_id: int, proof: Proof, password: str, key: str | None = None, now: datetime
) -> None:
    """Give oneself another password; every other browser is signed out. Raises InvalidInput beside its field."""
    check_proof(session, actor=actor, proof=proof, now=now)
    check_password(password, personal=_personal(session, actor.user_id))
    hashed = hash_password(password)
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="password.change", inputs={"user_id": actor.user_id}, key=key, now=now)
        if command.result is None:
            _spend_tokens(session, actor.user_id, command.at)
            _set_password(session, command, actor.user_id, hashed, keep_session_id=session_id, action="user.password_changed")
            succeed(session, command, user_id=actor.user_id)


def edit_own_user(session: Session, *, actor: Actor, name: str, email: str, proof: Proof, key: str | None = None, now: datetime) -> None:
    """Change one's own name and address. Another address needs the proof, and the old address is told."""
    address = email.strip().lower()
    before = session.get_one(User, actor.user_id)
    if address != before.email:
        check_proof(session, actor=actor, proof=proof, now=now)
    with transaction(session, actor.firm_id):
        inputs = {"name": name, "email": address}
        command = record_command(session, actor=actor, name="user.edit", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return
        user = session.get_one(User, actor.user_id)
        was = {"name": user.name, "email": user.email}
        taken = InvalidInput("Somebody else signs in with this address. Write another.", field="email")
        if address != user.email and session.scalar(select(User.id).where(User.email == address)):
            raise taken
        user.name, user.email = name, address
        with taken_meanwhile("uq_users_email", taken):
            session.flush()
        if was != inputs:
            audit(session, command, action="user.edited", subject_kind="user", subject_id=user.id, before=was, after=inputs)
        if was["email"] != address:
            _spend_tokens(session, user.id, command.at)
            _owe_notice(session, command, user.id)
        succeed(session, command, user_id=actor.user_id)


def _personal(session: Session, user_id: int) -> list[str]:
    """What nobody should make a password of: name, address, names of firms."""
    user = session.get_one(User, user_id)
    firms = select(Firm.name).join(Membership, Membership.firm_id == Firm.id).where(Membership.user_id == user_id)
    found = [user.name, user.email, *session.scalars(firms)]
    session.rollback()
    return found


def _set_password(session: Session, command: CommandRecord, user_id: int, hashed: str, *, keep_session_id: int | None, action: str) -> None:
    session.get_one(User, user_id).password_hash = hashed
    others = (UserSession.user_id == user_id) & UserSession.ended_at.is_(None) & (UserSession.id != (keep_session_id or 0))
    session.execute(update(UserSession).where(others).values(ended_at=command.at))
    if keep_session_id is None:
        session.execute(delete(KnownDevice).where(KnownDevice.user_id == user_id))
    audit(session, command, action=action, subject_kind="user", subject_id=user_id)
    _owe_notice(session, command, user_id)


def _owe_notice(session: Session, command: CommandRecord, user_id: int) -> None:
    payload = {"user_id": user_id, "command_id": command.id}
    enqueue(session, command, kind="account.mail", dedupe_key=f"account.mail:{user_id}:{command.id}", payload=payload)
