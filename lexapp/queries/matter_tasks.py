"""Tasks: of one matter, of everybody, one's own; and who may be given one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from lexapp.domain.permissions import ROLE_PERMISSIONS, Role
from lexapp.models import Client, FeeAgreement, FixedFeeEntry, Matter, MatterAdmission, MatterTask, Membership, Milestone, User
from lexapp.queries.matter_titles import matter_title

MOST_OPEN, LATEST_DONE, MOST_MINE = 500, 10, 6
_WORKERS = tuple(role.value for role in Role if "time.record" in ROLE_PERMISSIONS[role])
_SEEING_ALL = tuple(role.value for role in Role if "matter.see_walled" in ROLE_PERMISSIONS[role])


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task with its matter. `makes_fee`: a milestone of an agreement that is not over is reached once it is done."""

    id: int
    version: int
    matter_id: int
    title: str
    matter_is_closed: bool
    name: str
    note: str
    due_on: date | None
    membership_id: int | None
    person: str
    done_at: datetime | None
    done_by: str
    makes_fee: bool

    def is_overdue(self, today: date) -> bool:
        return self.done_at is None and self.due_on is not None and self.due_on < today


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """What a list of tasks is asked for. `membership_id` 0: those of nobody yet. `through`: due on this day or before."""

    words: Sequence[str] = ()
    membership_id: int | None = None
    is_done: bool = False
    matter_id: int | None = None
    through: date | None = None


def matter_task_rows(
    session: Session, *, firm_id: int, matter_id: int, today: date, besides: int | None = None
) -> tuple[list[TaskRow], list[TaskRow]]:
    """The open tasks of a matter, and the latest that are done, with the one `besides` among them where it is done. Two queries."""
    mine = (MatterTask.matter_id == matter_id, MatterTask.removed_at.is_(None))
    still_open = _rows(session, _query(firm_id, today).where(*mine, MatterTask.done_at.is_(None)).order_by(*_soonest()).limit(MOST_OPEN))
    order = ((MatterTask.id == besides).desc() if besides else MatterTask.done_at.desc(), MatterTask.done_at.desc(), MatterTask.id.desc())
    done = _query(firm_id, today).where(*mine, MatterTask.done_at.is_not(None)).order_by(*order)
    return still_open, _rows(session, done.limit(LATEST_DONE))


def count_tasks(session: Session, *, firm_id: int, wanted: TaskFilter) -> int:
    """How many a list has. One query."""
    matter = (Matter.firm_id == MatterTask.firm_id) & (Matter.id == MatterTask.matter_id)
    query = select(func.count(MatterTask.id)).join(Matter, matter).where(MatterTask.firm_id == firm_id, *_wanted(wanted))
    return session.scalar(query) or 0


def task_rows(session: Session, *, firm_id: int, wanted: TaskFilter, today: date, limit: int, offset: int = 0) -> list[TaskRow]:
    """Tasks of all matters: open ones by their due day, done ones the latest first. One query."""
    order = (MatterTask.done_at.desc(), MatterTask.id.desc()) if wanted.is_done else _soonest()
    return _rows(session, _query(firm_id, today).where(*_wanted(wanted)).order_by(*order).limit(limit).offset(offset))


def task_people(session: Session, *, firm_id: int, matter: Matter | None = None, besides: int | None = None) -> list[tuple[int, str]]:
    """(membership, name) of whoever may work on matters, by name; of a walled-off matter those who may see it. And `besides`. One query."""
    may_work = Membership.is_active & User.is_active & Membership.role.in_(_WORKERS)
    if matter is not None and matter.is_walled:
        mine = (MatterAdmission.firm_id == Membership.firm_id, MatterAdmission.membership_id == Membership.id)
        admitted = exists().where(*mine, MatterAdmission.matter_id == matter.id)
        may_work &= or_(Membership.role.in_(_SEEING_ALL), admitted)
    query = (
        select(Membership.id, User.name)
        .join(User, User.id == Membership.user_id)
        .where(Membership.firm_id == firm_id, or_(may_work, Membership.id == (besides or 0)))
        .order_by(func.lower(User.name), Membership.id)
    )
    return [(id_, name) for id_, name in session.execute(query)]


def task_names(session: Session, *, firm_id: int, matter_id: int) -> list[str]:
    """What the open tasks of a matter are called, the soonest first. One query."""
    mine = (MatterTask.firm_id == firm_id, MatterTask.matter_id == matter_id)
    query = select(MatterTask.name).where(*mine, MatterTask.done_at.is_(None), MatterTask.removed_at.is_(None))
    return list(session.scalars(query.order_by(*_soonest()).limit(MOST_OPEN)))


def _soonest() -> tuple[Any, ...]:
    """By due day, those without one last, then as they were written down."""
    return MatterTask.due_on.is_(None), MatterTask.due_on, MatterTask.id


def _wanted(wanted: TaskFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [MatterTask.removed_at.is_(None), MatterTask.done_at.is_not(None)]
    if not wanted.is_done:
        found[1:] = [MatterTask.done_at.is_(None), Matter.status != "closed"]
    if wanted.matter_id is not None:
        found.append(MatterTask.matter_id == wanted.matter_id)
    if wanted.membership_id is not None:
        found.append(MatterTask.membership_id == wanted.membership_id if wanted.membership_id else MatterTask.membership_id.is_(None))
    if wanted.through is not None:
        found.append(MatterTask.due_on <= wanted.through)
    columns = (MatterTask.name, Matter.name, Matter.number)
    found.extend(or_(*(func.lower(column).contains(word, autoescape=True) for column in columns)) for word in wanted.words)
    return found


def _query(firm_id: int, today: date) -> Select[*tuple[Any, ...]]:
    person, finisher, member = aliased(User), aliased(User), Membership
    return (
        select(MatterTask, Matter.name, Matter.is_internal, Matter.status, Client.name, person.name, finisher.name, _makes_fee(today))
        .join(Matter, (Matter.firm_id == MatterTask.firm_id) & (Matter.id == MatterTask.matter_id))
        .outerjoin(Client, (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id))
        .outerjoin(member, (member.firm_id == MatterTask.firm_id) & (member.id == MatterTask.membership_id))
        .outerjoin(person, person.id == member.user_id)
        .outerjoin(finisher, finisher.id == MatterTask.done_by_user_id)
        .where(MatterTask.firm_id == firm_id)
    )


def _makes_fee(today: date) -> ColumnElement[bool]:
    fee = (FixedFeeEntry.firm_id == Milestone.firm_id, FixedFeeEntry.id == Milestone.fixed_fee_entry_id)
    stands = exists().where(*fee, FixedFeeEntry.discarded_at.is_(None))
    agreement = (
        FeeAgreement.firm_id == Milestone.firm_id,
        FeeAgreement.id == Milestone.fee_agreement_id,
        FeeAgreement.removed_at.is_(None),
    )
    not_over = or_(FeeAgreement.effective_to.is_(None), FeeAgreement.effective_to >= today)
    mine = (Milestone.firm_id == MatterTask.firm_id, Milestone.task_id == MatterTask.id, Milestone.cancelled_at.is_(None))
    return exists().where(*mine, *agreement, not_over, ~stands)


def _rows(session: Session, query: Select[*tuple[Any, ...]]) -> list[TaskRow]:
    return [_row(*found) for found in session.execute(query)]


def _row(
    task: MatterTask, matter: str, is_internal: bool, status: str, client: str | None, person: str | None, done_by: str | None, fee: bool
) -> TaskRow:
    return TaskRow(
        id=task.id,
        version=task.version,
        matter_id=task.matter_id,
        title=matter_title(client, matter, is_internal=is_internal),
        matter_is_closed=status == "closed",
        name=task.name,
        note=task.note,
        due_on=task.due_on,
        membership_id=task.membership_id,
        person=person or "",
        done_at=task.done_at,
        done_by=done_by or "",
        makes_fee=bool(fee) and task.done_at is None,
    )
