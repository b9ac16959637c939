"""Walling matters off: who may see one, and taking the wall down again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.changes import change, lock_record
from lexapp.database import transaction
from lexapp.domain.errors import InvalidInput, NotAllowed
from lexapp.domain.permissions import ROLE_PERMISSIONS, Actor, Role
from lexapp.models import Firm, Matter, MatterAdmission, Membership, Timekeeper, Timer, User

SEE_ALL = frozenset(role for role in Role if "matter.see_walled" in ROLE_PERMISSIONS[role])


def wall_matter(
    session: Session,
    *,
    actor: Actor,
    matter_id: int,
    version: int,
    membership_ids: Collection[int],
    key: str | None = None,
    now: datetime | None = None,
) -> Matter:
    """Hide a matter from everybody but these members and those who see every matter by their role. Replaces who was admitted before."""
    actor.require("matter.wall")
    wanted = sorted(set(membership_ids))
    with transaction(session, actor.firm_id):
        inputs = {"matter_id": matter_id, "version": version, "membership_ids": wanted}
        command = record_command(session, actor=actor, name="matter.wall", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Matter, matter_id)
        firm = _locked_firm(session, actor.firm_id)
        matter = lock_record(session, Matter, firm_id=actor.firm_id, record_id=matter_id, version=version, noun="matter")
        if matter.is_internal:
            raise NotAllowed("The firm’s own matter takes everybody’s time, so it cannot be walled off.")
        _refuse_strangers(session, actor.firm_id, wanted)
        _refuse_running_timers(session, matter, wanted)
        before = _admitted(session, matter) if matter.is_walled else None
        _admit(session, command, matter, wanted)
        change(matter, {"is_walled": True})
        firm.has_walls = True
        _note(session, command, matter, before)
        succeed(session, command, matter_id=matter_id)
    return matter


def lift_wall(session: Session, *, actor: Actor, matter_id: int, key: str | None = None, now: datetime | None = None) -> Matter:
    """Show a matter again to everybody who sees matters."""
    actor.require("matter.wall")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="matter.lift_wall", inputs={"matter_id": matter_id}, key=key, now=now)
        if command.result is not None:
            return session.get_one(Matter, matter_id)
        firm = _locked_firm(session, actor.firm_id)
        matter = lock_record(session, Matter, firm_id=actor.firm_id, record_id=matter_id, noun="matter")
        before = _admitted(session, matter)
        if change(matter, {"is_walled": False}).after:
            _admit(session, command, matter, [])
            others = (Matter.firm_id == actor.firm_id) & Matter.is_walled & (Matter.id != matter_id)
            firm.has_walls = session.scalar(select(Matter.id).where(others).limit(1)) is not None
            told = {"admitted": before}
            audit(session, command, action="matter.wall_lifted", subject_kind="matter", subject_id=matter_id, before=told)
        succeed(session, command, matter_id=matter_id)
    return matter


def _locked_firm(session: Session, firm_id: int) -> Firm:
    """The firm's row says whether it has walls at all; who changes walls takes turns on it."""
    return session.execute(select(Firm).where(Firm.id == firm_id).with_for_update(key_share=True)).scalar_one()


def _refuse_strangers(session: Session, firm_id: int, wanted: Collection[int]) -> None:
    mine = (Membership.firm_id == firm_id) & Membership.id.in_(wanted) & (Membership.role != Role.CLIENT_CONTACT)
    if len(session.scalars(select(Membership.id).where(mine)).all()) != len(wanted):
        raise InvalidInput("Choose people out of the list.", field="membership_ids")


def _refuse_running_timers(session: Session, matter: Matter, wanted: Collection[int]) -> None:
    """A timer that goes on unseen would be lost time."""
    shut_out = (Membership.firm_id == Timer.firm_id) & (Membership.timekeeper_id == Timer.timekeeper_id) & Membership.id.not_in(wanted)
    query = (
        select(Timekeeper.name)
        .join(Timer, (Timer.firm_id == Timekeeper.firm_id) & (Timer.timekeeper_id == Timekeeper.id))
        .join(Membership, shut_out & Membership.is_active & Membership.role.not_in(SEE_ALL))
        .where(Timer.firm_id == matter.firm_id, Timer.matter_id == matter.id, Timer.state.in_(("running", "paused")))
    )
    name = session.scalars(query.order_by(Timekeeper.name)).first()
    if name is not None:
        raise InvalidInput(
            f"A timer of {name} runs on this matter and would be lost to them. Let it be stopped first, or admit {name}.",
            field="membership_ids",
        )


def _admitted(session: Session, matter: Matter) -> list[str]:
    query = (
        select(User.name)
        .join(Membership, Membership.user_id == User.id)
        .join(MatterAdmission, (MatterAdmission.firm_id == Membership.firm_id) & (MatterAdmission.membership_id == Membership.id))
        .where(MatterAdmission.firm_id == matter.firm_id, MatterAdmission.matter_id == matter.id)
    )
    return list(session.scalars(query.order_by(User.name, User.id)))


def _admit(session: Session, command: CommandRecord, matter: Matter, wanted: Collection[int]) -> None:
    mine = (MatterAdmission.firm_id == matter.firm_id) & (MatterAdmission.matter_id == matter.id)
    session.execute(delete(MatterAdmission).where(mine))
    shared = {"firm_id": matter.firm_id, "matter_id": matter.id, "admitted_at": command.at}
    if wanted:
        session.execute(insert(MatterAdmission), [{**shared, "membership_id": id_} for id_ in wanted])


def _note(session: Session, command: CommandRecord, matter: Matter, before: list[str] | None) -> None:
    action = "matter.walled" if before is None else "matter.wall_changed"
    told = None if before is None else {"admitted": before}
    after = {"admitted": _admitted(session, matter)}
    audit(session, command, action=action, subject_kind="matter", subject_id=matter.id, before=told, after=after)
