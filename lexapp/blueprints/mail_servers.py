"""Mail: the server that the firm sends through, its names, and a test message that brings the server's own words."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, url_for
from flask_login import current_user

from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.integrations.mail import MailError
from lexapp.models import MailServer, User
from lexapp.queries.mail_servers import mail_server
from lexapp.services.mail_servers import MailSettings
from lexapp.web.access import current_actor, requires
from lexapp.web.forms import ChoiceField, EmailField, PasswordField, TextField, WholeNumberField
from lexapp.web.forms.versions import VersionedForm
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.outside import outside
from lexapp.workflows.mail_servers import keep_mail_server, try_mail_server

blueprint = Blueprint("mail_servers", __name__)
SECURITIES = [("starttls", "STARTTLS"), ("tls", "TLS from the start"), ("none", "Nothing")]
FIELD_OF_STAGE = {"connection": "host", "tls": "security", "sign_in": "password", "sender": "from_address", "recipient": "from_address"}


class MailServerForm(VersionedForm):
    host = TextField("Server", longest=253, hint="Empty: mail leaves through the installation’s own server")
    port = WholeNumberField("Port", longest=5, default="587", needed="Write the port; 587 is usual.")
    security = ChoiceField("Protected by", choices=SECURITIES, default="starttls")
    user_name = TextField("User", longest=200)
    password = PasswordField("Password")
    from_name = TextField("From", longest=200, hint="Empty: the firm’s name")
    from_address = EmailField("From address", longest=200, hint="Empty: the installation’s. The server must let you send from it")
    reply_to = EmailField("Answers go to", longest=200, hint="Empty: the firm’s e-mail")

    def settings(self) -> MailSettings:
        """What was typed, as the service takes it. Only after validation."""
        words = {name: self[name].data or "" for name in ("host", "security", "user_name", "from_name", "from_address", "reply_to")}
        return MailSettings(port=self.port.number, **words)


def _stored() -> MailServer | None:
    return mail_server(db.session(), firm_id=current_actor().firm_id)


def _filled() -> MailServerForm:
    row = _stored()
    return MailServerForm(None, obj=row) if row else MailServerForm(None)


@blueprint.get("/settings/mail")
@requires("settings.edit")
def index() -> Response:
    return _page(_filled())


@blueprint.post("/settings/mail")
@requires("settings.edit")
def change() -> Response:
    form = MailServerForm()
    if not form.validate_on_submit():
        return _page(form)
    try:
        typed = {"settings": form.settings(), "password": form.password.data or "", "version": form.version_seen, "key": form.key.data}
        keep_mail_server(db.session(), outside(), actor=current_actor(), **typed)
    except Refused as error:
        form.refuse(error)
        if isinstance(error, Conflict):
            form.compare(_filled())
        return _page(form, 409 if isinstance(error, Conflict) else None)
    toast("Mail settings saved")
    return redirect_after(url_for(".index"))


@blueprint.post("/settings/mail/test")
@requires("settings.edit")
def try_out() -> Response:
    """A test message with what is typed, saved or not; it answers with what the server said."""
    form = MailServerForm()
    if not form.validate_on_submit():
        return _page(form)
    try:
        return _page(form, said=_try(form))
    except MailError as error:
        field = form[FIELD_OF_STAGE[error.stage]] if error.stage in FIELD_OF_STAGE and form.host.data else None
        said = f"{'No connection' if error.stage in ('connection', 'tls') else 'The server said'}: {error.words or error}"
        if field is None:
            form.form_errors.append(said)
        else:
            field.errors = [*field.errors, said]
    except Refused as error:
        form.refuse(error)
    return _page(form)


def _try(form: MailServerForm) -> dict[str, str]:
    to = db.session().get_one(User, current_actor().user_id).email
    typed: dict[str, Any] = {"settings": form.settings(), "password": form.password.data or "", "firm_name": current_user.firm_name}
    words = try_mail_server(db.session(), outside(), actor=current_actor(), to=to, **typed)
    return {"to": to, "words": words}


def _page(form: MailServerForm, status: int | None = None, said: dict[str, str] | None = None) -> Response:
    row = _stored()
    page = {"page": "mail_servers/index.html", "fragment": "mail_servers/_mail_form.html", "status": status or form.status}
    return render(**page, form=form, said=said, has_password=bool(row and row.password_sealed), installation_from=outside().mail_from)
