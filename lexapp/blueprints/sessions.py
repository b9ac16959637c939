"""Signing in and out, choosing a firm, and the list of one's own sessions."""

from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, abort, current_app, request, url_for

from lexapp.database import db
from lexapp.demo.sign_ins import PASSWORD
from lexapp.domain.errors import Refused
from lexapp.queries.sessions import demonstration_sign_ins, firms_of, open_sessions_of
from lexapp.services import sessions as service
from lexapp.web import signing_in
from lexapp.web.access import current_actor, public, signed_in
from lexapp.web.forms import EmailField, FlagField, Form, PasswordField
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.paths import LARGEST_ID, local_path

blueprint = Blueprint("sessions", __name__)


class SignInForm(Form):
    email = EmailField("E-mail", needed="Write your e-mail address.")
    password = PasswordField("Password", needed="Write your password.")
    own_device = FlagField("This is my own device", hint="Stay signed in for 14 days")


@blueprint.get("/sign-in")
@public
def new() -> Response:
    row = signing_in.session_row()
    if row is not None:
        return redirect_after(url_for("start.index") if row.membership_id else url_for(".firms"))
    return _page(SignInForm())


@blueprint.post("/sign-in")
@public
def create() -> Response:
    form = SignInForm()
    if not form.validate():
        return _page(form)
    try:
        started = _sign_in(form)
    except Refused as error:
        form.refuse(error)
        return _page(form, status=429 if isinstance(error, service.TooManyTries) else 422)
    return redirect_after(url_for(".firms", next=_next()) if started.needs_firm else _next() or url_for("start.index"), whole_page=True)


def _sign_in(form: SignInForm) -> service.NewSession:
    before = signing_in.session_row()
    left = (before.user_id, before.id) if before else None
    now = datetime.now(UTC)
    started = service.sign_in(
        db.session(),
        email=form.email.data or "",
        password=form.password.data or "",
        browser=service.Browser(request.remote_addr or "", str(request.user_agent)),
        now=now,
        lifetime=timedelta(hours=current_app.extensions["settings"].session_lifetime_hours),
        own_device=form.own_device.data,
    )
    if left:
        service.end_session(db.session(), user_id=left[0], session_id=left[1], now=now)
    signing_in.remember(started.token)
    return started


def _page(form: SignInForm, status: int | None = None) -> Response:
    demo = current_app.extensions["settings"].demo
    people = demonstration_sign_ins(db.session()) if demo else []
    page = "sessions/new.html"
    response = render(page=page, status=status or form.status, form=form, next=_next(), people=people, password=PASSWORD)
    if status == 429:
        response.headers["Retry-After"] = str(int(service.WAIT.total_seconds()))
    return response


def _next() -> str | None:
    return local_path(request.values.get("next"))


@blueprint.get("/sign-in/firm")
@public
def firms() -> Response:
    row = signing_in.session_row()
    if row is None:
        return redirect_after(url_for(".new"))
    return render(page="sessions/firms.html", choices=firms_of(db.session(), user_id=row.user_id), form=Form(), next=_next())


@blueprint.post("/sign-in/firm")
@public
def choose() -> Response:
    row = signing_in.session_row()
    if row is None:
        return redirect_after(url_for(".new"))
    membership_id = request.form.get("membership_id", type=int)
    if membership_id is None or not 0 < membership_id <= LARGEST_ID:
        abort(400)
    service.choose_firm(db.session(), session_id=row.id, membership_id=membership_id)
    return redirect_after(_next() or url_for("start.index"), whole_page=True)


@blueprint.post("/sign-out")
@public
def end_own() -> Response:
    row = signing_in.session_row()
    if row is not None:
        service.end_session(db.session(), user_id=row.user_id, session_id=row.id, now=datetime.now(UTC))
    signing_in.forget()
    return redirect_after(url_for(".new"), whole_page=True)


@blueprint.get("/sessions")
@signed_in
def index() -> Response:
    actor = current_actor()
    rows = open_sessions_of(db.session(), user_id=actor.user_id, now=datetime.now(UTC))
    return render(page="sessions/index.html", sessions=rows)


@blueprint.post("/sessions/<int:session_id>/end")
@signed_in
def end(session_id: int) -> Response:
    service.end_session(db.session(), user_id=current_actor().user_id, session_id=session_id, now=datetime.now(UTC))
    toast("Signed out there")
    return redirect_after(url_for(".index"))
