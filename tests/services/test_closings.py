"""A matter is not closed while something is left of its fees as agreed; the sentence says what to do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.agreements import Due, Flat, SuccessFee
from lexapp.domain.contingency import Stage
from lexapp.domain.errors import NotAllowed, Refused
from lexapp.models import FeeTerm, Matter
from lexapp.services.contingency import RecoveryFacts, record_recovery, remove_recovery
from lexapp.services.fee_agreements import record_result, undo_agreed_fee, undo_milestone
from lexapp.services.matters import change_matter_status
from tests.agreed_fees import FLAT, agree, milestones, reach, refused
from tests.factories import NOW, TODAY, World, make_matter, make_world
from tests.tasks import add, finish, take_back


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def close(session: Session, world: World, matter: Matter) -> Matter:
    session.rollback()
    session.refresh(matter)
    given = {"matter_id": matter.id, "action": "close", "version": matter.version, "anyway": True}
    session.rollback()
    return change_matter_status(session, actor=world.owner, **given, now=NOW)  # type: ignore[arg-type]


def refusal(session: Session, world: World, matter: Matter) -> Refused:
    found = refused(lambda: close(session, world, matter))
    session.rollback()
    assert isinstance(found, NotAllowed)
    return found


def test_an_unsettled_recovery_keeps_a_matter_open(session: Session, world: World, matter: Matter) -> None:
    facts = RecoveryFacts(TODAY, 100_000, "Harbor Mutual", Stage.TRIAL)
    row = record_recovery(session, actor=world.owner, matter_id=matter.id, facts=facts, now=NOW)
    found = refusal(session, world, matter)
    assert (found.code, "from Harbor Mutual is not settled. Settle it" in found.message) == ("settlement_is_open", True)
    remove_recovery(session, actor=world.owner, recovery_id=row.id, version=row.version, now=NOW)
    assert close(session, world, matter).status == "closed"


def test_a_milestone_that_is_due_and_one_that_is_unbilled_keep_a_matter_open(session: Session, world: World, matter: Matter) -> None:
    due = Flat(name="Discovery", amount_minor=5_000, due=Due.on_day(TODAY))
    agreement = agree(session, world, matter, due)
    found = refusal(session, world, matter)
    assert (found.code, "“Discovery” was due on Nov 23, 2026" in found.message) == ("milestone_is_due", True)
    reach(session, world, milestones(session, agreement)[0])
    found = refusal(session, world, matter)
    assert (found.code, "“Discovery” of" in found.message) == ("fee_is_unbilled", True)


def test_a_milestone_whose_task_is_done_keeps_a_matter_open_until_it_is_reached(session: Session, world: World, matter: Matter) -> None:
    task = add(session, world.owner, matter, "Answer filed")
    finish(session, world.owner, task)
    agreement = agree(session, world, matter, Flat(name="Answer", amount_minor=5_000, due=Due.when_done("answer filed")))
    found = refusal(session, world, matter)
    assert (found.code, "“Answer” is due, because its task is done, and is not reached." in found.message) == ("milestone_is_due", True)
    take_back(session, world.owner, task)
    finish(session, world.owner, task)
    assert refusal(session, world, matter).code == "fee_is_unbilled"
    assert milestones(session, agreement)[0].is_by_task


def test_a_milestone_that_waits_for_a_hand_or_a_later_day_does_not(session: Session, world: World, matter: Matter) -> None:
    later = Flat(name="Trial", amount_minor=5_000, due=Due.on_day(TODAY + timedelta(days=1)))
    agree(session, world, matter, later)
    assert close(session, world, matter).status == "closed"
    other = make_matter(session, world.owner)
    agreement = agree(session, world, other, FLAT)
    reach(session, world, milestones(session, agreement)[0])
    assert refusal(session, world, other).code == "fee_is_unbilled"
    one = milestones(session, agreement)[0]
    session.rollback()
    undo_milestone(session, actor=world.owner, milestone_id=one.id, version=one.version, now=NOW)
    assert close(session, world, other).status == "closed"


def test_a_success_fee_that_is_unbilled_keeps_a_matter_open(session: Session, world: World, matter: Matter) -> None:
    agreement = agree(session, world, matter, SuccessFee(name="Success fee", basis_points=1_000))
    term_id = session.scalars(select(FeeTerm.id).where(FeeTerm.fee_agreement_id == agreement.id)).one()
    session.rollback()
    row = record_result(session, actor=world.owner, fee_term_id=term_id, value_minor=50_000, achieved_on=TODAY, now=NOW)
    assert refusal(session, world, matter).code == "fee_is_unbilled"
    undo_agreed_fee(session, actor=world.owner, agreed_fee_id=row.id, version=row.version, now=NOW)
    assert close(session, world, matter).status == "closed"
