"""As whom a member records time: one timekeeper each, and no timekeeper for two of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.changes import must_exist
from lexapp.books.uniqueness import taken_meanwhile
from lexapp.domain.errors import InvalidInput
from lexapp.models import Membership, Timekeeper


def check_timekeeper(session: Session, *, firm_id: int, timekeeper_id: int | None, membership_id: int = 0) -> None:
    """Refuse, beside its field, a timekeeper whom the firm does not have, and one as whom another member records time. None passes."""
    sentence = "Pick a timekeeper out of the list."
    must_exist(session, Timekeeper, firm_id=firm_id, record_id=timekeeper_id, field="timekeeper_id", sentence=sentence)
    taken = (Membership.firm_id == firm_id) & (Membership.timekeeper_id == (timekeeper_id or 0)) & (Membership.id != membership_id)
    if session.scalar(select(Membership.id).where(taken).limit(1)):
        raise _taken()


@contextmanager
def timekeeper_taken_meanwhile() -> Iterator[None]:
    """Around the flush of a membership: the same refusal for whoever comes second in the same moment."""
    with taken_meanwhile("uq_memberships_timekeeper", _taken()):
        yield


def _taken() -> InvalidInput:
    return InvalidInput("Somebody else records time as this timekeeper. Pick another.", field="timekeeper_id")
