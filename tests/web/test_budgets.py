"""Budgets at a browser: set, worked under, warned of at their thresholds, blocked, decided by name, forecast, reported."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.agreements import AgreedCap
from lexapp.domain.budgets import Beyond
from lexapp.domain.permissions import Actor, Role
from lexapp.models import BudgetHold, Matter, MatterBudget, TimeEntry
from tests.agreed_fees import agree
from tests.budgets import answer_for, give, holds, mails, notices, work
from tests.factories import OPENED, World, local_today, make_matter, make_member
from tests.web.reading import text_of
from tests.web.visitor import Visitor

Members = Callable[[Role], Visitor]
TYPED = {
    "effective_from": "2026-01-02",
    "amount_minor": "5,000",
    "L100_amount": "2,000",
    "counts": "fees",
    "beyond": "block",
    "thresholds": "50, 75, 90, 100",
}


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    made = make_matter(session, world.owner)
    answer_for(session, world, made, world.partner.id)
    return made


def typed(n: int = 1, **more: str) -> dict[str, str]:
    return {"key": f"key-of-budget-{n}", **TYPED, **more}


def entry(matter: Matter, world: World, hours: str, n: int, **more: str) -> dict[str, str]:
    said = {"worked_on": "today", "matter_id": str(matter.id), "recorded_seconds": hours, "task_code": "L110", "activity_code": "A102"}
    named = {"narrative": "Review of the file of the carrier", "billing_status": "billable", "timekeeper_id": str(world.associate.id)}
    return {"key": f"key-of-entry-{n}", "version": "", **said, **named, **more}


def test_from_the_budget_to_its_warnings_the_blocked_entry_and_the_forecast(
    owner: Visitor, session: Session, world: World, matter: Matter
) -> None:
    page = f"/matters/{matter.id}/budget"
    assert "No budget" in text_of(owner.get(page))
    assert owner.post(page, typed()).status_code == 303
    assert "0 %" in text_of(owner.get(page))
    for n, hours in enumerate(("3:18", "1:48", "1:00", "0:30"), 1):  # 990, 1,530, 1,830, 1,980 of 2,000
        assert owner.post("/time", entry(matter, world, hours, n)).status_code == 303
    assert "This brings L100 to 99 % of its budget." in text_of(owner.get("/today"))
    assert notices(session) == [("L100", 50), ("L100", 75), ("L100", 90)]
    assert len(mails(session)) == 2, "50 and 75 were passed by one entry"
    refused = owner.post("/time", entry(matter, world, "1:00", 5))
    assert refused.status_code == 422
    assert "This would bring L100 to 114 % of its budget" in text_of(refused)
    assert "Held beyond the budget" in text_of(refused)
    assert owner.post("/time", entry(matter, world, "1:00", 6, billing_status="held")).status_code == 303
    assert "it is held, and not billable until somebody lets it be" in text_of(owner.get("/today"))
    shown = text_of(owner.get(page))
    assert "1 entry is held beyond the budget" in shown
    assert "It is reached on" in shown
    assert "as today" in shown
    release = f"/budget-holds/{holds(session)[0].id}/release"
    assert "Write why it is billed" in text_of(owner.post(release, {"key": "key-of-release-1", "version": "1", "reason": " "}))
    given = {"key": "key-of-release-2", "version": "1", "reason": "The client asked for it"}
    assert owner.post(release, given).status_code == 303
    assert "The client asked for it" in text_of(owner.get(page))
    assert notices(session)[-1] == ("L100", 100)
    assert owner.post("/time", entry(matter, world, "0:30", 7, billing_status="non_billable")).status_code == 303


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"amount_minor": "0"}, "above zero"),
        ({"amount_minor": "-5"}, "without a minus"),
        ({"amount_minor": ""}, "Write the amount of the whole matter"),
        ({"hours_hundredths": "x"}, "Type a number"),
        ({"L200_amount": "3,000.01"}, "The phases come to $5,000.01, more than the whole"),
        ({"task_1": "L110", "task_1_amount": "2,000.01"}, "Its tasks come to $2,000.01"),
        ({"task_1": "L110"}, "Write its amount or its hours"),
        ({"task_1_amount": "5"}, "Choose the task"),
        ({"thresholds": "0, 50"}, "0 is no threshold"),
        ({"thresholds": "501"}, "501 is no threshold"),
        ({"thresholds": "75, 75"}, "75 stands here twice"),
        ({"thresholds": "many"}, "Write whole percents"),
        ({"effective_to": "2026-01-01"}, "The last day lies before the first"),
        ({"effective_from": ""}, "Write the first day."),
    ],
)
def test_what_cannot_be_a_budget_is_said_beside_its_field_and_what_was_typed_stays(
    owner: Visitor, session: Session, matter: Matter, changed: dict[str, str], said: str
) -> None:
    answer = owner.post(f"/matters/{matter.id}/budget", typed(**changed), htmx=True)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert 'aria-invalid="true"' in answer.text
    assert "2,000" in answer.text
    session.rollback()
    assert session.scalars(select(MatterBudget)).all() == []


def test_days_of_budgets_do_not_overlap(owner: Visitor, matter: Matter) -> None:
    page = f"/matters/{matter.id}/budget"
    assert owner.post(page, typed()).status_code == 303
    assert "begins on this day already" in text_of(owner.post(page, typed(2)))
    assert "Another budget starts on Jan 2, 2026" in text_of(
        owner.post(page, typed(3, effective_from="2026-01-01", effective_to="2026-02-01"))
    )


def test_a_new_form_begins_with_the_budget_in_force_and_the_old_one_stays_readable(
    owner: Visitor, session: Session, matter: Matter
) -> None:
    page = f"/matters/{matter.id}/budget"
    owner.post(page, typed(task_1="L110", task_1_amount="500", hours_hundredths="100"))
    form = owner.get(f"{page}/new").text
    assert all(text in form for text in ('value="5,000.00"', 'value="2,000.00"', 'value="500.00"', 'value="100"', "50, 75, 90, 100"))
    assert owner.post(page, typed(2, effective_from="today", amount_minor="6,000")).status_code == 303
    shown = text_of(owner.get(page))
    assert "6,000.00" in shown
    assert "Other budgets" in shown
    assert "5,000.00" in shown


def test_a_budget_is_ended_and_removed(owner: Visitor, session: Session, matter: Matter) -> None:
    owner.post(f"/matters/{matter.id}/budget", typed())
    budget = session.scalars(select(MatterBudget)).one()
    end = f"/budgets/{budget.id}/ending"
    assert "End the budget" in text_of(owner.get(end))
    assert owner.post(end, {"key": "key-of-the-end", "version": "1", "effective_to": "2025-01-01"}).status_code == 422
    assert owner.post(end, {"key": "key-of-the-end", "version": "1", "effective_to": "today"}).status_code == 303
    assert owner.post(end, {"key": "key-of-the-end-2", "version": "1", "effective_to": "today"}).status_code == 409
    assert owner.post(f"/budgets/{budget.id}/removal", {"version": "2"}).status_code == 303
    assert "No budget" in text_of(owner.get(f"/matters/{matter.id}/budget"))


def test_the_parts_are_the_same_on_the_page_in_the_file_and_behind_the_figures(
    owner: Visitor, session: Session, world: World, matter: Matter
) -> None:
    give(session, world, matter)
    for hours, task in ((3, "L110"), (2, "L210"), (1, "")):
        work(session, world.owner, matter, hours, task_code=task, timekeeper_id=world.associate.id, worked_on=local_today())
    page = f"/matters/{matter.id}/budget"
    rows = list(csv.reader(io.StringIO(owner.get(f"{page}?format=csv").data.decode("utf-8-sig"))))
    assert rows[0][:3] == ["Part", "Budget", "Spent"]
    assert [row[:3] for row in rows[1:]] == [
        ["L100 Case Assessment, Development and Administration", "2000.00", "900.00"],
        ["Work without a part of its own", "", "900.00"],
        ["Total", "5000.00", "1800.00"],
    ]
    assert "900.00 in 1 entry" in text_of(owner.get(f"{page}/entries?code=L100"))
    assert "900.00 in 2 entries" in text_of(owner.get(f"{page}/entries?code=-"))
    assert "1,800.00 in 3 entries" in text_of(owner.get(f"{page}/entries"))
    assert owner.get(f"{page}?format=xlsx").data[:2] == b"PK"
    assert "chart" in owner.get(page).text


def test_caps_of_the_agreement_are_shown_and_warned_of(owner: Visitor, session: Session, world: World, matter: Matter) -> None:
    agree(session, world, matter, AgreedCap(limit_minor=1_000_00), AgreedCap(limit_minor=2_000_00, is_hard=False), since=OPENED)
    work(session, world.owner, matter, 3, timekeeper_id=world.associate.id)  # 900
    assert [threshold for _, threshold in notices(session)] == [75, 90]
    work(session, world.owner, matter, 2.5, timekeeper_id=world.associate.id)  # 1,650
    assert sorted(threshold for _, threshold in notices(session)) == [75, 75, 90, 100]
    assert len(mails(session)) == 2, "an entry that passes both is told once"
    shown = text_of(owner.get(f"/matters/{matter.id}/budget"))
    assert "Hard cap" in shown
    assert "Soft cap" in shown
    assert "82 %" in shown
    assert "Hard cap" in text_of(owner.get(f"/matters/{matter.id}/budget/summary"))


def test_what_is_left_above_the_report_is_the_sum_of_its_rows(owner: Visitor, session: Session, world: World, matter: Matter) -> None:
    give(session, world, matter, parts=())
    other = make_matter(session, world.owner, name="Second matter")
    agree(session, world, other, AgreedCap(limit_minor=1_000_00), since=OPENED)
    work(session, world.owner, other, 15, timekeeper_id=world.associate.id)  # 4,500 of 1,000; of the other's 5,000 nothing
    shown = text_of(owner.get("/reports/budgets"))
    assert "$3,500.00 beyond those used up" in shown
    assert shown.count("1,500.00") == 2, shown  # in the figure and in the total


def test_the_report_names_every_budget_and_cap_the_most_used_first(owner: Visitor, session: Session, world: World, matter: Matter) -> None:
    give(session, world, matter, parts=())
    work(session, world.owner, matter, 15, timekeeper_id=world.associate.id)  # 4,500 of 5,000
    other = make_matter(session, world.owner, name="Second matter")
    agree(session, world, other, AgreedCap(limit_minor=9_000_00), since=OPENED)
    shown = text_of(owner.get("/reports/budgets"))
    assert "2 budgets and caps in force today. 1 at 75 % or more, 0 used up." in shown
    assert shown.index("Port Authority claims") < shown.index("Second matter")
    near = owner.get("/reports/budgets?kind=near")
    assert "Second matter" not in text_of(near)
    rows = list(csv.reader(io.StringIO(owner.get("/reports/budgets?format=csv").data.decode("utf-8-sig"))))
    assert rows[0][0] == "Matter"
    assert rows[-1][0] == "Total"
    assert "4500.00" in rows[1]
    assert "14000.00" in rows[-1]
    assert "Which budgets are nearly used up?" in text_of(owner.get("/reports"))


def test_who_answers_for_the_matter_is_told_on_the_first_page_until_it_was_seen(
    sign_in: Callable[[Actor], Visitor], session: Session, world: World, matter: Matter
) -> None:
    timekeeper = sign_in(make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id))
    answer_for(session, world, matter, world.associate.id)
    give(session, world, matter)
    assert timekeeper.post("/time", entry(matter, world, "4:00", 1)).status_code == 303
    assert "1 budget has reached a threshold" in text_of(timekeeper.get("/today"))
    warned = text_of(timekeeper.get("/budget-warnings"))
    assert "Port Authority claims" in warned
    assert "Budget of L100" in warned
    assert timekeeper.post("/budget-warnings/seen").status_code == 303
    assert "reached a threshold" not in text_of(timekeeper.get("/today"))
    assert "Nothing new" in text_of(timekeeper.get("/budget-warnings"))


def test_who_may_not_decide_does_not(member: Members, session: Session, world: World, matter: Matter) -> None:
    give(session, world, matter, beyond=Beyond.BLOCK)
    work(session, world.owner, matter, 8, timekeeper_id=world.associate.id, billing_status="held")
    hold = session.scalars(select(BudgetHold.id)).one()
    timekeeper = member(Role.TIMEKEEPER)
    assert timekeeper.get(f"/budget-holds/{hold}/release").status_code == 403
    assert timekeeper.post(f"/budget-holds/{hold}/keeping", {"version": "1"}).status_code == 403
    assert timekeeper.get(f"/matters/{matter.id}/budget/new").status_code == 403
    session.rollback()
    assert session.scalars(select(TimeEntry.billing_status)).one() == "non_billable"


def test_a_budget_of_another_firm_is_not_there(outsider: Visitor, session: Session, world: World, matter: Matter) -> None:
    budget = give(session, world, matter)
    for path in (f"/matters/{matter.id}/budget", f"/budgets/{budget.id}/ending", f"/matters/{matter.id}/budget/entries"):
        assert outsider.get(path).status_code == 404
