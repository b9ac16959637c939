"""A reduction agreed for an entry, as an import leaves it, never exceeds what the entry is worth, whatever changes the entry."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.models import ExpenseEntry, Matter, TimeEntry
from lexapp.services.expense_entries import Expense, edit_expense, record_expense
from lexapp.services.rate_applications import RateScope, apply_rates, preview_rates
from lexapp.services.time_entries import Work, edit_time, record_time
from tests.factories import NOW, TODAY, World, make_matter, make_rate, make_rounding, make_world


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def work(world: World, matter: Matter) -> Work:
    return Work(matter.id, world.partner.id, TODAY, 4320, "Draft motion to compel")


def reduced(session: Session, world: World, work: Work, minor: int) -> TimeEntry:
    entry = record_time(session, actor=world.owner, work=work, now=NOW)
    with transaction(session, world.firm_id):
        session.execute(update(TimeEntry).where(TimeEntry.id == entry.id).values(adjustment_minor=minor, adjustment_reason="Agreed"))
    return session.get_one(TimeEntry, entry.id)


def test_less_time_takes_the_reduction_along(session: Session, world: World, work: Work) -> None:
    entry = reduced(session, world, work, -200_00)
    shorter = replace(work, recorded_seconds=1080)
    entry = edit_time(session, actor=world.owner, entry_id=entry.id, version=entry.version, work=shorter, now=NOW)
    assert (entry.amount_minor, entry.adjustment_minor) == (150_00, -150_00)
    unbilled = replace(shorter, billing_status="non_billable")
    entry = edit_time(session, actor=world.owner, entry_id=entry.id, version=entry.version, work=unbilled, now=NOW)
    assert (entry.amount_minor, entry.adjustment_minor) == (0, 0)


def test_a_day_that_is_rounded_anew_takes_the_reduction_along(session: Session, world: World, work: Work) -> None:
    make_rounding(session, world.owner, 360, per_day=True)
    minute = replace(work, recorded_seconds=60)
    entry_id = reduced(session, world, minute, -50_00).id
    record_time(session, actor=world.owner, work=minute, now=NOW)
    entry = session.get_one(TimeEntry, entry_id)
    assert (entry.quantity_hundredths, entry.amount_minor, entry.adjustment_minor) == (5, 25_00, -25_00)


def test_a_lower_rate_takes_the_reduction_along(session: Session, world: World, matter: Matter, work: Work) -> None:
    entry_id, scope = reduced(session, world, work, -500_00).id, RateScope(matter_id=matter.id)
    make_rate(session, world.owner, "matter", 100_00, matter_id=matter.id)
    [effect] = preview_rates(session, actor=world.owner, scope=scope).effects
    apply_rates(session, actor=world.owner, scope=scope, entries=1, difference_minor=effect.difference_minor, now=NOW)
    entry = session.get_one(TimeEntry, entry_id)
    assert (entry.amount_minor, entry.adjustment_minor) == (120_00, -120_00)


def test_an_expense_that_is_no_longer_billed_loses_its_reduction(session: Session, world: World, matter: Matter) -> None:
    cost = Expense(matter.id, TODAY, 50_00)
    entry = record_expense(session, actor=world.owner, expense=cost, now=NOW)
    with transaction(session, world.firm_id):
        session.execute(update(ExpenseEntry).where(ExpenseEntry.id == entry.id).values(adjustment_minor=-20_00))
    free = replace(cost, billing_status="no_charge")
    entry = edit_expense(session, actor=world.owner, entry_id=entry.id, version=1, expense=free, now=NOW)
    assert (entry.amount_minor, entry.adjustment_minor) == (0, 0)
