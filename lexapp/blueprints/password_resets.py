"""A new password by mail. Nobody learns whether an address belongs to somebody: not by the answer, and not by its time."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from flask import Blueprint, Response, request, url_for

from lexapp.database import db
from lexapp.domain.errors import NotFound, Refused
from lexapp.extensions import limiter
from lexapp.services.passwords import ask_for_reset, reset_password
from lexapp.web.access import public
from lexapp.web.forms import EmailField, Form, PasswordField
from lexapp.web.htmx import redirect_after, render, toast

blueprint = Blueprint("password_resets", __name__)
ANSWER_SECONDS = 0.4  # longer than either way takes


class AskForm(Form):
    email = EmailField("E-mail", needed="Write your e-mail address.")


class NewPasswordForm(Form):
    password = PasswordField("New password", needed="Choose a password.")


@blueprint.get("/password-reset")
@public
def new() -> Response:
    return render(page="sessions/forgotten.html", form=AskForm())


@blueprint.post("/password-reset")
@public
@limiter.limit("300 per hour")
def create() -> Response:
    began, form = time.monotonic(), AskForm()
    if not form.validate():
        return render(page="sessions/forgotten.html", status=form.status, form=form)
    place = request.remote_addr or ""
    ask_for_reset(db.session(), email=form.email.data or "", remote_address=place, now=datetime.now(UTC))
    time.sleep(max(ANSWER_SECONDS - (time.monotonic() - began), 0))
    return redirect_after(url_for(".sent"), whole_page=True)


@blueprint.get("/password-reset/sent")
@public
def sent() -> Response:
    return render(page="sessions/forgotten_sent.html")


@blueprint.get("/password-reset/<token>")
@public
def edit(token: str) -> Response:
    """Says nothing about the link: programs that read mail open it too. Sending the form uses it up."""
    return _page(NewPasswordForm(), token)


@blueprint.post("/password-reset/<token>")
@public
@limiter.limit("300 per hour")
def update(token: str) -> Response:
    form = NewPasswordForm()
    if not form.validate():
        return _page(form, token)
    try:
        reset_password(db.session(), token=token, password=form.password.data or "", now=datetime.now(UTC))
    except NotFound:
        return render(page="sessions/link_gone.html", status=404)
    except Refused as error:
        form.refuse(error)
        return _page(form, token)
    toast("Password changed. Sign in with it.")
    return redirect_after(url_for("sessions.new"), whole_page=True)


def _page(form: NewPasswordForm, token: str) -> Response:
    return render(page="sessions/new_password.html", status=form.status, form=form, token=token)
