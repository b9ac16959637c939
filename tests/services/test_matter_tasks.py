"""Tasks of matters, and the fees that an agreement makes due by them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.domain.agreements import Coverage, Due, EarnedBasis, Flat, Hourly, Milestones, Part
from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import Role
from lexapp.models import AuditEvent, EarnedTransfer, FixedFeeEntry, Matter, MatterAdmission, MatterTask, Milestone
from lexapp.queries.verification import verify
from lexapp.services.fee_agreements import Cancellation, cancel_fee, reach_milestone, remove_agreement, undo_milestone
from lexapp.services.invoices import issue_invoices
from lexapp.services.matter_tasks import TaskFacts, add_task, change_task, complete_task, remove_task, restore_task
from lexapp.services.pre_bills import approve_pre_bills, draft_fee
from tests.agreed_fees import agree, fees, milestones, reach, refused
from tests.factories import NOW, TODAY, World, make_matter, make_member, make_world
from tests.tasks import add, finish, take_back, tasks_of
from tests.trust_money import put_in

FILED = Due.when_done("Answer filed")
ANSWER = Flat(name="Answer", amount_minor=250_000, due=FILED, pays_for=Coverage())


@pytest.fixture
def world(session: Session) -> Iterator[World]:
    made = make_world(session)
    yield made
    session.rollback()
    assert verify(session, made.firm_id) == []


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def told(session: Session, action: str) -> list[dict[str, Any]]:
    session.rollback()
    return [dict(row.after or {}) for row in session.scalars(select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id))]


def standing(session: Session, milestone: Milestone) -> bool:
    session.rollback()
    session.refresh(milestone)
    entry = session.get(FixedFeeEntry, milestone.fixed_fee_entry_id) if milestone.fixed_fee_entry_id else None
    return entry is not None and entry.discarded_at is None


def test_a_task_is_added_once_changed_done_and_taken_back(session: Session, world: World, matter: Matter) -> None:
    timekeeper = make_member(session, world.owner, Role.TIMEKEEPER)
    facts = TaskFacts(name="  File   the answer ", due_on=TODAY, membership_id=timekeeper.membership_id)
    ids = {add_task(session, actor=timekeeper, matter_id=matter.id, facts=facts, key="one-press-00", now=NOW).id for _ in range(2)}
    [task] = tasks_of(session, matter)
    assert (ids, task.name, task.due_on) == ({task.id}, "File the answer", TODAY)
    new = TaskFacts(name="File the answer", note="By courier")
    change_task(session, actor=timekeeper, task_id=task.id, version=1, facts=new, now=NOW)
    stale = {"actor": timekeeper, "task_id": task.id, "version": 1, "now": NOW}
    assert isinstance(refused(lambda: change_task(session, facts=new, **stale)), Conflict)
    assert isinstance(refused(lambda: complete_task(session, **stale)), Conflict)
    done = finish(session, timekeeper, task)
    assert (done.fees, done.task.done_at, done.task.done_by_user_id) == (0, NOW, timekeeper.user_id)
    assert isinstance(refused(lambda: finish(session, timekeeper, task)), Conflict)
    assert take_back(session, timekeeper, task).task.done_at is None
    assert [row["title"] for row in told(session, "matter_task.done")] == ["File the answer"]


@pytest.mark.parametrize(
    ("role", "may"), [(Role.ASSISTANT, True), (Role.BILLING_MANAGER, True), (Role.BOOKKEEPER, False), (Role.AUDITOR, False)]
)
def test_who_may_work_on_matters_keeps_their_tasks(session: Session, world: World, matter: Matter, role: Role, may: bool) -> None:
    actor = make_member(session, world.owner, role)
    if may:
        assert finish(session, actor, add(session, actor, matter)).task.done_at == NOW
    else:
        assert isinstance(refused(lambda: add(session, actor, matter)), NotAllowed)


@pytest.mark.parametrize(("said", "field"), [({"name": "  "}, "name"), ({"name": "a" * 201}, "name"), ({"note": "a" * 2_001}, "note")])
def test_what_cannot_be_a_task_is_refused_beside_its_field(
    session: Session, world: World, matter: Matter, said: dict[str, str], field: str
) -> None:
    facts = TaskFacts(**{"name": "File", **said})
    assert refused(lambda: add_task(session, actor=world.owner, matter_id=matter.id, facts=facts, now=NOW)).field == field


def test_somebody_who_may_not_see_the_matter_is_not_given_its_tasks(session: Session, world: World, matter: Matter) -> None:
    one, other = (make_member(session, world.owner, Role.TIMEKEEPER) for _ in range(2))
    auditor = make_member(session, world.owner, Role.AUDITOR)
    with transaction(session, world.firm_id):
        session.get_one(Matter, matter.id).is_walled = True
        session.add(MatterAdmission(firm_id=world.firm_id, matter_id=matter.id, membership_id=one.membership_id, admitted_at=NOW))
    assert add(session, world.owner, matter, membership_id=one.membership_id).membership_id == one.membership_id
    add(session, world.owner, matter, membership_id=world.owner.membership_id)
    for person in (other.membership_id, auditor.membership_id, 999_999):
        error = refused(lambda person=person: add(session, world.owner, matter, membership_id=person))  # type: ignore[misc]
        assert (type(error), error.field) == (InvalidInput, "membership_id")


def test_a_closed_matter_takes_no_tasks_and_changes_none(session: Session, world: World, matter: Matter) -> None:
    task = add(session, world.owner, matter)
    with transaction(session, world.firm_id):
        row = session.get_one(Matter, matter.id)
        row.status, row.closed_on = "closed", TODAY
    assert "is closed. Reopen it to add a task." in refused(lambda: add(session, world.owner, matter)).message
    assert "is closed. Reopen it to finish its tasks." in refused(lambda: finish(session, world.owner, task)).message


def test_a_removed_task_comes_back_and_is_not_done_meanwhile(session: Session, world: World, matter: Matter) -> None:
    task = add(session, world.owner, matter)
    remove_task(session, actor=world.owner, task_id=task.id, version=1, now=NOW)
    assert isinstance(refused(lambda: finish(session, world.owner, task)), NotFound)
    assert restore_task(session, actor=world.owner, task_id=task.id, version=2, now=NOW).removed_at is None
    assert finish(session, world.owner, task).task.done_at == NOW


def test_an_agreement_adds_the_tasks_that_it_names_and_takes_those_that_stand(session: Session, world: World, matter: Matter) -> None:
    kept = add(session, world.owner, matter, "answer  FILED")
    parts = (Part("Answer", 1_000, FILED), Part("Discovery", 2_000, Due.when_done("Last deposition")), Part("Trial", 3_000))
    made = agree(session, world, matter, Milestones(parts=parts))
    assert [task.name for task in tasks_of(session, matter)] == ["answer FILED", "Last deposition"]
    assert [one.task_id for one in milestones(session, made)] == [kept.id, tasks_of(session, matter)[1].id, None]


def test_finishing_a_task_reaches_its_milestone_whoever_finishes_it(session: Session, world: World, matter: Matter) -> None:
    put_in(session, world, matter, 300_000)
    [milestone] = milestones(session, agree(session, world, matter, ANSWER))
    [task] = tasks_of(session, matter)
    timekeeper = make_member(session, world.owner, Role.TIMEKEEPER)
    stranger = {"actor": timekeeper, "milestone_id": milestone.id, "version": milestone.version, "reached_on": TODAY, "now": NOW}
    assert isinstance(refused(lambda: reach_milestone(session, **stranger)), NotAllowed)
    assert finish(session, timekeeper, task).fees == 1
    assert standing(session, milestone)
    entry = session.get_one(FixedFeeEntry, milestone.fixed_fee_entry_id)
    assert (entry.charged_on, entry.amount_minor, entry.description) == (TODAY, 250_000, "Answer")
    assert session.scalars(select(EarnedTransfer.fixed_fee_entry_id)).all() == [entry.id]
    [row] = told(session, "milestone.reached")
    assert (row["by_task"], row["matter_task_id"]) == ("Answer filed", task.id)
    assert told(session, "matter_task.done")[0]["milestones"] == ["Answer"]


def test_taking_a_task_back_undoes_its_milestone_while_it_is_unbilled(session: Session, world: World, matter: Matter) -> None:
    put_in(session, world, matter, 300_000)
    [milestone] = milestones(session, agree(session, world, matter, ANSWER))
    [task] = tasks_of(session, matter)
    finish(session, world.owner, task)
    assert take_back(session, world.owner, task).fees == 1
    assert not standing(session, milestone)
    assert session.scalars(select(EarnedTransfer).where(EarnedTransfer.withdrawn_at.is_(None))).all() == []
    finish(session, world.owner, task)
    assert fees(session, matter) == [250_000]


def test_a_task_whose_fee_is_on_a_pre_bill_or_billed_stays_done(session: Session, world: World, matter: Matter) -> None:
    [milestone] = milestones(session, agree(session, world, matter, ANSWER))
    [task] = tasks_of(session, matter)
    finish(session, world.owner, task)
    assert standing(session, milestone)
    bills = draft_fee(session, actor=world.owner, fixed_fee_entry_id=milestone.fixed_fee_entry_id or 0, now=NOW)
    first = refused(lambda: take_back(session, world.owner, task))
    assert first.message == "This task made a fee due, and the fee is on a pre-bill. Take it off there first, then take the task back."
    session.rollback()
    approve_pre_bills(session, actor=world.owner, pre_bill_ids=bills, now=NOW)
    session.rollback()
    issue_invoices(session, actor=world.owner, pre_bill_ids=bills, issued_on=TODAY, now=NOW)
    second = refused(lambda: take_back(session, world.owner, task))
    assert second.message == "This task made a fee due, and the fee is billed. Void the invoice first, then take the task back."
    assert tasks_of(session, matter)[0].done_at is not None


def test_a_milestone_that_was_reached_by_hand_does_not_hang_on_its_task(session: Session, world: World, matter: Matter) -> None:
    [milestone] = milestones(session, agree(session, world, matter, ANSWER))
    [task] = tasks_of(session, matter)
    reach(session, world, milestone)
    assert finish(session, world.owner, task).fees == 0
    assert take_back(session, world.owner, task).fees == 0
    assert standing(session, milestone)


def test_a_milestone_that_was_undone_by_hand_waits_for_a_person(session: Session, world: World, matter: Matter) -> None:
    [milestone] = milestones(session, agree(session, world, matter, ANSWER))
    [task] = tasks_of(session, matter)
    finish(session, world.owner, task)
    session.refresh(milestone)
    version = milestone.version
    session.rollback()
    undo_milestone(session, actor=world.owner, milestone_id=milestone.id, version=version, now=NOW)
    assert take_back(session, world.owner, task).fees == 0
    assert finish(session, world.owner, task).fees == 1


def test_an_open_task_that_a_fee_waits_for_is_not_removed(session: Session, world: World, matter: Matter) -> None:
    agree(session, world, matter, ANSWER)
    [task] = tasks_of(session, matter)
    gone = {"actor": world.owner, "task_id": task.id, "now": NOW}
    error = refused(lambda: remove_task(session, version=1, **gone))
    assert error.message == "“Answer” of the fee agreement is due when this is done. Finish the task, or agree the fees anew without it."
    agree(session, world, matter, Hourly(), since=TODAY)
    remove_task(session, version=1, **gone)


def test_a_new_agreement_carries_the_task_on_under_any_name(session: Session, world: World, matter: Matter) -> None:
    agree(session, world, matter, ANSWER, since=TODAY - timedelta(days=9))
    [task] = tasks_of(session, matter)
    renamed = TaskFacts(name="File the answer in state court")
    change_task(session, actor=world.owner, task_id=task.id, version=1, facts=renamed, now=NOW)
    new = agree(session, world, matter, ANSWER, Hourly(), since=TODAY)
    assert [one.task_id for one in milestones(session, new)] == [task.id]
    assert [one.id for one in tasks_of(session, matter)] == [task.id]
    assert finish(session, world.owner, task).fees == 1
    assert fees(session, matter) == [250_000]
    take_back(session, world.owner, task)
    assert fees(session, matter) == []


def test_what_was_reached_before_a_new_agreement_is_taken_back_under_it_too(session: Session, world: World, matter: Matter) -> None:
    agree(session, world, matter, ANSWER, since=TODAY - timedelta(days=9))
    [task] = tasks_of(session, matter)
    finish(session, world.owner, task)
    [carried] = milestones(session, agree(session, world, matter, ANSWER, Hourly(), since=TODAY))
    assert standing(session, carried)
    assert take_back(session, world.owner, task).fees == 1
    assert not standing(session, carried)
    assert finish(session, world.owner, task).fees == 1
    assert fees(session, matter) == [250_000]


def test_only_the_agreement_in_force_makes_a_fee_due(session: Session, world: World, matter: Matter) -> None:
    agree(session, world, matter, ANSWER, since=TODAY - timedelta(days=9))
    later = agree(session, world, matter, Hourly(), since=TODAY)
    [task] = tasks_of(session, matter)
    assert finish(session, world.owner, task).fees == 0
    take_back(session, world.owner, task)
    session.refresh(later)
    version = later.version
    session.rollback()
    remove_agreement(session, actor=world.owner, agreement_id=later.id, version=version, now=NOW)
    assert finish(session, world.owner, task).fees == 1


def test_a_cancelled_fee_is_not_made_due_by_its_task(session: Session, world: World, matter: Matter) -> None:
    made = agree(session, world, matter, ANSWER)
    [milestone] = milestones(session, made)
    told_why = Cancellation(term_id=milestone.fee_term_id, ended_on=TODAY, basis=EarnedBasis.REACHED, reason="Settled")
    version = made.version
    session.rollback()
    cancel_fee(session, actor=world.owner, agreement_version=version, cancellation=told_why, now=NOW)
    [task] = tasks_of(session, matter)
    assert finish(session, world.owner, task).fees == 0
    assert fees(session, matter) == []


def test_two_fees_due_by_one_task_are_recorded_once_each(session: Session, world: World, matter: Matter) -> None:
    other = Flat(name="Filing bonus", amount_minor=10_000, due=Due.when_done("answer filed"), pays_for=Coverage())
    agree(session, world, matter, ANSWER, other)
    [task] = tasks_of(session, matter)
    again = {"actor": world.owner, "task_id": task.id, "version": 1, "key": "one-press-00", "now": NOW}
    session.rollback()
    assert [complete_task(session, **again).fees for _ in range(2)] == [2, 2]
    assert fees(session, matter) == [250_000, 10_000]
    assert session.scalars(select(MatterTask.version)).all() == [2]
