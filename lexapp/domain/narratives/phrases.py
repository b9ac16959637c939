"""Words of a text with their places, and the search for many phrases in one pass over them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

# Letters and digits with what stands within a word (marks that combine, hyphens, apostrophes, what no reader sees) and signs that make it
# another word: C++, C#, 100%.
_LETTER = r"[\w\u0300-\u036f\u00ad\u200b-\u200d\ufe0f]"
_WORD = re.compile(rf"{_LETTER}+(?:['’\-]{_LETTER}+)*(?:[+#%]+(?!{_LETTER}))?")
_UNSEEN = re.compile("[\u00ad\u200b-\u200d\ufe0f]")
# Normalising sorts combining marks, which takes quadratic time for a tower of them. No word that is looked for is as long.
_LONGEST_WORD = 60


@dataclass(frozen=True, slots=True)
class Word:
    """A word at [start, end) of its text, in characters. `plain` is how it is compared: NFKC, case folded, no curly apostrophe."""

    start: int
    end: int
    plain: str


@dataclass(frozen=True, slots=True)
class Span:
    """What was found at [start, end) of a text, in characters; `reason` says what is wrong with it, where the list says so."""

    start: int
    end: int
    text: str
    reason: str = ""


def words_of(text: str) -> list[Word]:
    """Every word in its order. Linear in the length of the text."""
    return [Word(found.start(), found.end(), _plain(found[0])) for found in _WORD.finditer(text)]


def has_words(text: str) -> bool:
    """Whether there is anything in the text that could be looked for."""
    return any(word.plain for word in words_of(text))


def _plain(word: str) -> str:
    if len(word) > _LONGEST_WORD:
        return ""
    if word.isascii():
        return word.lower()
    return unicodedata.normalize("NFKC", _UNSEEN.sub("", word)).casefold().replace("’", "'")


@dataclass(slots=True)
class _Node:
    next: dict[str, _Node] = field(default_factory=dict)
    reason: str | None = None


class PhraseSet:
    """Phrases to look for, each with its reason. The longest at a place wins, and found places never overlap."""

    def __init__(self, phrases: Iterable[tuple[str, str]]) -> None:
        self._root = _Node()
        for phrase, reason in phrases:
            node = self._root
            for word in words_of(phrase):
                node = node.next.setdefault(word.plain, _Node())
            if node is not self._root:
                node.reason = reason

    def spans(self, text: str, words: Sequence[Word] | None = None) -> Iterator[Span]:
        """Where the phrases stand. Linear in the length of the text times the words of the longest phrase."""
        found = words_of(text) if words is None else words
        place = 0
        while place < len(found):
            width, reason = self._match(found, place)
            if width:
                start, end = found[place].start, found[place + width - 1].end
                yield Span(start, end, text[start:end], reason)
            place += width or 1

    def _match(self, words: Sequence[Word], place: int) -> tuple[int, str]:
        node, best, at = self._root, (0, ""), place
        following: Any = node.next.get(words[at].plain)
        while following is not None:
            node, at = following, at + 1
            if node.reason is not None:
                best = (at - place, node.reason)
            following = node.next.get(words[at].plain) if at < len(words) else None
        return best
