"""Members of a firm: their role, and leaving and coming back. The last owner stays one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, true, update
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.memberships import check_timekeeper, timekeeper_taken_meanwhile
from lexapp.database import transaction
from lexapp.domain.errors import InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import ROLE_PERMISSIONS, Actor, Role
from lexapp.models import Firm, Matter, MatterAdmission, Membership, Timekeeper, Timer, User, UserSession


def change_member(
    session: Session,
    *,
    actor: Actor,
    membership_id: int,
    role: Role,
    timekeeper_id: int | None,
    key: str | None = None,
    now: datetime | None = None,
) -> Membership:
    """Give a member another role, and say as whom they record time. It holds from their next click on."""
    actor.require("user.manage")
    with transaction(session, actor.firm_id):
        inputs = {"membership_id": membership_id, "role": role.value, "timekeeper_id": timekeeper_id}
        command = record_command(session, actor=actor, name="member.change", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Membership, membership_id)
        row = _locked(session, actor.firm_id, membership_id)
        if (role is Role.CLIENT_CONTACT) is not (row.role == Role.CLIENT_CONTACT):
            raise InvalidInput("Choose a role of the list.", field="role")
        if row.role == Role.OWNER and role is not Role.OWNER:
            _refuse_last_owner(session, row, field="role")
        check_timekeeper(session, firm_id=actor.firm_id, timekeeper_id=timekeeper_id, membership_id=row.id)
        before = {"role": row.role, "timekeeper_id": row.timekeeper_id}
        row.role, row.timekeeper_id = role.value, timekeeper_id
        with timekeeper_taken_meanwhile():
            session.flush()
        after = {"role": row.role, "timekeeper_id": row.timekeeper_id}
        if before != after:
            _refuse_running_timers(session, row)
            _note(session, command, row, "member.changed", before, after)
        succeed(session, command, membership_id=row.id)
    return row


def deactivate_member(
    session: Session,
    *,
    actor: Actor,
    membership_id: int,
    successor_id: int | None,
    key: str | None = None,
    now: datetime | None = None,
) -> Membership:
    """Close a member's access at once, end their sessions, and hand their matters to another timekeeper.

    `successor_id` is needed while the person answers for matters that are not closed. What they recorded stays theirs.
    """
    actor.require("user.manage")
    with transaction(session, actor.firm_id):
        inputs = {"membership_id": membership_id, "successor_id": successor_id}
        command = record_command(session, actor=actor, name="member.deactivate", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Membership, membership_id)
        row = _locked(session, actor.firm_id, membership_id)
        if not row.is_active:
            raise NotAllowed("They have left already.")
        if row.role == Role.OWNER:
            _refuse_last_owner(session, row)
        handed = _hand_over(session, command, row, successor_id)
        row.is_active = False
        _end_sessions(session, row, command.at)
        _note(session, command, row, "member.deactivated", {"is_active": True}, {"is_active": False, "matters_handed_over": handed})
        succeed(session, command, membership_id=row.id)
    return row


def reactivate_member(
    session: Session, *, actor: Actor, membership_id: int, key: str | None = None, now: datetime | None = None
) -> Membership:
    """Let a member in again, in the role they had; their matters stay with whoever has them now."""
    actor.require("user.manage")
    with transaction(session, actor.firm_id):
        inputs = {"membership_id": membership_id}
        command = record_command(session, actor=actor, name="member.reactivate", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Membership, membership_id)
        row = _locked(session, actor.firm_id, membership_id)
        if not row.is_active:
            row.is_active = True
            _note(session, command, row, "member.reactivated", {"is_active": False}, {"is_active": True})
        succeed(session, command, membership_id=row.id)
    return row


def end_sessions_of_member(session: Session, *, actor: Actor, membership_id: int, now: datetime | None = None) -> None:
    """Sign a member out everywhere, as after a lost telephone."""
    actor.require("user.manage")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="member.sign_out", inputs={"membership_id": membership_id}, now=now)
        row = _locked(session, actor.firm_id, membership_id)
        _end_sessions(session, row, command.at)
        _note(session, command, row, "member.signed_out", None, None)
        succeed(session, command, membership_id=row.id)


def _locked(session: Session, firm_id: int, membership_id: int) -> Membership:
    """The member; whoever changes members of a firm takes turns, so that two never remove the last two owners at once."""
    session.execute(select(Firm.id).where(Firm.id == firm_id).with_for_update(key_share=True))
    mine = (Membership.firm_id == firm_id) & (Membership.id == membership_id)
    row = session.execute(select(Membership).where(mine).execution_options(populate_existing=True)).scalar()
    if row is None:
        raise NotFound("There is no such person. Go back to the list and look for them there.")
    return row


def _refuse_last_owner(session: Session, row: Membership, field: str | None = None) -> None:
    others = (Membership.firm_id == row.firm_id) & (Membership.role == Role.OWNER) & Membership.is_active & (Membership.id != row.id)
    query = select(Membership.id).join(User, User.id == Membership.user_id).where(others, User.is_active)
    if session.scalar(query.limit(1)) is None:
        raise InvalidInput("They are the last owner. Make somebody else an owner first: a firm always has one.", field=field)


def _refuse_running_timers(session: Session, row: Membership) -> None:
    """A timer that goes on unseen, behind a wall that the new role does not look over, would be lost time."""
    theirs = (Timer.firm_id == row.firm_id) & (Timer.timekeeper_id == row.timekeeper_id) & Timer.state.in_(("running", "paused"))
    query = select(Matter.number).join(Timer, (Timer.firm_id == Matter.firm_id) & (Timer.matter_id == Matter.id))
    number = session.scalars(query.where(theirs, Matter.is_walled, ~_seen_by(row)).order_by(Matter.number).limit(1)).first()
    if number is not None:
        raise InvalidInput(f"A timer of theirs runs on the walled matter {number}. Let it be stopped first, or admit them.", field="role")


def _seen_by(row: Membership) -> ColumnElement[bool]:
    """Whether a member sees a matter that is walled off: by their role, or because they are admitted."""
    if "matter.see_walled" in ROLE_PERMISSIONS[Role(row.role)]:
        return true()
    mine = (MatterAdmission.firm_id == Matter.firm_id) & (MatterAdmission.matter_id == Matter.id)
    return select(MatterAdmission.id).where(mine, MatterAdmission.membership_id == row.id).exists()


def _refuse_walled(session: Session, firm_id: int, whose: ColumnElement[bool], successor_id: int) -> None:
    """Nobody comes to answer for a matter that they may not see."""
    works_as = (Membership.firm_id == firm_id) & (Membership.timekeeper_id == successor_id) & Membership.is_active
    successor = session.scalar(select(Membership).where(works_as))
    hidden = ~_seen_by(successor) if successor else true()
    numbers = session.scalars(select(Matter.number).where(whose, Matter.is_walled, hidden).order_by(Matter.number)).all()
    if numbers:
        told = f"They may not see {', '.join(numbers)}, which is behind a wall. Admit them there first, or pick somebody else."
        raise InvalidInput(told, field="successor_id")


def _hand_over(session: Session, command: CommandRecord, row: Membership, successor_id: int | None) -> int:
    """Give the matters that are not closed to the successor; returns how many there were."""
    if row.timekeeper_id is None:
        return 0
    columns = (Matter.responsible_timekeeper_id, Matter.originating_timekeeper_id)
    theirs = (Matter.firm_id == row.firm_id) & (Matter.status != "closed")
    whose = theirs & ((columns[0] == row.timekeeper_id) | (columns[1] == row.timekeeper_id))
    count = session.scalar(select(func.count(Matter.id)).where(whose)) or 0
    if not count:
        return 0
    _check_successor(session, row, successor_id, count)
    _refuse_walled(session, row.firm_id, whose, successor_id or 0)
    for column in columns:
        changed = {column.key: successor_id, "version": Matter.version + 1}
        moved = update(Matter).where(theirs, column == row.timekeeper_id).values(changed)
        for matter_id in session.scalars(moved.returning(Matter.id)).all():
            before, after = {column.key: row.timekeeper_id}, {column.key: successor_id}
            audit(session, command, action="matter.edited", subject_kind="matter", subject_id=matter_id, before=before, after=after)
    return count


def _check_successor(session: Session, row: Membership, successor_id: int | None, count: int) -> None:
    if successor_id is None:
        matters = "1 matter that is" if count == 1 else f"{count} matters that are"
        raise InvalidInput(f"They answer for {matters} not closed. Choose who takes over.", field="successor_id")
    good = (Timekeeper.firm_id == row.firm_id) & (Timekeeper.id == successor_id) & Timekeeper.is_active
    if successor_id == row.timekeeper_id or session.scalar(select(Timekeeper.id).where(good)) is None:
        raise InvalidInput("Pick another timekeeper out of the list.", field="successor_id")


def _end_sessions(session: Session, row: Membership, at: datetime) -> None:
    mine = (UserSession.membership_id == row.id) & UserSession.ended_at.is_(None)
    session.execute(update(UserSession).where(mine).values(ended_at=at))


def _note(
    session: Session,
    command: CommandRecord,
    row: Membership,
    action: str,
    before: Mapping[str, object] | None,
    after: Mapping[str, object] | None,
) -> None:
    session.flush()
    audit(session, command, action=action, subject_kind="membership", subject_id=row.id, before=before, after=after)
