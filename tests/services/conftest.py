"""After every test of a service the books prove themselves, whatever the test was about."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm
from lexapp.domain.permissions import Actor, Role
from lexapp.models import Firm, Matter
from lexapp.queries.verification import verify
from tests.factories import World, make_matter, make_member, make_world


@pytest.fixture(autouse=True)
def books_prove_themselves(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests marked `books_by_hand` write journal entries without the records that services write beside them."""
    if "session" not in request.fixturenames:
        yield
        return
    session: Session = request.getfixturevalue("session")
    yield
    session.rollback()
    if request.node.get_closest_marker("books_by_hand"):
        return
    for firm_id in session.scalars(select(Firm.id)).all():
        scope_to_firm(session, firm_id)
        assert verify(session, firm_id) == []


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def associate(session: Session, world: World) -> Actor:
    """Somebody who signs in as the associate."""
    return make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id)
