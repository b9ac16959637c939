"""One's own sign-in: name and address, password, one-time codes."""

from __future__ import annotations

from datetime import UTC, datetime

import segno
from flask import Blueprint, Response, session, url_for
from flask_login import current_user

from lexapp.books.one_time_codes import enrolment_uri, new_secret
from lexapp.database import db
from lexapp.domain.errors import InvalidInput, Refused
from lexapp.models import User
from lexapp.services import one_time_codes as codes
from lexapp.services import passwords as service
from lexapp.web.access import current_actor, signed_in
from lexapp.web.forms import CommandForm, EmailField, Form, PasswordField, TextField
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.one_time_codes import opened_secret, sealed_secret
from lexapp.web.proof import given

blueprint = Blueprint("account", __name__)
_BEGUN = "code_secret"


def _one_time_code(hint: str = "From the app, or a recovery code") -> TextField:
    """Asked besides the password of who has codes."""
    return TextField("One-time code", longest=40, hint=hint)


class UserForm(CommandForm):
    name = TextField("Name", longest=200, needed="Write your name.")
    email = EmailField("E-mail", needed="Write your e-mail address.")
    present = PasswordField("Present password", description="Only for another address")
    code = _one_time_code("Only for another address")


class PasswordForm(CommandForm):
    present = PasswordField("Present password", needed="Write the password that you have now.")
    code = _one_time_code()
    password = PasswordField("New password", needed="Choose a password.")


class CodeForm(Form):
    code = TextField("Code of the app", longest=20, needed="Type the six digits that the app shows now.")
    password = PasswordField("Password", needed="Write your password.")


class ProofForm(Form):
    password = PasswordField("Password", needed="Write your password.")
    code = _one_time_code()


def _user() -> User:
    return db.session().get_one(User, current_actor().user_id)


@blueprint.get("/account")
@signed_in
def index() -> Response:
    user = _user()
    left = codes.unused_recovery_codes(db.session(), user_id=user.id)
    return render(page="account/index.html", user=user, recovery_codes=left)


@blueprint.get("/account/edit")
@signed_in
def edit() -> Response:
    return _user_page(UserForm(None, obj=_user()))


@blueprint.post("/account")
@signed_in
def update() -> Response:
    form = UserForm()
    if form.validate_on_submit():
        words = {"name": form.name.data or "", "email": form.email.data or "", "key": form.key.data}
        proof = given(form.present.data or "", form.code.data, field="present")
        try:
            service.edit_own_user(db.session(), actor=current_actor(), **words, proof=proof, now=datetime.now(UTC))
        except Refused as error:
            form.refuse(error)
        else:
            toast("Saved")
            return redirect_after(url_for(".index"))
    return _user_page(form)


def _user_page(form: UserForm) -> Response:
    return render(page="account/edit.html", fragment="account/_user_form.html", status=form.status, form=form)


@blueprint.get("/account/password")
@signed_in
def ask_password() -> Response:
    return _password_page(PasswordForm())


@blueprint.post("/account/password")
@signed_in
def change_password() -> Response:
    form = PasswordForm()
    if form.validate_on_submit():
        proof = given(form.present.data or "", form.code.data, field="present")
        words = {"proof": proof, "password": form.password.data or ""}
        keys = {"session_id": current_user.session_id, "key": form.key.data, "now": datetime.now(UTC)}
        try:
            service.change_password(db.session(), actor=current_actor(), **words, **keys)
        except Refused as error:
            form.refuse(error)
        else:
            toast("Password changed. Every other browser is signed out")
            return redirect_after(url_for(".index"))
    return _password_page(form)


def _password_page(form: PasswordForm) -> Response:
    return render(page="account/password.html", fragment="account/_password_form.html", status=form.status, form=form)


@blueprint.get("/account/codes")
@signed_in
def ask_code() -> Response:
    """The secret waits, closed, in the browser's cookie until its first code is right."""
    if current_user.has_codes:
        return redirect_after(url_for(".index"))
    return _code_page(CodeForm())


@blueprint.post("/account/codes")
@signed_in
def turn_on() -> Response:
    form, sealed = CodeForm(), session.get(_BEGUN)
    if sealed is None:
        message = "The picture before was for another sign-in. Take this one, then type the code that it gives."
        form.refuse(InvalidInput(message, field="code"))
    elif form.validate_on_submit():
        told = {"secret": opened_secret(sealed, user_id=current_actor().user_id), "sealed": sealed, "code": form.code.data or ""}
        try:
            proof = given(form.password.data or "", None)
            made = codes.turn_codes_on(db.session(), actor=current_actor(), **told, proof=proof, now=datetime.now(UTC))
        except Refused as error:
            form.refuse(error)
        else:
            session.pop(_BEGUN)
            return render(page="account/recovery_codes.html", codes=made)
    return _code_page(form)


def _code_page(form: CodeForm) -> Response:
    user = _user()
    secret = opened_secret(session.get(_BEGUN, ""), user_id=user.id)
    if not secret:
        secret = new_secret()
        session[_BEGUN] = sealed_secret(secret, user_id=user.id)
    uri = enrolment_uri(secret, email=user.email, firm_name=current_user.firm_name)
    picture = segno.make(uri, error="m", boost_error=False)
    rows = ["".join("1" if cell else "0" for cell in row) for row in picture.matrix]
    context = {"form": form, "secret": secret, "qr": rows, "uri": uri}
    return render(page="account/codes.html", status=form.status, **context)


@blueprint.get("/account/codes/removal")
@signed_in
def ask_removal() -> Response:
    return _proof_page(ProofForm(), "account/codes_off.html")


@blueprint.post("/account/codes/removal")
@signed_in
def turn_off() -> Response:
    form = ProofForm()
    if form.validate_on_submit():
        try:
            codes.turn_codes_off(
                db.session(), actor=current_actor(), proof=given(form.password.data or "", form.code.data), now=datetime.now(UTC)
            )
        except Refused as error:
            form.refuse(error)
        else:
            toast("One-time codes are off")
            return redirect_after(url_for(".index"))
    return _proof_page(form, "account/codes_off.html")


@blueprint.get("/account/codes/recovery")
@signed_in
def ask_recovery() -> Response:
    if not current_user.has_codes:
        return redirect_after(url_for(".index"))
    return _proof_page(ProofForm(), "account/recovery.html")


@blueprint.post("/account/codes/recovery")
@signed_in
def renew_recovery() -> Response:
    form = ProofForm()
    if form.validate_on_submit():
        proof = {"proof": given(form.password.data or "", form.code.data), "now": datetime.now(UTC)}
        try:
            made = codes.renew_recovery_codes(db.session(), actor=current_actor(), **proof)
        except Refused as error:
            form.refuse(error)
        else:
            return render(page="account/recovery_codes.html", codes=made)
    return _proof_page(form, "account/recovery.html")


def _proof_page(form: ProofForm, page: str) -> Response:
    return render(page=page, status=form.status, form=form)
