"""Work for several payers, and pre-bills of many matters in one run: every part adds up, nothing is billed twice."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.domain.errors import InvalidInput
from lexapp.models import BillingRunItem, Matter, OutboxMessage, PreBill
from lexapp.queries.unbilled import unbilled_matters
from lexapp.services.pre_bills import (
    discard_pre_bill,
    start_draft_run,
)
from lexapp.workflows.billing_runs import run_next_chunk
from tests.billing import WORKED, draft, issue, lines_of, share_matter, spend, version_of, work_time
from tests.factories import NOW, TODAY, World, make_client, make_matter, make_world


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def amounts(session: Session, pre_bill_id: int) -> list[int]:
    return [line.amount_minor for line in lines_of(session, pre_bill_id)]


# ── several payers ───────────────────────────────────────────────────────────────────────────────


def test_every_payer_gets_a_part_and_the_parts_add_up(session: Session, world: World, matter: Matter) -> None:
    insurer = make_client(session, world.owner, "Pemberwick Mutual")
    assert matter.client_id is not None
    share_matter(session, world, matter, {insurer.id: 6_000, matter.client_id: 4_000})
    entries = [work_time(session, world, matter, hundredths, rate) for hundredths, rate in ((33, 33_335), (10, 25_005), (1, 50_000))]
    cost = spend(session, world, matter, 525, quantity=28_601, cost=100_001)
    bills = draft(session, world, matter)
    lines = [line for bill in bills for line in lines_of(session, bill)]
    for entry in entries:
        parts = [line for line in lines if line.time_entry_id == entry.id]
        assert sum(line.amount_minor for line in parts) == entry.amount_minor
        assert sum(line.quantity_hundredths for line in parts) == entry.quantity_hundredths
    parts = [line for line in lines if line.expense_entry_id == cost.id]
    assert (sum(line.amount_minor for line in parts), sum(line.cost_minor for line in parts)) == (cost.amount_minor, cost.cost_minor)
    assert {line.share_basis_points for line in lines if line.payer_id == insurer.id} == {6_000}


def test_half_of_an_odd_amount_shows_its_rounding(session: Session, world: World, matter: Matter) -> None:
    other = make_client(session, world.owner, "Pemberwick Mutual")
    assert matter.client_id is not None
    share_matter(session, world, matter, {matter.client_id: 5_000, other.id: 5_000})
    work_time(session, world, matter, 10, 25_005)
    lines = [line for bill in draft(session, world, matter) for line in lines_of(session, bill)]
    assert sorted((line.quantity_hundredths, line.rounding_minor, line.amount_minor) for line in lines) == [(5, 0, 1250), (5, 1, 1251)]


def test_a_payer_who_joins_later_owes_nothing_for_what_was_billed(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter)
    issue(session, world, matter)
    other = make_client(session, world.owner, "Pemberwick Mutual")
    assert matter.client_id is not None
    share_matter(session, world, matter, {matter.client_id: 5_000, other.id: 5_000})
    assert unbilled_matters(session, firm_id=world.firm_id, through_on=TODAY) == []
    work_time(session, world, matter, 20)
    bills = draft(session, world, matter)
    assert [amounts(session, bill) for bill in bills] == [[5_000], [5_000]]


def test_payers_changed_halfway_are_refused(session: Session, world: World, matter: Matter) -> None:
    other = make_client(session, world.owner, "Pemberwick Mutual")
    assert matter.client_id is not None
    shares = {matter.client_id: 5_000, other.id: 5_000}
    share_matter(session, world, matter, shares)
    work_time(session, world, matter)
    _, second = draft(session, world, matter)
    discard_pre_bill(session, actor=world.owner, pre_bill_id=second, version=version_of(session, PreBill, second), now=NOW)
    with pytest.raises(InvalidInput, match="Work is billed by what was agreed from Jan 2, 2026"):
        share_matter(session, world, matter, {matter.client_id: 7_000, other.id: 3_000})
    (again,) = draft(session, world, matter)
    assert session.get_one(PreBill, again).payer_id == session.get_one(PreBill, second).payer_id
    discard_pre_bill(session, actor=world.owner, pre_bill_id=again, version=version_of(session, PreBill, again), now=NOW)
    share_matter(session, world, matter, {matter.client_id: 7_000, other.id: 3_000}, effective_from=WORKED)
    with pytest.raises(InvalidInput, match="payers changed"):
        draft(session, world, matter)


# ── runs ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_drafts_every_matter_and_names_those_it_cannot(session: Session, world: World, matter: Matter) -> None:
    matters = [matter, *(make_matter(session, world.owner) for _ in range(3))]
    for each in matters[:3]:
        work_time(session, world, each, rate=None if each is matter else 50_000)
    ids = [each.id for each in matters]
    run = start_draft_run(session, actor=world.owner, matter_ids=ids, through_on=TODAY, key="r", now=NOW)
    assert start_draft_run(session, actor=world.owner, matter_ids=ids, through_on=TODAY, key="r", now=NOW).id == run.id
    assert session.scalars(select(OutboxMessage.kind)).all() == ["billing_run"]
    job = select(OutboxMessage.state).where(OutboxMessage.kind == "billing_run")
    assert session.scalar(job) == "pending"
    session.rollback()
    assert run_next_chunk(session, firm_id=world.firm_id, run_id=run.id, now=NOW) is False
    assert session.scalar(job) == "done"
    session.rollback()
    assert run_next_chunk(session, firm_id=world.firm_id, run_id=run.id, now=NOW) is False
    items = session.execute(select(BillingRunItem.state, BillingRunItem.problem).order_by(BillingRunItem.id)).all()
    assert [state for state, _ in items] == ["refused", "done", "done", "refused"]
    assert "has no rate" in items[0].problem
    assert "no unbilled work" in items[3].problem
    session.refresh(run)
    assert (run.state, run.total, session.scalar(select(func.count(PreBill.id)))) == ("finished", 4, 2)
