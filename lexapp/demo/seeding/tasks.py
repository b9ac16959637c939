"""What is to be done on the two matters with agreed fees: due, overdue, done, and the tasks that their fees are due by."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select

from lexapp.database import today_in
from lexapp.demo.seeding.people import Seeded
from lexapp.models import Firm, MatterTask
from lexapp.services.matter_tasks import TaskFacts, add_task, change_task, complete_task

FILING, DEFENSE = {"Application filed": 9}, {"Last deposition": 4, "Pre-trial order": 41}
"""Tasks that the agreements name, and in how many days they are due."""


def add_tasks(seeded: Seeded, filing: int, defense: int, now: datetime) -> None:
    """The first milestone of the defense is reached by its task; everything else waits."""
    session, actor = seeded.session, seeded.actor
    today = today_in(session.get_one(Firm, actor.firm_id).time_zone, now)
    session.rollback()
    for matter_id, name, days, note in (
        (filing, "Order the full search report", -6, "Vendor has the classes already."),
        (filing, "Client to confirm the specimen of use", 2, ""),
        (defense, "Send the claims desk a budget for discovery", -2, "They asked for it by phase."),
    ):
        facts = TaskFacts(name=name, due_on=today + timedelta(days=days), membership_id=actor.membership_id, note=note)
        add_task(session, actor=actor, matter_id=matter_id, facts=facts, now=now)
    for matter_id, named in ((filing, FILING), (defense, DEFENSE)):
        for name, days in named.items():
            _give(seeded, matter_id, name, today + timedelta(days=days), now)
    for matter_id, name in ((filing, "Order the full search report"), (defense, "Answer filed")):
        task = _task(seeded, matter_id, name)
        complete_task(session, actor=actor, task_id=task.id, version=task.version, now=now)


def _give(seeded: Seeded, matter_id: int, name: str, due_on: date, now: datetime) -> None:
    task = _task(seeded, matter_id, name)
    facts = TaskFacts(name=name, due_on=due_on, membership_id=seeded.actor.membership_id)
    change_task(seeded.session, actor=seeded.actor, task_id=task.id, version=task.version, facts=facts, now=now)


def _task(seeded: Seeded, matter_id: int, name: str) -> MatterTask:
    mine = (MatterTask.firm_id == seeded.actor.firm_id, MatterTask.matter_id == matter_id, MatterTask.name == name)
    found = seeded.session.scalars(select(MatterTask).where(*mine)).one()
    seeded.session.rollback()
    return found
