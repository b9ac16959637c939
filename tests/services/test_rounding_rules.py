"""Dated rounding rules: agreed, ended, removed, and what they make of time that is recorded; never of time that was."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import Role
from lexapp.models import AuditEvent, Matter, RoundingRule, TimeEntry
from lexapp.services.rounding_rules import NewRoundingRule, add_rounding_rule, end_rounding_rule, remove_rounding_rule
from lexapp.services.time_entries import TimeRow, Work, edit_time, record_time, record_time_entries
from tests.factories import NOW, OPENED, TODAY, World, make_matter, make_member, make_rounding, make_world

QUARTER = NewRoundingRule(increment_seconds=900, effective_from=OPENED)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def work(world: World, matter: Matter) -> Work:
    return Work(matter.id, world.partner.id, TODAY, 7 * 60, "Call re berth logs", activity_code="A106")


def record(session: Session, world: World, work: Work) -> TimeEntry:
    return record_time(session, actor=world.owner, work=work, now=NOW)


def add(session: Session, world: World, rule: NewRoundingRule) -> int:
    return add_rounding_rule(session, actor=world.owner, rule=rule, now=NOW).id


def test_time_is_rounded_by_the_strongest_rule_of_its_own_day(session: Session, world: World, matter: Matter, work: Work) -> None:
    assert record(session, world, work).quantity_hundredths == 20
    add(session, world, QUARTER)
    assert record(session, world, work).quantity_hundredths == 25
    add(session, world, NewRoundingRule(increment_seconds=1800, effective_from=OPENED, client_id=matter.client_id))
    assert record(session, world, work).quantity_hundredths == 50
    minute = NewRoundingRule(increment_seconds=60, increment_direction="nearest", effective_from=TODAY, matter_id=matter.id)
    add(session, world, minute)
    add(session, world, replace(minute, activity_code="A106", minimum_seconds=900))
    entry = record(session, world, work)
    assert (entry.quantity_hundredths, entry.rounding_reason["winner"]["activity"]) == (25, "A106")
    assert record(session, world, replace(work, activity_code="A103")).quantity_hundredths == 12
    assert record(session, world, replace(work, worked_on=TODAY - timedelta(days=1))).quantity_hundredths == 50


def test_a_new_rule_ends_the_one_before_and_is_ended_by_a_later_one(session: Session, world: World) -> None:
    first = add_rounding_rule(session, actor=world.owner, rule=QUARTER, now=NOW)
    add(session, world, replace(QUARTER, effective_from=date(2026, 9, 1), increment_seconds=600))
    middle = add_rounding_rule(session, actor=world.owner, rule=replace(QUARTER, effective_from=date(2026, 5, 1)), now=NOW)
    session.refresh(first)
    assert (first.effective_to, middle.effective_to) == (date(2026, 4, 30), date(2026, 8, 31))
    for wrong in (
        replace(QUARTER, effective_to=date(2026, 12, 31), effective_from=date(2026, 8, 1)),
        replace(QUARTER, effective_from=date(2026, 5, 1)),
        replace(QUARTER, effective_to=OPENED - timedelta(days=1)),
        replace(QUARTER, increment_seconds=0),
        replace(QUARTER, minimum_seconds=86_401),
        replace(QUARTER, increment_direction="sideways"),
        replace(QUARTER, activity_code="Z999"),
        replace(QUARTER, matter_id=99_999),
    ):
        with pytest.raises(InvalidInput):
            add(session, world, wrong)


def test_changing_rules_never_changes_what_is_recorded(session: Session, world: World, work: Work) -> None:
    rule_id = add(session, world, QUARTER)
    entry = record(session, world, work)
    kept = (entry.quantity_hundredths, entry.amount_minor, dict(entry.rounding_reason), entry.version)
    remove_rounding_rule(session, actor=world.owner, rule_id=rule_id, version=1, now=NOW)
    add(session, world, replace(QUARTER, increment_seconds=3600))
    session.refresh(entry)
    assert (entry.quantity_hundredths, entry.amount_minor, dict(entry.rounding_reason), entry.version) == kept
    again = replace(work, recorded_seconds=16 * 60)
    edited = edit_time(session, actor=world.owner, entry_id=entry.id, version=entry.version, work=again, now=NOW)
    assert edited.quantity_hundredths == 50, "the entry keeps the rule it was rounded by"
    assert record(session, world, work).quantity_hundredths == 100


def test_a_change_of_activity_asks_for_the_rule_anew(session: Session, world: World, work: Work) -> None:
    make_rounding(session, world.owner, 1800, activity_code="A103")
    entry = record(session, world, work)
    edited = edit_time(
        session, actor=world.owner, entry_id=entry.id, version=entry.version, work=replace(work, activity_code="A103"), now=NOW
    )
    assert (edited.quantity_hundredths, edited.amount_minor) == (50, 250_00)


def test_a_day_is_one_group_for_each_rule_and_an_old_group_keeps_its_own(session: Session, world: World, work: Work) -> None:
    rule_id = make_rounding(session, world.owner, 360, per_day=True).id
    two_minutes = replace(work, recorded_seconds=120)
    first = [record(session, world, two_minutes) for _ in range(3)]
    remove_rounding_rule(session, actor=world.owner, rule_id=rule_id, version=1, now=NOW)
    make_rounding(session, world.owner, 1800, per_day=True)
    other = record(session, world, two_minutes)
    quantities = list(session.scalars(select(TimeEntry.quantity_hundredths).order_by(TimeEntry.id)))
    assert quantities == [4, 3, 3, 50]
    assert len({entry.rounding_group for entry in first}) == 1
    assert other.rounding_group != first[0].rounding_group
    longer = replace(two_minutes, recorded_seconds=600)
    edit_time(session, actor=world.owner, entry_id=first[0].id, version=first[0].version, work=longer, now=NOW)
    quantities = list(session.scalars(select(TimeEntry.quantity_hundredths).order_by(TimeEntry.id)))
    assert (sum(quantities[:3]), quantities[3]) == (30, 50)


def test_what_was_billed_elsewhere_joins_no_group(session: Session, world: World, work: Work) -> None:
    make_rounding(session, world.owner, 360, per_day=True)
    row = TimeRow(work.matter_id, work.timekeeper_id, TODAY, 1200, quantity_hundredths=33)
    record_time_entries(session, actor=world.owner, rows=[row], now=NOW)
    record(session, world, work)
    found = session.execute(select(TimeEntry.quantity_hundredths, TimeEntry.rounding_group).order_by(TimeEntry.id)).all()
    assert (found[0], found[1][0]) == ((33, ""), 20)


def test_a_rule_is_ended_within_its_days_and_found_no_more_once_removed(session: Session, world: World, work: Work) -> None:
    rule_id = add(session, world, QUARTER)
    with pytest.raises(InvalidInput, match="starts on"):
        end_rounding_rule(session, actor=world.owner, rule_id=rule_id, version=1, effective_to=OPENED - timedelta(days=1), now=NOW)
    end_rounding_rule(session, actor=world.owner, rule_id=rule_id, version=1, effective_to=TODAY - timedelta(days=1), now=NOW)
    assert record(session, world, work).quantity_hundredths == 20
    with pytest.raises(InvalidInput, match="ends on"):
        end_rounding_rule(session, actor=world.owner, rule_id=rule_id, version=2, effective_to=TODAY, now=NOW)
    remove_rounding_rule(session, actor=world.owner, rule_id=rule_id, version=2, now=NOW)
    with pytest.raises(NotFound):
        remove_rounding_rule(session, actor=world.owner, rule_id=rule_id, version=3, now=NOW)
    done = set(session.scalars(select(AuditEvent.action)))
    assert {"rounding_rule.added", "rounding_rule.ended", "rounding_rule.removed"} <= done


def test_of_two_who_end_a_rule_the_second_is_told(session: Session, world: World) -> None:
    rule_id = add(session, world, QUARTER)
    end_rounding_rule(session, actor=world.owner, rule_id=rule_id, version=1, effective_to=TODAY, now=NOW)
    with pytest.raises(Conflict, match="Somebody changed this rule"):
        end_rounding_rule(session, actor=world.owner, rule_id=rule_id, version=1, effective_to=OPENED, now=NOW)
    with pytest.raises(Conflict, match="after you opened the page"):
        remove_rounding_rule(session, actor=world.owner, rule_id=rule_id, version=1, now=NOW)
    session.rollback()
    kept = session.get_one(RoundingRule, rule_id)
    assert (kept.effective_to, kept.version, kept.removed_at) == (TODAY, 2, None)
    add(session, world, replace(QUARTER, effective_from=TODAY))
    with pytest.raises(Conflict, match="Somebody changed this rule"):
        end_rounding_rule(session, actor=world.owner, rule_id=rule_id, version=2, effective_to=OPENED, now=NOW)


def test_who_edits_no_rates_agrees_no_rounding(session: Session, world: World) -> None:
    assistant = make_member(session, world.owner, Role.ASSISTANT)
    with pytest.raises(NotAllowed):
        add_rounding_rule(session, actor=assistant, rule=QUARTER, now=NOW)
