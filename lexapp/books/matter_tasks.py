"""The tasks that an agreement names: found on the matter, or added to it. Shared by tasks and agreements."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.commands import CommandRecord, audit
from lexapp.domain.matter_tasks import plain_name
from lexapp.models import FeeAgreement, MatterTask, Milestone

__all__ = ["add_matter_task", "tasks_named"]


def add_matter_task(
    session: Session,
    command: CommandRecord,
    *,
    matter_id: int,
    name: str,
    note: str = "",
    due_on: date | None = None,
    membership_id: int | None = None,
) -> MatterTask:
    """Insert one task with its audit row. What it says was checked before."""
    said = {"name": " ".join(name.split()), "note": note.strip(), "due_on": due_on, "membership_id": membership_id}
    made = {"created_at": command.at, "created_by_user_id": command.actor.user_id}
    task = MatterTask(firm_id=command.actor.firm_id, matter_id=matter_id, version=1, **said, **made)
    session.add(task)
    session.flush()
    after = {"matter_task_id": task.id, "title": task.name, "due_on": due_on, "membership_id": membership_id}
    audit(session, command, action="matter_task.added", subject_kind="matter", subject_id=matter_id, after=after)
    return task


def tasks_named(session: Session, command: CommandRecord, *, matter_id: int, names: Collection[str]) -> dict[str, int]:
    """The matter's standing tasks by plain name, with one added for each of the names that it has not.

    An open task goes before one that an earlier agreement called so and that was renamed since, and that before one that is done.
    """
    known = _known(session, command.actor.firm_id, matter_id)
    for name in names:
        if plain_name(name) not in known:
            known[plain_name(name)] = add_matter_task(session, command, matter_id=matter_id, name=name).id
    return known


def _known(session: Session, firm_id: int, matter_id: int) -> dict[str, int]:
    mine = (MatterTask.firm_id == firm_id, MatterTask.matter_id == matter_id, MatterTask.removed_at.is_(None))
    tasks = session.scalars(select(MatterTask).where(*mine).order_by(MatterTask.id)).all()
    agreed = (
        select(Milestone.due_task, MatterTask.id)
        .join(MatterTask, (MatterTask.firm_id == Milestone.firm_id) & (MatterTask.id == Milestone.task_id))
        .join(FeeAgreement, (FeeAgreement.firm_id == Milestone.firm_id) & (FeeAgreement.id == Milestone.fee_agreement_id))
        .where(*mine, FeeAgreement.removed_at.is_(None))
        .order_by(Milestone.id)
    )
    done = {plain_name(task.name): task.id for task in tasks if task.done_at is not None}
    called = {plain_name(name): id_ for name, id_ in session.execute(agreed)}
    still_open = {plain_name(task.name): task.id for task in reversed(tasks) if task.done_at is None}
    return done | called | still_open
