"""The field of an uploaded file."""

from functools import cached_property
from typing import Any

from flask_wtf.file import FileField as UploadField
from wtforms import Field
from wtforms.validators import StopValidation


class FileField(UploadField):
    """A file. `accept` are the types that the browser offers; what really came is for the service to judge."""

    def __init__(self, label: str, *, accept: str, needed: str | None = None, hint: str | None = None, **options: Any) -> None:
        super().__init__(label, [_Chosen(needed)] if needed else [], description=hint or "", **options)
        self.accept = accept

    @cached_property
    def content(self) -> bytes | None:
        """The whole file, or None where none was chosen."""
        if not self.data:
            return None
        with self.data.stream as stream:
            content: bytes = stream.read()
        return content


class _Chosen:
    def __init__(self, sentence: str) -> None:
        self.sentence = sentence

    def __call__(self, form: Any, field: Field) -> None:  # noqa: ARG002
        if not field.data:
            raise StopValidation(self.sentence)
