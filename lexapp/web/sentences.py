"""What is understood of a typed sentence, with the matter that it means: what the line under it shows, and what is recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import uuid4

from flask import Response
from wtforms import HiddenField

from lexapp.books.work_terms import firm_terms, matter_terms
from lexapp.database import db
from lexapp.domain.durations import format_clock, format_hours
from lexapp.domain.errors import InvalidInput, Refused
from lexapp.domain.matter_words import NamedMatter, meant, telling
from lexapp.domain.rounding import billed_hundredths, round_half_up
from lexapp.domain.sentences import LONGEST, Sentence, read_sentence, tells_of_work
from lexapp.domain.utbms import ACTIVITIES
from lexapp.queries.matter_candidates import matter_candidates
from lexapp.queries.matter_titles import matter_title
from lexapp.services.time_entries import Work
from lexapp.web.access import current_actor, may
from lexapp.web.entry_forms import TimeForm, today
from lexapp.web.filters import locale
from lexapp.web.forms import CommandForm, RecordField, TextField
from lexapp.web.htmx import render
from lexapp.web.time_lists import kept_filters

MOST_OFFERED = 5
CORRECTED = ("matter_id", "recorded_seconds", "worked_on", "activity_code", "narrative")


class SentenceForm(CommandForm):
    """One line that says what was done. `seen` is the reading that was on the screen; `correct` the part to be corrected."""

    sentence = TextField("What was done", longest=LONGEST, needed="Write what was done, for example: 0.3 call Smith re lease yesterday.")
    matter_id = RecordField("Matter")
    seen = HiddenField()
    correct = HiddenField()

    def saw(self, found: Understood) -> bool:
        """Whether the person saw this very sentence read as it is read now; a matter that was pressed need not have stood there before."""
        pressed = found.matter is not None and self.matter_id.data == found.matter.id
        return self.seen.data == found.seen or (pressed and self.seen.data == replace(found, matter=None).seen)

    def saw_otherwise(self, found: Understood) -> bool:
        """Whether the person saw this very sentence read in another way."""
        return not self.saw(found) and (self.seen.data or "").endswith(f": {found.text}")


def empty_line(key: str) -> SentenceForm:
    """The line before anything is typed; `key` is that of the command."""
    return SentenceForm(None, data={"key": key})


@dataclass(frozen=True, slots=True)
class Understood:
    """A sentence as it is read. `matter` is the one that is meant, if that is clear; `offered` are those that fit otherwise."""

    text: str
    sentence: Sentence
    worked_on: date
    matter: NamedMatter | None
    offered: tuple[NamedMatter, ...]
    hundredths: int | None

    @property
    def seen(self) -> str:
        """The reading as a form carries it: matter, day, seconds, activity, and the sentence itself."""
        on = "" if self.sentence.day_trouble else self.worked_on
        read = (self.matter.id if self.matter else "", on, self.sentence.seconds, self.sentence.activity_code)
        return f"{'|'.join(map(str, read))}: {self.text}"

    @property
    def activity(self) -> str:
        code = ACTIVITIES.lookup(self.sentence.activity_code)
        return f"{code.code} {code.name}" if code else ""

    def title(self, matter: NamedMatter) -> str:
        """The matter as lists write it."""
        return matter_title(matter.client, matter.name, is_internal=not matter.client)

    @property
    def recorded(self) -> str:
        """The time as it is recorded, for who wonders about the rounding."""
        return format_clock(self.sentence.seconds or 0)[:-3]

    @property
    def time(self) -> str:
        """How long, in hours; with what is billed where rounding makes that something else."""
        recorded, billed = round_half_up(self.sentence.seconds or 0, 36), self.hundredths or 0
        return f"{format_hours(billed)} h" if recorded == billed else f"{format_hours(recorded)} h, bills {format_hours(billed)}"

    @property
    def is_whole(self) -> bool:
        """Whether it can be recorded as it is read."""
        said = self.sentence
        return said.seconds is not None and not said.day_trouble and self.matter is not None and current_actor().timekeeper_id is not None

    @property
    def work(self) -> Work:
        """What is recorded once it is whole."""
        matter_id = self.matter.id if self.matter else 0
        said = self.sentence
        return Work(
            matter_id,
            current_actor().timekeeper_id or 0,
            self.worked_on,
            said.seconds or 0,
            said.narrative,
            activity_code=said.activity_code,
        )

    def form(self, key: str | None) -> TimeForm:
        """The form of an entry, filled in: the matters that fit come first in its list."""
        values: dict[str, Any] = {
            "worked_on": None if self.sentence.day_trouble else self.worked_on,
            "matter_id": self.matter.id if self.matter else None,
            "recorded_seconds": self.sentence.seconds,
            "activity_code": self.sentence.activity_code,
            "narrative": self.sentence.narrative,
        }
        form = TimeForm(None, actor=current_actor(), ids="understood", data=values | ({"key": key} if key else {}))
        if self.sentence.day_trouble:
            form.refuse(InvalidInput(f"{self.sentence.day_trouble}. Write the day of the work.", field="worked_on"))
        return form


def understand(text: str, *, matter_id: int | None = None) -> Understood:
    """The reading of a sentence. `matter_id` is a matter that was chosen for it. Four queries at most."""
    actor, day = current_actor(), today()
    sentence = read_sentence(text, today=day, day_first=not locale().endswith("US"))
    words = telling(sentence.words)
    named = matter_candidates(db.session(), firm_id=actor.firm_id, timekeeper_id=actor.timekeeper_id, words=words)
    found = meant(sentence.words, named)
    chosen = next((one for one in named if one.id == matter_id), None) if matter_id else found.sure
    offered = () if chosen else found.fitting[:MOST_OFFERED]
    on = sentence.worked_on or day
    return Understood(text, sentence, on, chosen, offered, _hundredths(sentence, on, chosen))


def asked_work(text: str) -> tuple[Understood, str] | None:
    """What is typed into the search, where it is a sentence about work rather than a name: its reading, and the key to record it with."""
    found = understand(text) if may("time.record") and tells_of_work(text) else None
    return (found, str(uuid4())) if found and found.hundredths is not None and found.sentence.narrative else None


def _hundredths(sentence: Sentence, on: date, matter: NamedMatter | None) -> int | None:
    """What will be billed, by the increment in force; as recorded where a whole day is rounded at once."""
    if sentence.seconds is None:
        return None
    try:
        firm = firm_terms(db.session(), current_actor().firm_id)
        terms = matter_terms(db.session(), firm, [matter.id])[matter.id] if matter else None
    except Refused:
        return None
    rounding = terms.rounding(on, sentence.activity_code) if terms else firm.rounding(on)
    return round_half_up(sentence.seconds, 36) if rounding.per_day else billed_hundredths(sentence.seconds, rounding.increment)


def corrected(form: TimeForm, *, found: Understood | None = None, correct: str = "", status: int = 200) -> Response:
    """The form that a sentence filled in, in the place of its line; without htmx its own page. `correct` is the field to begin with."""
    shown = {"form": form, "found": found, "correct": correct if correct in CORRECTED else "", "kept": kept_filters()}
    response = render(page="sentences/corrected.html", fragment="sentences/_understood.html", status=status, **shown)
    response.headers["HX-Retarget"] = "#line" if found else "#understood"
    return response
