"""Rates: one is in force for the same keys on any day, and what was recorded keeps what it had."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from threading import Barrier

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lexapp.books.rates import resolve_entry_rate
from lexapp.database import scope_to_firm, transaction
from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import Role
from lexapp.models import AuditEvent, Firm, Matter, Rate
from lexapp.services.rates import NewRate, add_rate, end_rate, remove_rate
from lexapp.services.time_entries import Work, record_time
from tests.databases import Database
from tests.factories import NOW, OPENED, World, make_firm, make_matter, make_member, make_rate, make_world

JUNE, SEPTEMBER = date(2026, 6, 1), date(2026, 9, 1)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def spans(session: Session, matter: Matter) -> list[tuple[int, date, date | None]]:
    columns = (Rate.rate_minor_per_hour, Rate.effective_from, Rate.effective_to)
    mine = select(*columns).where(Rate.matter_id == matter.id, Rate.removed_at.is_(None))
    return [tuple(row) for row in session.execute(mine.order_by(Rate.effective_from))]


def new_rate(matter: Matter, minor: int, start: date, end: date | None = None) -> NewRate:
    return NewRate(rate_minor_per_hour=minor, effective_from=start, effective_to=end, matter_id=matter.id, classification="PARTNR")


def test_a_new_rate_ends_the_one_before_on_the_day_before(session: Session, world: World, matter: Matter) -> None:
    for minor, start in ((70_000, OPENED), (72_000, JUNE)):
        add_rate(session, actor=world.owner, rate=new_rate(matter, minor, start), now=NOW)
    assert spans(session, matter) == [(70_000, OPENED, date(2026, 5, 31)), (72_000, JUNE, None)]


def test_a_rate_put_before_another_ends_where_that_one_starts(session: Session, world: World, matter: Matter) -> None:
    for minor, start in ((70_000, OPENED), (75_000, SEPTEMBER), (72_000, JUNE)):
        add_rate(session, actor=world.owner, rate=new_rate(matter, minor, start), now=NOW)
    ends = [end for _, _, end in spans(session, matter)]
    assert ends == [date(2026, 5, 31), date(2026, 8, 31), None]
    with pytest.raises(InvalidInput) as refusal:
        add_rate(session, actor=world.owner, rate=new_rate(matter, 1, date(2026, 7, 1), SEPTEMBER), now=NOW)
    assert refusal.value.field == "effective_to"


def test_two_rates_for_the_same_never_start_on_one_day(session: Session, world: World, matter: Matter) -> None:
    add_rate(session, actor=world.owner, rate=new_rate(matter, 70_000, JUNE), now=NOW)
    with pytest.raises(InvalidInput) as refusal:
        add_rate(session, actor=world.owner, rate=new_rate(matter, 72_000, JUNE), now=NOW)
    assert refusal.value.field == "effective_from"
    assert len(spans(session, matter)) == 1


def test_the_first_rate_for_the_same_agreed_by_many_at_once_is_one(
    session: Session, world: World, matter: Matter, database: Database
) -> None:
    rate, together = new_rate(matter, 72_000, JUNE), Barrier(8)
    session.rollback()

    def agree(_: int) -> str:
        with Session(database.engine, autoflush=False) as own:
            own.connection()
            together.wait()
            try:
                add_rate(own, actor=world.owner, rate=rate, now=NOW)
            except InvalidInput as refusal:
                return str(refusal.field)
            return "agreed"

    with ThreadPoolExecutor(8) as browsers:
        assert sorted(browsers.map(agree, range(8))) == ["agreed", *["effective_from"] * 7]


def test_other_keys_are_left_alone(session: Session, world: World, matter: Matter) -> None:
    make_rate(session, world.owner, "matter", 50_000, matter_id=matter.id)
    add_rate(session, actor=world.owner, rate=new_rate(matter, 72_000, JUNE), now=NOW)
    assert spans(session, matter)[0] == (50_000, OPENED, None)


def test_the_level_follows_from_the_keys_and_decides_the_rate(session: Session, world: World, matter: Matter) -> None:
    row = add_rate(session, actor=world.owner, rate=new_rate(matter, 72_000, JUNE), now=NOW)
    assert row.level == "matter_class"
    firm = session.get_one(Firm, world.firm_id)
    found = resolve_entry_rate(session, firm=firm, matter=matter, timekeeper=world.partner, activity_code="", on=SEPTEMBER)
    assert found.reason.startswith("matter rate for partners since Jun 1, 2026")


@pytest.mark.parametrize("keys", [{}, {"matter_id": 1, "client_id": 1}, {"timekeeper_id": 1, "classification": "PARTNR"}])
def test_keys_that_are_no_level_are_refused(session: Session, world: World, keys: dict[str, int | str]) -> None:
    with pytest.raises(InvalidInput, match=r"the rate is for|rate is for a timekeeper"):
        add_rate(session, actor=world.owner, rate=NewRate(rate_minor_per_hour=1, effective_from=JUNE, **keys), now=NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("keys", "field"),
    [
        ({"classification": "CHIEF"}, "classification"),
        ({"activity_code": "A999"}, "activity_code"),
        ({"timekeeper_id": 999_999}, "timekeeper_id"),
    ],
)
def test_unknown_keys_are_refused_beside_their_field(session: Session, world: World, keys: dict[str, int | str], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        add_rate(session, actor=world.owner, rate=NewRate(rate_minor_per_hour=1, effective_from=JUNE, **keys), now=NOW)  # type: ignore[arg-type]
    assert refusal.value.field == field


def test_a_rate_is_ended_once_and_only_earlier(session: Session, world: World, matter: Matter) -> None:
    row = add_rate(session, actor=world.owner, rate=new_rate(matter, 72_000, JUNE), now=NOW)
    end_rate(session, actor=world.owner, rate_id=row.id, version=row.version, effective_to=SEPTEMBER, now=NOW)
    assert spans(session, matter)[0][2] == SEPTEMBER
    with pytest.raises(Conflict, match="Somebody changed this rate"):
        end_rate(session, actor=world.owner, rate_id=row.id, version=1, effective_to=JUNE, now=NOW)
    with pytest.raises(Conflict, match="after you opened the page"):
        remove_rate(session, actor=world.owner, rate_id=row.id, version=1, now=NOW)
    for day in (OPENED, date(2026, 12, 1)):
        with pytest.raises(InvalidInput):
            end_rate(session, actor=world.owner, rate_id=row.id, version=row.version, effective_to=day, now=NOW)


def test_a_removed_rate_stays_in_the_audit(session: Session, world: World, matter: Matter) -> None:
    row = add_rate(session, actor=world.owner, rate=new_rate(matter, 72_000, JUNE), now=NOW)
    remove_rate(session, actor=world.owner, rate_id=row.id, version=row.version, now=NOW)
    assert spans(session, matter) == []
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "rate.removed")).one()
    assert event.after is not None
    assert (event.subject_kind, event.subject_id, event.after["rate_minor"]) == ("matter", matter.id, 72_000)


def test_a_removed_rate_applies_to_nothing_makes_room_and_stays_readable(session: Session, world: World, matter: Matter) -> None:
    row = add_rate(session, actor=world.owner, rate=new_rate(matter, 72_000, JUNE), now=NOW)
    work = Work(matter.id, world.partner.id, JUNE, 3_600, "Draft motion to compel")
    entry = record_time(session, actor=world.owner, work=work, now=NOW)
    remove_rate(session, actor=world.owner, rate_id=row.id, version=row.version, now=NOW)
    kept = session.get_one(Rate, row.id)
    assert (kept.removed_at, kept.rate_minor_per_hour, entry.rate_minor_per_hour) == (NOW, 72_000, 72_000)
    assert record_time(session, actor=world.owner, work=replace(work, narrative="More"), now=NOW).rate_minor_per_hour == 50_000
    with pytest.raises(NotFound):
        end_rate(session, actor=world.owner, rate_id=row.id, version=row.version, effective_to=JUNE, now=NOW)
    assert add_rate(session, actor=world.owner, rate=new_rate(matter, 71_000, JUNE), now=NOW).id != row.id
    with pytest.raises(InvalidInput, match="more than 1,000,000,000"):
        add_rate(session, actor=world.owner, rate=new_rate(matter, 10**11 + 1, SEPTEMBER), now=NOW)


def test_who_may_not_edit_rates_and_who_is_of_another_firm_changes_none(session: Session, world: World, matter: Matter) -> None:
    rate_id = add_rate(session, actor=world.owner, rate=new_rate(matter, 72_000, JUNE), now=NOW).id
    with pytest.raises(NotAllowed):
        remove_rate(session, actor=make_member(session, world.owner, Role.TIMEKEEPER), rate_id=rate_id, version=1, now=NOW)
    with pytest.raises(NotFound):
        remove_rate(session, actor=make_firm(session, "Quillfeather & Lind"), rate_id=rate_id, version=1, now=NOW)
    scope_to_firm(session, world.firm_id)
    assert len(spans(session, matter)) == 1


def test_a_rate_with_a_last_day_of_its_own_has_an_end(session: Session, world: World, matter: Matter) -> None:
    row = add_rate(session, actor=world.owner, rate=new_rate(matter, 72_000, JUNE), now=NOW)
    with pytest.raises(IntegrityError), transaction(session, world.firm_id):
        session.execute(update(Rate).where(Rate.id == row.id).values(own_last_day=SEPTEMBER))
