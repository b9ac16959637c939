"""A milestone is reached once, by hand or by its task, also where both come at once; and its old fee stays out beside the new one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy.orm import Session

from lexapp.domain.agreements import Coverage, Due, EarnedBasis, Flat
from lexapp.domain.errors import NotAllowed
from lexapp.models import FixedFeeEntry, Matter
from lexapp.queries.verification import verify
from lexapp.services.fee_agreements import Cancellation, cancel_fee, cancelling, reach_milestone, undo_milestone
from lexapp.services.fee_agreements import milestones as by_hand
from lexapp.services.fixed_fees import restore_fixed_fee
from lexapp.services.matter_tasks import complete_task
from tests.agreed_fees import agree, fees, milestones, reach, refused
from tests.databases import Database
from tests.factories import NOW, TODAY, World, make_matter, make_world
from tests.services.test_lock_order import wait_until_somebody_waits
from tests.tasks import finish, tasks_of

ANSWER = Flat(name="Answer", amount_minor=250_000, due=Due.when_done("Answer filed"), pays_for=Coverage())


@pytest.fixture
def world(session: Session) -> Iterator[World]:
    made = make_world(session)
    yield made
    session.rollback()
    assert verify(session, made.firm_id) == []


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.mark.parametrize("how", ["reached", "cancelled"])
@pytest.mark.parametrize("engine", ["postgresql"])
def test_a_task_that_is_finished_meanwhile_waits_and_records_no_second_fee(
    database: Database, session: Session, world: World, matter: Matter, monkeypatch: pytest.MonkeyPatch, engine: str, how: str
) -> None:
    made = agree(session, world, matter, ANSWER)
    [milestone], [task] = milestones(session, made), tasks_of(session, matter)
    finished = {"actor": world.owner, "task_id": task.id, "version": task.version, "now": NOW}
    cancelled = Cancellation(term_id=milestone.fee_term_id, ended_on=TODAY, basis=EarnedBasis.REACHED, reason="Settled")
    reached = {"milestone_id": milestone.id, "version": milestone.version, "reached_on": TODAY}
    agreed_version = made.version
    session.rollback()

    def finish_at_once() -> int:
        with Session(database.engine, autoflush=False) as own:
            return complete_task(own, **finished).fees

    with ThreadPoolExecutor(1) as pool:
        if how == "reached":
            late = meanwhile(monkeypatch, by_hand, "reach", lambda: pool.submit(finish_at_once), database)
            reach_milestone(session, actor=world.owner, **reached, now=NOW)
        else:
            late = meanwhile(monkeypatch, cancelling, "_settle", lambda: pool.submit(finish_at_once), database)
            cancel_fee(session, actor=world.owner, agreement_version=agreed_version, cancellation=cancelled, now=NOW)
        assert late[0].result(timeout=30) == 0
    session.rollback()
    assert fees(session, matter) == ([250_000] if how == "reached" else [])


def meanwhile(patch: pytest.MonkeyPatch, module: ModuleType, step: str, begin: Any, database: Database) -> list[Future[int]]:
    """Let somebody else begin after a step of a command, and wait for it, before the command is committed."""
    begun: list[Future[int]] = []
    real = getattr(module, step)

    def slowly(*given: Any, **named: Any) -> Any:
        done = real(*given, **named)
        begun.append(begin())
        wait_until_somebody_waits(database)
        return done

    patch.setattr(module, step, slowly)
    return begun


@pytest.mark.parametrize("anew", ["by_hand", "by_task"])
def test_the_fee_that_was_discarded_is_not_brought_back_beside_the_new_one(
    session: Session, world: World, matter: Matter, anew: str
) -> None:
    made = agree(session, world, matter, ANSWER)
    old = reach(session, world, milestones(session, made)[0])
    reached = milestones(session, made)[0]
    undo_milestone(session, actor=world.owner, milestone_id=reached.id, version=reached.version, now=NOW)
    session.refresh(old)
    back: dict[str, Any] = {"actor": world.owner, "entry_id": old.id, "version": old.version, "now": NOW}
    session.rollback()
    assert refused(lambda: restore_fixed_fee(session, **back)).code == "fee_is_agreed"
    session.rollback()
    if anew == "by_task":
        assert finish(session, world.owner, tasks_of(session, matter)[0]).fees == 1
    else:
        reach(session, world, milestones(session, made)[0])
    error = refused(lambda: restore_fixed_fee(session, **back))
    assert (type(error), error.code) == (NotAllowed, "milestone_reached")
    session.rollback()
    assert fees(session, matter) == [250_000]
    assert session.get_one(FixedFeeEntry, old.id).discarded_at is not None
