"""Reads a sentence about work, as lawyers write it: ``0.3 call Smith re lease yesterday`` is a duration, a day, an activity, a narrative.

Nothing is asked of anybody: no network, no guess that depends on what was read before. What is not understood stays in the narrative.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from lexapp.domain.activity_words import activity_of
from lexapp.domain.durations import DAY_SECONDS, parse_duration
from lexapp.domain.errors import InvalidInput
from lexapp.domain.spoken_days import is_dotted_day, is_month, read_day

LONGEST = 500
_WIDEST = 4
_A_BARE_NUMBER = re.compile(r"[0-9]{1,2}")
# After these a time or a day belongs to what the sentence is about: "hearing at 10:30", "letter of Nov 3".
_OF_SOMETHING = frozenset(
    ("at", "from", "until", "to", "by", "before", "after", "since", "of", "dated", "re", "about", "due", "for", "no.", "§")
)
_DANGLING = frozenset(("on", "-", "\u2013", "\u2014", ",", ";", ":", "."))


@dataclass(frozen=True, slots=True)
class Sentence:
    """What was understood. `seconds` and `worked_on` are None where the sentence does not say; `words` may name a matter (lower case)."""

    seconds: int | None
    worked_on: date | None
    activity_code: str
    narrative: str
    words: tuple[str, ...]


def read_sentence(text: str, *, today: date, day_first: bool = False) -> Sentence:
    """The parts of a sentence. `day_first` is how the reader writes 3/11; a day to come is no day of work and stays in the narrative.

    A word after ``#`` names the matter and leaves the narrative. Nothing raises: what cannot be read stays where it is.
    """
    tokens = text[:LONGEST].split()
    seconds, tokens = _take_duration(tokens)
    worked_on, tokens = _take_day(tokens, today, day_first)
    if seconds is None:
        seconds, tokens = _take_bare_number(tokens)
    named = tuple(token[1:] for token in tokens if token.startswith("#") and len(token) > 1)
    rest = _trimmed([token for token in tokens if not (token.startswith("#") and len(token) > 1)])
    narrative = " ".join(rest)
    words = tuple(dict.fromkeys(word for token in (*named, *rest) if (word := _plain(token))))
    return Sentence(seconds, worked_on, activity_of(rest), narrative[:1].upper() + narrative[1:], words)


def tells_of_work(text: str) -> bool:
    """Whether a text that may be a search is a sentence about work: it says how long, and not by a mere number behind a name."""
    tokens = text[:LONGEST].split()
    if len(tokens) < 2:
        return False
    begins = _A_BARE_NUMBER.fullmatch(tokens[0]) is not None and activity_of(tokens[1:]) != ""
    return begins or _take_duration(tokens)[0] is not None


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
            yield start, start + width, " ".join(tokens[start : start + width]).lower()


def _without(tokens: Sequence[str], start: int, end: int) -> list[str]:
    return [*tokens[:start], *tokens[end:]]


# ── how long ─────────────────────────────────────────────────────────────────────────────────────


def _take_duration(tokens: list[str]) -> tuple[int | None, list[str]]:
    """A duration that says what it is comes before a mere decimal."""
    for says_unit in (True, False):
        for start, end, phrase in _windows(tokens):
            before = tokens[start - 1].lower() if start else ""
            seconds = None if before in _OF_SOMETHING else _seconds(phrase, says_unit=says_unit)
            if seconds is not None:
                return seconds, _without(tokens, start, end)
    return None, tokens


def _seconds(phrase: str, *, says_unit: bool) -> int | None:
    typed = phrase.rstrip(",;:")
    if typed.endswith(".") and not is_dotted_day(typed):
        typed = typed[:-1]
    has_unit = ":" in typed or any(one.isalpha() for one in typed)
    if has_unit != says_unit or not (has_unit or "." in typed or "," in typed) or not typed or typed[0] not in "0123456789.,":
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


def _take_day(tokens: list[str], today: date, day_first: bool) -> tuple[date | None, list[str]]:
    for start, end, phrase in _windows(tokens):
        word = phrase.strip(",;:")
        at_edge = start == 0 or end == len(tokens)
        before = tokens[start - 1].lower() if start else ""
        if word.rstrip(".") in ("today", "yesterday"):
            found: date | None = today - timedelta(days=word.startswith("yesterday"))
        elif at_edge and before not in _OF_SOMETHING:
            found = read_day(word, today=today, day_first=day_first)
        else:
            found = None
        if found is not None:
            return found, _without(tokens, start - 1 if before == "on" else start, end)
    return None, tokens
