"""Proving who sits there: password and one-time code, every try counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lexapp.books.commands import audit, record_command, succeed
from lexapp.books.one_time_codes import hash_recovery_code, matching_step
from lexapp.books.outbox import enqueue
from lexapp.books.passwords import password_matches
from lexapp.books.tries import Browser, forget_tries, known_device, left_text, note_try
from lexapp.database import transaction
from lexapp.domain.errors import InvalidInput
from lexapp.domain.permissions import Actor
from lexapp.models import RecoveryCode, User


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody gives to prove who they are. `password` None: not asked for. `secret` None: they have no one-time codes.

    `field` names the field in which the password was typed.
    """

    browser: Browser
    password: str | None
    code: str = ""
    secret: str | None = None
    field: str = "password"


def check_proof(session: Session, *, actor: Actor, proof: Proof, now: datetime) -> None:
    """Take the proof, before the command that needs it: the password, and the code of who has one.

    Raises TooManyTries, or InvalidInput beside the field `code` or the password's. A code is used up.
    """
    device = known_device(session, actor.user_id, proof.browser)
    identifier = sha256(f"proof:{actor.user_id}".encode()).hexdigest()
    left = note_try(session, identifier, proof.browser, device, now)
    stored = session.scalars(select(User.password_hash).where(User.id == actor.user_id)).one()
    if proof.password is not None and not password_matches(stored, proof.password):
        whose = "present password" if proof.field == "present" else "password"
        raise InvalidInput(f"This is not your {whose}. {left_text(left)}", field=proof.field, code="wrong_password")
    with transaction(session, actor.firm_id):
        if proof.secret is not None and not takes_code(session, actor.user_id, actor, proof.secret, proof.code, now):
            raise InvalidInput(f"This code does not fit, or was used already. {left_text(left)}", field="code", code="wrong_code")
        forget_tries(session, identifier, proof.browser, device)


def takes_code(session: Session, user_id: int, actor: Actor | None, secret: str, code: str, now: datetime) -> bool:
    """Whether the code opens, and that it does not open again. A recovery code is told to its owner, through the firm of `actor`."""
    user = session.execute(select(User).where(User.id == user_id).with_for_update(key_share=True)).scalar_one()
    step = matching_step(secret, code, now=now, after=user.code_last_step)
    if step is not None:
        user.code_last_step = step
        return True
    right = RecoveryCode.code_hash == hash_recovery_code(user_id, code)
    mine = (RecoveryCode.user_id == user_id) & right & RecoveryCode.used_at.is_(None)
    spent = session.execute(update(RecoveryCode).where(mine).values(used_at=now).returning(RecoveryCode.id)).first()
    if spent is not None and actor is not None:
        _tell_of_recovery_code(session, actor, now)
    return spent is not None


def _tell_of_recovery_code(session: Session, actor: Actor, now: datetime) -> None:
    command = record_command(session, actor=actor, name="codes.use_recovery", inputs={"user_id": actor.user_id}, now=now)
    audit(session, command, action="user.recovery_code_used", subject_kind="user", subject_id=actor.user_id)
    payload = {"user_id": actor.user_id, "command_id": command.id}
    enqueue(session, command, kind="account.mail", dedupe_key=f"account.mail:{actor.user_id}:{command.id}", payload=payload)
    succeed(session, command, user_id=actor.user_id)
