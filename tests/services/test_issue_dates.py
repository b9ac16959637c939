"""When an invoice may be dated, whoever asks for it: a form, a run, a script."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.errors import InvalidInput
from lexapp.models import BillingRunItem, Matter
from lexapp.services.fixed_fees import FixedFee, record_fixed_fees
from lexapp.services.invoices import issue_invoices, issue_next_chunk, start_issue_run
from lexapp.services.pre_bills import approve_pre_bills, draft_pre_bill
from tests.billing import WORKED, approved, work_time
from tests.factories import NOW, TODAY, World, make_matter, make_world


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


def test_an_invoice_is_not_dated_before_the_newest_work_on_it(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter, on=WORKED - timedelta(days=9))
    work_time(session, world, matter)
    bills = approved(session, world, matter)
    for day in (date(1990, 1, 1), WORKED - timedelta(days=1)):
        with pytest.raises(InvalidInput, match=r"work through Nov 3, 2026\. Date its invoice on that day or later") as refusal:
            issue_invoices(session, actor=world.owner, pre_bill_ids=bills, issued_on=day, now=NOW)
        assert refusal.value.field == "issued_on"
    assert issue_invoices(session, actor=world.owner, pre_bill_ids=bills, issued_on=WORKED, now=NOW)


def test_a_run_names_each_pre_bill_that_holds_later_work(session: Session, world: World, matter: Matter) -> None:
    other = make_matter(session, world.owner, name="Lien foreclosure")
    work_time(session, world, matter)
    work_time(session, world, other, on=WORKED - timedelta(days=9))
    bills = approved(session, world, matter, other)
    run = start_issue_run(session, actor=world.owner, pre_bill_ids=bills, issued_on=WORKED - timedelta(days=5), now=NOW)
    issue_next_chunk(session, actor=world.owner, run_id=run.id, now=NOW)
    query = select(BillingRunItem).where(BillingRunItem.billing_run_id == run.id).order_by(BillingRunItem.pre_bill_id)
    late, early = session.scalars(query).all()
    assert late.problem.startswith(f"Pre-bill {bills[0]} bills work through Nov 3, 2026.")
    assert (late.state, early.state) == ("refused", "done")


def test_a_fee_that_was_taken_over_with_a_day_to_come_is_billed_today(session: Session, world: World, matter: Matter) -> None:
    ahead = TODAY + timedelta(days=8)
    record_fixed_fees(session, actor=world.owner, fees=[FixedFee(matter.id, ahead, 1_250_00, "December")], now=NOW)
    (bill,) = draft_pre_bill(session, actor=world.owner, matter_id=matter.id, through_on=ahead, now=NOW)
    approve_pre_bills(session, actor=world.owner, pre_bill_ids=[bill], now=NOW)
    with pytest.raises(InvalidInput, match="bills work through Dec 1, 2026"):
        issue_invoices(session, actor=world.owner, pre_bill_ids=[bill], issued_on=TODAY - timedelta(days=1), now=NOW)
    assert issue_invoices(session, actor=world.owner, pre_bill_ids=[bill], issued_on=TODAY, now=NOW)
