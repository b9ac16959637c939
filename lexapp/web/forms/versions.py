"""The form of a record that somebody else may change meanwhile."""

from typing import Any, Self

from wtforms import Field, HiddenField

from lexapp.web.forms.base import CommandForm
from lexapp.web.forms.increments import minutes_text


def after_choices(amounts: tuple[int, ...], unit_seconds: int, unit: str, present: int) -> list[tuple[str, str]]:
    """After how long to ask, beginning with never; with what stands already."""
    seconds = sorted({0, *(amount * unit_seconds for amount in amounts), present})
    return [(str(one), _after(one, unit_seconds, unit)) for one in seconds]


def _after(seconds: int, unit_seconds: int, unit: str) -> str:
    if not seconds:
        return "Never"
    if seconds % unit_seconds:
        return f"After {minutes_text(seconds)}"
    return f"After {seconds // unit_seconds} {unit}{'s' if seconds > unit_seconds else ''}"


class VersionedForm(CommandForm):
    """Carries the version it was filled from. `theirs` holds what stands now where it differs, once a Conflict was met."""

    version = HiddenField(default="1")
    theirs: tuple[tuple[str, str], ...] = ()

    @property
    def version_seen(self) -> int:
        """The version the person saw; 0, which is none, for anything that is not a number."""
        text = str(self.version.data or "")  # a form that was sent without it holds the record's own
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    def compare(self, current: Self) -> None:
        """Note what stands now, and take its version: sending the form again is then a decision."""
        known = current._fields
        pairs = [(field, known[name]) for name, field in self._fields.items() if name in known and not isinstance(field, HiddenField)]
        self.theirs = tuple((mine.label.text, shown_text(other)) for mine, other in pairs if shown_text(mine) != shown_text(other))
        self.version.data = current.version.data


def shown_text(field: Field) -> str:
    """A field's value as a person reads it."""
    if hasattr(field, "iter_choices"):
        options = [(str(label), chosen) for _, label, chosen, *_ in field.iter_choices()]
        unchosen = options[0][0] if options and field.type == "ChoiceField" else ""  # a browser shows the first where none is chosen
        return next((label for label, chosen in options if chosen), unchosen)
    if field.type == "FlagField":
        return "Yes" if field.data else "No"
    text: Any = field._value()
    return str(text).replace("\r\n", "\n").strip()
