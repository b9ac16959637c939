"""The people of a firm and those who are invited, for the owner's list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Role
from lexapp.domain.tokens import hash_token
from lexapp.models import Firm, Invitation, MailedToken, Matter, Membership, PreBill, Timekeeper, Timer, User, UserSession


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member with the last time they were here for this firm; None for never."""

    id: int
    user_id: int
    name: str
    email: str
    role: Role
    is_active: bool
    timekeeper_id: int | None
    timekeeper: str
    has_codes: bool
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """What the page behind a mailed link says. `has_sign_in`: they are a member elsewhere and keep their password."""

    invitation_id: int
    firm_name: str
    email: str
    name: str
    role: Role
    has_sign_in: bool


@dataclass(frozen=True, slots=True)
class Leaving:
    """What hangs on a member who leaves."""

    matters: int
    open_pre_bills: int
    open_timers: list[int]


def member_rows(session: Session, *, firm_id: int, membership_id: int | None = None) -> list[MemberRow]:
    """Everybody who belongs or belonged to the firm, those who left last. One query."""
    seen = select(func.max(UserSession.last_seen_at)).where(UserSession.membership_id == Membership.id).correlate(Membership)
    query = (
        select(Membership, User, Timekeeper.name, seen.scalar_subquery())
        .join(User, User.id == Membership.user_id)
        .outerjoin(Timekeeper, (Timekeeper.firm_id == Membership.firm_id) & (Timekeeper.id == Membership.timekeeper_id))
        .where(Membership.firm_id == firm_id, Membership.role != Role.CLIENT_CONTACT)
        .order_by(Membership.is_active.desc(), func.lower(User.name), Membership.id)
    )
    if membership_id is not None:
        query = query.where(Membership.id == membership_id)
    return [_row(*found) for found in session.execute(query)]


def _row(member: Membership, user: User, timekeeper: str | None, seen: datetime | None) -> MemberRow:
    return MemberRow(
        id=member.id,
        user_id=user.id,
        name=user.name,
        email=user.email,
        role=Role(member.role),
        is_active=member.is_active and user.is_active,
        timekeeper_id=member.timekeeper_id,
        timekeeper=timekeeper or "",
        has_codes=bool(user.code_secret_sealed),
        last_seen_at=seen,
    )


def pending_invitations(session: Session, *, firm_id: int) -> list[Invitation]:
    """Invitations that were neither accepted nor taken back, the latest first; some may have run out."""
    mine = (Invitation.firm_id == firm_id) & Invitation.accepted_at.is_(None) & Invitation.revoked_at.is_(None)
    return list(session.scalars(select(Invitation).where(mine).order_by(Invitation.id.desc())))


def firm_of_token(session: Session, *, token: str, purpose: str) -> int | None:
    """The firm that a mailed token belongs to, whatever became of it."""
    mine = (MailedToken.token_hash == hash_token(token)) & (MailedToken.purpose == purpose)
    return session.scalar(select(MailedToken.firm_id).where(mine))


def open_invitation(session: Session, *, token: str, now: datetime) -> OpenInvitation | None:
    """The invitation of a mailed token, as long as it can be accepted. The session is scoped to its firm by the caller."""
    good = (MailedToken.token_hash == hash_token(token)) & MailedToken.used_at.is_(None) & (MailedToken.expires_at > now)
    waits = Invitation.accepted_at.is_(None) & Invitation.revoked_at.is_(None)
    query = (
        select(Invitation, Firm.name, User.id)
        .join(MailedToken, (MailedToken.purpose == "invitation") & (MailedToken.subject_id == Invitation.id))
        .join(Firm, Firm.id == Invitation.firm_id)
        .outerjoin(User, User.email == Invitation.email)
        .where(good, waits)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    row, firm_name, user_id = found
    return OpenInvitation(row.id, firm_name, row.email, row.name, Role(row.role), user_id is not None)


def unlinked_timekeepers(session: Session, *, firm_id: int, also_id: int | None = None) -> list[tuple[int, str]]:
    """(id, name) of the timekeepers that no member records time as; and `also_id`."""
    linked = select(Membership.timekeeper_id).where(Membership.firm_id == firm_id, Membership.timekeeper_id.is_not(None))
    free = or_(Timekeeper.id.not_in(linked) & Timekeeper.is_active, Timekeeper.id == (also_id or 0))
    query = select(Timekeeper.id, Timekeeper.name).where(Timekeeper.firm_id == firm_id, free)
    return [(id_, name) for id_, name in session.execute(query.order_by(func.lower(Timekeeper.name), Timekeeper.id))]


def leaving(session: Session, *, firm_id: int, timekeeper_id: int | None) -> Leaving:
    """What a timekeeper would leave behind. Three queries."""
    if timekeeper_id is None:
        return Leaving(0, 0, [])
    theirs = (Matter.responsible_timekeeper_id == timekeeper_id) | (Matter.originating_timekeeper_id == timekeeper_id)
    mine = (Matter.firm_id == firm_id) & (Matter.status != "closed") & theirs
    matters = session.scalar(select(func.count(Matter.id)).where(mine)) or 0
    of_matter = (Matter.firm_id == PreBill.firm_id) & (Matter.id == PreBill.matter_id)
    bills = select(func.count(PreBill.id)).join(Matter, of_matter).where(mine, PreBill.state.in_(("open", "approved")))
    timers = select(Timer.id).where(Timer.firm_id == firm_id, Timer.timekeeper_id == timekeeper_id, Timer.state.in_(("running", "paused")))
    return Leaving(matters, session.scalar(bills) or 0, list(session.scalars(timers.order_by(Timer.id))))
