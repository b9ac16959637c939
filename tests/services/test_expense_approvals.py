"""An expense that needs approval or a receipt stays off pre-bills until it has them; who recorded it does not approve it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound, Refused
from lexapp.domain.permissions import Actor, Role
from lexapp.models import AuditEvent, ExpenseEntry, Matter
from lexapp.queries.standing import Shown, standing_of_matters
from lexapp.queries.unbilled import unbilled_matters
from lexapp.services.expense_categories import CategoryTerms, add_expense_category
from lexapp.services.expense_entries import (
    Expense,
    ReceiptFile,
    approve_expense,
    decline_expense,
    discard_expense,
    edit_expense,
    record_expense,
)
from tests import billing
from tests.factories import NOW, TODAY, World, make_matter, make_member, make_world

EXPERT = CategoryTerms(name="Expert", code="E119", receipt_above_minor=0, approval_above_minor=1_000_00)
PICTURE = ReceiptFile(sha256="a" * 64, media_type="image/jpeg", size_bytes=1234)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def clerk(session: Session, world: World) -> Actor:
    return make_member(session, world.owner, Role.ASSISTANT)


@pytest.fixture
def survey(session: Session, world: World, matter: Matter) -> Expense:
    row = add_expense_category(session, actor=world.owner, terms=EXPERT, now=NOW)
    return Expense(matter.id, TODAY, 2_400_00, kind="", description="Hull survey", vendor="Marlow Marine Survey", category_id=row.id)


def record(session: Session, actor: Actor, expense: Expense, receipt: ReceiptFile | None = PICTURE) -> ExpenseEntry:
    return record_expense(session, actor=actor, expense=expense, receipt=receipt, now=NOW)


def approve(session: Session, actor: Actor, entry: ExpenseEntry) -> ExpenseEntry:
    return approve_expense(session, actor=actor, entry_id=entry.id, version=entry.version, now=NOW)


def unbilled(session: Session, world: World) -> int:
    return sum(row.expenses_minor for row in unbilled_matters(session, firm_id=world.firm_id, through_on=TODAY))


def test_what_waits_is_drafted_once_it_is_approved(session: Session, world: World, matter: Matter, clerk: Actor, survey: Expense) -> None:
    entry = record(session, clerk, survey)
    assert (entry.approval, unbilled(session, world)) == ("waiting", 0)
    standing = standing_of_matters(session, firm_id=world.firm_id, matter_ids=[matter.id], shown=Shown(True, False, False))
    assert standing[matter.id].unbilled_minor == 0
    with pytest.raises(Refused, match="wait for their approval or receipt"):
        billing.draft(session, world, matter)
    approve(session, world.owner, entry)
    assert (entry.approval, entry.decided_by_user_id, unbilled(session, world)) == ("approved", world.owner.user_id, 2_400_00)
    pre_bill = billing.draft_one(session, world, matter)
    assert [line.amount_minor for line in billing.lines_of(session, pre_bill.id)] == [2_400_00]
    recorded = select(AuditEvent.action).where(AuditEvent.subject_kind == "expense_entry").order_by(AuditEvent.id)
    assert session.scalars(recorded).all() == ["expense.recorded", "expense.approved"]


def test_who_recorded_it_approves_it_only_where_nobody_else_can(session: Session, world: World, survey: Expense) -> None:
    entry = record(session, world.owner, survey)
    other = make_member(session, world.owner, Role.BILLING_MANAGER)
    with pytest.raises(NotAllowed, match="somebody else approves"):
        approve(session, world.owner, entry)
    assert approve(session, other, entry).approval == "approved"


def test_the_only_one_with_the_right_approves_their_own(session: Session, world: World, survey: Expense) -> None:
    assert approve(session, world.owner, record(session, world.owner, survey)).approval == "approved"


def test_without_its_receipt_it_is_neither_approved_nor_drafted(
    session: Session, world: World, matter: Matter, clerk: Actor, survey: Expense
) -> None:
    small = record(session, clerk, replace(survey, unit_minor=80_00), receipt=None)
    assert (small.approval, small.needs_receipt, unbilled(session, world)) == ("none", True, 0)
    large = record(session, clerk, survey, receipt=None)
    with pytest.raises(NotAllowed, match="receipt is missing"):
        approve(session, world.owner, large)
    changed = edit_expense(
        session, actor=clerk, entry_id=small.id, version=1, expense=replace(survey, unit_minor=80_00), receipt=PICTURE, now=NOW
    )
    assert (changed.receipt_id is not None, unbilled(session, world)) == (True, 80_00)


def test_a_declined_one_waits_again_once_it_is_changed(session: Session, world: World, clerk: Actor, survey: Expense) -> None:
    entry = record(session, clerk, survey)
    with pytest.raises(InvalidInput) as error:
        decline_expense(session, actor=world.owner, entry_id=entry.id, version=1, reason=" ", now=NOW)
    assert error.value.field == "reason"
    decline_expense(session, actor=world.owner, entry_id=entry.id, version=1, reason="Whose survey is it?", now=NOW)
    assert (entry.approval, entry.decision_reason, unbilled(session, world)) == ("declined", "Whose survey is it?", 0)
    said = replace(survey, description="Hull survey of the Castellane Star")
    assert edit_expense(session, actor=clerk, entry_id=entry.id, version=2, expense=said, now=NOW).approval == "waiting"
    with pytest.raises(Conflict):
        approve_expense(session, actor=world.owner, entry_id=entry.id, version=2, now=NOW)


def test_an_approval_holds_for_other_words_and_not_for_another_sum(session: Session, world: World, clerk: Actor, survey: Expense) -> None:
    entry = approve(session, world.owner, record(session, clerk, survey))
    said = replace(survey, description="Hull survey of the Castellane Star", incurred_on=date(TODAY.year, 1, 5))
    assert edit_expense(session, actor=clerk, entry_id=entry.id, version=2, expense=said, now=NOW).approval == "approved"
    dearer = replace(said, unit_minor=2_400_01)
    assert edit_expense(session, actor=clerk, entry_id=entry.id, version=3, expense=dearer, now=NOW).approval == "waiting"
    cheap = replace(said, unit_minor=900_00)
    assert edit_expense(session, actor=clerk, entry_id=entry.id, version=4, expense=cheap, now=NOW).approval == "none"


def test_a_bookkeeper_and_a_stranger_decide_nothing_and_a_discarded_one_is_past(
    session: Session, world: World, clerk: Actor, survey: Expense
) -> None:
    entry = record(session, clerk, survey)
    with pytest.raises(NotAllowed):
        approve(session, make_member(session, world.owner, Role.BOOKKEEPER), entry)
    discard_expense(session, actor=clerk, entry_id=entry.id, version=1, now=NOW)
    with pytest.raises(NotAllowed):
        approve(session, world.owner, entry)
    id_, stranger = entry.id, make_world(session, "Tolliver & Ames").owner
    with pytest.raises(NotFound):
        approve_expense(session, actor=stranger, entry_id=id_, version=2, now=NOW)


def test_what_is_on_a_pre_bill_is_not_declined_any_more(
    session: Session, world: World, matter: Matter, clerk: Actor, survey: Expense
) -> None:
    entry = approve(session, world.owner, record(session, clerk, survey))
    billing.draft_one(session, world, matter)
    with pytest.raises(NotAllowed, match="pre-bill"):
        decline_expense(session, actor=world.owner, entry_id=entry.id, version=2, reason="Too much", now=NOW)
