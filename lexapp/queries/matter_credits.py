"""Agreed credit splits as they are read: for a matter's page, and for everything that credits money."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from lexapp.domain.credits import CreditKind, CreditShare, CreditSplit
from lexapp.models import Matter, MatterCredit, Timekeeper


@dataclass(frozen=True, slots=True)
class NamedShare:
    """A share with its timekeeper's name."""

    timekeeper_id: int
    name: str
    basis_points: int


@dataclass(frozen=True, slots=True)
class ShownSplit:
    """A split as a list shows it; `id` and `version` are those of its first row."""

    id: int
    version: int
    kind: CreditKind
    shares: tuple[NamedShare, ...]
    effective_from: date
    effective_to: date | None

    def state(self, today: date) -> str:
        """`later`, `now` or `past`."""
        if self.effective_from > today:
            return "later"
        return "past" if self.effective_to is not None and self.effective_to < today else "now"


def splits_of_matter(session: Session, *, firm_id: int, matter_id: int) -> list[ShownSplit]:
    """Every split of a matter that was not removed, by kind, the newest first. One query."""
    query = (
        select(MatterCredit, Timekeeper.name)
        .join(Timekeeper, and_(Timekeeper.firm_id == MatterCredit.firm_id, Timekeeper.id == MatterCredit.timekeeper_id))
        .where(MatterCredit.firm_id == firm_id, MatterCredit.matter_id == matter_id, MatterCredit.removed_at.is_(None))
        .order_by(MatterCredit.kind, MatterCredit.effective_from.desc(), MatterCredit.position)
    )
    groups = groupby(session.execute(query).all(), key=lambda pair: (pair[0].kind, pair[0].effective_from))
    return [_shown(list(group)) for _, group in groups]


def _shown(group: list[Any]) -> ShownSplit:
    first: MatterCredit = group[0][0]
    shares = tuple(NamedShare(row.timekeeper_id, name, row.share_basis_points) for row, name in group)
    return ShownSplit(first.id, first.version, CreditKind(first.kind), shares, first.effective_from, first.effective_to)


@dataclass(frozen=True, slots=True)
class CreditTerms:
    """Who is credited for a matter: its splits, and its one timekeeper of each kind where none holds."""

    splits: tuple[CreditSplit, ...]
    otherwise: dict[CreditKind, int | None]


NOBODY: dict[CreditKind, int | None] = dict.fromkeys(CreditKind)


def credit_terms(session: Session, *, firm_id: int, condition: Any) -> dict[int, CreditTerms]:
    """Matter -> its terms, for the matters that the condition holds for. One query."""
    credit = and_(MatterCredit.firm_id == Matter.firm_id, MatterCredit.matter_id == Matter.id, MatterCredit.removed_at.is_(None))
    names = (MatterCredit.kind, MatterCredit.effective_from, MatterCredit.effective_to)
    order = (Matter.id, *names[:2], MatterCredit.position)
    query = (
        select(
            Matter.id,
            Matter.originating_timekeeper_id,
            Matter.responsible_timekeeper_id,
            *names,
            MatterCredit.timekeeper_id,
            MatterCredit.share_basis_points,
        )
        .outerjoin(MatterCredit, credit)
        .where(Matter.firm_id == firm_id, condition)
        .order_by(*order)
    )
    groups = groupby(session.execute(query), key=lambda row: row[:3])
    return {id_: _terms(originating, responsible, rows) for (id_, originating, responsible), rows in groups}


def _terms(originating: int | None, responsible: int | None, rows: Iterable[Any]) -> CreditTerms:
    otherwise = {CreditKind.ORIGINATING: originating, CreditKind.RESPONSIBLE: responsible}
    agreed = [row for row in rows if row[3] is not None]
    splits = tuple(_split(list(group)) for _, group in groupby(agreed, key=lambda row: row[3:6]))
    return CreditTerms(splits, otherwise)


def _split(rows: list[Any]) -> CreditSplit:
    kind, first, last = rows[0][3:6]
    return CreditSplit(CreditKind(kind), tuple(CreditShare(*row[6:8]) for row in rows), first, last)
