"""Inviting people, and the page behind the mailed link."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, current_app, url_for

from lexapp.books.passwords import hash_password
from lexapp.database import db, scope_to_firm
from lexapp.domain.errors import InvalidInput, NotFound, Refused
from lexapp.domain.passwords import check_password
from lexapp.domain.permissions import Role
from lexapp.extensions import limiter
from lexapp.models import Invitation
from lexapp.queries.members import OpenInvitation, firm_of_token, open_invitation, unlinked_timekeepers
from lexapp.services import invitations as service
from lexapp.services.sessions import start_session
from lexapp.web import signing_in
from lexapp.web.access import current_actor, load, public, requires
from lexapp.web.classes import class_choices
from lexapp.web.filters import initials
from lexapp.web.forms import ChoiceField, CommandForm, EmailField, Form, PasswordField, RateField, RecordField, TextField
from lexapp.web.htmx import redirect_after, render, toast

blueprint = Blueprint("invitations", __name__)
ROLES = [(role.value, role.label.capitalize()) for role in Role if role is not Role.CLIENT_CONTACT]
RECORDS = [("no", "Records no time"), ("new", "As a new timekeeper"), ("existing", "As a timekeeper of the list")]


class InvitationForm(CommandForm):
    email = EmailField("E-mail", needed="Write the address that the invitation goes to.")
    name = TextField("Name", longest=200, needed="Write the person’s name.")
    role = ChoiceField("Role", choices=ROLES, needed="Choose the role.", empty="Choose…")
    records = ChoiceField("Time", choices=RECORDS, default="no")
    timekeeper_id = RecordField("Timekeeper of the list", hint="Whose time nobody records yet")
    classification = ChoiceField("Class", empty="Choose…", hint="Of the new timekeeper")
    code = TextField("Id", longest=20, hint="Empty: the initials. Stands on LEDES files")
    rate = RateField("Rate", hint="Per hour, for earlier work too. Empty: that of the class")

    def invitee(self) -> service.Invitee:
        """What was filled in, as the service takes it."""
        name, new = self.name.data or "", None
        if self.records.data == "new":
            letters = initials(name)
            rate = self.rate.data.minor if self.rate.data else None
            facts = {"classification": self.classification.data or "", "code": self.code.data or letters, "initials": letters}
            new = service.NewTimekeeper(**facts, rate_minor_per_hour=rate)
        existing = self.timekeeper_id.data
        if (existing is not None) is not (self.records.data == "existing"):
            raise InvalidInput("Pick the timekeeper here and say so above, or neither.", field="timekeeper_id")
        who = {"email": self.email.data or "", "name": name, "role": Role(self.role.data)}
        return service.Invitee(**who, timekeeper_id=existing, new_timekeeper=new)


class JoinForm(Form):
    name = TextField("Your name", longest=200, needed="Write your name.")
    password = PasswordField("Password", needed="Choose a password.")


class KnownJoinForm(Form):
    """Somebody who signs in already keeps name and password."""


@blueprint.get("/people/invitations/new")
@requires("user.manage")
def new() -> Response:
    return _form_page(InvitationForm())


@blueprint.post("/people/invitations")
@requires("user.manage")
def create() -> Response:
    form = _offered(InvitationForm())
    if form.validate_on_submit():
        try:
            row = service.invite(db.session(), actor=current_actor(), invitee=form.invitee(), key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast(f"Invitation for {row.name} is on its way to {row.email}")
            return redirect_after(url_for("people.index"))
    return _form_page(form)


def _form_page(form: InvitationForm) -> Response:
    page = {"page": "people/invite.html", "fragment": "people/_invitation_form.html", "status": form.status}
    return render(**page, form=_offered(form))


def _offered(form: InvitationForm) -> InvitationForm:
    form.classification.pairs = class_choices()
    form.timekeeper_id.pairs = unlinked_timekeepers(db.session(), firm_id=current_actor().firm_id)
    return form


@blueprint.post("/people/invitations/<int:invitation_id>/resending")
@requires("user.manage")
def resend(invitation_id: int) -> Response:
    row = load(Invitation, invitation_id)
    row = service.resend_invitation(db.session(), actor=current_actor(), invitation_id=row.id)
    toast(f"Sent again to {row.email}")
    return redirect_after(url_for("people.index"))


@blueprint.post("/people/invitations/<int:invitation_id>/revocation")
@requires("user.manage")
def revoke(invitation_id: int) -> Response:
    row = load(Invitation, invitation_id)
    row = service.revoke_invitation(db.session(), actor=current_actor(), invitation_id=row.id)
    toast(f"Invitation of {row.name} taken back")
    return redirect_after(url_for("people.index"))


# ── behind the link ──────────────────────────────────────────────────────────────────────────────


def _open(token: str) -> OpenInvitation | None:
    session = db.session()
    firm_id = firm_of_token(session, token=token, purpose="invitation")
    if firm_id is None:
        return None
    scope_to_firm(session, firm_id)
    return open_invitation(session, token=token, now=datetime.now(UTC))


@blueprint.get("/invitation/<token>")
@public
def show(token: str) -> Response:
    """Only a page: programs that read mail open it too. Sending the form accepts."""
    found = _open(token)
    if found is None:
        return render(page="sessions/link_gone.html", status=404)
    form = KnownJoinForm() if found.has_sign_in else JoinForm(None, data={"name": found.name})
    return _join_page(form, found, token)


@blueprint.post("/invitation/<token>")
@public
@limiter.limit("300 per hour")
def accept(token: str) -> Response:
    found = _open(token)
    if found is None:
        return render(page="sessions/link_gone.html", status=404)
    form = KnownJoinForm() if found.has_sign_in else JoinForm()
    if form.validate():
        try:
            _join(form, found, token)
        except NotFound:
            return render(page="sessions/link_gone.html", status=404)
        except Refused as error:
            form.refuse(error)
        else:
            return redirect_after(url_for("start.index"), whole_page=True)
    return _join_page(form, found, token)


def _join(form: Form, found: OpenInvitation, token: str) -> None:
    """Accept, and sign in who has just chosen a password; somebody with a sign-in of their own uses that."""
    name, hashed = found.name, None
    if isinstance(form, JoinForm):
        name, password = form.name.data or "", form.password.data or ""
        check_password(password, personal=(name, found.email, found.firm_name))
        hashed = hash_password(password)
    now = datetime.now(UTC)
    user_id = service.accept_invitation(db.session(), token=token, name=name, password_hash=hashed, now=now)
    signing_in.forget()
    if hashed is not None:
        lasts = timedelta(hours=current_app.extensions["settings"].session_lifetime_hours)
        signing_in.remember(start_session(db.session(), user_id=user_id, browser=signing_in.here(), now=now, lifetime=lasts))
    toast(f"Welcome to {found.firm_name}")


def _join_page(form: Form, found: OpenInvitation, token: str) -> Response:
    return render(page="sessions/join.html", status=form.status, form=form, found=found, token=token)
