"""Tasks at a browser: on the page of their matter, in the list of all, on the first page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from re import findall

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lexapp.database import transaction
from lexapp.domain.agreements import Due, Flat
from lexapp.domain.permissions import Actor, Role
from lexapp.models import Matter, MatterTask, Milestone
from lexapp.services.matter_tasks import TaskFacts, change_task
from tests.agreed_fees import agree, fees
from tests.factories import World, make_firm, make_matter, make_member
from tests.tasks import add, tasks_of
from tests.two_firms import local_today
from tests.web.reading import text_of
from tests.web.visitor import Visitor

SignIn = Callable[[Actor], Visitor]


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def row(answer: TestResponse, task: MatterTask) -> str:
    """The row of a task in a list, as HTML."""
    return answer.get_data(as_text=True).split(f'id="task-{task.id}"')[1].split("</tr>")[0]


def button(answer: TestResponse, path: str) -> dict[str, str]:
    """What the button of a page that posts to the path sends along."""
    form = answer.get_data(as_text=True).split(f'action="{path}"')[1].split("</form>")[0]
    return {name: value for name, value in findall(r'name="(\w+)" value="([^"]*)"', form) if name != "csrf_token"}


def sent(task: MatterTask) -> dict[str, str]:
    return {"version": str(task.version)}


def test_a_task_is_added_in_one_line_and_done_with_a_press(session: Session, world: World, matter: Matter, owner: Visitor) -> None:
    home = f"/matters/{matter.id}/tasks"
    assert "No tasks yet" in text_of(owner.get(home))
    line = {"key": "key-of-task-1", "name": "File the answer", "due_on": "yesterday", "membership_id": str(world.owner.membership_id)}
    assert owner.post(home, line).status_code == 303
    [task] = tasks_of(session, matter)
    shown = text_of(owner.get(home))
    assert ("File the answer" in shown, "1 day overdue" in shown) == (True, True)
    assert '<span class="second">You</span>' in row(owner.get(home), task)
    answer = owner.post(f"/tasks/{task.id}/completion", sent(task), htmx=True)
    assert (answer.status_code, "Everything is done" in text_of(answer), "Not done after all" in row(answer, task)) == (200, True, True)
    [task] = tasks_of(session, matter)
    assert owner.post(f"/tasks/{task.id}/reopening", sent(task)).status_code == 303
    assert tasks_of(session, matter)[0].done_at is None


@pytest.mark.parametrize("place", ["matter", "all", "mine"])
def test_a_button_that_is_pressed_twice_does_it_once(session: Session, world: World, matter: Matter, owner: Visitor, place: str) -> None:
    agree(session, world, matter, Flat(name="Filing", amount_minor=1_000, due=Due.when_done("Filed")))
    [task] = tasks_of(session, matter)
    facts = TaskFacts(name="Filed", due_on=local_today(), membership_id=world.owner.membership_id)
    change_task(session, actor=world.owner, task_id=task.id, version=task.version, facts=facts)
    page = {"matter": f"/matters/{matter.id}/tasks", "all": "/tasks", "mine": "/tasks/mine"}[place]
    done = f"/tasks/{task.id}/completion"
    press = button(owner.get(page), done)
    assert [owner.post(done, press, htmx=True).status_code for _ in range(2)] == [200, 200]
    home, back = f"/matters/{matter.id}/fee-agreement", f"/milestones/{_milestone(session, task)}/undoing"
    press = button(owner.get(home), back)
    assert [owner.post(back, press).status_code for _ in range(2)] == [303, 303]
    assert fees(session, matter) == []


def test_a_weekday_is_the_next_one(session: Session, world: World, matter: Matter, owner: Visitor) -> None:
    before = local_today()
    for name in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"):
        assert owner.post(f"/matters/{matter.id}/tasks", {"key": f"key-of-{name}-1", "name": name, "due_on": name}).status_code == 303
    due = [task.due_on for task in tasks_of(session, matter) if task.due_on]
    assert [day.weekday() for day in due] == list(range(7))
    assert before <= min(due)
    assert max(due) < local_today() + timedelta(days=7)


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(matter: Matter, owner: Visitor) -> None:
    answer = owner.post(f"/matters/{matter.id}/tasks", {"key": "key-of-task-1", "name": "", "due_on": "whenever"}, htmx=True)
    assert answer.status_code == 422
    assert "Write what has to be done, such as: File the answer." in text_of(answer)
    assert "This is not a date." in text_of(answer)
    assert 'value="whenever"' in answer.get_data(as_text=True)


def test_a_task_is_changed_and_what_somebody_else_made_of_it_is_shown(
    session: Session, world: World, matter: Matter, owner: Visitor
) -> None:
    task = add(session, world.owner, matter)
    assert "File the answer" in owner.get(f"/tasks/{task.id}/edit").get_data(as_text=True)
    said = {"key": "key-of-task-1", "version": "1", "name": "Serve the answer", "note": "By courier"}
    assert owner.post(f"/tasks/{task.id}", said).status_code == 303
    late = owner.post(f"/tasks/{task.id}", {**said, "key": "key-of-task-2", "name": "Mail the answer"})
    assert (late.status_code, "Serve the answer" in text_of(late)) == (409, True)


def test_a_task_that_a_fee_waits_for_is_kept_and_the_reason_stands_in_its_row(
    session: Session, world: World, matter: Matter, owner: Visitor
) -> None:
    agree(session, world, matter, Flat(name="Filing", amount_minor=1_000, due=Due.when_done("Filed")))
    [task] = tasks_of(session, matter)
    assert "Makes a fee due" in text_of(owner.get(f"/matters/{matter.id}/tasks"))
    for htmx in (True, False):
        answer = owner.post(f"/tasks/{task.id}/removal", sent(task), htmx=htmx)
        assert answer.status_code == 422
        assert "“Filing” of the fee agreement is due when this is done." in text_of(answer)
    stale = owner.post(f"/tasks/{task.id}/completion", {"version": "7"}, htmx=True)
    assert (stale.status_code, "Somebody changed this task after you opened the page." in text_of(stale)) == (409, True)


def test_removing_can_be_undone(session: Session, world: World, matter: Matter, owner: Visitor) -> None:
    task = add(session, world.owner, matter)
    assert owner.post(f"/tasks/{task.id}/removal", sent(task)).status_code == 303
    assert owner.get(f"/tasks/{task.id}/edit").status_code == 404
    assert owner.post(f"/tasks/{task.id}/restoration?version=2", {}).status_code == 303
    assert "File the answer" in text_of(owner.get(f"/matters/{matter.id}/tasks"))


def test_the_list_of_all_is_filtered_by_who_and_what_is_done(
    session: Session, world: World, matter: Matter, owner: Visitor, sign_in: SignIn
) -> None:
    helper = make_member(session, world.owner, Role.ASSISTANT)
    other = make_matter(session, world.owner, name="Lease of the pier")
    add(session, world.owner, matter, "Mine", membership_id=world.owner.membership_id)
    add(session, world.owner, other, "Theirs", membership_id=helper.membership_id)
    free = add(session, world.owner, other, "Nobody’s")
    names = ("Mine", "Theirs", "Nobody’s")

    def seen(query: str) -> list[str]:
        rows = owner.get(f"/tasks{query}").get_data(as_text=True)
        return [name for name in names if f">{name}</a>" in rows]

    assert seen("") == list(names)
    assert seen(f"?person={helper.membership_id}") == ["Theirs"]
    assert seen("?person=nobody") == ["Nobody’s"]
    assert seen("?q=pier") == ["Theirs", "Nobody’s"]
    assert seen(f"?matter={matter.id}") == ["Mine"]
    assert seen("?state=done") == []
    owner.post(f"/tasks/{free.id}/completion", {"version": "1"})
    assert (seen("?state=done"), seen("")) == (["Nobody’s"], ["Mine", "Theirs"])
    assert "Theirs" in text_of(sign_in(helper).get(f"/tasks?person={helper.membership_id}"))


def test_the_first_page_asks_for_what_is_due_soon(session: Session, world: World, matter: Matter, sign_in: SignIn) -> None:
    lawyer, today = make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id), local_today()
    for name, days in (("Late", -3), ("Soon", 3), ("Far", 30)):
        add(session, world.owner, matter, name, due_on=today + timedelta(days=days), membership_id=lawyer.membership_id)
    add(session, world.owner, matter, "Somebody else’s", due_on=today)
    visitor = sign_in(lawyer)
    page = visitor.get("/today").get_data(as_text=True)
    assert ('hx-get="/tasks/mine"' in page, f'href="/tasks?person={lawyer.membership_id}"' in page) == (True, True)
    card = text_of(visitor.get("/tasks/mine"))
    assert [name in card for name in ("3 days overdue", "Late", "Soon", "All 3", "Far", "Somebody else")] == [True] * 4 + [False] * 2


def test_a_closed_matter_says_so_and_offers_nothing(session: Session, world: World, matter: Matter, owner: Visitor) -> None:
    add(session, world.owner, matter, "Left over", due_on=local_today(), membership_id=world.owner.membership_id)
    with transaction(session, world.firm_id):
        row = session.get_one(Matter, matter.id)
        row.status, row.closed_on = "closed", local_today()
    page = owner.get(f"/matters/{matter.id}/tasks")
    assert "Reopen it to add tasks or to change them." in text_of(page)
    assert "/completion" not in page.get_data(as_text=True)
    assert owner.post(f"/matters/{matter.id}/tasks", {"key": "key-of-task-1", "name": "More"}).status_code == 422
    assert "Left over" not in text_of(owner.get("/tasks")) + text_of(owner.get("/tasks/mine"))


def test_who_only_reads_sees_tasks_and_no_buttons_and_an_outsider_sees_nothing(
    session: Session, world: World, matter: Matter, sign_in: SignIn
) -> None:
    task_id, matter_id = add(session, world.owner, matter).id, matter.id
    auditor = sign_in(make_member(session, world.owner, Role.AUDITOR))
    page = auditor.get(f"/matters/{matter_id}/tasks")
    assert ("File the answer" in text_of(page), "/completion" in page.get_data(as_text=True)) == (True, False)
    assert auditor.post(f"/tasks/{task_id}/completion", {"version": "1"}).status_code == 403
    outsider = sign_in(make_firm(session, "Quillfeather & Lind"))
    for path in (f"/matters/{matter_id}/tasks", f"/tasks/{task_id}/edit"):
        assert outsider.get(path).status_code == 404
    for verb in ("completion", "reopening", "removal", "restoration"):
        assert outsider.post(f"/tasks/{task_id}/{verb}", {"version": "1"}).status_code == 404


def test_the_agreement_offers_the_tasks_and_says_which_fee_is_due_by_one_that_is_done(
    session: Session, world: World, matter: Matter, owner: Visitor
) -> None:
    add(session, world.owner, matter, "Answer filed")
    form = owner.get(f"/matters/{matter.id}/fee-agreement/new").get_data(as_text=True)
    assert '<option value="Answer filed">' in form
    flat = {"term_1_kind": "flat", "term_1_name": "Answer", "term_1_amount_minor": "1,000", "term_1_covers": "all"}
    due = {"term_1_due_by": "task", "term_1_due": "answer filed", "effective_from": "2026-01-02", "key": "key-agreement-1", "version": "1"}
    assert owner.post(f"/matters/{matter.id}/fee-agreement", flat | due).status_code == 303
    [task] = tasks_of(session, matter)
    home = f"/matters/{matter.id}/fee-agreement"
    assert "due when this is done: answer filed" in text_of(owner.get(home))
    done = owner.post(f"/tasks/{task.id}/completion", sent(task), htmx=True)
    assert "The fee that was due by it waits to be billed." in done.headers["HX-Trigger"]
    assert "by its task" in text_of(owner.get(home))
    [task] = tasks_of(session, matter)
    assert owner.post(f"/milestones/{_milestone(session, task)}/undoing?version=2", {}).status_code == 303
    shown = text_of(owner.get(home))
    assert ("due when this is done: answer filed, and it is" in shown, "Due" in shown) == (True, True)


def _milestone(session: Session, task: MatterTask) -> int:
    return session.scalars(select(Milestone.id).where(Milestone.task_id == task.id)).one()
