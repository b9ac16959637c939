"""The mail that `lexapp dev` caught, read in the browser. Only there: `development` is set."""

from __future__ import annotations

import re
from base64 import b64encode
from io import BytesIO

from flask import Blueprint, Response, abort, current_app, make_response, send_file

from lexapp.config import Settings
from lexapp.demo.mail_catcher import CaughtMail, MailFolder
from lexapp.web.access import public
from lexapp.web.htmx import render

DEVELOPMENT_ONLY = True
HEAD = re.compile(r"<head(?:\s[^>]*)?>", re.IGNORECASE)
blueprint = Blueprint("mail", __name__)

# A message is a stranger's page: no scripts, no requests, no origin; its links open beside the application.
MESSAGE_POLICY = "; ".join(
    [
        "sandbox allow-popups allow-popups-to-escape-sandbox",
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "frame-ancestors 'self'",
    ]
)


@blueprint.get("/mail")
@public
def index() -> Response:
    return render(page="mail/index.html", mails=_folder().newest_first())


@blueprint.get("/mail/<key>")
@public
def show(key: str) -> Response:
    return render(page="mail/show.html", mail=_load(key))


@blueprint.get("/mail/<key>/html")
@public
def html(key: str) -> Response:
    mail = _load(key)
    response = make_response(_standing_alone(mail) if mail.html else abort(404))
    response.headers["Content-Security-Policy"] = MESSAGE_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


@blueprint.get("/mail/<key>/attachments/<int:position>")
@public
def attachment(key: str, position: int) -> Response:
    parts = _load(key).attachments
    part = parts[position] if position < len(parts) else abort(404)
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return send_file(
        BytesIO(content), mimetype=part.get_content_type(), as_attachment=True, download_name=part.get_filename() or f"part-{position}"
    )


def _folder() -> MailFolder:
    settings: Settings = current_app.extensions["settings"]
    return MailFolder(settings.data_folder / "mail")


def _load(key: str) -> CaughtMail:
    return _folder().find(key) or abort(404)


def _standing_alone(mail: CaughtMail) -> str:
    """The HTML of a message with its own images inside it and its links sent to a new tab."""
    text = mail.html or ""
    for part in mail.message.walk():
        content_id, content = str(part.get("Content-ID", "")).strip("<> "), part.get_payload(decode=True)
        if content_id and isinstance(content, bytes):
            text = text.replace(f"cid:{content_id}", f"data:{part.get_content_type()};base64,{b64encode(content).decode()}")
    base = '<base target="_blank">'
    placed, found = HEAD.subn(lambda head: head[0] + base, text, count=1)
    return placed if found else base + text
