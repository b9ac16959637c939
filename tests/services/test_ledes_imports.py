"""The standard's own sample file becomes work that can be billed, once and whole."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.domain.errors import NotAllowed
from lexapp.domain.ledes import LedesError, parse_1998b
from lexapp.domain.permissions import Role
from lexapp.models import Client, Command, ExpenseEntry, FixedFeeEntry, Matter, Rate, TimeEntry, Timekeeper
from lexapp.queries.verification import verify
from lexapp.services.ledes_imports import import_ledes
from tests.factories import NOW, World, make_member, make_world

SAMPLE = (Path(__file__).parents[1] / "data" / "ledes-1998b-sample.txt").read_text()


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def run(session: Session, world: World, text: str = SAMPLE, key: str = "file") -> None:
    import_ledes(session, actor=world.owner, invoices=parse_1998b(text), key=key, now=NOW)


def test_the_sample_makes_its_client_matters_and_timekeepers(session: Session, world: World) -> None:
    run(session, world)
    (client,) = session.scalars(select(Client))
    assert client.number == "00711"
    matters = {m.number: (m.client_id, m.client_matter_number) for m in session.scalars(select(Matter).where(~Matter.is_internal))}
    assert matters == {"0528": (client.id, "423-987"), "1326": (client.id, "425-936")}
    rates = select(Timekeeper.name, Timekeeper.classification, Rate.rate_minor_per_hour).join(Rate, Rate.timekeeper_id == Timekeeper.id)
    made = {tuple(row) for row in session.execute(rates.where(Timekeeper.code.in_(("22547", "45875"))))}
    assert made == {("Robert Arnsley", "PARTNR", 350_00), ("John Beaster", "ASSOC", 200_00)}


def test_the_sample_makes_its_time_expenses_and_fixed_fee(session: Session, world: World) -> None:
    run(session, world)
    columns = (TimeEntry.worked_on, TimeEntry.quantity_hundredths, TimeEntry.amount_minor, TimeEntry.adjustment_minor)
    assert [tuple(row) for row in session.execute(select(*columns).order_by(TimeEntry.id))] == [
        (date(1999, 1, 15), 200, 700_00, -70_00),
        (date(1999, 1, 15), 200, 700_00, 0),
        (date(1999, 1, 16), 20, 40_00, 0),
    ]
    assert session.scalars(select(ExpenseEntry.amount_minor).order_by(ExpenseEntry.id)).all() == [24_95, 289_50]
    assert session.scalars(select(FixedFeeEntry.amount_minor)).all() == [1_250_00]
    assert verify(session, world.firm_id) == []


def test_an_entry_says_which_rate_it_has(session: Session, world: World) -> None:
    run(session, world)
    reasons = set(session.scalars(select(TimeEntry.rate_is_typed)))
    assert reasons == {False}
    dearer = SAMPLE.replace("|350|", "|355|").replace("|630|", "|640|").replace("|700|", "|710|").replace("1684.45", "1704.45")
    run(session, world, dearer, "another file")
    assert session.scalar(select(func.count()).where(TimeEntry.rate_is_typed)) == 2


def test_the_same_file_is_taken_over_once(session: Session, world: World) -> None:
    for _ in range(2):
        run(session, world)
    assert session.scalar(select(func.count(TimeEntry.id))) == 3


@pytest.mark.parametrize(
    ("old", "new", "line", "field"),
    [
        ("|F|2.00|-70|630|", "|F|2.00|70|770|", 3, "LINE_ITEM_ADJUSTMENT_AMOUNT"),
        ("|F|0.200|0|40|", "|F|0.125|0|25|", 5, "LINE_ITEM_NUMBER_OF_UNITS"),
    ],
)
def test_what_cannot_be_held_exactly_is_refused_whole(session: Session, world: World, old: str, new: str, line: int, field: str) -> None:
    total = {"|F|2.00|-70|630|": "1824.45", "|F|0.200|0|40|": "1669.45"}[old]
    with pytest.raises(LedesError) as refusal:
        run(session, world, SAMPLE.replace(old, new).replace("1684.45", total))
    assert (refusal.value.line, refusal.value.field_name) == (line, field)
    assert session.scalar(select(func.count(Client.id))) == 0
    assert session.scalar(select(func.count(Command.id)).where(Command.name == "ledes.import")) == 0


def test_a_timekeeper_may_not_take_files_over(session: Session, world: World) -> None:
    colleague = make_member(session, world.owner, Role.TIMEKEEPER)
    with pytest.raises(NotAllowed):
        import_ledes(session, actor=colleague, invoices=parse_1998b(SAMPLE), key="k", now=NOW)
