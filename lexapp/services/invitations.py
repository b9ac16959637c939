"""Inviting people into the firm by mail, and what the invited person does with the link."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, enqueue, record_command, succeed
from lexapp.books.changes import lock_record, must_exist
from lexapp.books.uniqueness import taken_meanwhile
from lexapp.database import scope_to_firm, today_in, transaction
from lexapp.domain.errors import InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import Actor, Role
from lexapp.domain.rates import RateLevel, first_rate_from
from lexapp.domain.tokens import hash_token
from lexapp.domain.utbms import CLASSIFICATIONS, NOT_PERSONS
from lexapp.models import Firm, Invitation, MailedToken, Membership, Rate, Timekeeper, User

LASTS = timedelta(days=3)
GONE = "This invitation is used up, taken back, or older than three days. Ask whoever invited you for a new one."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTimekeeper:
    """Records time from the first day on: class by UTBMS; the rate per hour in minor units, if agreed already."""

    classification: str
    code: str
    initials: str
    rate_minor_per_hour: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitee:
    """Who is invited as what. With a timekeeper of the firm, with a new one, or with none."""

    email: str
    name: str
    role: Role
    timekeeper_id: int | None = None
    new_timekeeper: NewTimekeeper | None = None


def invite(session: Session, *, actor: Actor, invitee: Invitee, key: str | None = None, now: datetime | None = None) -> Invitation:
    """Ask somebody to join; the mail goes out through the outbox. One invitation at a time for an address."""
    actor.require("user.manage")
    email = invitee.email.strip().lower()
    with transaction(session, actor.firm_id):
        inputs = {**asdict(invitee), "email": email, "role": invitee.role.value}
        command = record_command(session, actor=actor, name="invitation.send", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Invitation, command.result["invitation_id"])
        if invitee.role is Role.CLIENT_CONTACT:
            raise InvalidInput("Choose a role of the list.", field="role")
        _refuse_member(session, actor.firm_id, email)
        row = Invitation(firm_id=actor.firm_id, email=email, name=invitee.name, role=invitee.role.value)
        row.timekeeper_id = _timekeeper_id(session, command, invitee)
        row.invited_by_user_id, row.created_at, row.expires_at = actor.user_id, command.at, command.at + LASTS
        session.add(row)
        with taken_meanwhile("uq_invitations_pending", _invited(email)):
            session.flush()
        _owe_mail(session, command, row)
        told = {"email": email, "name": invitee.name, "role": row.role, "timekeeper_id": row.timekeeper_id}
        audit(session, command, action="invitation.sent", subject_kind="invitation", subject_id=row.id, after=told)
        succeed(session, command, invitation_id=row.id)
    return row


def _invited(email: str) -> InvalidInput:
    return InvalidInput(f"{email} is invited already. Send that invitation again, or take it back first.", field="email")


def _refuse_member(session: Session, firm_id: int, email: str) -> None:
    query = select(Membership.is_active).join(User, User.id == Membership.user_id)
    found = session.scalar(query.where(Membership.firm_id == firm_id, User.email == email))
    if found is not None:
        state = "is a member of the firm already" if found else "was a member of the firm. Activate them again in the list of people"
        raise InvalidInput(f"{email} {state}.", field="email")
    pending = (Invitation.email == email) & Invitation.accepted_at.is_(None) & Invitation.revoked_at.is_(None)
    if session.scalar(select(Invitation.id).where(Invitation.firm_id == firm_id, pending)):
        raise _invited(email)


def _timekeeper_id(session: Session, command: CommandRecord, invitee: Invitee) -> int | None:
    firm_id, new = command.actor.firm_id, invitee.new_timekeeper
    if new is None:
        sentence = "Pick a timekeeper out of the list."
        must_exist(session, Timekeeper, firm_id=firm_id, record_id=invitee.timekeeper_id, field="timekeeper_id", sentence=sentence)
        linked = (Membership.firm_id == firm_id) & (Membership.timekeeper_id == (invitee.timekeeper_id or 0))
        if session.scalar(select(Membership.id).where(linked)):
            raise InvalidInput("Somebody records time as this timekeeper already. Pick another.", field="timekeeper_id")
        return invitee.timekeeper_id
    if new.classification not in CLASSIFICATIONS or new.classification in NOT_PERSONS:
        raise InvalidInput("Choose the class of the list.", field="classification")
    if session.scalar(select(Timekeeper.id).where(Timekeeper.firm_id == firm_id, Timekeeper.code == new.code)):
        raise InvalidInput(f"A timekeeper with the id {new.code} exists already. Choose another id.", field="code")
    return _add_timekeeper(session, command, invitee.name, new)


def _add_timekeeper(session: Session, command: CommandRecord, name: str, new: NewTimekeeper) -> int:
    firm_id = command.actor.firm_id
    words = {"code": new.code, "name": name, "initials": new.initials, "classification": new.classification}
    row = Timekeeper(firm_id=firm_id, created_at=command.at, **words)
    session.add(row)
    session.flush()
    audit(session, command, action="timekeeper.added", subject_kind="timekeeper", subject_id=row.id, after=words)
    if new.rate_minor_per_hour is not None:
        command.actor.require("rate.edit")
        since = first_rate_from(today_in(session.get_one(Firm, firm_id).time_zone, command.at))
        rate = Rate(firm_id=firm_id, level=RateLevel.TIMEKEEPER.value, timekeeper_id=row.id, effective_from=since, created_at=command.at)
        rate.rate_minor_per_hour, rate.created_by_user_id = new.rate_minor_per_hour, command.actor.user_id
        session.add(rate)
        session.flush()
        told = {"level": rate.level, "rate_minor": rate.rate_minor_per_hour, "from": since}
        audit(session, command, action="rate.added", subject_kind="timekeeper", subject_id=row.id, after=told)
    return row.id


def _owe_mail(session: Session, command: CommandRecord, row: Invitation) -> None:
    key = f"invitation.mail:{row.id}:{row.mails}"
    enqueue(session, command, kind="invitation.mail", dedupe_key=key, payload={"invitation_id": row.id})


def resend_invitation(
    session: Session, *, actor: Actor, invitation_id: int, key: str | None = None, now: datetime | None = None
) -> Invitation:
    """Mail a new link that lasts as long as the first; the links mailed before stop working."""
    actor.require("user.manage")
    with transaction(session, actor.firm_id):
        inputs = {"invitation_id": invitation_id}
        command = record_command(session, actor=actor, name="invitation.resend", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Invitation, invitation_id)
        row = _pending(session, actor, invitation_id)
        row.mails, row.expires_at = row.mails + 1, command.at + LASTS
        _owe_mail(session, command, row)
        audit(session, command, action="invitation.resent", subject_kind="invitation", subject_id=row.id, after={"email": row.email})
        succeed(session, command, invitation_id=row.id)
    return row


def revoke_invitation(
    session: Session, *, actor: Actor, invitation_id: int, key: str | None = None, now: datetime | None = None
) -> Invitation:
    """Take an invitation back: its links stop working at once."""
    actor.require("user.manage")
    with transaction(session, actor.firm_id):
        inputs = {"invitation_id": invitation_id}
        command = record_command(session, actor=actor, name="invitation.revoke", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Invitation, invitation_id)
        row = _pending(session, actor, invitation_id)
        row.revoked_at = command.at
        _spend_tokens(session, row.id, command.at)
        audit(session, command, action="invitation.revoked", subject_kind="invitation", subject_id=row.id, after={"email": row.email})
        succeed(session, command, invitation_id=row.id)
    return row


def _pending(session: Session, actor: Actor, invitation_id: int) -> Invitation:
    row = lock_record(session, Invitation, firm_id=actor.firm_id, record_id=invitation_id, noun="invitation")
    if row.accepted_at is not None:
        raise NotAllowed(f"{row.name} has accepted already.")
    if row.revoked_at is not None:
        raise NotAllowed("This invitation was taken back. Invite them anew.")
    return row


def _spend_tokens(session: Session, invitation_id: int, at: datetime) -> None:
    mine = (MailedToken.purpose == "invitation") & (MailedToken.subject_id == invitation_id) & MailedToken.used_at.is_(None)
    session.execute(update(MailedToken).where(mine).values(used_at=at))


def make_invitation_token(session: Session, *, firm_id: int, invitation_id: int, now: datetime) -> str:
    """The token of the mail that is about to leave: it is nowhere but in the mail, and those before it stop working."""
    token = secrets.token_urlsafe(32)
    with transaction(session, firm_id):
        row = session.get_one(Invitation, invitation_id)
        if row.accepted_at or row.revoked_at:
            raise NotAllowed("The invitation is not open any more, so nothing is sent.")
        _spend_tokens(session, invitation_id, now)
        kept = MailedToken(token_hash=hash_token(token), purpose="invitation", firm_id=firm_id, subject_id=invitation_id)
        kept.created_at, kept.expires_at = now, row.expires_at
        session.add(kept)
    return token


def accept_invitation(session: Session, *, token: str, name: str, password_hash: str | None, now: datetime) -> int:
    """Make the invited person a member; returns their user id. The token is used up, whatever else it could open.

    `password_hash` is for those who have no sign-in yet; somebody who is a member elsewhere keeps name and password.
    """
    found = session.scalar(select(MailedToken).where(MailedToken.token_hash == hash_token(token), MailedToken.purpose == "invitation"))
    if found is None:
        raise NotFound(GONE)
    token_id, firm_id, invitation_id = found.id, found.firm_id, found.subject_id
    scope_to_firm(session, firm_id)
    with transaction(session, firm_id):
        kept = session.execute(select(MailedToken).where(MailedToken.id == token_id).with_for_update()).scalar_one()
        row = session.execute(select(Invitation).where(Invitation.id == invitation_id).with_for_update()).scalar_one()
        if kept.used_at or kept.expires_at <= now or row.accepted_at or row.revoked_at:
            raise NotFound(GONE)
        kept.used_at = now
        member = _join(session, row, name, password_hash, now)
        actor = Actor(member.user_id, firm_id, member.id, Role(row.role), member.timekeeper_id, name)
        command = record_command(session, actor=actor, name="invitation.accept", inputs={"invitation_id": row.id}, now=now)
        row.accepted_at, row.membership_id = now, member.id
        after = {"email": row.email, "name": name, "role": row.role}
        audit(session, command, action="invitation.accepted", subject_kind="invitation", subject_id=row.id, after=after)
        succeed(session, command, membership_id=member.id)
        return member.user_id


def _join(session: Session, row: Invitation, name: str, password_hash: str | None, now: datetime) -> Membership:
    session.execute(select(Firm.id).where(Firm.id == row.firm_id).with_for_update(key_share=True))
    user = session.scalar(select(User).where(User.email == row.email))
    _refuse_taken(session, row, user)
    if user is None:
        if password_hash is None:
            raise InvalidInput("Choose a password.", field="password")
        user = User(email=row.email, name=name, password_hash=password_hash, created_at=now)
        session.add(user)
        session.flush()
    member = Membership(firm_id=row.firm_id, user_id=user.id, role=row.role, timekeeper_id=row.timekeeper_id, created_at=now)
    session.add(member)
    session.flush()
    return member


def _refuse_taken(session: Session, row: Invitation, user: User | None) -> None:
    """What may have happened since the invitation left; whoever changes members of the firm takes turns on its row."""
    mine = Membership.firm_id == row.firm_id
    present = session.scalar(select(Membership.is_active).where(mine, Membership.user_id == user.id)) if user else None
    if present is not None:
        advice = "Sign in with your own password." if present else "Ask whoever invited you to let you in again."
        raise NotAllowed(f"{row.email} is known to the firm already. {advice}")
    if row.timekeeper_id is not None and session.scalar(select(Membership.id).where(mine, Membership.timekeeper_id == row.timekeeper_id)):
        raise NotAllowed("Somebody else records time as the timekeeper of this invitation. Ask whoever invited you for a new one.")
