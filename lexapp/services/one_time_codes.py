"""Setting one-time codes up and off, and the firm's rule who must have them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, enqueue, record_command, succeed
from lexapp.books.one_time_codes import hash_recovery_code, matching_step, new_recovery_codes
from lexapp.books.proofs import Proof, check_proof
from lexapp.database import transaction
from lexapp.domain.errors import InvalidInput, NotAllowed
from lexapp.domain.permissions import Actor
from lexapp.models import Firm, RecoveryCode, User

ASKED_OF = {"nobody": "Nobody must", "trust": "Those who may move client money", "everybody": "Everybody"}


def turn_codes_on(session: Session, *, actor: Actor, secret: str, sealed: str, code: str, proof: Proof, now: datetime) -> list[str]:
    """Ask for one-time codes from the next sign-in on, once the app has shown a first right one. Returns the recovery codes, once.

    Needs the password: the codes are proof from then on, so nobody may set them up at a browser that was left open.
    """
    step = matching_step(secret, code, now=now, after=0)
    if step is None:
        raise InvalidInput("This code does not fit. Type the one that the app shows now; check the time of your telephone.", field="code")
    check_proof(session, actor=actor, proof=proof, now=now)
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="codes.turn_on", inputs={"user_id": actor.user_id}, now=now)
        user = _locked(session, actor)
        if user.code_secret_sealed:
            raise NotAllowed("One-time codes are on already.")
        user.code_secret_sealed, user.code_last_step = sealed, step
        codes = _renew(session, user)
        _note(session, command, user, "user.codes_on")
        succeed(session, command, user_id=user.id)
    return codes


def turn_codes_off(session: Session, *, actor: Actor, proof: Proof, now: datetime) -> None:
    """Ask for the password alone again. Needs the password and a code."""
    check_proof(session, actor=actor, proof=proof, now=now)
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="codes.turn_off", inputs={"user_id": actor.user_id}, now=now)
        user = _locked(session, actor)
        if user.code_secret_sealed:
            user.code_secret_sealed, user.code_last_step = "", 0
            session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
            _note(session, command, user, "user.codes_off")
        succeed(session, command, user_id=user.id)


def renew_recovery_codes(session: Session, *, actor: Actor, proof: Proof, now: datetime) -> list[str]:
    """Ten new recovery codes, shown once; the old ones stop working. Needs the password and a code."""
    check_proof(session, actor=actor, proof=proof, now=now)
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="codes.renew_recovery", inputs={"user_id": actor.user_id}, now=now)
        user = _locked(session, actor)
        if not user.code_secret_sealed:
            raise NotAllowed("One-time codes are off. Turn them on first.")
        codes = _renew(session, user)
        audit(session, command, action="user.recovery_codes_renewed", subject_kind="user", subject_id=user.id)
        succeed(session, command, user_id=user.id)
    return codes


def unused_recovery_codes(session: Session, *, user_id: int) -> int:
    """How many are left."""
    mine = (RecoveryCode.user_id == user_id) & RecoveryCode.used_at.is_(None)
    return session.scalar(select(func.count(RecoveryCode.id)).where(mine)) or 0


def ask_codes_of(session: Session, *, actor: Actor, whom: str, key: str | None = None, now: datetime | None = None) -> None:
    """The firm's rule who must sign in with one-time codes: a key of ASKED_OF. Who has none yet is led to set them up."""
    actor.require("settings.edit")
    if whom not in ASKED_OF:
        raise InvalidInput("Choose one of the list.", field="whom")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="firm.ask_codes", inputs={"whom": whom}, key=key, now=now)
        if command.result is not None:
            return
        firm = session.execute(select(Firm).where(Firm.id == actor.firm_id).with_for_update(key_share=True)).scalar_one()
        if firm.codes_asked_of != whom:
            told = ({"codes_asked_of": firm.codes_asked_of}, {"codes_asked_of": whom})
            firm.codes_asked_of, firm.version = whom, firm.version + 1
            audit(session, command, action="firm.edited", subject_kind="firm", subject_id=firm.id, before=told[0], after=told[1])
        succeed(session, command, firm_id=firm.id)


def _locked(session: Session, actor: Actor) -> User:
    return session.execute(select(User).where(User.id == actor.user_id).with_for_update(key_share=True)).scalar_one()


def _renew(session: Session, user: User) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = new_recovery_codes()
    session.add_all(RecoveryCode(user_id=user.id, code_hash=hash_recovery_code(user.id, code)) for code in codes)
    session.flush()
    return codes


def _note(session: Session, command: CommandRecord, user: User, action: str) -> None:
    session.flush()
    audit(session, command, action=action, subject_kind="user", subject_id=user.id)
    payload = {"user_id": user.id, "command_id": command.id}
    enqueue(session, command, kind="account.mail", dedupe_key=f"account.mail:{user.id}:{command.id}", payload=payload)
