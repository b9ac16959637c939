"""Closing a matter: what still stands on it is named, with where to settle it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Role
from lexapp.models import Matter
from tests.billing import issue, work_time
from tests.factories import World, make_matter
from tests.trust_money import put_in, refund
from tests.web.reading import text_of
from tests.web.visitor import Visitor

CLOSE = {"version": "1", "key": "key-close-01"}


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def status(session: Session, matter: Matter) -> str:
    session.rollback()
    return session.get_one(Matter, matter.id).status


def test_unbilled_work_and_open_invoices_are_named_and_the_matter_closes_anyway_only_when_ticked(
    session: Session, world: World, matter: Matter, owner: Visitor
):
    work_time(session, world, matter, 200, 35_000)
    (invoice,) = issue(session, world, matter)
    work_time(session, world, matter, 120, 50_000)
    page = owner.get(f"/matters/{matter.id}/closure")
    assert f'href="/invoices/{invoice.id}"' in page.text
    assert f'href="/pre-bills/new?matter={matter.id}"' in page.text
    answer = owner.post(f"/matters/{matter.id}/closure", CLOSE)
    assert answer.status_code == 422
    assert "$600.00 of work (1.20 h) is not billed, and $700.00 is open on its invoices." in text_of(answer)
    assert status(session, matter) == "open"
    assert owner.post(f"/matters/{matter.id}/closure", CLOSE | {"anyway": "y", "key": "key-close-02"}).status_code == 303
    assert status(session, matter) == "closed"


def test_client_money_keeps_a_matter_open_whatever_is_ticked(
    session: Session, world: World, matter: Matter, owner: Visitor, member: Callable[[Role], Visitor]
):
    ledger_id = put_in(session, world, matter, 500_00).trust_ledger_id or 0
    page = owner.get(f"/matters/{matter.id}/closure").text
    assert f'href="/trust/ledgers/{ledger_id}/refunds/new"' in page
    answer = owner.post(f"/matters/{matter.id}/closure", CLOSE | {"anyway": "y"})
    assert answer.status_code == 422
    assert "$500.00 is held in trust for this matter" in text_of(answer)
    assistant = member(Role.ASSISTANT).post(f"/matters/{matter.id}/closure", CLOSE | {"anyway": "y"})
    assert "Client money is held in trust" in text_of(assistant)
    assert "500.00" not in text_of(assistant)
    refund(session, world, ledger_id, 500_00)
    assert owner.post(f"/matters/{matter.id}/closure", CLOSE | {"key": "key-close-02"}).status_code == 303
    assert status(session, matter) == "closed"
