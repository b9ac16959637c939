"""The people of the firm: who they are, what they may do, leaving and coming back."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, abort, url_for

from lexapp.database import db
from lexapp.domain.errors import Refused
from lexapp.domain.permissions import Role
from lexapp.models import Membership
from lexapp.queries.members import MemberRow, leaving, member_rows, pending_invitations, unlinked_timekeepers
from lexapp.queries.people import active_timekeepers
from lexapp.services import members as service
from lexapp.web.access import current_actor, load, requires
from lexapp.web.forms import ChoiceField, CommandForm, RecordField
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.workflows.departures import let_go, take_back

blueprint = Blueprint("people", __name__)
ROLES = [(role.value, role.label.capitalize()) for role in Role if role is not Role.CLIENT_CONTACT]


class MemberForm(CommandForm):
    role = ChoiceField("Role", choices=ROLES, needed="Choose the role.")
    timekeeper_id = RecordField("Records time as", empty="Nobody: records no time")


class DepartureForm(CommandForm):
    successor_id = RecordField("Who takes over their matters")


@blueprint.get("/people")
@requires("user.manage")
def index() -> Response:
    firm_id = current_actor().firm_id
    context = {"people": member_rows(db.session(), firm_id=firm_id), "invitations": pending_invitations(db.session(), firm_id=firm_id)}
    return render(page="people/index.html", now=datetime.now(UTC), **context)


def _member(membership_id: int) -> MemberRow:
    """The person, or 404."""
    row = load(Membership, membership_id)
    return next(iter(member_rows(db.session(), firm_id=row.firm_id, membership_id=row.id)), None) or abort(404)


@blueprint.get("/people/<int:membership_id>/edit")
@requires("user.manage")
def edit(membership_id: int) -> Response:
    one = _member(membership_id)
    return _form_page(MemberForm(None, data={"role": one.role.value, "timekeeper_id": one.timekeeper_id}), one)


@blueprint.post("/people/<int:membership_id>")
@requires("user.manage")
def update(membership_id: int) -> Response:
    one, form = _member(membership_id), MemberForm()
    if form.validate_on_submit():
        chosen = {"role": Role(form.role.data), "timekeeper_id": form.timekeeper_id.data, "key": form.key.data}
        try:
            service.change_member(db.session(), actor=current_actor(), membership_id=one.id, **chosen)
        except Refused as error:
            form.refuse(error)
        else:
            toast(f"{one.name} saved")
            return redirect_after(url_for(".index"))
    return _form_page(form, one)


def _form_page(form: MemberForm, one: MemberRow) -> Response:
    form.timekeeper_id.pairs = unlinked_timekeepers(db.session(), firm_id=current_actor().firm_id, also_id=one.timekeeper_id)
    page = {"page": "people/edit.html", "fragment": "people/_member_form.html", "status": form.status}
    return render(**page, form=form, one=one)


@blueprint.get("/people/<int:membership_id>/deactivation")
@requires("user.manage")
def leave(membership_id: int) -> Response:
    return _leave_page(DepartureForm(), _member(membership_id))


@blueprint.post("/people/<int:membership_id>/deactivation")
@requires("user.manage")
def deactivate(membership_id: int) -> Response:
    one, form = _member(membership_id), DepartureForm()
    if form.validate_on_submit():
        timers = leaving(db.session(), firm_id=current_actor().firm_id, timekeeper_id=one.timekeeper_id).open_timers
        keys = {"membership_id": one.id, "timekeeper_id": one.timekeeper_id, "timer_ids": timers}
        try:
            kept = let_go(db.session(), actor=current_actor(), **keys, successor_id=form.successor_id.data, key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast(f"{one.name} is signed out and may not sign in again" + (f". {kept} timers wait for a person" if kept else ""))
            return redirect_after(url_for(".index"))
    return _leave_page(form, one)


def _leave_page(form: DepartureForm, one: MemberRow) -> Response:
    firm_id = current_actor().firm_id
    others = active_timekeepers(db.session(), firm_id=firm_id)
    form.successor_id.pairs = [(id_, name) for id_, name in others if id_ != one.timekeeper_id]
    hangs = leaving(db.session(), firm_id=firm_id, timekeeper_id=one.timekeeper_id)
    page = {"page": "people/leave.html", "fragment": "people/_departure_form.html", "status": form.status}
    return render(**page, form=form, one=one, leaving=hangs)


@blueprint.post("/people/<int:membership_id>/reactivation")
@requires("user.manage")
def reactivate(membership_id: int) -> Response:
    one = _member(membership_id)
    take_back(db.session(), actor=current_actor(), membership_id=one.id, timekeeper_id=one.timekeeper_id)
    toast(f"{one.name} may sign in again")
    return redirect_after(url_for(".index"))


@blueprint.post("/people/<int:membership_id>/sessions/end")
@requires("user.manage")
def sign_out(membership_id: int) -> Response:
    one = _member(membership_id)
    service.end_sessions_of_member(db.session(), actor=current_actor(), membership_id=one.id)
    toast(f"{one.name} is signed out everywhere")
    return redirect_after(url_for(".index"))
