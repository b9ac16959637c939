"""Guidelines as pages show them: a client's own; a matter's own with those of its client and payers that hold where it has none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from lexapp.models import Client, Guideline, Matter, MatterPayer


@dataclass(frozen=True, slots=True)
class GuidelineRow:
    """A guideline with the name of the client that gave it; `is_own` where it belongs to the place that was asked for."""

    guideline: Guideline
    source: str
    is_own: bool

    def state(self, on: date) -> str:
        """past, now or later, on a day."""
        if self.guideline.effective_to is not None and self.guideline.effective_to < on:
            return "past"
        return "later" if self.guideline.effective_from > on else "now"


def guidelines_of_client(session: Session, *, firm_id: int, client_id: int) -> list[GuidelineRow]:
    """Those of a client, of any date, the newest first."""
    return _made(session.execute(_rows(firm_id).where(Guideline.client_id == client_id)), own="client_id")


def guidelines_of_matter(session: Session, *, firm_id: int, matter_id: int) -> list[GuidelineRow]:
    """Those of a matter and of its client and payers, of any date: its own first, then the newest."""
    matter = select(Matter.client_id).where(Matter.firm_id == firm_id, Matter.id == matter_id)
    payers = select(MatterPayer.client_id).where(MatterPayer.firm_id == firm_id, MatterPayer.matter_id == matter_id)
    theirs = Guideline.client_id.in_(matter) | Guideline.client_id.in_(payers)
    return _made(session.execute(_rows(firm_id).where((Guideline.matter_id == matter_id) | theirs)), own="matter_id")


def _rows(firm_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(Guideline, Client.name)
        .select_from(Guideline)
        .outerjoin(Matter, (Matter.firm_id == Guideline.firm_id) & (Matter.id == Guideline.matter_id))
        .outerjoin(Client, (Client.firm_id == Guideline.firm_id) & (Client.id == func.coalesce(Guideline.client_id, Matter.client_id)))
        .where(Guideline.firm_id == firm_id, Guideline.removed_at.is_(None))
    )


def _made(rows: Iterable[Any], own: str) -> list[GuidelineRow]:
    made = [GuidelineRow(guideline, name or "", getattr(guideline, own) is not None) for guideline, name in rows]
    made.sort(key=lambda row: (row.guideline.effective_from, row.guideline.id), reverse=True)
    return sorted(made, key=lambda row: (not row.is_own, row.source))
