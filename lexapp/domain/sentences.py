"""Reads a sentence about work, as lawyers write it: ``0.3 call Smith re lease yesterday`` is a duration, a day, an activity, a narrative.

Nothing is asked of anybody: no network, no guess that depends on what was read before. What is not understood stays in the narrative.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from lexapp.domain.activity_words import activity_of
from lexapp.domain.durations import DAY_SECONDS, parse_duration
from lexapp.domain.errors import InvalidInput
from lexapp.domain.spoken_days import SpokenDay, is_dotted_day, is_month, may_stand_anywhere, spoken_day
from lexapp.domain.spoken_hours import spoken_hour, spoken_seconds

LONGEST = 500
_WIDEST = 5
_A_BARE_NUMBER = re.compile(r"[0-9]{1,2}")
# After these a time or a day belongs to what the sentence is about: "hearing at 10:30", "letter of Nov 3".
_OF_SOMETHING = frozenset(
    ("at", "from", "until", "to", "by", "before", "after", "since", "of", "dated", "re", "about", "due", "for", "no.", "§")
)
_ENDINGS = ",;:."
_DANGLING = frozenset(("on", "-", "\u2013", "\u2014", ",", ";", ":", "."))


@dataclass(frozen=True, slots=True)
class Sentence:
    """What was understood. `seconds` and `worked_on` are None where the sentence does not say; `words` may name a matter (lower case).

    `day_trouble` is why the day that is named can be no day of work; empty where there is none.
    """

    seconds: int | None
    worked_on: date | None
    activity_code: str
    narrative: str
    words: tuple[str, ...]
    day_trouble: str = ""


def read_sentence(text: str, *, today: date, day_first: bool = False) -> Sentence:
    """The parts of a sentence. `day_first` is how the reader writes 3/11. A day to come, or that is in no calendar, is told and stays.

    A word after ``#`` names the matter and leaves the narrative. Nothing raises: what cannot be read stays where it is.
    """
    typed = text[:LONGEST].split()
    named = tuple(token[1:] for token in typed if _names_matter(token))
    seconds, tokens = _take_duration([token for token in typed if not _names_matter(token)])
    worked_on, trouble, tokens = _take_day(tokens, today, day_first)
    if seconds is None:
        seconds, tokens = _take_bare_number(tokens)
    rest = _trimmed(tokens)
    narrative = " ".join(rest)
    words = tuple(dict.fromkeys(word for token in (*named, *rest) if (word := _plain(token))))
    return Sentence(seconds, worked_on, activity_of(rest), narrative[:1].upper() + narrative[1:], words, trouble)


def tells_of_work(text: str) -> bool:
    """Whether a text that may be a search is a sentence about work: it says how long, and not by a mere number behind a name."""
    tokens = text[:LONGEST].split()
    if len(tokens) < 2:
        return False
    begins = _A_BARE_NUMBER.fullmatch(tokens[0]) is not None and activity_of(tokens[1:]) != ""
    return begins or _take_duration(tokens)[0] is not None


def _names_matter(token: str) -> bool:
    return token.startswith("#") and len(token) > 1


def _plain(token: str) -> str:
    return token.strip(".,;:!?()[]\"'’“”").lower()


def _trimmed(tokens: Sequence[str]) -> list[str]:
    found = list(tokens)
    while found and found[0].lower() in _DANGLING:
        del found[0]
    while found and found[-1].lower() in _DANGLING:
        del found[-1]
    return [*found[:-1], found[-1].rstrip(",;:")] if found else []


def _windows(tokens: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Start, end and text of every run of tokens, the widest first, then those at the beginning, at the end, between."""
    for width in range(min(_WIDEST, len(tokens)), 0, -1):
        places = range(len(tokens) - width + 1)
        for start in dict.fromkeys([0, len(places) - 1, *places]):
            yield start, start + width, " ".join(tokens[start : start + width])


def _without(tokens: Sequence[str], start: int, end: int) -> list[str]:
    return [*tokens[:start], *tokens[end:]]


# ── how long ─────────────────────────────────────────────────────────────────────────────────────


def _take_duration(tokens: list[str]) -> tuple[int | None, list[str]]:
    """A duration that says what it is comes before a mere decimal, and that before a mere ``an hour``."""
    for read in (_with_unit, _decimal, spoken_hour):
        for start, end, phrase in _windows(tokens):
            before = tokens[start - 1].lower() if start else ""
            seconds = None if before in _OF_SOMETHING else read(_bare(phrase))
            if seconds is not None:
                return seconds, _without(tokens, start, end)
    return None, tokens


def _bare(phrase: str) -> str:
    typed = phrase.lower().rstrip(",;:")
    return typed[:-1] if typed.endswith(".") and not is_dotted_day(typed) else typed


def _with_unit(typed: str) -> int | None:
    has_unit = ":" in typed or any(one.isalpha() for one in typed)
    return (spoken_seconds(typed) or _parsed(typed)) if has_unit else None


def _decimal(typed: str) -> int | None:
    is_decimal = ("." in typed or "," in typed) and ":" not in typed and not any(one.isalpha() for one in typed)
    return _parsed(typed) if is_decimal else None


def _parsed(typed: str) -> int | None:
    if not typed or typed[0] not in "0123456789.,":
        return None
    try:
        return parse_duration(typed)
    except InvalidInput:
        return None


def _take_bare_number(tokens: list[str]) -> tuple[int | None, list[str]]:
    """`2 call Smith`: whole hours, at the beginning or the end only."""
    for place in (0, len(tokens) - 1):
        before = tokens[place - 1].lower() if place > 0 else ""
        if len(tokens) > 1 and _A_BARE_NUMBER.fullmatch(tokens[place]) and before not in _OF_SOMETHING and not is_month(before):
            seconds = int(tokens[place]) * 3600
            if 0 < seconds <= DAY_SECONDS:
                return seconds, _without(tokens, place, place + 1)
    return None, tokens


# ── which day ────────────────────────────────────────────────────────────────────────────────────


def _take_day(tokens: list[str], today: date, day_first: bool) -> tuple[date | None, str, list[str]]:
    """The day, and the tokens without it; or the trouble of one that cannot be. Words once read as a day are not read again in part."""
    trouble, read = "", set[int]()
    for start, end, phrase in _windows(tokens):
        found = None if read.intersection(range(start, end)) else _day(phrase, today, day_first)
        if found is None:
            continue
        before = tokens[start - 1].lower() if start else ""
        at_edge = start == 0 or end == len(tokens) or (start == 1 and before == "on")
        anywhere = may_stand_anywhere(phrase.strip(_ENDINGS))
        if not (anywhere and found.day) and (before in _OF_SOMETHING or not (at_edge or anywhere)):
            read.update(range(start, end))
        elif found.day is not None:
            return found.day, "", _without(tokens, start - 1 if before == "on" else start, end)
        else:
            read.update(range(start, end))
            trouble = trouble or found.trouble
    return None, trouble, tokens


def _day(phrase: str, today: date, day_first: bool) -> SpokenDay | None:
    """``3.11.`` needs its last dot, ``Nov 3.`` ends a sentence with it."""
    word = phrase.strip(",;:")
    return spoken_day(word, today=today, day_first=day_first) or spoken_day(word.rstrip("."), today=today, day_first=day_first)
