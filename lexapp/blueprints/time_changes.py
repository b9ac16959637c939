"""One change to the time entries that were ticked in a list, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for
from wtforms import HiddenField

from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.domain.utbms import ACTIVITIES
from lexapp.domain.words import counted
from lexapp.queries.timers import matter_option
from lexapp.services import time_entries as service
from lexapp.services.time_entries import TimeChange, TimeEffect
from lexapp.web.access import current_actor, requires
from lexapp.web.entry_forms import BILLING, MatterField, code_choices, people_here, today
from lexapp.web.forms import ChoiceField, CommandForm, DateField, TextField, sent_key
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.paths import came_from
from lexapp.web.time_changes import Chosen, as_it_is_now, asked, changes_of, said, ticked
from lexapp.web.time_lists import kept_filters

blueprint = Blueprint("time_changes", __name__)
STAYS = "As it is"
NOTHING_SAID = "Say what becomes of them: fill in at least one field."
NONE_TICKED = "Tick the entries first."


class ChangesForm(CommandForm):
    """What becomes of all that was ticked; empty: stays as it is. `chosen`: `id:version` of every entry."""

    chosen = HiddenField()
    matter_id = MatterField(empty=STAYS)
    activity_code = ChoiceField("Activity", choices=code_choices(ACTIVITIES), empty=STAYS)
    billing_status = ChoiceField("Billing", choices=BILLING, empty=STAYS)
    worked_on = DateField("Date", latest=today, hint="Empty: as it is")
    timekeeper_id = ChoiceField("Timekeeper", choices=lambda: [(str(id_), name) for id_, name in people_here()], empty=STAYS)
    find = TextField("Find in narratives", hint="Whole words; capitals count")
    replacement = TextField("Replace by", hint="Empty: take it out")
    prefix = TextField("Put before narratives")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not current_actor().may("time.record_others"):
            del self.timekeeper_id

    @property
    def change(self) -> TimeChange:
        who = self.timekeeper_id.data if self.timekeeper_id is not None else ""
        return TimeChange(
            matter_id=self.matter_id.data,
            timekeeper_id=int(who) if who else None,
            worked_on=self.worked_on.data,
            activity_code=self.activity_code.data or None,
            billing_status=self.billing_status.data or None,
            find=self.find.data or "",
            replacement=self.replacement.data or "",
            prefix=self.prefix.data or "",
        )


@blueprint.get("/time/changes")
@requires("time.record")
def new() -> Response:
    """The page that asks what becomes of the entries in its address."""
    chosen = asked()
    if not chosen.lines:
        return _nothing()
    return _page(ChangesForm(None), chosen)


@blueprint.post("/time/changes")
@requires("time.record")
def change() -> Response:
    """Change what was ticked; where it is not said yet into what, ask; where only the effect is asked for, show it."""
    chosen = ticked()
    if not chosen.lines:
        return _nothing()
    form = ChangesForm()
    valid = form.validate_on_submit()
    if valid and form.change.is_empty and "chosen" not in request.form:
        which = {"all": "y"} if request.form.get("all") else {"ids": ".".join(str(line.id) for line in chosen.lines)}
        return redirect_after(url_for(".new", **which, **kept_filters()))
    if not valid or form.change.is_empty:
        form.form_errors += [NOTHING_SAID] if valid else []
        return _page(form, chosen, status=422)
    return _shown(form, chosen) if request.form.get("look") else _done(form, chosen)


@blueprint.post("/time/discards")
@requires("time.record")
def discard() -> Response:
    chosen = ticked()
    if not chosen.free:
        return _nothing(chosen)
    done = service.discard_time_entries(db.session(), actor=current_actor(), versions=chosen.free, key=sent_key())
    toast(said(done.count, "discarded", chosen), undo=url_for(".take_back", command_id=done.command_id, **kept_filters()))
    return redirect_after(_home())


@blueprint.post("/time/changes/<int:command_id>/reversal")
@requires("time.record")
def take_back(command_id: int) -> Response:
    count = service.take_back_time_changes(db.session(), actor=current_actor(), command_id=command_id)
    toast(f"{counted(count, 'entry')} {'is' if count == 1 else 'are'} as before")
    return redirect_after(_home())


def _shown(form: ChangesForm, chosen: Chosen) -> Response:
    try:
        shown = service.preview_time_changes(db.session(), actor=current_actor(), versions=chosen.free, change=form.change)
    except Refused as error:
        return _refused(form, chosen, error)
    return _page(form, chosen.without(shown.refused), effects=shown.effects)


def _done(form: ChangesForm, chosen: Chosen) -> Response:
    try:
        done = service.change_time_entries(db.session(), actor=current_actor(), versions=chosen.free, change=form.change, key=form.key.data)
    except Refused as error:
        return _refused(form, chosen, error)
    toast(
        said(done.count, "changed", chosen.without(done.refused)), undo=url_for(".take_back", command_id=done.command_id, **kept_filters())
    )
    return redirect_after(_home())


def _refused(form: ChangesForm, chosen: Chosen, error: Refused) -> Response:
    """The page with the reason; after a conflict with the entries as they are now."""
    form.refuse(error)
    stale = isinstance(error, Conflict)
    return _page(form, as_it_is_now(chosen) if stale else chosen, status=409 if stale else 422)


def _page(form: ChangesForm, chosen: Chosen, *, status: int = 200, effects: Mapping[int, TimeEffect] | None = None) -> Response:
    form.chosen.data, form.chosen.raw_data = chosen.marks, None
    shown = {"form": form, "chosen": chosen, "changes": changes_of(chosen, effects), "kept": kept_filters(), "moved_to": _moved_to(form)}
    return render(page="time_changes/change.html", fragment="time_changes/_change_form.html", status=status, **shown)


def _moved_to(form: ChangesForm) -> str:
    """The matter that all of them move to, as a person calls it."""
    found = matter_option(db.session(), firm_id=current_actor().firm_id, matter_id=form.matter_id.data) if form.matter_id.data else None
    return found.label if found else ""


def _nothing(chosen: Chosen | None = None) -> Response:
    toast(f"Nothing changed. {chosen.left_out}." if chosen and chosen.left_out else NONE_TICKED, tone="wrong")
    return redirect_after(_home())


def _home() -> str:
    """The list as it was filtered; the page of the matter where it was pressed there."""
    before = came_from("")
    return before if before.startswith("/matters/") else url_for("time.index", **kept_filters())
