"""Tasks of matters for tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Actor
from lexapp.models import Matter, MatterTask
from lexapp.services.matter_tasks import Finished, TaskFacts, add_task, complete_task, reopen_task
from tests.factories import NOW


def add(session: Session, actor: Actor, matter: Matter, name: str = "File the answer", **said: Any) -> MatterTask:
    session.rollback()
    return add_task(session, actor=actor, matter_id=matter.id, facts=TaskFacts(name=name, **said), now=NOW)


def finish(session: Session, actor: Actor, task: MatterTask) -> Finished:
    return complete_task(session, actor=actor, task_id=task.id, version=_version(session, task), now=NOW)


def take_back(session: Session, actor: Actor, task: MatterTask) -> Finished:
    return reopen_task(session, actor=actor, task_id=task.id, version=_version(session, task), now=NOW)


def tasks_of(session: Session, matter: Matter) -> list[MatterTask]:
    session.rollback()
    query = select(MatterTask).where(MatterTask.matter_id == matter.id).order_by(MatterTask.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _version(session: Session, task: MatterTask) -> int:
    session.rollback()
    session.refresh(task)
    version = task.version
    session.rollback()
    return version


def seed_tasks(session: Session, actor: Actor, matter: Matter, words: Callable[[str], str], *, today: date) -> None:
    """One that is overdue and one's own, one that is done, one without anything."""
    for name, said in (("Late", {"due_on": today - timedelta(days=2), "membership_id": actor.membership_id}), ("Done", {}), ("Bare", {})):
        facts = TaskFacts(name=words(name)[:200], note=words("See the file"), **said)
        task = add_task(session, actor=actor, matter_id=matter.id, facts=facts)
        if name == "Done":
            complete_task(session, actor=actor, task_id=task.id, version=task.version)
