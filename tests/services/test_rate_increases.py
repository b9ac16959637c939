"""Raising many rates at once: listed first, foretold for unbilled work, then done in one command."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed
from lexapp.domain.permissions import Role
from lexapp.domain.rate_cards import Assignment
from lexapp.models import AuditEvent, Matter, Rate
from lexapp.services.card_assignments import give_card
from lexapp.services.rate_applications import RateScope, preview_rates
from lexapp.services.rate_cards import NewCard, create_card
from lexapp.services.rate_increases import Increase, IncreasePlan, plan_increase, raise_rates, what_if_raised
from lexapp.services.time_entries import Work, record_time
from tests.counting import counted_statements
from tests.factories import NOW, OPENED, TODAY, World, make_matter, make_member, make_rate, make_world

NEXT_YEAR = date(2027, 1, 1)
FIVE = Increase(change_hundredths=500, effective_from=NEXT_YEAR)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def plan(session: Session, world: World, increase: Increase = FIVE) -> IncreasePlan:
    return plan_increase(session, actor=world.owner, increase=increase)


def do(session: Session, world: World, increase: Increase = FIVE, key: str | None = None) -> int:
    found = plan(session, world, increase)
    shown = {"rates": len(found.raised), "total_minor": found.total_minor}
    return raise_rates(session, actor=world.owner, increase=increase, **shown, key=key, now=NOW)


def spans(session: Session, **keys: object) -> list[tuple[int, date, date | None]]:
    columns = (Rate.rate_minor_per_hour, Rate.effective_from, Rate.effective_to)
    return [tuple(row) for row in session.execute(select(*columns).filter_by(**keys).order_by(Rate.effective_from))]


def test_every_timekeeper_and_class_is_raised_from_the_day(session: Session, world: World) -> None:
    make_rate(session, world.owner, "class", 20_000, classification="PARALG")
    make_rate(session, world.owner, "activity", 10_000, activity_code="A112")
    found = plan(session, world)
    assert [(one.whom, one.old_minor, one.new_minor) for one in found.raised] == [
        ("Ines Achterberg", 30_000, 31_500),
        ("Marguerite Voss", 50_000, 52_500),
        ("paralegals", 20_000, 21_000),
    ]
    assert do(session, world) == 3
    assert spans(session, timekeeper_id=world.partner.id) == [(50_000, OPENED, date(2026, 12, 31)), (52_500, NEXT_YEAR, None)]
    assert spans(session, activity_code="A112") == [(10_000, OPENED, None)]
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert (event.action, event.after["count"] if event.after else None) == ("rate.raised", 3)


def test_raising_again_for_the_same_day_raises_nothing(session: Session, world: World) -> None:
    assert do(session, world, key="raise-1") == 2
    shown = {"rates": 2, "total_minor": 84_000}
    assert raise_rates(session, actor=world.owner, increase=FIVE, **shown, key="raise-1", now=NOW) == 2
    assert plan(session, world) == IncreasePlan([], 2)
    with pytest.raises(InvalidInput, match="no rate to raise"):
        do(session, world)


def test_a_class_takes_its_timekeepers_along_and_a_step_is_kept(session: Session, world: World) -> None:
    make_rate(session, world.owner, "class", 48_800, classification="PARTNR")
    make_rate(session, world.owner, "class", 20_000, classification="PARALG")
    found = plan(session, world, Increase(change_hundredths=333, effective_from=NEXT_YEAR, step_minor=500, classification="PARTNR"))
    assert [(one.whom, one.new_minor) for one in found.raised] == [("Marguerite Voss", 51_500), ("partners", 50_500)]


def test_a_rate_that_is_to_come_keeps_its_day(session: Session, world: World) -> None:
    with_end = make_rate(session, world.owner, "class", 20_000, classification="PARALG", effective_to=date(2027, 6, 30))
    make_rate(session, world.owner, "class", 25_000, date(2027, 7, 1), classification="PARALG")
    do(session, world)
    assert spans(session, classification="PARALG") == [
        (with_end.rate_minor_per_hour, OPENED, date(2026, 12, 31)),
        (21_000, NEXT_YEAR, date(2027, 6, 30)),
        (25_000, date(2027, 7, 1), None),
    ]


def test_a_card_is_raised_without_its_percentages(session: Session, world: World, matter: Matter) -> None:
    new = NewCard(name="Harbor", effective_from=OPENED, class_rates=(("PARTNR", 45_000),), change_hundredths=-1_000)
    card = create_card(session, actor=world.owner, card=new, now=NOW)
    increase = Increase(change_hundredths=1_000, effective_from=TODAY, rate_card_id=card.id)
    assert [(one.whom, one.new_minor) for one in plan(session, world, increase).raised] == [("partners", 49_500)]
    assert matter.client_id is not None
    given = Assignment(card_id=card.id, client_id=matter.client_id, effective_from=OPENED)
    give_card(session, actor=world.owner, assignment=given, now=NOW)
    for person in (world.partner, world.associate):
        record_time(session, actor=world.owner, work=Work(matter.id, person.id, TODAY, 3_600, "Drafted"), now=NOW)
    foretold = what_if_raised(session, actor=world.owner, increase=increase, plan=plan(session, world, increase), now=NOW)
    assert [effect.difference_minor for effect in foretold.effects] == [4_500]
    do(session, world, increase)
    done = preview_rates(session, actor=world.owner, scope=RateScope(rate_card_id=card.id), now=NOW)
    assert [effect.difference_minor for effect in done.effects] == [4_500]


def test_work_before_the_day_and_percentages_of_raised_rates_are_foretold(session: Session, world: World, matter: Matter) -> None:
    card = create_card(session, actor=world.owner, card=NewCard(name="Less", effective_from=OPENED, change_hundredths=-1_000), now=NOW)
    assert matter.client_id is not None
    given = Assignment(card_id=card.id, client_id=matter.client_id, effective_from=OPENED)
    give_card(session, actor=world.owner, assignment=given, now=NOW)
    for on in (date(2026, 11, 20), TODAY):
        record_time(session, actor=world.owner, work=Work(matter.id, world.partner.id, on, 3_600, "Drafted"), now=NOW)
    increase = Increase(change_hundredths=500, effective_from=TODAY)
    foretold = what_if_raised(session, actor=world.owner, increase=increase, plan=plan(session, world, increase), now=NOW)
    assert [(effect.entry.worked_on, effect.new_amount_minor) for effect in foretold.effects] == [(TODAY, 47_250)]


def test_a_list_that_changed_is_looked_at_again(session: Session, world: World) -> None:
    with pytest.raises(Conflict, match="Look at the new list"):
        raise_rates(session, actor=world.owner, increase=FIVE, rates=2, total_minor=1, now=NOW)
    assert spans(session, timekeeper_id=world.partner.id) == [(50_000, OPENED, None)]


@pytest.mark.parametrize("hundredths", [0, -10_000, 10_001])
def test_an_absurd_increase_is_refused(session: Session, world: World, hundredths: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        plan(session, world, Increase(change_hundredths=hundredths, effective_from=NEXT_YEAR))
    assert refused.value.field == "percent"


def test_the_number_of_statements_does_not_grow_with_the_rates(session: Session, world: World) -> None:
    counts = []
    for number, increase in enumerate((FIVE, Increase(change_hundredths=500, effective_from=date(2028, 1, 1)))):
        with counted_statements(session) as statements:
            do(session, world, increase)
        counts.append(len(statements))
        for code in ("PARALG", "ASSOC", "PARTNR")[: 3 * (1 - number)]:
            make_rate(session, world.owner, "class", 20_000, classification=code)
    assert counts[0] == counts[1]


def test_only_who_agrees_rates_raises_them(session: Session, world: World) -> None:
    clerk = make_member(session, world.owner, Role.BOOKKEEPER)
    with pytest.raises(NotAllowed):
        plan_increase(session, actor=clerk, increase=FIVE)
    with pytest.raises(NotAllowed):
        raise_rates(session, actor=clerk, increase=FIVE, rates=2, total_minor=1, now=NOW)
