"""What stands under a narrative while it is typed: what the client does not accept, quoted, and codes that its words suggest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import Flask, request, url_for
from flask_login import current_user

from lexapp.books.guidelines import guidelines_on, written_time
from lexapp.database import db
from lexapp.domain.code_words import suggested_codes
from lexapp.domain.guidelines import CODE_FIELDS, USUAL, Finding, Guideline, Written, check, most_allowed
from lexapp.domain.utbms import Code
from lexapp.domain.words import counted
from lexapp.web.budget_words import budget_said
from lexapp.web.entry_forms import today
from lexapp.web.forms import Form

MOST_SHOWN = 5
LONGEST_READ = 20_000
_FIELD_ID = re.compile(r"[a-z0-9_-]{1,60}")
_NOUNS = {"task_code": "Task", "activity_code": "Activity", "expense_code": "Code"}
# The field of a form that holds a code, where it is called otherwise.
_CODE_NAMES = {"expense": {"expense_code": "code"}}


@dataclass(frozen=True, slots=True)
class Shown:
    """One hint; [start, end) is its place in the field as scripts count, in UTF-16 units. `is_first` of those with the same quote."""

    finding: Finding
    start: int
    end: int
    is_first: bool = True


@dataclass(frozen=True, slots=True)
class Hints:
    """The hints of the field with this id; `codes` are (what, name of its field, codes to choose from); `most` is 0 without a limit."""

    field_id: str
    shown: Sequence[Shown] = ()
    more: int = 0
    codes: Sequence[tuple[str, str, Sequence[Code]]] = ()
    length: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a form holds at the moment. `code_names` are the fields of codes that it has; errors are those that it shows already."""

    text: str
    kind: str = "time"
    matter_id: int | None = None
    on: date | None = None
    seconds: int | None = None
    codes: Mapping[str, str] = field(default_factory=dict)
    code_names: Mapping[str, str] = field(default_factory=dict)
    is_billed: bool = True
    errors: frozenset[str] = frozenset()


def hints_for(field_id: str, typed: Typed, rules: Sequence[Guideline] | None = None) -> Hints:
    """The hints on what is typed. Nothing, and no query, where nothing is. `rules` where they are known already."""
    if not typed.text.strip():
        return Hints(field_id)
    if rules is None and typed.matter_id is not None:
        on = typed.on or today()
        rules = guidelines_on(db.session(), firm_id=current_user.actor.firm_id, matter_id=typed.matter_id, on=on)
    rules = rules or (USUAL,)
    text = typed.text[:LONGEST_READ]
    written = Written(narrative=text, kind=typed.kind, seconds=typed.seconds, codes=typed.codes, is_billed=typed.is_billed)
    found = [one for one in check(rules, written) if one.whole not in typed.errors]
    cited = [one.cited for one in found]
    first = [one not in cited[:place] for place, one in enumerate(cited)]
    shown = [Shown(one, _units(text[: one.start]), _units(text[: one.end]), *is_first) for one, *is_first in zip(found, first, strict=True)]
    shown, more = shown[:MOST_SHOWN], len(shown) - MOST_SHOWN
    most = most_allowed(rules)
    return Hints(field_id, shown, more, _codes(typed), len(text.strip()), most)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _codes(typed: Typed) -> list[tuple[str, str, Sequence[Code]]]:
    """For each code that the form asks for and nobody has chosen, those that the words suggest."""
    open_fields = [name for name in CODE_FIELDS.get(typed.kind, {}) if name in typed.code_names and not typed.codes.get(name)]
    found = [(_NOUNS[name], typed.code_names[name], suggested_codes(typed.text, name)) for name in open_fields]
    return [one for one in found if one[2]]


def form_hints(form: Form, one: Any, kind: str = "time", on: date | None = None, measured: int | None = None) -> Hints:
    """The hints on a form as a page shows it. `on` and `measured` (seconds) say what the form itself does not."""
    return hints_for(one.id, typed_in(form, one, kind=kind, on=on, measured=measured))


def typed_in(form: Form, one: Any, *, kind: str, on: date | None = None, measured: int | None = None) -> Typed:
    """What a form of time, of a timer or of an expense holds, readable or not."""
    names = {code: _CODE_NAMES.get(kind, {}).get(code, code) for code in CODE_FIELDS.get(kind, {})}
    names = {code: name for code, name in names.items() if name in form}
    return Typed(
        text=text_of(one),
        kind=kind,
        matter_id=_of(form, "matter_id"),
        on=on or _of(form, "worked_on") or _of(form, "incurred_on"),
        seconds=_of(form, "recorded_seconds") or measured,
        codes={code: str(form[name].data or "") for code, name in names.items()},
        code_names=names,
        is_billed=_of(form, "billing_status") != "non_billable",
        errors=frozenset(str(error) for found in form.errors.values() for error in found),
    )


def _of(form: Form, name: str) -> Any:
    return form[name].data if name in form else None


def text_of(one: Any) -> str:
    """The field's own text, as a script would read it: places are counted in it."""
    typed = one.raw_data[0] if one.raw_data else one.data
    return str(typed or "").replace("\r\n", "\n")


def entry_findings(entry: Any) -> Sequence[Finding]:
    """What is found in a time entry that stands, a row or a line of a list. One query."""
    rules = guidelines_on(db.session(), firm_id=current_user.actor.firm_id, matter_id=entry.matter_id, on=entry.worked_on)
    return check(rules, written_time(entry))


def saved(message: str, entry: Any) -> str:
    """What is said after saving: where it brings the budget of its matter, and the first thing that its words lack."""
    message = f"{message}. {told}" if (told := budget_said(entry)) else message
    found = entry_findings(entry)
    if not found:
        return message
    more = f" {counted(len(found) - 1, 'more hint')} on its page." if len(found) > 1 else ""
    return f"{message.removesuffix('.')}. {found[0].sentence}{more}"


def asked_field_id() -> str:
    """The id of the field that the hints are for."""
    text = request.args.get("of", "")
    return text if _FIELD_ID.fullmatch(text) else "narrative"


def hints_url(one: Any, kind: str = "time", on: date | None = None, measured: int | None = None) -> str:
    """Where the hints of a field are asked for while it is typed in."""
    given = {"of": one.id, "kind": kind, "on": on.isoformat() if on else None, "measured": measured}
    return url_for("narratives.read", **given)


def init_app(app: Flask) -> None:
    """What `ui/hints.html` calls."""
    app.jinja_env.globals.update(form_hints=form_hints, hints_url=hints_url)
