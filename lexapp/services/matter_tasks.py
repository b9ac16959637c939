"""Commands on the tasks of a matter: added, changed, done, taken back, removed. A fee that an agreement makes due by a task follows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.agreed_reductions import lock_matter
from lexapp.books.changes import change, lock_record, lock_shown
from lexapp.books.matter_tasks import add_matter_task
from lexapp.books.milestones import reach_by_task, undo_by_task, waiting_for
from lexapp.books.work_terms import firm_terms, matter_terms
from lexapp.database import transaction
from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from lexapp.domain.matter_tasks import check_task
from lexapp.domain.permissions import ROLE_PERMISSIONS, Actor, Role
from lexapp.models import Matter, MatterAdmission, MatterTask, Membership

NOUN = "task"
REMOVED = "This task was removed. Reload the page to see those that stand."


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """What is to be done, by when and by whom (`membership_id`), if that is known."""

    name: str
    note: str = ""
    due_on: date | None = None
    membership_id: int | None = None

    def tidy(self) -> dict[str, Any]:
        """As the row keeps it."""
        return {**asdict(self), "name": " ".join(self.name.split()), "note": self.note.strip()}


@dataclass(frozen=True, slots=True)
class Finished:
    """A task that is done, or taken back; how many fees became due by it, or are no longer."""

    task: MatterTask
    fees: int


def add_task(
    session: Session, *, actor: Actor, matter_id: int, facts: TaskFacts, key: str | None = None, now: datetime | None = None
) -> MatterTask:
    """Write down what has to be done on a matter. Raises InvalidInput beside a field of `TaskFacts`, NotAllowed."""
    actor.require("time.record")
    inputs = {"matter_id": matter_id, **asdict(facts)}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="matter_task.add", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(MatterTask, command.result["matter_task_id"])
        check_task(facts.name, facts.note, facts.due_on)
        _refuse_closed(session, actor.firm_id, matter_id, "add a task")
        _check_person(session, actor.firm_id, matter_id, facts.membership_id)
        row = add_matter_task(session, command, matter_id=matter_id, **facts.tidy())
        succeed(session, command, matter_task_id=row.id)
    return row


def change_task(
    session: Session, *, actor: Actor, task_id: int, version: int, facts: TaskFacts, key: str | None = None, now: datetime | None = None
) -> MatterTask:
    """Say otherwise what has to be done. Raises Conflict where it was changed meanwhile, InvalidInput beside a field, NotAllowed."""
    actor.require("time.record")
    inputs = {"task_id": task_id, "version": version, **asdict(facts)}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="matter_task.change", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(MatterTask, task_id)
        row = lock_record(session, MatterTask, firm_id=actor.firm_id, record_id=task_id, noun=NOUN, version=version)
        _refuse_removed(row)
        check_task(facts.name, facts.note, facts.due_on)
        _refuse_closed(session, actor.firm_id, row.matter_id, "change its tasks")
        if facts.membership_id != row.membership_id:
            _check_person(session, actor.firm_id, row.matter_id, facts.membership_id)
        changed = change(row, facts.tidy())
        session.flush()
        _finish(session, command, row, "changed", before=changed.before, after=changed.after)
    return row


def complete_task(
    session: Session, *, actor: Actor, task_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> Finished:
    """A task is done. What the agreement in force makes due by it is reached on this day, whoever finishes it: the agreement says so.

    Raises Conflict, NotAllowed where the matter is closed or a fee of it cannot be recorded today.
    """
    actor.require("time.record")
    inputs = {"task_id": task_id, "version": version}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="matter_task.complete", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return Finished(session.get_one(MatterTask, task_id), command.result["fees"])
        row = _lock(session, actor, task_id, version, "finish its tasks")
        if row.done_at is not None:
            raise Conflict("This task is done already. Look at the list as it is now.")
        change(row, {"done_at": command.at, "done_by_user_id": actor.user_id})
        session.flush()
        try:
            reached = reach_by_task(session, command, row, firm_terms(session, actor.firm_id).today(command.at))
        except InvalidInput as error:
            raise NotAllowed(f"A fee is due by this task and cannot be recorded. {error.message}", code=error.code) from error
        _finish(session, command, row, "done", after={"milestones": [one.name for one in reached]}, fees=len(reached))
    return Finished(row, len(reached))


def reopen_task(
    session: Session, *, actor: Actor, task_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> Finished:
    """A task is not done after all: what it made due is undone. Raises Conflict, NotAllowed once a fee of it is on a pre-bill or billed."""
    actor.require("time.record")
    inputs = {"task_id": task_id, "version": version}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="matter_task.reopen", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return Finished(session.get_one(MatterTask, task_id), command.result["fees"])
        row = _lock(session, actor, task_id, version, "take back what was done")
        if row.done_at is None:
            raise Conflict("This task is open already. Look at the list as it is now.")
        undone = _undo(session, command, row)
        change(row, {"done_at": None, "done_by_user_id": None})
        session.flush()
        _finish(session, command, row, "reopened", after={"milestones": undone}, fees=len(undone))
    return Finished(row, len(undone))


def remove_task(session: Session, *, actor: Actor, task_id: int, version: int, key: str | None = None, now: datetime | None = None) -> None:
    """Take a task off the list. Raises NotAllowed while a fee waits for it."""
    actor.require("time.record")
    inputs = {"task_id": task_id, "version": version}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="matter_task.remove", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return
        row = _lock(session, actor, task_id, version, "remove its tasks")
        if row.done_at is None:
            _refuse_waited_for(session, command, row)
        change(row, {"removed_at": command.at})
        session.flush()
        _finish(session, command, row, "removed")


def restore_task(
    session: Session, *, actor: Actor, task_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> MatterTask:
    """Put a removed task back on the list. Raises Conflict, NotAllowed."""
    actor.require("time.record")
    inputs = {"task_id": task_id, "version": version}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="matter_task.restore", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(MatterTask, task_id)
        row = lock_shown(session, MatterTask, firm_id=actor.firm_id, record_id=task_id, noun=NOUN, version=version)
        _refuse_closed(session, actor.firm_id, row.matter_id, "put its tasks back")
        change(row, {"removed_at": None})
        session.flush()
        _finish(session, command, row, "restored")
    return row


def _lock(session: Session, actor: Actor, task_id: int, version: int, deed: str) -> MatterTask:
    """The task as it was shown, standing, on a matter that is not closed; the matter before it, as whoever agrees fees does."""
    mine = (MatterTask.firm_id == actor.firm_id, MatterTask.id == task_id)
    matter_id = session.scalar(select(MatterTask.matter_id).where(*mine))
    if matter_id is not None:
        lock_matter(session, firm_id=actor.firm_id, matter_id=matter_id)
    row = lock_shown(session, MatterTask, firm_id=actor.firm_id, record_id=task_id, noun=NOUN, version=version)
    _refuse_removed(row)
    _refuse_closed(session, actor.firm_id, row.matter_id, deed)
    return row


def _refuse_removed(row: MatterTask) -> None:
    if row.removed_at is not None:
        raise NotFound(REMOVED)


def _refuse_closed(session: Session, firm_id: int, matter_id: int, deed: str) -> None:
    matter = matter_terms(session, firm_terms(session, firm_id), {matter_id})[matter_id]
    if matter.status == "closed":
        raise NotAllowed(f"{matter.label} is closed. Reopen it to {deed}.", code="matter_is_closed")


def _refuse_waited_for(session: Session, command: CommandRecord, row: MatterTask) -> None:
    waiting = waiting_for(session, row, firm_terms(session, row.firm_id).today(command.at))
    if waiting is not None:
        sentence = f"“{waiting.name}” of the fee agreement is due when this is done. Finish the task, or agree the fees anew without it."
        raise NotAllowed(sentence, code="milestone_waits")


def _check_person(session: Session, firm_id: int, matter_id: int, membership_id: int | None) -> None:
    """Refuse, beside `membership_id`, who is not of the firm, may not work on matters, or may not see this one."""
    if membership_id is None:
        return
    query = select(Membership).where(Membership.firm_id == firm_id, Membership.id == membership_id, Membership.is_active)
    person = session.scalars(query).one_or_none()
    if person is None or "time.record" not in ROLE_PERMISSIONS[Role(person.role)]:
        raise InvalidInput("Pick somebody of the list.", field="membership_id")
    admitted = select(MatterAdmission.id).where(MatterAdmission.firm_id == firm_id, MatterAdmission.matter_id == matter_id)
    sees = "matter.see_walled" in ROLE_PERMISSIONS[Role(person.role)] or session.scalar(
        admitted.where(MatterAdmission.membership_id == membership_id)
    )
    if not sees and session.scalar(select(Matter.is_walled).where(Matter.firm_id == firm_id, Matter.id == matter_id)):
        raise InvalidInput("This person may not see the matter. Admit them first, or pick somebody else.", field="membership_id")


def _undo(session: Session, command: CommandRecord, row: MatterTask) -> list[str]:
    try:
        return [one.name for one in undo_by_task(session, command, row)]
    except NotAllowed as error:
        is_billed = error.code == "entry_is_billed"
        what = "is billed. Void the invoice" if is_billed else "is on a pre-bill. Take it off there"
        raise NotAllowed(f"This task made a fee due, and the fee {what} first, then take the task back.", code=error.code) from error


def _finish(
    session: Session,
    command: CommandRecord,
    row: MatterTask,
    deed: str,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    fees: int = 0,
) -> None:
    """Written to the matter, so that it stands in its timeline and open pages of it are told."""
    told = {"matter_task_id": row.id, "title": row.name, **(after or {})}
    was = {"before": dict(before) if before else None, "after": told}
    audit(session, command, action=f"matter_task.{deed}", subject_kind="matter", subject_id=row.matter_id, **was)
    succeed(session, command, matter_task_id=row.id, fees=fees)
