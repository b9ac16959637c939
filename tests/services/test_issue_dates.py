"""When an invoice may be dated, whoever asks for it: a form, a run, a script."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from lexapp.domain.errors import InvalidInput
from lexapp.models import Matter
from lexapp.services.invoices import issue_invoices, start_issue_run
from tests.billing import approved, work_time
from tests.factories import TODAY, World, make_matter, make_world


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.mark.parametrize("many", [False, True])
def test_an_invoice_is_not_dated_before_that_day_has_come_where_the_firm_is(
    session: Session, world: World, matter: Matter, many: bool
) -> None:
    work_time(session, world, matter)
    bills = approved(session, world, matter)
    evening = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    command = start_issue_run if many else issue_invoices
    with pytest.raises(InvalidInput, match="up to today, Nov 23, 2026") as refusal:
        command(session, actor=world.owner, pre_bill_ids=bills, issued_on=date(2026, 11, 24), now=evening)
    assert refusal.value.field == "issued_on"
    with pytest.raises(InvalidInput, match="cannot be due before"):
        command(session, actor=world.owner, pre_bill_ids=bills, issued_on=TODAY, due_on=date(2026, 11, 22), now=evening)
    assert command(session, actor=world.owner, pre_bill_ids=bills, issued_on=TODAY, now=evening)
