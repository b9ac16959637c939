"""Agreed splits of credit, as tests need them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy.orm import Session

from lexapp.domain.credits import CreditKind, CreditShare
from lexapp.models import Matter, MatterCredit, Timekeeper
from lexapp.services.matter_credits import NewCreditSplit, agree_credit_split
from tests.factories import NOW, OPENED, World


def share_credit(
    session: Session,
    world: World,
    matter: Matter,
    shares: Iterable[tuple[Timekeeper, int]],
    kind: CreditKind = CreditKind.ORIGINATING,
    start: date = OPENED,
) -> list[MatterCredit]:
    """These timekeepers share one credit of a matter from a day on, by basis points."""
    split = NewCreditSplit(kind=kind, shares=tuple(CreditShare(who.id, points) for who, points in shares), effective_from=start)
    return agree_credit_split(session, actor=world.owner, matter_id=matter.id, split=split, now=NOW)
