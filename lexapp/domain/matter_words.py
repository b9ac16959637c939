"""Which matter the words of a sentence mean: its number, its client, its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# Words of every sentence and of every company's name say nothing about which matter is meant.
_IDLE_TEXT = """
the and for with from about into onto over per via its his her their our this that was were been has have had not but
call called phone email letter draft drafted review reviewed revise research attend meet meeting telephone conference prepare
regarding concerning inc llc llp ltd corp company co gmbh plc lp pc estate matter client today yesterday hours hour min mins
"""
_IDLE = frozenset(_IDLE_TEXT.split())
_SHORTEST = 3
_TOKENS = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_NUMBER, _CLIENT, _NAME, _CLIENT_START, _NAME_START = 100, 6, 4, 3, 2
_SURE = _NAME


@dataclass(frozen=True, slots=True)
class NamedMatter:
    """A matter as sentences may name it."""

    id: int
    number: str
    client: str
    name: str


@dataclass(frozen=True, slots=True)
class Meant:
    """Those that fit, best first, and the one that is meant where no other fits as well."""

    sure: NamedMatter | None
    fitting: tuple[NamedMatter, ...]


def telling(words: Sequence[str]) -> tuple[str, ...]:
    """The words that may name a matter, with the parts of compound ones, each once."""
    parts = (part for word in words for part in (word, *word.split("-")) if not _is_number(word) or part == word)
    return tuple(dict.fromkeys(part for part in parts if len(part) >= _SHORTEST and part not in _IDLE))


def meant(words: Sequence[str], matters: Sequence[NamedMatter]) -> Meant:
    """The matters that these (lower-case) words fit, in the order given where they fit alike."""
    fits = [(fit(words, matter), matter) for matter in matters]
    ranked = sorted((one for one in fits if one[0] > 0), key=lambda one: -one[0])
    clear = bool(ranked) and ranked[0][0] >= _SURE and (len(ranked) == 1 or ranked[0][0] > ranked[1][0])
    return Meant(ranked[0][1] if clear else None, tuple(matter for _, matter in ranked))


def fit(words: Sequence[str], matter: NamedMatter) -> int:
    """How well words name a matter: whole words of client and name count, beginnings less, the number above all."""
    client, name = _words_of(matter.client), _words_of(matter.name)
    return sum(_fit(word, matter.number.lower(), client, name) for word in telling(words))


def _fit(word: str, number: str, client: frozenset[str], name: frozenset[str]) -> int:
    if word == number:
        return _NUMBER
    if word in client:
        return _CLIENT
    if word in name:
        return _NAME
    if len(word) < _SHORTEST + 1:
        return 0
    if any(one.startswith(word) for one in client):
        return _CLIENT_START
    return _NAME_START if any(one.startswith(word) for one in name) else 0


def _words_of(text: str) -> frozenset[str]:
    tokens = [one.lower() for one in _TOKENS.findall(text)]
    return frozenset(part for one in tokens for part in (one, *one.split("-")) if part not in _IDLE)


def _is_number(word: str) -> bool:
    return any(one.isdigit() for one in word)
