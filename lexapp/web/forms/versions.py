"""The form of a record that somebody else may change meanwhile, and the fields of a billing increment."""

from typing import Any, Self

from wtforms import Field, HiddenField

from lexapp.web.forms.base import CommandForm
from lexapp.web.forms.words import ChoiceField

_INCREMENTS = (60, 180, 300, 360, 600, 720, 900, 1200, 1800, 3600)
_MINIMUMS = (0, 360, 720, 900, 1080, 1800, 3600)
DIRECTIONS = [("up", "Up"), ("nearest", "To the nearest"), ("down", "Down")]


def minutes_text(seconds: int) -> str:
    """`6 minutes`, `1 hour`, `36 seconds`."""
    if seconds % 60:
        return f"{seconds} seconds"
    if seconds == 3600:
        return "1 hour"
    return "1 minute" if seconds == 60 else f"{seconds // 60} minutes"


def increment_choices(*present: int | None) -> list[tuple[str, str]]:
    """Increments to choose from, with those that stand in a record already."""
    seconds = sorted({*_INCREMENTS, *(one for one in present if one)})
    return [(str(one), minutes_text(one)) for one in seconds]


def minimum_choices(*present: int | None) -> list[tuple[str, str]]:
    """Least times to bill, beginning with none."""
    seconds = sorted({*_MINIMUMS, *(one for one in present if one)})
    return [(str(one), minutes_text(one) if one else "No minimum") for one in seconds]


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


class IncrementFields:
    """The billing increment of a client or a matter, where it is another than the firm's."""

    increment_seconds = ChoiceField("Billing increment", choices=increment_choices(), empty="The usual one")
    increment_direction = ChoiceField("Rounded", choices=DIRECTIONS, default="up")
    minimum_seconds = ChoiceField("At least", choices=minimum_choices(), default="0")

    def offer_present(self, record: Any) -> None:
        """Offer the values that stand in the record even where they are unusual."""
        self.increment_seconds.pairs = increment_choices(record.increment_seconds)
        self.minimum_seconds.pairs = minimum_choices(record.minimum_seconds)

    def increment_values(self) -> dict[str, Any]:
        """The three columns: all set, or all None."""
        if not self.increment_seconds.data:
            return {"increment_seconds": None, "increment_direction": None, "minimum_seconds": None}
        return {
            "increment_seconds": int(self.increment_seconds.data),
            "increment_direction": self.increment_direction.data,
            "minimum_seconds": int(self.minimum_seconds.data or 0),
        }
