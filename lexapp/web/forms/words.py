"""Fields for words, dates, choices and records."""

import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any, ClassVar

from flask_login import current_user
from wtforms import BooleanField, Field, SelectField, StringField, ValidationError
from wtforms import PasswordField as WTFormsPasswordField
from wtforms.utils import unset_value
from wtforms.validators import StopValidation

from lexapp.domain.dates import day_text
from lexapp.web.dates import parse_date, today_in_zone

MOST_TICKED = 500
# Marks that change the order of what is read: a payee could look like somebody else.
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean_text(text: str, *, longest: int, lines: bool = False) -> str:
    """The text trimmed and in NFC; ValueError with a sentence for what cannot be printed or is too long."""
    cleaned = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    allowed = "\n\t" if lines else ""
    for character in cleaned:
        if character in _REORDERING or (unicodedata.category(character) in ("Cc", "Cs") and character not in allowed):
            name = "a line break" if character == "\n" else f"the invisible character U+{ord(character):04X}"
            raise ValueError(f"There is {name} in this text. Take it out, or type the words anew.")
    if len(cleaned) > longest:
        raise ValueError(f"This is {len(cleaned):,} characters long. Keep it to {longest:,}.")
    return cleaned


def shown(text: str) -> str:
    """What was typed as a page may print it: a control character, which HTML cannot hold, stands as a replacement character."""
    return "".join("\ufffd" if unicodedata.category(one) in ("Cc", "Cs") and one not in "\n\r\t" else one for one in text)


class Needed:
    """The validator of a field that must be filled. What was typed and could not be read keeps its own error."""

    field_flags: ClassVar[dict[str, bool]] = {"required": True}

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence

    def __call__(self, form: Any, field: Field) -> None:  # noqa: ARG002
        typed = field.raw_data[0] if field.raw_data else None
        if field.data is None or field.data == "":
            raise StopValidation(None if field.errors and isinstance(typed, str) and typed.strip() else self.sentence)


class TextField(StringField):
    """One line of text. `longest` is in characters; `needed` is the sentence shown when it is empty."""

    lines = False

    def __init__(self, label: str, *, longest: int = 200, needed: str | None = None, hint: str | None = None, **options: Any) -> None:
        rules = [*options.pop("validators", []), *([Needed(needed)] if needed else [])]
        super().__init__(label, rules, description=hint or "", **options)
        self.longest = longest

    def _value(self) -> str:
        return shown(super()._value())

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = valuelist[0]
            self.data = clean_text(valuelist[0], longest=self.longest, lines=self.lines)


class WholeNumberField(TextField):
    """A whole number, typed as digits; `data` is the text, `number` the value (0 where it is empty)."""

    @property
    def number(self) -> int:
        return int(self.data or "0")

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        text = self.data or ""
        if text and not (text.isascii() and text.isdigit()):
            raise ValueError("Write a whole number, such as 30.")


class NoteField(TextField):
    """Several lines of text: a narrative, an address, a reason."""

    lines = True

    def __init__(self, label: str, *, longest: int = 4000, **options: Any) -> None:
        super().__init__(label, longest=longest, **options)


class EmailField(TextField):
    """One e-mail address."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        name, at, host = (self.data or "").rpartition("@")
        if self.data and (not at or not name or "." not in host.strip(".") or any(c.isspace() or c in ",;<>" for c in self.data)):
            raise ValueError("This is not a whole e-mail address. It looks like name@firm.example.")


class PasswordField(WTFormsPasswordField):
    """A password: never trimmed, never shown again."""

    def __init__(self, label: str, *, needed: str | None = None, **options: Any) -> None:
        super().__init__(label, [Needed(needed)] if needed else [], **options)


class FlagField(BooleanField):
    """Yes or no."""

    def __init__(self, label: str, *, hint: str | None = None, **options: Any) -> None:
        super().__init__(label, description=hint or "", **options)


class ChoiceField(SelectField):
    """One of a few. `choices` as (value, label) pairs or a function giving them; `empty` is the label of no choice."""

    def __init__(self, label: str, *, choices: Any = (), needed: str | None = None, empty: str | None = None, **options: Any) -> None:
        hint = options.pop("hint", None) or ""
        super().__init__(label, [Needed(needed)] if needed else [], description=hint, **options)
        self.pairs = choices
        self.empty = empty

    def labels(self) -> dict[Any, str]:
        """Value to label, in the order of the list."""
        return dict(self.pairs() if callable(self.pairs) else self.pairs)

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        if not self.data and self.empty is not None:
            return
        if self.data not in {str(value) for value in self.labels()}:
            raise ValidationError("Choose one of the list.")

    def iter_choices(self) -> Iterable[Any]:
        if self.empty is not None:
            yield "", self.empty, not self.data, {}
        for value, label in self.labels().items():
            yield value, label, str(value) == self.data, {}


class DateField(StringField):
    """A date, typed as people type it: `Nov 19`, `11/19/2026`, `2026-11-19`, `today`, `-1`, `mon` (with `ahead` the next)."""

    years_ahead = 0
    """How far ahead a day may lie before it is taken for a slip; 0: as far as dates go."""

    def __init__(
        self,
        label: str,
        *,
        needed: str | None = None,
        hint: str | None = None,
        latest: Callable[[], date] | None = None,
        years_ahead: int | None = None,
        ahead: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(label, [Needed(needed)] if needed else [], description=hint or "", **options)
        self.type = DateField.__name__  # the macros draw each of its kinds alike
        self.latest, self.ahead = latest, ahead
        self.years_ahead = self.years_ahead if years_ahead is None else years_ahead

    def _value(self) -> str:
        if self.raw_data:
            return shown(str(self.raw_data[0]))
        return day_text(self.data) if isinstance(self.data, date) else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            return
        today = today_in_zone(getattr(current_user, "time_zone", "UTC"))
        found = parse_date(text, today=today, ahead=self.ahead)
        if self.latest and found > self.latest():
            raise ValueError(f"The latest date possible here is {day_text(self.latest())}.")
        if self.years_ahead and found - today > timedelta(days=366 * self.years_ahead):
            raise ValueError(f"{day_text(found)} is more than {self.years_ahead} years ahead. Check the year.")
        self.data = found


class FirstDayField(DateField):
    """The first day of what is agreed: of a rate, a card, a tax, an agreement. It may be planned ahead."""

    years_ahead = 5


class LastDayField(DateField):
    """The last day of what is agreed."""

    years_ahead = 30


class RecordField(ChoiceField):
    """The id of a record, picked in a search-as-you-type list; resolve it with `access.load`.

    `choices` are the first ones shown, as (id, label); with script every other is found by the list's address, and `named` gives the
    label of one that was picked there (lexapp/web/record_names.py). Without a choice: None.
    """

    def __init__(
        self, label: str, *, choices: Any = (), empty: str = "Choose…", named: Callable[[int], str] | None = None, **options: Any
    ) -> None:
        super().__init__(label, choices=choices, empty=empty, **options)
        self.named = named
        self.picked_label = ""

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        super().process(formdata, data, extra_filters)
        self.picked_label = formdata.get(f"{self.name}_label", "")[:200] if formdata else ""

    def process_data(self, value: Any) -> None:
        self.data = None if value in (None, "") else int(value)

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if text and not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise ValueError("Pick one of the list: type a few letters of its name.")
        if text:
            self.data = int(text)

    def pre_validate(self, form: Any) -> None:
        """Any id is taken here; whether it is one of the firm is for `access.load` and the service."""

    def iter_choices(self) -> Iterable[Any]:
        first = self.labels()
        if self.data is not None and self.data not in first:
            found = self.named(self.data) if self.named else ""
            first[self.data] = found or self.picked_label or f"Number {self.data}"
        yield "", self.empty, self.data is None, {}
        for value, label in first.items():
            yield value, label, value == self.data, {}


class RecordsField(Field):
    """The ids of several records, ticked in a list (ui/checks.html); whether they are the firm's is for the service."""

    data: list[int]

    def __init__(self, label: str, *, hint: str | None = None, **options: Any) -> None:
        super().__init__(label, description=hint or "", **options)

    def _value(self) -> str:
        return ", ".join(str(one) for one in self.data)

    def process_data(self, value: Any) -> None:
        self.data = list(value or [])

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = [int(text) for text in valuelist[:MOST_TICKED] if text.isascii() and text.isdigit() and len(text) <= 18]
        if len(self.data) != len(valuelist):
            raise ValueError("Choose out of the list.")
