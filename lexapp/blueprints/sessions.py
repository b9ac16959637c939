"""Signing in and out, choosing a firm, and the list of one's own sessions."""

from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, abort, current_app, request, url_for
from flask_login import current_user

from lexapp.books.tries import TooManyTries
from lexapp.database import db
from lexapp.demo.sign_ins import PASSWORD
from lexapp.domain.errors import Refused
from lexapp.queries.sessions import demonstration_sign_ins, firms_of, open_sessions_of, waiting_session
from lexapp.services import sessions as service
from lexapp.web import signing_in
from lexapp.web.access import current_actor, public, signed_in
from lexapp.web.forms import EmailField, FlagField, Form, PasswordField, TextField
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.one_time_codes import opened_secret
from lexapp.web.paths import LARGEST_ID, local_path

blueprint = Blueprint("sessions", __name__)


class SignInForm(Form):
    email = EmailField("E-mail", needed="Write your e-mail address.")
    password = PasswordField("Password", needed="Write your password.")
    own_device = FlagField("This is my own device", hint="Stay signed in for 14 days")


class CodeForm(Form):
    code = TextField(
        "One-time code", longest=40, needed="Type the six digits that the app shows.", hint="From the app, or one of your recovery codes"
    )


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
        return _waiting(_page(form, status=_status(error)), error)
    if started.needs_code:
        return redirect_after(url_for(".ask_code", next=_next()), whole_page=True)
    return _onwards(started)


def _sign_in(form: SignInForm) -> service.NewSession:
    before, now = signing_in.session_row(), datetime.now(UTC)
    started = service.sign_in(
        db.session(),
        email=form.email.data or "",
        password=form.password.data or "",
        browser=signing_in.here(),
        now=now,
        lifetime=_lifetime(),
        own_device=form.own_device.data,
    )
    if before:
        service.end_session(db.session(), user_id=before.user_id, session_id=before.id, now=now)
    signing_in.remember(started, own_device=form.own_device.data)
    return started


def _lifetime() -> timedelta:
    return timedelta(hours=current_app.extensions["settings"].session_lifetime_hours)


def _onwards(started: service.NewSession) -> Response:
    return redirect_after(url_for(".firms", next=_next()) if started.needs_firm else _next() or url_for("start.index"), whole_page=True)


def _page(form: SignInForm, status: int | None = None) -> Response:
    demo = current_app.extensions["settings"].demo
    people = demonstration_sign_ins(db.session()) if demo else []
    page = "sessions/new.html"
    return render(page=page, status=status or form.status, form=form, next=_next(), people=people, password=PASSWORD)


def _status(error: Refused) -> int:
    return 429 if isinstance(error, TooManyTries) else 422


def _waiting(response: Response, error: Refused) -> Response:
    if isinstance(error, TooManyTries):
        response.headers["Retry-After"] = str(max(int(error.wait.total_seconds()), 1))
    return response


@blueprint.get("/sign-in/code")
@public
def ask_code() -> Response:
    if _owing_code() is None:
        return redirect_after(url_for(".new"))
    return render(page="sessions/code.html", form=CodeForm(), next=_next())


@blueprint.post("/sign-in/code")
@public
def give_code() -> Response:
    found, form = _owing_code(), CodeForm()
    if found is None:
        return redirect_after(url_for(".new"))
    if not form.validate():
        return render(page="sessions/code.html", status=form.status, form=form, next=_next())
    try:
        lasts = service.OWN_DEVICE if signing_in.is_own_device() else _lifetime()
        code = {"code": form.code.data or "", "secret": opened_secret(found[2], user_id=found[1])}
        started = service.confirm_code(
            db.session(), session_id=found[0], **code, browser=signing_in.here(), now=datetime.now(UTC), lifetime=lasts
        )
    except Refused as error:
        form.refuse(error)
        return _waiting(render(page="sessions/code.html", status=_status(error), form=form, next=_next()), error)
    signing_in.remember(started)
    return _onwards(started)


def _owing_code() -> tuple[int, int, str] | None:
    """The session that waits for its code, its user, and their sealed secret."""
    return waiting_session(db.session(), token=signing_in.token(), now=datetime.now(UTC))


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


@blueprint.post("/sessions/others/end")
@signed_in
def end_others() -> Response:
    mine = {"user_id": current_actor().user_id, "session_id": current_user.session_id}
    ended = service.end_other_sessions(db.session(), **mine, now=datetime.now(UTC))
    toast("No other browser was signed in" if ended == 0 else f"Signed out in {ended} other {'browser' if ended == 1 else 'browsers'}")
    return redirect_after(url_for(".index"))


@blueprint.post("/sessions/<int:session_id>/end")
@signed_in
def end(session_id: int) -> Response:
    service.end_session(db.session(), user_id=current_actor().user_id, session_id=session_id, now=datetime.now(UTC))
    toast("Signed out there")
    return redirect_after(url_for(".index"))
