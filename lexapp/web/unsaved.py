"""Unsaved text: what a form that is shown gets back, and its end when the form was saved."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_login import current_user

from lexapp.database import db
from lexapp.queries.drafts import UnsavedText, draft_of
from lexapp.services.drafts import forget_draft
from lexapp.web.paths import LARGEST_ID

FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


def draft_name(text: str) -> tuple[str, int] | None:
    """`time-entry:12` as form and record, or None for what is no name of a draft."""
    form, colon, record = text.partition(":")
    if not (form and colon and record.isascii() and record.isdigit() and len(record) < 20 and int(record) <= LARGEST_ID):
        return None
    return form[:40], int(record)


def unsaved(form: str, record_id: int) -> UnsavedText | None:
    """What the person has not saved of the form. None for the answer to a form: it carries what was typed itself."""
    if request.method != "GET" or not current_user.is_authenticated:
        return None
    return draft_of(db.session(), actor=current_user.actor, form=form, record_id=record_id)


def person() -> str:
    """Who acts for which firm, as the page and its unsaved text say it."""
    return f"{current_user.actor.user_id}-{current_user.actor.firm_id}" if current_user.is_authenticated else ""


def _forget_saved(response: Response) -> Response:
    """A form that says which draft it had, and was accepted, needs it no more."""
    if request.method != "POST" or response.status_code >= 400 or request.mimetype not in FORM_TYPES:
        return response
    name = draft_name(request.form.get("draft", ""))
    if name and current_user.is_authenticated:
        forget_draft(db.session(), actor=current_user.actor, form=name[0], record_id=name[1])
    return response


def init_app(app: Flask) -> None:
    """Let forms ask for what was not saved, and forget it once it was."""
    app.jinja_env.globals.update(unsaved_text=unsaved, signed_in_person=person)
    app.after_request(_forget_saved)
