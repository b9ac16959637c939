"""Finding records by what somebody typed: every word has to be in one of the columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_

ESCAPE = "\\"


def like_pattern(word: str) -> str:
    """The word anywhere in a text. SQLite folds the case of ASCII letters only, so any other letter stands for every letter."""
    escaped = "".join(ESCAPE + one if one in "%_\\" else one for one in word.lower())
    return f"%{''.join(one if one.isascii() else '_' for one in escaped)}%"


def has_words(words: Sequence[str], *columns: Any) -> ColumnElement[bool]:
    """True where each word is part of at least one column; true for no words."""
    found = [or_(*(func.lower(column).like(like_pattern(word), escape=ESCAPE) for column in columns)) for word in words]
    return and_(True, *found)
