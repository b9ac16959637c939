"""Block billing: how many tasks one narrative tells of.

A task begins with a verb of legal work, at the start or behind a semicolon, a full stop, a line break, a comma or "and". Two verbs with one
object ("review and revise the lease") are one task, and a noun in a list ("the letter, email and memo") is none.
"""

from __future__ import annotations

from collections.abc import Sequence

from lexapp.domain.activity_words import ACTIVITY_VERBS
from lexapp.domain.narratives.phrases import Word, words_of
from lexapp.domain.narratives.vague import VAGUE


def _words(listing: str) -> frozenset[str]:
    return frozenset(listing.split())


_VERBS = (ACTIVITY_VERBS - _words("court trial hearing analysis")) | _words(
    "negotiate negotiated serve served interview interviewed locate located obtain obtained gather gathered compile compiled "
    "respond responded reply replied coordinate coordinated schedule scheduled"
)
# After a mere comma or "and" these are nouns of a list, unless somebody or a subject follows: "and email to counsel".
_NOUNS = _words(
    "call calls phone telephone tc tcw teleconference conference meeting email emails e-mail e-mails correspondence letter zoom vc "
    "videoconference text attendance appearance mediation report plan outline study reply"
)
# These need an object: "and draft memo", not "and draft".
_BARE = _words("draft review research file index edit scan check travel drive sort upload")
_TOWARDS = _words("with w to from re regarding for client counsel court")
_JOINS = _words("and then plus")
_FILLERS = _words("also further to for the same begin continue continued began and then")
_STRONG, _WEAK = 2, 1
_HEADS = tuple(sorted({phrase.split()[0] for phrase in VAGUE if phrase.startswith(("attention", "attn", "follow", "work"))}))
_NEAR = 3


def count_tasks(text: str) -> int:
    """How many tasks the narrative tells of; 0 where no verb of legal work is known in it. Linear in its length."""
    words = words_of(text)
    tasks, is_open = 0, False
    for place, strength in _starts(text, words):
        if not _begins_task(text, words, place, strength):
            continue
        tasks += 0 if is_open else 1
        is_open = _is_bare(text, words, place)
    return tasks


def _starts(text: str, words: Sequence[Word]) -> list[tuple[int, int]]:
    """Where a part of the narrative begins, and how surely it is one of its own."""
    found: list[tuple[int, int]] = []
    for place, word in enumerate(words):
        strength = _STRONG if place == 0 else _strength(text, words[place - 1], word)
        if place and words[place - 1].plain in _JOINS:
            strength = max(strength, _strength(text, words[place - 2], words[place - 1]) if place > 1 else 0, _WEAK)
        if strength and word.plain not in _JOINS:
            found.append((place, strength))
    return found


def _strength(text: str, before: Word, after: Word) -> int:
    gap = text[before.end : min(after.start, before.end + 20)]
    if ";" in gap or "\n" in gap or "•" in gap or (". " in gap and len(before.plain) > 2):
        return _STRONG
    return _WEAK if "," in gap or "&" in gap or "/" in gap or "+" in gap else 0


def _begins_task(text: str, words: Sequence[Word], place: int, strength: int) -> bool:
    for _ in range(_NEAR):
        if place == len(words) - 1 or words[place].plain not in _FILLERS or _strength(text, words[place], words[place + 1]):
            break
        place += 1
    word = words[place].plain
    if strength == _STRONG:
        return word.startswith(_HEADS) or any(near in _VERBS for near in _part(text, words, place)[:_NEAR])
    following = _part(text, words, place)[1:2]
    if word in _NOUNS:
        return bool(following) and (following[0] in _TOWARDS or text[words[place + 1].start].isupper())
    return word in _VERBS and (word not in _BARE or bool(following))


def _part(text: str, words: Sequence[Word], place: int) -> list[str]:
    """The first words of a part, up to what separates it from the next."""
    found = [words[place].plain]
    for before, after in zip(words[place : place + _NEAR], words[place + 1 : place + 1 + _NEAR], strict=False):
        if _strength(text, before, after) or after.plain in _JOINS:
            break
        found.append(after.plain)
    return found


def _is_bare(text: str, words: Sequence[Word], place: int) -> bool:
    """Whether the part is a verb without an object, which it then shares with the next: "review and revise the lease"."""
    part = _part(text, words, place)
    ends = place + len(part) < len(words) and _strength(text, words[place + len(part) - 1], words[place + len(part)]) != _STRONG
    return ends and len(part) <= 2 and part[0] in _VERBS - _NOUNS and set(part[1:]) <= {"for", "to", "with", "on"}
