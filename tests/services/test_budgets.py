"""Budgets of matters: what work uses up, who is told of which threshold, and what becomes of work beyond."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.budgets import spent_entries
from lexapp.database import scope_to_firm, transaction
from lexapp.domain.budgets import Beyond, BudgetPart
from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import Actor
from lexapp.domain.reductions import Counts
from lexapp.models import Matter, MatterBudget
from lexapp.queries.budgets import unseen_notices
from lexapp.services import budgets as service
from lexapp.services.expense_entries import Expense, record_expense
from lexapp.services.invoices import issue_invoices, void_invoice
from lexapp.services.pre_bills import LineChange, approve_pre_bills, edit_line
from lexapp.services.time_entries import Work, discard_time, record_time, restore_time
from lexapp.workflows.budgets import watch_budgets
from tests import billing
from tests.agreed_fees import refused
from tests.budgets import WHOLE, answer_for, budget, give, mails, notices, spent, work
from tests.factories import NOW, OPENED, TODAY, World

DAY = timedelta(days=1)


def test_work_uses_up_the_whole_and_its_phase_and_each_threshold_is_told_once(
    session: Session, world: World, matter: Matter, associate: Actor
) -> None:
    answer_for(session, world, matter, world.associate.id)
    give(session, world, matter)
    work(session, associate, matter, 3)  # 900 of 2,000
    assert notices(session) == []
    work(session, associate, matter, 1)  # 1,200: 60 %
    assert notices(session) == [("L100", 50)]
    work(session, associate, matter, 1)  # 1,500: 75 %
    work(session, associate, matter, 0.5)
    assert notices(session) == [("L100", 50), ("L100", 75)]
    work(session, associate, matter, 1.5)  # 2,100: at once 90 and 100, of which the higher is told
    assert notices(session) == [("L100", 50), ("L100", 75), ("L100", 90), ("L100", 100)]
    assert notices(session, told=True) == [("L100", 50), ("L100", 75), ("L100", 100)]
    assert spent(session, world, matter) == {"": 2_100_00, "L100": 2_100_00}
    assert [mail.payload["user_id"] for mail in mails(session)] == [associate.user_id] * 3


def test_other_phases_count_to_the_whole_alone(session: Session, world: World, matter: Matter, associate: Actor) -> None:
    give(session, world, matter)
    work(session, associate, matter, 8, task_code="L210")
    work(session, associate, matter, 1, task_code="")
    assert spent(session, world, matter) == {"": 2_700_00, "L100": 0}
    assert notices(session) == [("", 50)]


def test_nobody_is_told_twice_when_work_is_taken_out_and_comes_again(
    session: Session, world: World, matter: Matter, associate: Actor
) -> None:
    give(session, world, matter)
    entry = work(session, associate, matter, 4)
    gone = discard_time(session, actor=associate, entry_id=entry.id, version=entry.version, now=NOW)
    restore_time(session, actor=associate, entry_id=gone.id, version=gone.version, now=NOW)
    work(session, associate, matter, 0.1)
    assert notices(session) == [("L100", 50)]
    assert len(mails(session)) == 1


def test_a_budget_that_is_raised_tells_its_own_thresholds_again(session: Session, world: World, matter: Matter, associate: Actor) -> None:
    give(session, world, matter, parts=())
    work(session, associate, matter, 16)  # 4,800 of 5,000
    assert notices(session) == [("", 50), ("", 75), ("", 90)]
    raised = give(session, world, matter, parts=(), amount_minor=6_000_00, effective_from=TODAY)
    assert notices(session, told=True) == [("", 90)], "what was reached when it was raised is told to nobody"
    work(session, associate, matter, 2)  # 5,400 of 6,000
    assert notices(session, told=True) == [("", 90), ("", 90)]
    assert [one.payload["matter_id"] for one in mails(session)] == [matter.id] * 2
    first = session.scalars(select(MatterBudget).where(MatterBudget.id != raised.id)).one()
    assert (first.effective_to, raised.effective_to) == (TODAY - DAY, None)


def test_without_a_responsible_timekeeper_whoever_set_the_budget_is_told(
    session: Session, world: World, matter: Matter, associate: Actor
) -> None:
    give(session, world, matter)
    work(session, associate, matter, 4)
    assert [mail.payload["user_id"] for mail in mails(session)] == [world.owner.user_id]


def test_nobody_who_is_shut_out_from_the_matter_is_told(session: Session, world: World, matter: Matter, associate: Actor) -> None:
    answer_for(session, world, matter, world.associate.id)
    give(session, world, matter)
    with transaction(session, world.firm_id):
        session.add(matter)
        matter.is_walled = True
    work(session, world.owner, matter, 4, timekeeper_id=world.associate.id)
    assert [mail.payload["user_id"] for mail in mails(session)] == [world.owner.user_id]


def test_what_was_billed_counts_as_charged_and_comes_back_at_its_value(session: Session, world: World, matter: Matter) -> None:
    give(session, world, matter, parts=())
    work(session, world.owner, matter, 3, timekeeper_id=world.associate.id)
    bill = billing.draft_one(session, world, matter)
    [line] = billing.lines_of(session, bill.id)
    change = LineChange("Work", 300, line.rate_minor, write_down_minor=60_00, write_down_reason="Too long")
    edit_line(session, actor=world.owner, line_id=line.id, version=line.version, change=change, now=NOW)
    assert spent(session, world, matter)[""] == 900_00, "a draft is not billed"
    approve_pre_bills(session, actor=world.owner, pre_bill_ids=[bill.id], now=NOW)
    [invoice_id] = issue_invoices(session, actor=world.owner, pre_bill_ids=[bill.id], issued_on=TODAY, send=False, now=NOW)
    assert spent(session, world, matter)[""] == 840_00
    [row] = spent_entries(session, firm_id=world.firm_id, matter_id=matter.id)
    assert (row.kind, row.billed_minor, row.unbilled_minor, row.hundredths) == ("time", 840_00, 0, 300)
    error = refused(lambda: give(session, world, matter, amount_minor=800_00, parts=(), effective_from=TODAY))
    assert (error.field, "is billed already" in str(error)) == ("amount_minor", True)
    parts = (BudgetPart("L100", 839_99),)
    assert refused(lambda: give(session, world, matter, parts=parts, effective_from=TODAY)).field == "L100_amount"
    void_invoice(session, actor=world.owner, invoice_id=invoice_id, reason="Wrong payer", now=NOW)
    assert spent(session, world, matter)[""] == 900_00


def test_expenses_count_where_they_are_meant(session: Session, world: World, matter: Matter) -> None:
    cost = Expense(matter_id=matter.id, incurred_on=TODAY, unit_minor=250_00, description="Filing fee")
    record_expense(session, actor=world.owner, expense=cost, now=NOW)
    give(session, world, matter)
    assert spent(session, world, matter) == {"": 0, "L100": 0}
    give(session, world, matter, counts=Counts.ALL, effective_from=TODAY)
    assert spent(session, world, matter) == {"": 250_00, "L100": 0}


def test_what_no_entry_brought_is_told_by_the_watch_once(session: Session, world: World, matter: Matter, associate: Actor) -> None:
    work(session, associate, matter, 9)
    give(session, world, matter, amount_minor=6_000_00, parts=(), thresholds=(50, 75))
    cost = Expense(matter_id=matter.id, incurred_on=TODAY, unit_minor=400_00, description="Filing fee")
    assert watch_budgets(session, firm_id=world.firm_id, now=NOW) == 0
    record_expense(session, actor=world.owner, expense=cost, now=NOW)
    assert watch_budgets(session, firm_id=world.firm_id, now=NOW) == 0, "expenses do not count here"
    give(session, world, matter, counts=Counts.ALL, effective_from=TODAY, amount_minor=6_500_00, parts=(), thresholds=(50,))
    record_expense(session, actor=world.owner, expense=cost, now=NOW)
    assert watch_budgets(session, firm_id=world.firm_id, now=NOW) == 1
    assert watch_budgets(session, firm_id=world.firm_id, now=NOW) == 0
    assert len(mails(session)) == 1


def test_a_budget_counts_the_work_of_its_days_alone(session: Session, world: World, matter: Matter, associate: Actor) -> None:
    work(session, associate, matter, 4, worked_on=TODAY - 40 * DAY)
    give(session, world, matter, effective_from=TODAY - 30 * DAY, counts_from=TODAY - 30 * DAY)
    work(session, associate, matter, 1, worked_on=TODAY - 30 * DAY)
    assert spent(session, world, matter) == {"": 300_00, "L100": 300_00}


def test_budgets_do_not_overlap(session: Session, world: World, matter: Matter) -> None:
    give(session, world, matter, effective_from=TODAY)
    assert refused(lambda: give(session, world, matter, effective_from=TODAY)).field == "effective_from"
    error = refused(lambda: give(session, world, matter, effective_from=TODAY - 9 * DAY, effective_to=TODAY))
    assert error.field == "effective_to"
    earlier = give(session, world, matter, effective_from=TODAY - 9 * DAY)
    assert earlier.effective_to == TODAY - DAY


def test_one_is_ended_and_a_mistake_is_taken_back(session: Session, world: World, matter: Matter) -> None:
    first = give(session, world, matter)
    second = give(session, world, matter, effective_from=TODAY, amount_minor=WHOLE * 2)
    service.remove_budget(session, actor=world.owner, budget_id=second.id, version=second.version, now=NOW)
    session.refresh(first)
    assert first.effective_to is None
    ended = service.end_budget(session, actor=world.owner, budget_id=first.id, version=first.version, last_day=TODAY, now=NOW)
    assert ended.effective_to == TODAY
    with pytest.raises(NotFound):
        service.remove_budget(session, actor=world.owner, budget_id=second.id, version=second.version, now=NOW)
    with pytest.raises(Conflict):
        service.end_budget(session, actor=world.owner, budget_id=first.id, version=1, last_day=TODAY, now=NOW)


def test_whoever_agrees_no_fees_sets_no_budget(session: Session, world: World, matter: Matter, associate: Actor) -> None:
    with pytest.raises(NotAllowed):
        service.set_budget(session, actor=associate, matter_id=matter.id, budget=budget())
    internal = session.scalars(select(Matter.id).where(Matter.is_internal)).first() or 0
    session.rollback()
    with pytest.raises(InvalidInput, match="takes no budget"):
        service.set_budget(session, actor=world.owner, matter_id=internal, budget=budget())


def test_a_repeat_of_the_same_form_sets_one_budget(session: Session, world: World, matter: Matter) -> None:
    twice = [service.set_budget(session, actor=world.owner, matter_id=matter.id, budget=budget(), key="budget-1") for _ in range(2)]
    assert twice[0].id == twice[1].id


def test_a_warning_that_was_seen_waits_no_more(session: Session, world: World, matter: Matter, associate: Actor) -> None:
    answer_for(session, world, matter, world.associate.id)
    give(session, world, matter)
    work(session, associate, matter, 4)
    scope_to_firm(session, world.firm_id)
    assert [(one.code, one.threshold) for one in unseen_notices(session, actor=associate)] == [("L100", 50)]
    session.rollback()
    assert service.see_notices(session, actor=associate, now=NOW) == 1
    scope_to_firm(session, world.firm_id)
    assert unseen_notices(session, actor=associate) == []


def test_time_of_another_day_is_under_the_budget_of_that_day(session: Session, world: World, matter: Matter, associate: Actor) -> None:
    give(session, world, matter, effective_from=TODAY, beyond=Beyond.BLOCK, amount_minor=300_00, parts=())
    record_time(
        session, actor=associate, work=Work(matter.id, world.associate.id, TODAY - DAY, 3600, "Work", "L110"), now=NOW
    )  # before it: not blocked
    assert refused(lambda: work(session, associate, matter, 1)).code == "beyond_budget", "the work before counts, as no first day was given"
    assert OPENED < TODAY
