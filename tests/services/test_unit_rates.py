"""Mileage: miles times the rate of their day, rounded once; an expense keeps the rate it was recorded with, and its receipt."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.errors import InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import Role
from lexapp.models import ExpenseEntry, Matter, StoredDocument, UnitRate
from lexapp.services.expense_entries import Expense, ReceiptFile, edit_expense, record_expense
from lexapp.services.unit_rates import NewUnitRate, add_unit_rate, remove_unit_rate
from tests.factories import NOW, OPENED, TODAY, World, make_matter, make_member, make_world

MILEAGE = NewUnitRate(name="Mileage", unit="mile", rate_hundredths=7_250, effective_from=OPENED, code="E110")
PICTURE = ReceiptFile(sha256="a" * 64, media_type="image/jpeg", size_bytes=1234)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def drive(matter: Matter) -> Expense:
    return Expense(matter.id, TODAY, 0, 12_050, "soft", "E110", "To the hearing", unit_rate_name="Mileage")


def record(session: Session, world: World, expense: Expense) -> ExpenseEntry:
    return record_expense(session, actor=world.owner, expense=expense, now=NOW)


def edit(session: Session, world: World, entry: ExpenseEntry, expense: Expense) -> ExpenseEntry:
    return edit_expense(session, actor=world.owner, entry_id=entry.id, version=entry.version, expense=expense, now=NOW)


def test_a_rate_finer_than_money_prints_its_amount_once_with_the_miles_in_words(session: Session, world: World, drive: Expense) -> None:
    add_unit_rate(session, actor=world.owner, rate=MILEAGE, now=NOW)
    entry = record(session, world, drive)
    assert (entry.quantity_hundredths, entry.unit_minor, entry.amount_minor) == (100, 87_36, 87_36)
    assert (entry.units_hundredths, entry.unit_rate_hundredths) == (12_050, 7_250)
    assert entry.description == "To the hearing, 120.50 miles at 0.725"


def test_a_rate_of_whole_cents_prints_miles_times_rate(session: Session, world: World, drive: Expense) -> None:
    add_unit_rate(session, actor=world.owner, rate=replace(MILEAGE, rate_hundredths=7_000), now=NOW)
    entry = record(session, world, drive)
    assert (entry.quantity_hundredths, entry.unit_minor, entry.amount_minor) == (12_050, 70, 84_35)
    assert entry.description == "To the hearing"


def test_an_expense_keeps_its_rate_until_its_day_changes(session: Session, world: World, drive: Expense) -> None:
    first = add_unit_rate(session, actor=world.owner, rate=replace(MILEAGE, rate_hundredths=7_000), now=NOW)
    entry = record(session, world, drive)
    remove_unit_rate(session, actor=world.owner, unit_rate_id=first.id, now=NOW)
    add_unit_rate(session, actor=world.owner, rate=replace(MILEAGE, rate_hundredths=9_000), now=NOW)
    entry = edit(session, world, entry, replace(drive, quantity_hundredths=10_000))
    assert entry.amount_minor == 70_00
    entry = edit(session, world, entry, replace(drive, quantity_hundredths=10_000, incurred_on=TODAY - timedelta(days=1)))
    assert entry.amount_minor == 90_00


def test_a_new_rate_ends_the_one_before(session: Session, world: World, drive: Expense) -> None:
    first = add_unit_rate(session, actor=world.owner, rate=MILEAGE, now=NOW)
    later = add_unit_rate(session, actor=world.owner, rate=replace(MILEAGE, effective_from=TODAY, rate_hundredths=8_000), now=NOW)
    session.refresh(first)
    assert first.effective_to == TODAY - timedelta(days=1)
    assert record(session, world, drive).unit_rate_id == later.id
    with pytest.raises(InvalidInput, match="No rate of this name is in force on Jan 1, 2026"):
        record(session, world, replace(drive, incurred_on=date(2026, 1, 1)))
    with pytest.raises(InvalidInput, match="starts on this day already"):
        add_unit_rate(session, actor=world.owner, rate=MILEAGE, now=NOW)
    remove_unit_rate(session, actor=world.owner, unit_rate_id=later.id, now=NOW)
    with pytest.raises(NotFound):
        remove_unit_rate(session, actor=world.owner, unit_rate_id=later.id, now=NOW)
    assert session.scalar(select(UnitRate.id).where(UnitRate.removed_at.is_(None))) == first.id


@pytest.mark.parametrize("wrong", [{"name": " "}, {"unit": ""}, {"rate_hundredths": 0}, {"code": "Z1"}])
def test_a_rate_that_cannot_be_is_refused(session: Session, world: World, wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        add_unit_rate(session, actor=world.owner, rate=replace(MILEAGE, **wrong), now=NOW)
    with pytest.raises(NotAllowed):
        add_unit_rate(session, actor=make_member(session, world.owner, Role.ASSISTANT), rate=MILEAGE, now=NOW)


def test_a_receipt_is_kept_until_another_takes_its_place_and_both_stay_recorded(session: Session, world: World, matter: Matter) -> None:
    fee = Expense(matter.id, TODAY, 435_00, description="Filing fee")
    entry = record_expense(session, actor=world.owner, expense=fee, receipt=PICTURE, now=NOW)
    first = entry.receipt_id
    entry = edit(session, world, entry, replace(fee, vendor="Clerk"))
    assert entry.receipt_id == first is not None
    other = {"entry_id": entry.id, "version": entry.version, "expense": fee, "receipt": replace(PICTURE, sha256="b" * 64)}
    entry = edit_expense(session, actor=world.owner, now=NOW, **other)  # type: ignore[arg-type]
    kept = session.execute(select(StoredDocument.id, StoredDocument.sha256).order_by(StoredDocument.id)).all()
    assert [sha256[0] for _, sha256 in kept] == ["a", "b"]
    assert entry.receipt_id == kept[1].id
