"""Contingency percentages with dates: agreed by themselves, or as a term of a fee agreement with which they begin and end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from lexapp.books.changes import change
from lexapp.books.commands import CommandRecord
from lexapp.books.dated_rows import lock_alike, make_room
from lexapp.domain.agreements import AgreedContingency, Term
from lexapp.domain.contingency import terms_data
from lexapp.domain.errors import InvalidInput
from lexapp.models import ContingencyAgreement, FeeAgreement

__all__ = ["add_percentages", "begin_contingency", "take_back_contingency"]

ONE_DAY = timedelta(days=1)
TAKEN = "Contingency terms start on this day already. Remove those, or choose another day."
IN_AGREEMENT = "The fee agreement of this matter says its contingency fee. Agree fees anew there, with these percentages."


def add_percentages(
    session: Session, command: CommandRecord, *, matter_id: int, first: date, statute: str, terms: Mapping[str, Any]
) -> ContingencyAgreement:
    """Percentages by themselves, from a day; those in force end. Raises InvalidInput where a fee agreement says them on that day."""
    rows = _standing(session, command.actor.firm_id, matter_id)
    if any(row.fee_agreement_id and row.effective_from <= first and (row.effective_to or first) >= first for row in rows):
        raise InvalidInput(IN_AGREEMENT, code="in_fee_agreement")
    return _add(session, command, rows, matter_id, first, statute, terms)


def begin_contingency(session: Session, command: CommandRecord, agreement: FeeAgreement, terms: Sequence[Term]) -> None:
    """What a new fee agreement says of a contingency fee; where it says nothing, what the one before said ends."""
    term = next((one for one in terms if isinstance(one, AgreedContingency)), None)
    rows = _standing(session, agreement.firm_id, agreement.matter_id)
    first = agreement.effective_from
    if term is not None:
        row = _add(session, command, rows, agreement.matter_id, first, term.statute, terms_data(term.terms))
        row.fee_agreement_id = agreement.id
        row.effective_to = min(filter(None, (row.effective_to, agreement.effective_to)), default=None)
        return
    for row in rows:
        if row.fee_agreement_id and row.effective_from < first and (row.effective_to is None or row.effective_to >= first):
            change(row, {"effective_to": first - ONE_DAY})


def take_back_contingency(session: Session, command: CommandRecord, agreement: FeeAgreement) -> None:
    """The percentages of an agreement that was a mistake go with it; those that it ended go on, through its days."""
    rows = _standing(session, agreement.firm_id, agreement.matter_id)
    for row in rows:
        if row.fee_agreement_id == agreement.id:
            row.removed_at, row.version = command.at, row.version + 1
        elif row.fee_agreement_id and row.effective_to == agreement.effective_from - ONE_DAY:
            change(row, {"effective_to": agreement.effective_to})


def _standing(session: Session, firm_id: int, matter_id: int) -> Sequence[ContingencyAgreement]:
    mine = [ContingencyAgreement.firm_id == firm_id, ContingencyAgreement.matter_id == matter_id, ContingencyAgreement.removed_at.is_(None)]
    return lock_alike(session, ContingencyAgreement, mine, firm_id=firm_id)


def _add(
    session: Session,
    command: CommandRecord,
    rows: Sequence[ContingencyAgreement],
    matter_id: int,
    first: date,
    statute: str,
    terms: Mapping[str, Any],
) -> ContingencyAgreement:
    last = make_room(rows, first=first, last=None, taken=TAKEN, another="Another agreement")
    row = ContingencyAgreement(firm_id=command.actor.firm_id, matter_id=matter_id, effective_from=first, effective_to=last)
    row.terms, row.statute, row.created_at, row.created_by_user_id = dict(terms), statute, command.at, command.actor.user_id
    session.add(row)
    session.flush()
    return row
