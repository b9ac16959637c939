"""The form around the terms. Everything in it comes from text as it was typed, also what stands already: one way in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField

from lexapp.domain.agreements import KINDS, Term
from lexapp.domain.agreements.agreement import MOST_TERMS, TOO_MANY_TERMS
from lexapp.domain.agreements.milestones import MOST_PARTS
from lexapp.domain.errors import InvalidInput, Refused
from lexapp.web.fee_terms.kinds import FIRST_LINES, MORE_LINES, TERM_FIELDS
from lexapp.web.forms.versions import VersionedForm

_SHOWN_ELSEWHERE = (("_due_on", "_due"), ("_due_task", "_due"), ("_phases", "_covers"))
Typed = Mapping[str, str]
LINES = {
    "hourly": ("rate", ("class", "minor"), ("minor",)),
    "milestones": ("part", ("name", "share", "due_by", "due"), ("name", "share")),
}
"""Kinds with lines: what one is called, its fields, and those of which one at least is written in a line that says something."""


@dataclass(frozen=True, slots=True)
class Section:
    """A term as the page shows it: its place from 1, its kind, how many lines it has."""

    form: TermsForm
    number: int
    kind: str
    lines: int

    @property
    def label(self) -> str:
        return KINDS[self.kind].label

    def field(self, name: str) -> Any:
        """One of its fields by its short name."""
        return self.form[f"term_{self.number}_{name}"]

    def some(self, start: str) -> list[Any]:
        """Those whose short names begin so."""
        return [one for name, one in self.form._fields.items() if name.startswith(f"term_{self.number}_{start}")]

    def read(self) -> Term:
        try:
            return TERM_FIELDS[self.kind].read(self.field, self.lines)
        except InvalidInput as error:
            raise InvalidInput(error.message, field=f"term_{self.number}_{error.field}") from error


class TermsForm(VersionedForm):
    """A form with terms. `shape`: the kind and the number of lines of each."""

    shape: tuple[tuple[str, int], ...] = ()
    add_refused = ""
    """Why the last term that was asked for is not there; stands beside the buttons that add one."""

    @property
    def sections(self) -> list[Section]:
        return [Section(self, number, kind, lines) for number, (kind, lines) in enumerate(self.shape, 1)]

    def terms(self) -> tuple[Term, ...]:
        """What was typed. Only after validation; raises InvalidInput beside a field."""
        return tuple(section.read() for section in self.sections)

    def validate(self, extra_validators: Any = None) -> bool:
        return bool(super().validate(extra_validators)) and not self.add_refused

    def refuse(self, error: Refused) -> None:
        """Fields of the domain that the form writes as one stand beside that."""
        for end, shown in _SHOWN_ELSEWHERE:
            if error.field and error.field.endswith(end):
                error.field = error.field.removesuffix(end) + shown
        if error.field and error.field.endswith("_kind"):
            error.field = None
        if error.field == "add":
            self.add_refused = error.message
        else:
            super().refuse(error)

    @property
    def status(self) -> int:
        return 422 if self.add_refused else super().status


def terms_form(base: type[TermsForm], typed: Typed, *, ids: str) -> Any:
    """The form with the sections that the typed text asks for, filled with it."""
    tidy = _tidied(typed)
    shape = tuple(_shape(tidy))
    fields: dict[str, Any] = {"shape": shape}
    for number, (kind, lines) in enumerate(shape, 1):
        fields |= {f"term_{number}_kind": HiddenField(), f"term_{number}_lines": HiddenField()}
        fields |= {f"term_{number}_{name}": field for name, field in TERM_FIELDS[kind].fields(lines).items()}
    tidy |= {f"term_{number}_lines": str(lines) for number, (_, lines) in enumerate(shape, 1)}
    form = type(base.__name__, (base,), fields)(MultiDict(tidy), ids=ids)
    if _one_more(tidy):
        form.refuse(InvalidInput(TOO_MANY_TERMS, field="add"))
    return form


def typed_terms(terms: Iterable[Term]) -> dict[str, str]:
    """Terms as somebody would type them."""
    found: dict[str, str] = {}
    for number, term in enumerate(terms, 1):
        found[f"term_{number}_kind"] = term.kind
        if term.kind in TERM_FIELDS:
            found |= {f"term_{number}_{name}": text for name, text in TERM_FIELDS[term.kind].typed(term).items()}
    return found


def offered_kinds() -> list[tuple[str, str]]:
    """What can be added: kind and label."""
    return [(kind, KINDS[kind].label) for kind in TERM_FIELDS]


def asked_act() -> tuple[dict[str, str], bool]:
    """What was sent, with the section added, taken out or made longer that a button of the form asked for; and whether one did."""
    sent = {name: text for name, text in request.form.items() if name != "act"}
    deed, _, what = request.form.get("act", "").partition("-")
    if deed == "add" and what in TERM_FIELDS:
        return {**sent, f"term_{len(list(_shape(sent))) + 1}_kind": what}, True
    number = int(what) if what.isascii() and what.isdigit() and len(what) < 3 else 0
    if deed == "remove" and number:
        return _without(sent, number), True
    if deed == "lines" and number:
        lines = _lines(sent, number) + MORE_LINES
        return {**sent, f"term_{number}_lines": str(lines)}, True
    return sent, False


def _one_more(typed: Typed) -> bool:
    """Whether a term was asked for beyond the last one there is room for."""
    return len(list(_shape(typed))) == MOST_TERMS and typed.get(f"term_{MOST_TERMS + 1}_kind", "") in TERM_FIELDS


def _shape(typed: Typed) -> Iterable[tuple[str, int]]:
    for number in range(1, MOST_TERMS + 1):
        kind = typed.get(f"term_{number}_kind", "")
        if kind not in TERM_FIELDS:
            return
        yield kind, _lines(typed, number)


def _lines(typed: Typed, number: int) -> int:
    text = typed.get(f"term_{number}_lines", "")
    return min(max(int(text), FIRST_LINES), MOST_PARTS) if text.isascii() and text.isdigit() and len(text) < 4 else FIRST_LINES


def _without(typed: Typed, number: int) -> dict[str, str]:
    """The later sections move up."""
    found = {}
    for name, text in typed.items():
        head, _, rest = name.removeprefix("term_").partition("_")
        place = int(head) if name.startswith("term_") and head.isascii() and head.isdigit() else 0
        if place != number:
            found[f"term_{place - 1}_{rest}" if place > number else name] = text
    return found


def _tidied(typed: Typed) -> dict[str, str]:
    """Empty lines stand last, so that the lines that are filled count from one."""
    found = dict(typed)
    for number, (kind, lines) in enumerate(_shape(typed), 1):
        if kind not in LINES:
            continue
        what, names, filling = LINES[kind]
        prefix = f"term_{number}_{what}_"
        rows = [{name: typed[key] for name in names if (key := f"{prefix}{line}_{name}") in typed} for line in range(1, lines + 1)]
        rows.sort(key=lambda row: not any(row.get(name, "").strip() for name in filling))
        found = {name: text for name, text in found.items() if not name.startswith(prefix)}
        found |= {f"{prefix}{line}_{name}": text for line, row in enumerate(rows, 1) for name, text in row.items()}
    return found
