"""The rates per hour that an agreement says: rates of the matter while it holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord
from lexapp.books.changes import change
from lexapp.books.dated_rows import ONE_DAY
from lexapp.books.rate_rows import KEYS, NewRate, audit_rate, place_rate
from lexapp.domain.agreements import Hourly, Term
from lexapp.domain.errors import InvalidInput
from lexapp.models import FeeAgreement, Rate

TAKEN = "The matter has a rate for the same that begins while this agreement holds. Remove that one first, or leave this one out."


def agree_rates(session: Session, command: CommandRecord, row: FeeAgreement, terms: Sequence[Term]) -> None:
    """End the rates of the agreement that is over, and add those of the new one. Raises InvalidInput beside a rate."""
    for rate in _rates_of_agreements(session, row):
        if rate.effective_from < row.effective_from and (rate.effective_to is None or rate.effective_to >= row.effective_from):
            change(rate, {"effective_to": row.effective_from - ONE_DAY})
            audit_rate(session, command, "rate.ended", rate)
    session.flush()
    for number, term in enumerate(terms, 1):
        for line, one in enumerate(term.rates if isinstance(term, Hourly) else (), 1):
            new = NewRate(
                rate_minor_per_hour=one.per_hour_minor,
                effective_from=row.effective_from,
                effective_to=row.effective_to,
                matter_id=row.matter_id,
                classification=one.classification or None,
            )
            try:
                _place(session, command, row, new)
            except InvalidInput as error:
                raise InvalidInput(TAKEN, field=f"term_{number}_rate_{line}_minor") from error


def _place(session: Session, command: CommandRecord, row: FeeAgreement, new: NewRate) -> None:
    """Raises InvalidInput where another rate begins before the agreement ends: the agreed one would hold for a part of it only."""
    if place_rate(session, command, new, fee_agreement_id=row.id).effective_to != row.effective_to:
        raise InvalidInput(TAKEN)


def take_back_rates(session: Session, command: CommandRecord, row: FeeAgreement) -> None:
    """Remove the rates of an agreement that was a mistake. What it had ended goes on through its days."""
    eve = row.effective_from - ONE_DAY
    rates = _rates_of_agreements(session, row)
    mine = [rate for rate in rates if rate.fee_agreement_id == row.id]
    for rate in mine:
        audit_rate(session, command, "rate.removed", rate)
        change(rate, {"removed_at": command.at})
    session.flush()
    left = _rates_of_matter(session, row)
    for rate in left:
        if rate.effective_to == eve:
            change(rate, {"effective_to": _last_day(rate, left, row)})


def _last_day(rate: Rate, standing: Sequence[Rate], taken_back: FeeAgreement) -> date | None:
    """Where it ends by itself, where the next rate for the same begins, or where the agreement that says it ends: whichever comes first.

    The agreement that ended the day before the one that is taken back goes on through its days.
    """
    following = (
        other.effective_from - ONE_DAY for other in standing if other.effective_from > rate.effective_from and _keys(other) == _keys(rate)
    )
    agreed = taken_back.effective_to if rate.fee_agreement_id is not None else None
    return min((day for day in (rate.own_last_day, agreed, *following) if day is not None), default=None)


def _rates_of_agreements(session: Session, row: FeeAgreement) -> list[Rate]:
    return [rate for rate in _rates_of_matter(session, row) if rate.fee_agreement_id is not None]


def _rates_of_matter(session: Session, row: FeeAgreement) -> Sequence[Rate]:
    """Those that stand, the first one first. The caller has locked the agreements of the matter."""
    mine = (Rate.firm_id == row.firm_id, Rate.matter_id == row.matter_id, Rate.removed_at.is_(None))
    return session.scalars(select(Rate).where(*mine).order_by(Rate.effective_from, Rate.id).with_for_update()).all()


def _keys(rate: Rate) -> tuple[Any, ...]:
    return tuple(getattr(rate, name) for name in KEYS)
