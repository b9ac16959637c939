"""After every test of a service the books prove themselves, whatever the test was about."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm
from lexapp.models import Firm
from lexapp.queries.verification import verify


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
