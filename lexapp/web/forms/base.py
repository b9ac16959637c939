"""The form that every other form extends, and the form of a command that must happen once."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from flask import Response, after_this_request, request
from flask_wtf import FlaskForm
from wtforms import HiddenField, ValidationError

from lexapp.books.tries import TooManyTries
from lexapp.domain.errors import Conflict, Refused

_KEY = re.compile(r"[0-9A-Za-z-]{8,64}")


def sent_key() -> str | None:
    """The command key that a button sent along without a form of fields; None for none, and for one that is not ours."""
    key = request.form.get("key", "")
    return key if _KEY.fullmatch(key) else None


def sent_version() -> int:
    """The version of the record that the page showed beside a button without a form of fields.

    Raises Conflict where none came along: what was pressed was for a record as somebody saw it, and that may have changed.
    """
    text = request.values.get("version", "")
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 10):
        raise Conflict("This page does not say what it showed. Reload it, look at the record as it is now, and press again.")
    return int(text)


class Form(FlaskForm):
    """A form with a CSRF token.

    In a blueprint: `if not form.validate_on_submit(): return render(..., status=form.status, form=form)`; around the service call
    `except Refused as error: form.refuse(error)` and the same `render` with status 422.
    """

    def __init__(self, *args: Any, ids: str = "", **kwargs: Any) -> None:
        """`ids` goes before the id of every field, so that one page can hold the form more than once."""
        super().__init__(*args, **kwargs)
        for name, field in self._fields.items():
            field.id = f"{ids or type(self).__name__.removesuffix('Form').lower() or 'form'}-{name}"
            field.label.field_id = field.id

    must_wait = False

    def refuse(self, error: Refused) -> None:
        """Put a service's refusal beside the field it names, or above the form."""
        if isinstance(error, TooManyTries):
            self.must_wait = True
            after_this_request(_told_to_wait(error))
        field = self._fields.get(error.field) if error.field else None
        if field is None:
            self.form_errors.append(str(error))
        else:
            field.errors = [*field.errors, str(error)]
        for other in error.others:
            self.refuse(other)

    @property
    def status(self) -> int:
        """422 once something is wrong, 429 for too many tries of a password, 200 for a form that was not sent yet."""
        if self.must_wait:
            return 429
        return 422 if self.errors else 200


def _told_to_wait(error: TooManyTries) -> Callable[[Response], Response]:
    def tell(response: Response) -> Response:
        response.headers["Retry-After"] = str(max(int(error.wait.total_seconds()), 1))
        return response

    return tell


class CommandForm(Form):
    """A form whose sending is one command: `key` is made when the form is first shown and kept through errors.

    Pass `key=form.key.data` to the service: a double press or a repeated request then happens once.
    """

    key = HiddenField(default=lambda: str(uuid4()))

    def validate_key(self, field: HiddenField) -> None:
        if not _KEY.fullmatch(field.data or ""):
            field.data = str(uuid4())
            message = "This form has lost its number. Look at it once more and send it again."
            self.form_errors.append(message)
            raise ValidationError(message)
