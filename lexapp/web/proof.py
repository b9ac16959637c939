"""Step-up: before client money leaves or a movement of it is undone, the person proves again who sits there, if the last proof is old."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, TypeVar

from flask import Response, request
from flask_login import current_user

from lexapp.books.proofs import Proof
from lexapp.books.tries import TooManyTries
from lexapp.database import db
from lexapp.domain.errors import Refused
from lexapp.models import User
from lexapp.services.sessions import prove
from lexapp.web import signing_in
from lexapp.web.forms import Form, PasswordField, TextField
from lexapp.web.htmx import render
from lexapp.web.one_time_codes import opened_secret

View = TypeVar("View", bound=Callable[..., Any])
FRESH = timedelta(minutes=10)
OWN_FIELDS = ("csrf_token", "proof_password", "proof_code")


class ProofForm(Form):
    """Sent together with everything that the first form held."""

    proof_password = PasswordField("Password")
    proof_code = TextField("One-time code", longest=40, hint="From the app, or a recovery code")

    @property
    def asked(self) -> Any:
        return self.proof_code if current_user.has_codes else self.proof_password


def proven(view: View) -> View:
    """Declare, below `requires`, that a route acts only on a fresh proof. What was filled in waits meanwhile."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if datetime.now(UTC) - current_user.proved_at <= FRESH:
            return view(*args, **kwargs)
        return _ask() or view(*args, **kwargs)

    return guarded  # type: ignore[return-value]


def _ask() -> Response | None:
    """None once the proof that came along is good."""
    form = ProofForm()
    sent = form.asked.data
    if sent and form.validate():
        try:
            _prove(form)
        except Refused as error:
            form.asked.errors = [str(error)]
            return _page(form, 429 if isinstance(error, TooManyTries) else 422)
        return None
    return _page(form, 422)


def _prove(form: ProofForm) -> None:
    password = None if current_user.has_codes else form.proof_password.data or ""
    proof = given(password, form.proof_code.data)
    prove(db.session(), actor=current_user.actor, session_id=current_user.session_id, proof=proof, now=datetime.now(UTC))


def given(password: str | None, code: str | None, *, field: str = "password") -> Proof:
    """What was typed, together with what it is held against. `field`: where the password was typed."""
    user = db.session().get_one(User, current_user.actor.user_id)
    secret = opened_secret(user.code_secret_sealed, user_id=user.id) if user.code_secret_sealed else None
    return Proof(signing_in.here(), password, code or "", secret, field)


def _page(form: ProofForm, status: int) -> Response:
    """The question, with what was filled in so far hidden beside it."""
    kept = [(name, value) for name, values in request.form.lists() if name not in OWN_FIELDS for value in values]
    page = {"page": "sessions/prove.html", "fragment": "sessions/_proof_form.html", "status": status}
    return render(**page, form=form, kept=kept, action=request.path)
