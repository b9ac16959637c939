"""Closed days: nobody records, changes or discards time and expenses there, except who has a signed exception."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.database import today_in
from lexapp.domain.errors import InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import Actor, Role
from lexapp.models import AuditEvent, Firm, Matter, TimeEntry, TimerEventRow
from lexapp.services.expense_entries import Expense, ExpenseRow, discard_expense, edit_expense, record_expense, record_expense_entries
from lexapp.services.fixed_fees import FixedFee, discard_fixed_fee, edit_fixed_fee, record_fixed_fee, record_fixed_fees
from lexapp.services.rate_applications import RateScope, apply_rates, preview_rates
from lexapp.services.settings import TimeSettings, change_settings
from lexapp.services.time_entries import TimeRow, Work, discard_time, edit_time, record_time, record_time_entries, restore_time
from lexapp.services.time_locks import NewException, end_exception, sign_exception
from lexapp.services.timer_sync import sync_timer_events
from lexapp.services.timer_tray import Choice
from lexapp.services.timer_tray import record_time as record_from_tray
from tests.devices import Phone, key
from tests.factories import NOW, TODAY, World, make_matter, make_member, make_rate, make_world

LAST = TODAY - timedelta(days=20)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def work(world: World, matter: Matter) -> Work:
    return Work(matter.id, world.partner.id, LAST, 3600, "Draft motion to compel")


def close(session: Session, world: World, **settings: object) -> None:
    version = session.get_one(Firm, world.firm_id).version
    change_settings(session, actor=world.owner, version=version, settings=TimeSettings(**settings), now=NOW)  # type: ignore[arg-type]


def exception_for(actor: Actor) -> NewException:
    return NewException(membership_id=actor.membership_id, first_day=LAST, last_day=LAST, until_on=TODAY, reason="Hospital stay")


def refused(deed: Callable[[], object], field: str) -> None:
    with pytest.raises(InvalidInput, match="are closed") as refusal:
        deed()
    assert (refusal.value.code, refusal.value.field) == ("time_is_locked", field)


@pytest.mark.parametrize("lock", [{"time_closed_through": LAST}, {"time_open_days": 19}])
def test_time_of_closed_days_is_neither_recorded_nor_changed(session: Session, world: World, work: Work, lock: dict[str, object]) -> None:
    given = {"actor": world.owner, "now": NOW}
    entry = record_time(session, work=work, **given)
    gone = record_time(session, work=work, **given)
    gone = discard_time(session, entry_id=gone.id, version=gone.version, **given)
    later = record_time(session, work=replace(work, worked_on=LAST + timedelta(days=1)), **given)
    close(session, world, **lock)
    which = {"entry_id": entry.id, "version": entry.version, **given}
    refused(lambda: record_time(session, work=work, **given), "worked_on")
    refused(lambda: edit_time(session, work=replace(work, narrative="Other words"), **which), "worked_on")
    refused(lambda: edit_time(session, work=replace(work, worked_on=TODAY), **which), "worked_on")
    refused(lambda: edit_time(session, work=work, entry_id=later.id, version=later.version, **given), "worked_on")
    refused(lambda: discard_time(session, **which), "worked_on")
    refused(lambda: restore_time(session, entry_id=gone.id, version=gone.version, **given), "worked_on")
    row = TimeRow(work.matter_id, work.timekeeper_id, LAST, 60)
    refused(lambda: record_time_entries(session, rows=[row], **given), "worked_on")
    assert record_time_entries(session, rows=[row], closed_matters=True, **given), "history is taken over"
    session.rollback()
    assert session.get_one(TimeEntry, entry.id).narrative == work.narrative
    assert record_time(session, work=replace(work, worked_on=LAST + timedelta(days=1)), **given).id


def test_so_are_expenses(session: Session, world: World, matter: Matter) -> None:
    given = {"actor": world.owner, "now": NOW}
    expense = Expense(matter_id=matter.id, incurred_on=LAST, unit_minor=12_00, kind="soft", description="Copies")
    entry = record_expense(session, expense=expense, **given)
    close(session, world, time_closed_through=LAST)
    which = {"entry_id": entry.id, "version": entry.version, **given}
    refused(lambda: record_expense(session, expense=expense, **given), "incurred_on")
    refused(lambda: edit_expense(session, expense=replace(expense, description="Prints"), **which), "incurred_on")
    refused(lambda: discard_expense(session, **which), "incurred_on")
    refused(lambda: record_expense_entries(session, rows=[ExpenseRow(expense)], **given), "incurred_on")
    assert record_expense(session, expense=replace(expense, incurred_on=TODAY), **given).id


def test_so_are_fixed_fees(session: Session, world: World, matter: Matter) -> None:
    given = {"actor": world.owner, "now": NOW}
    fee = FixedFee(matter.id, LAST, 500_00, "Filing")
    entry, later = record_fixed_fee(session, fee=fee, **given), record_fixed_fee(session, fee=replace(fee, charged_on=TODAY), **given)
    close(session, world, time_closed_through=LAST)
    which = {"entry_id": entry.id, "version": entry.version, **given}
    refused(lambda: record_fixed_fee(session, fee=fee, **given), "charged_on")
    refused(lambda: edit_fixed_fee(session, fee=replace(fee, amount_minor=1), **which), "charged_on")
    refused(lambda: edit_fixed_fee(session, fee=replace(fee, charged_on=TODAY), **which), "charged_on")
    refused(lambda: edit_fixed_fee(session, fee=fee, entry_id=later.id, version=later.version, **given), "charged_on")
    refused(lambda: discard_fixed_fee(session, **which), "charged_on")
    assert record_fixed_fees(session, fees=[fee], **given), "history is taken over"


def test_new_rates_leave_closed_days_as_they_are_and_say_so(session: Session, world: World, work: Work, matter: Matter) -> None:
    given = {"actor": world.owner, "now": NOW}
    kept = record_time(session, work=work, **given).id
    changed = record_time(session, work=replace(work, worked_on=TODAY), **given).id
    make_rate(session, world.owner, "matter", 600_00, matter_id=matter.id)
    close(session, world, time_closed_through=LAST)
    scope = RateScope(matter_id=matter.id)
    preview = preview_rates(session, scope=scope, **given)
    assert ([effect.entry.id for effect in preview.effects], preview.closed) == ([changed], 1)
    assert apply_rates(session, scope=scope, entries=1, difference_minor=preview.difference_minor, **given) == 1
    assert [session.get_one(TimeEntry, id_).amount_minor for id_ in (kept, changed)] == [500_00, 600_00]
    sign_exception(session, new=exception_for(world.owner), **given)
    assert preview_rates(session, scope=scope, **given).closed == 0


def test_an_exception_lets_its_one_person_in_until_it_is_taken_back(session: Session, world: World, work: Work) -> None:
    member = make_member(session, world.owner, Role.TIMEKEEPER, world.partner.id)
    close(session, world, time_closed_through=LAST)
    exception = sign_exception(session, actor=world.owner, new=exception_for(member), now=NOW)
    assert record_time(session, actor=member, work=work, now=NOW).id
    refused(lambda: record_time(session, actor=world.owner, work=work, now=NOW), "worked_on")
    early = replace(work, worked_on=LAST - timedelta(days=1))
    refused(lambda: record_time(session, actor=member, work=early, now=NOW), "worked_on")
    refused(lambda: record_time(session, actor=member, work=work, now=NOW + timedelta(days=1)), "worked_on")
    end_exception(session, actor=world.owner, exception_id=exception.id, now=NOW)
    refused(lambda: record_time(session, actor=member, work=work, now=NOW), "worked_on")
    done = set(session.scalars(select(AuditEvent.action)))
    assert {"time_lock.excepted", "time_lock.exception_ended"} <= done


def test_exceptions_are_signed_by_who_may_for_members_of_the_firm(session: Session, world: World) -> None:
    member = make_member(session, world.owner, Role.TIMEKEEPER, world.partner.id)
    with pytest.raises(NotAllowed):
        sign_exception(session, actor=member, new=exception_for(member), now=NOW)
    with pytest.raises(InvalidInput, match="Choose somebody"):
        sign_exception(session, actor=world.owner, new=replace(exception_for(member), membership_id=99_999), now=NOW)
    with pytest.raises(InvalidInput, match="Write why"):
        sign_exception(session, actor=world.owner, new=replace(exception_for(member), reason=" x "), now=NOW)
    with pytest.raises(NotFound):
        end_exception(session, actor=world.owner, exception_id=99_999, now=NOW)


def test_days_to_come_are_not_closed_and_the_rolling_lock_leaves_a_day_open(session: Session, world: World) -> None:
    for wrong in ({"time_closed_through": TODAY + timedelta(days=1)}, {"time_open_days": 0}):
        with pytest.raises(InvalidInput):
            close(session, world, **wrong)


def test_what_a_phone_sends_late_for_a_closed_day_waits_in_the_tray(session: Session, world: World, matter: Matter) -> None:
    member = make_member(session, world.owner, Role.TIMEKEEPER, world.partner.id)
    close(session, world, time_open_days=5)
    phone, began = Phone.of(member), NOW - timedelta(days=10)
    phone.keep("quick_entry", key(), began, matter_id=matter.id, recorded_seconds=1800, narrative="Hearing")
    answers = sync_timer_events(session, actor=member, post=phone.read(NOW), now=NOW)
    assert [(one.outcome, one.reason) for one in answers] == [("parked", "time_is_locked")]
    event = session.scalars(select(TimerEventRow)).one()
    choice = Choice(matter.id, 1800, "Hearing")
    refused(lambda: record_from_tray(session, actor=member, event_id=event.id, choice=choice, now=NOW), "worked_on")
    day = today_in("America/New_York", began)
    sign_exception(session, actor=world.owner, new=replace(exception_for(member), first_day=day, last_day=day), now=NOW)
    entry = record_from_tray(session, actor=member, event_id=event.id, choice=choice, now=NOW)
    assert (entry.worked_on, entry.recorded_seconds) == (day, 1800)
