"""The matters that words of a sentence may mean."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Date, case, func, or_, select
from sqlalchemy.orm import Session

from lexapp.domain.matter_words import NamedMatter
from lexapp.models import Client, Matter, TimeEntry
from lexapp.queries.search import ESCAPE, like_pattern

MOST, MOST_WORDS = 40, 12


def matter_candidates(session: Session, *, firm_id: int, timekeeper_id: int | None, words: Sequence[str]) -> list[NamedMatter]:
    """Matters that take work and have one of the words in number, name or client. Most words first, then worked on last. One query."""
    if not words:
        return []
    found = [_has(word) for word in words[:MOST_WORDS]]
    worked = _worked_on(firm_id, timekeeper_id or 0)
    score: Any = sum((case((one, 1), else_=0) for one in found[1:]), case((found[0], 1), else_=0))
    query = (
        select(Matter.id, Matter.number, Client.name, Matter.name)
        .outerjoin(Client, (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id))
        .outerjoin(worked, worked.c.matter_id == Matter.id)
        .where(Matter.firm_id == firm_id, Matter.status != "closed", or_(*found))
        .order_by(score.desc(), func.coalesce(worked.c.last, date(1970, 1, 1)).desc(), Matter.id.desc())
        .limit(MOST)
    )
    return [NamedMatter(id_, number, client or "", name) for id_, number, client, name in session.execute(query)]


def _worked_on(firm_id: int, timekeeper_id: int) -> Any:
    mine = (TimeEntry.firm_id == firm_id, TimeEntry.timekeeper_id == timekeeper_id)
    return (
        select(TimeEntry.matter_id, func.max(TimeEntry.worked_on, type_=Date).label("last"))
        .where(*mine)
        .group_by(TimeEntry.matter_id)
        .subquery()
    )


def _has(word: str) -> Any:
    columns = (func.lower(Matter.number), func.lower(Matter.name), func.lower(func.coalesce(Client.name, "")))
    return or_(*(column.like(like_pattern(word), escape=ESCAPE) for column in columns))
