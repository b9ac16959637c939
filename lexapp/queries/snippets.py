"""The snippets that a person may type: their own and the firm's."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lexapp.models import Snippet


class SnippetLine(NamedTuple):
    """A snippet; `is_firm` where everybody in the firm has it."""

    id: int
    abbreviation: str
    expansion: str
    is_firm: bool


def snippets_of(session: Session, *, firm_id: int, user_id: int) -> list[SnippetLine]:
    """Those of the person and of the firm, by abbreviation; one's own before the firm's of the same name. One query."""
    query = (
        select(Snippet.id, Snippet.abbreviation, Snippet.expansion, Snippet.user_id.is_(None))
        .where(Snippet.firm_id == firm_id, or_(Snippet.user_id == user_id, Snippet.user_id.is_(None)))
        .order_by(Snippet.abbreviation, Snippet.user_id.is_(None))
    )
    return [SnippetLine(id_, abbreviation, expansion, bool(is_firm)) for id_, abbreviation, expansion, is_firm in session.execute(query)]
