"""Tasks: on a matter's page, one's own on the first page, and the list of all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, abort, url_for

from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.domain.matter_tasks import LONGEST_NAME, LONGEST_NOTE, near_words
from lexapp.domain.words import counted
from lexapp.models import Matter, MatterTask
from lexapp.queries.matter_tasks import MOST_MINE, TaskFilter, count_tasks, matter_task_rows, task_people, task_rows
from lexapp.services import matter_tasks as service
from lexapp.web.access import current_actor, load, may, requires
from lexapp.web.dates import today_here
from lexapp.web.forms import DateField, NoteField, RecordField, TextField, sent_key, sent_version
from lexapp.web.forms.versions import VersionedForm
from lexapp.web.htmx import fragments, redirect_after, render, toast
from lexapp.web.lists import address, asked_choice, asked_id, asked_text, page_of, search_words
from lexapp.web.matter_page import matter_frame
from lexapp.web.paths import came_from

blueprint = Blueprint("tasks", __name__)
SOON = timedelta(days=7)
STATES = {"open": "Open", "done": "Done"}


class TaskLineForm(VersionedForm):
    name = TextField("Task", longest=LONGEST_NAME, needed="Write what has to be done, such as: File the answer.")
    due_on = DateField("Due", ahead=True, years_ahead=30)
    membership_id = RecordField("Who", empty="Nobody yet")

    def offer(self, matter: Matter, besides: int | None = None) -> None:
        """Offer who may work on the matter, and who has the task already."""
        self.membership_id.pairs = task_people(db.session(), firm_id=matter.firm_id, matter=matter, besides=besides)

    def facts(self, note: str = "") -> service.TaskFacts:
        """What was typed, as the service takes it. Only after validation."""
        said = {"due_on": self.due_on.data, "membership_id": self.membership_id.data}
        return service.TaskFacts(name=self.name.data or "", note=note, **said)


class TaskForm(TaskLineForm):
    note = NoteField("Note", longest=LONGEST_NOTE)


@blueprint.get("/tasks")
@requires("matter.view")
def index() -> Response:
    actor, today, person = current_actor(), today_here(), asked_text("person")
    state, matter_id = asked_choice("state", STATES, "open"), asked_id("matter")
    members = task_people(db.session(), firm_id=actor.firm_id)
    member_id = 0 if person == "nobody" else asked_id("person")
    wanted = TaskFilter(words=search_words(asked_text()), membership_id=member_id, is_done=state == "done", matter_id=matter_id)
    page = page_of(count_tasks(db.session(), firm_id=actor.firm_id, wanted=wanted))
    rows = task_rows(db.session(), firm_id=actor.firm_id, wanted=wanted, today=today, limit=page.limit, offset=page.offset)
    people = [*members, ("nobody", "Nobody yet")]
    asked = {"q": asked_text(), "state": state, "person": person, "matter": load(Matter, matter_id) if matter_id else None}
    shown = {"rows": rows, "pages": page, "people": people, "today": today, "near_words": near_words, "asked": asked, "new_key": new_key}
    states = [(label, address(state=None if one == "open" else one, page=None), one == state) for one, label in STATES.items()]
    return render(page="tasks/index.html", fragment="tasks/_task_list.html", states=states, **shown)


@blueprint.get("/tasks/mine")
@requires("matter.view")
def mine() -> Response:
    """The card of the first page, which asks for it once it stands: one's own that are overdue or due within a week."""
    actor, today = current_actor(), today_here()
    wanted = TaskFilter(membership_id=actor.membership_id, through=today + SOON)
    rows = task_rows(db.session(), firm_id=actor.firm_id, wanted=wanted, today=today, limit=MOST_MINE)
    total = count_tasks(db.session(), firm_id=actor.firm_id, wanted=TaskFilter(membership_id=actor.membership_id))
    return render(page="tasks/_mine.html", rows=rows, total=total, today=today, near_words=near_words, new_key=new_key)


@blueprint.get("/matters/<int:matter_id>/tasks")
@requires("matter.view")
def of_matter(matter_id: int) -> Response:
    found = _found(load(Matter, matter_id))
    return render(page="matters/show.html", fragment="matters/_part.html", **found)


@blueprint.post("/matters/<int:matter_id>/tasks")
@requires("time.record")
def create(matter_id: int) -> Response:
    matter, form = load(Matter, matter_id), TaskLineForm(ids="task")
    form.offer(matter)
    if form.validate_on_submit():
        try:
            service.add_task(db.session(), actor=current_actor(), matter_id=matter_id, facts=form.facts(), key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            return _answer(load(Matter, matter_id))
    return _refusal(matter, form=form, status=form.status)


@blueprint.get("/tasks/<int:matter_task_id>/edit")
@requires("time.record")
def edit(matter_task_id: int) -> Response:
    task = _standing(matter_task_id)
    return _form_page(TaskForm(None, obj=task), task)


@blueprint.post("/tasks/<int:matter_task_id>")
@requires("time.record")
def update(matter_task_id: int) -> Response:
    task, form, status = _standing(matter_task_id), TaskForm(), None
    form.offer(load(Matter, task.matter_id), task.membership_id)
    if form.validate_on_submit():
        try:
            given = {"version": form.version_seen, "facts": form.facts(form.note.data or ""), "key": form.key.data}
            service.change_task(db.session(), actor=current_actor(), task_id=matter_task_id, **given)
        except Conflict as error:
            form.refuse(error)
            form.compare(_filled(load(MatterTask, matter_task_id)))
            status = 409
        except Refused as error:
            form.refuse(error)
        else:
            toast("Task saved")
            return redirect_after(url_for(".of_matter", matter_id=task.matter_id))
    return _form_page(form, task, status)


@blueprint.post("/tasks/<int:matter_task_id>/completion")
@requires("time.record")
def complete(matter_task_id: int) -> Response:
    task = load(MatterTask, matter_task_id)
    return _do(task, service.complete_task, _told_done, ".reopen")


@blueprint.post("/tasks/<int:matter_task_id>/reopening")
@requires("time.record")
def reopen(matter_task_id: int) -> Response:
    task = load(MatterTask, matter_task_id)
    return _do(task, service.reopen_task, _told_open)


@blueprint.post("/tasks/<int:matter_task_id>/removal")
@requires("time.record")
def remove(matter_task_id: int) -> Response:
    task = load(MatterTask, matter_task_id)
    return _do(task, service.remove_task, lambda _: "Task removed", ".restore")


@blueprint.post("/tasks/<int:matter_task_id>/restoration")
@requires("time.record")
def restore(matter_task_id: int) -> Response:
    task = load(MatterTask, matter_task_id)
    return _do(task, service.restore_task, lambda _: "Task put back")


def _told_done(done: service.Finished) -> str:
    if not done.fees:
        return "Task done"
    return (
        "Task done. The fee that was due by it waits to be billed." if done.fees == 1 else f"Task done. {done.fees} fees wait to be billed."
    )


def _told_open(done: service.Finished) -> str:
    return f"Task is open again. {counted(done.fees, 'fee')} taken out." if done.fees else "Task is open again"


def _do(task: MatterTask, command: Callable[..., Any], told: Callable[[Any], str], undo: str | None = None) -> Response:
    """Run a command on a task as it was shown. What is refused stands beside it, on the page of its matter."""
    id_, matter_id = task.id, task.matter_id
    try:
        done = command(db.session(), actor=current_actor(), task_id=id_, version=sent_version(), key=sent_key())
    except Refused as error:
        status = 409 if isinstance(error, Conflict) else 422
        return _refusal(load(Matter, matter_id), refused=(id_, error.message), status=status)
    version = load(MatterTask, id_).version
    toast(told(done), undo=url_for(undo, matter_task_id=id_, version=version) if undo else None)
    return _answer(load(Matter, matter_id))


def _answer(matter: Matter) -> Response:
    """The list as it is now: in place for htmx, else the page where the button was pressed."""
    here = url_for(".of_matter", matter_id=matter.id)
    return fragments("matters/_tasks.html", "matters/_tabs.html", otherwise=came_from(here), tab="tasks.of_matter", **_found(matter))


def _refusal(matter: Matter, *, status: int, form: TaskLineForm | None = None, refused: tuple[int, str] | None = None) -> Response:
    found = _found(matter, form, refused)
    return render(page="matters/show.html", fragment="matters/_tasks.html", status=status, tab="tasks.of_matter", **found)


def _found(matter: Matter, form: TaskLineForm | None = None, refused: tuple[int, str] | None = None) -> dict[str, Any]:
    today, takes = today_here(), may("time.record") and matter.status != "closed"
    keys = {"firm_id": matter.firm_id, "matter_id": matter.id, "today": today}
    still_open, done = matter_task_rows(db.session(), **keys, besides=refused[0] if refused else None)
    if takes and form is None:
        form = TaskLineForm(None, ids="task", data={"membership_id": current_actor().membership_id})
        form.offer(matter)
    said = {"form": form if takes else None, "still_open": still_open, "done": done, "refused": refused, "takes": takes}
    return matter_frame(matter) | said | {"part": "tasks", "near_words": near_words, "new_key": new_key}


def new_key() -> str:
    """Of one press of a button."""
    return str(uuid4())


def _standing(matter_task_id: int) -> MatterTask:
    task = load(MatterTask, matter_task_id)
    return task if task.removed_at is None else abort(404)


def _filled(task: MatterTask) -> TaskForm:
    form = TaskForm(None, obj=task)
    form.offer(load(Matter, task.matter_id), task.membership_id)
    return form


def _form_page(form: TaskForm, task: MatterTask, status: int | None = None) -> Response:
    matter = load(Matter, task.matter_id)
    form.offer(matter, task.membership_id)
    page = {"page": "tasks/form.html", "fragment": "tasks/_task_form.html", "status": status or form.status}
    return render(**page, form=form, task=task, matter=matter)
