"""The filter of walled-off matters, for every model, on both engines."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from lexapp.database import Base, scope_to_firm
from lexapp.domain.permissions import Role
from lexapp.models import Client, Matter, Payment, TimeEntry
from lexapp.queries.walls import Outside, open_payments, stand_outside
from lexapp.services.walls import wall_matter
from tests import billing
from tests.factories import World, make_client, make_matter, make_member, make_world

MODELS = sorted((mapper.class_ for mapper in Base.registry.mappers), key=lambda model: str(model.__name__))


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matters(session: Session, world: World) -> tuple[int, int]:
    """The ids of an open matter and of one behind a wall, each with time, of clients of their own; the session stands outside."""
    found = tuple(make_matter(session, world.owner, make_client(session, world.owner, name)) for name in ("Open", "Walled"))
    for matter in found:
        billing.work_time(session, world, matter)
    ids = found[0].id, found[1].id
    shut_out = make_member(session, world.owner, Role.ASSISTANT)
    wall_matter(session, actor=world.owner, matter_id=ids[1], version=1, membership_ids=[])
    session.expunge_all()
    scope_to_firm(session, world.firm_id)
    stand_outside(session, Outside(world.firm_id, shut_out.membership_id))
    return ids


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_can_be_read_from_outside(session: Session, world: World, matters: tuple[int, int], model: Any):
    assert session.scalars(select(model).limit(1)).all() is not None
    if model is Payment:
        assert session.scalars(select(Payment).where(open_payments(session)).limit(1)).all() == []


def test_rows_sums_aliases_and_subqueries_leave_the_matter_out(session: Session, matters: tuple[int, int]):
    shown, hidden = matters
    assert session.scalars(select(TimeEntry.matter_id)).all() == [shown]
    assert session.scalar(select(func.sum(TimeEntry.amount_minor))) == 60_000
    other = aliased(Matter)
    assert hidden not in session.scalars(select(other.id)).all()
    inner = select(TimeEntry.matter_id).where(TimeEntry.amount_minor > 0)
    assert session.scalars(select(func.count()).select_from(inner.subquery())).one() == 1
    assert session.scalars(select(Client.name)).all() == ["Open"]
    assert session.get(Matter, hidden) is None


def test_an_outer_join_keeps_its_empty_side(session: Session, world: World, matters: tuple[int, int]):
    nobody = (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id)
    own = session.execute(select(Matter.name, Client.name).outerjoin(Client, nobody).where(Matter.is_internal)).one()
    assert own[1] is None


def test_a_check_may_pass_through(session: Session, matters: tuple[int, int]):
    query = select(Matter.id).where(Matter.id == matters[1])
    assert session.scalar(query) is None
    assert session.scalar(query.execution_options(through_walls=True)) == matters[1]
