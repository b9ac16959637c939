"""Fees by the month and by result: what was recorded of a matter, and the work that they are worked out from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, and_, case, exists, func, select
from sqlalchemy.orm import Session

from lexapp.domain.agreements import Minimum, MonthlyRetainer, Term, month_end, months_over
from lexapp.models import AgreedFee, ContingencyAgreement, EarnedTransfer, FeeAgreement, FeeTerm, FixedFeeEntry, PreBillLine, TimeEntry

MONTHS_OFFERED = 3


@dataclass(frozen=True, slots=True)
class AgreedFeeRow:
    """A fee that a term came to; `state` is none (nothing was due), recorded, on_pre_bill or gone (taken out by hand).

    `transfer`: whether the transfer out of trust for it is `prepared` or `made`; else empty.
    """

    id: int
    version: int
    fee_term_id: int
    kind: str
    period_start: date | None
    charged_on: date
    name: str
    value_minor: int
    amount_minor: int
    fixed_fee_entry_id: int | None
    state: str
    transfer: str


def agreed_fees_of(session: Session, *, firm_id: int, matter_id: int) -> list[AgreedFeeRow]:
    """Those that stand, the newest first. One query."""
    taken = exists().where(
        PreBillLine.firm_id == AgreedFee.firm_id,
        PreBillLine.fixed_fee_entry_id == AgreedFee.fixed_fee_entry_id,
        PreBillLine.state == "included",
    )
    entry = and_(FixedFeeEntry.firm_id == AgreedFee.firm_id, FixedFeeEntry.id == AgreedFee.fixed_fee_entry_id)
    state = case(
        (FixedFeeEntry.id.is_(None), "none"), (FixedFeeEntry.discarded_at.is_not(None), "gone"), (taken, "on_pre_bill"), else_="recorded"
    )
    mine = and_(EarnedTransfer.firm_id == AgreedFee.firm_id, EarnedTransfer.fixed_fee_entry_id == AgreedFee.fixed_fee_entry_id)
    transfer = case((EarnedTransfer.trust_transaction_id.is_not(None), "made"), (EarnedTransfer.id.is_not(None), "prepared"), else_="")
    query = select(AgreedFee, state, transfer).outerjoin(FixedFeeEntry, entry)
    query = query.outerjoin(EarnedTransfer, mine & EarnedTransfer.withdrawn_at.is_(None)).where(
        AgreedFee.firm_id == firm_id, AgreedFee.matter_id == matter_id
    )
    rows = session.execute(query.where(AgreedFee.undone_at.is_(None)).order_by(AgreedFee.charged_on.desc(), AgreedFee.id.desc()))
    return [_row(*found) for found in rows]


def _row(row: AgreedFee, state: str, transfer: str) -> AgreedFeeRow:
    when = (row.kind, row.period_start, row.charged_on, row.name)
    return AgreedFeeRow(
        row.id, row.version, row.fee_term_id, *when, row.value_minor, row.amount_minor, row.fixed_fee_entry_id, state, transfer
    )


def hourly_on_bills(session: Session, *, firm_id: int, matter_id: int, first: date | None, last: date) -> dict[int, tuple[int, int]]:
    """Of time by the hour through a day (from a day on), entry -> how much of it is on pre-bills and invoices, and what is charged for it.

    In basis points, and in minor units after all that is agreed for the matter; the discount by volume comes later.
    """
    line, charged = PreBillLine, PreBillLine.amount_minor - PreBillLine.volume_minor
    query = _time(select(TimeEntry.id, func.sum(line.share_basis_points), func.sum(charged)), firm_id, matter_id, first, last)
    query = query.join(line, and_(line.firm_id == TimeEntry.firm_id, line.time_entry_id == TimeEntry.id, line.state == "included"))
    rows = session.execute(query.where(TimeEntry.fee_term_id.is_(None)).group_by(TimeEntry.id))
    return {id_: (int(share), int(minor)) for id_, share, minor in rows}


def covered_hundredths(session: Session, *, firm_id: int, matter_id: int, month: date) -> int:
    """The hours of a month, in hundredths, that a monthly retainer of the matter pays for, whichever version of its agreement."""
    terms = select(FeeTerm.id).where(FeeTerm.firm_id == firm_id, FeeTerm.matter_id == matter_id, FeeTerm.kind == "monthly_retainer")
    query = _time(select(func.coalesce(func.sum(TimeEntry.quantity_hundredths), 0)), firm_id, matter_id, month, month_end(month))
    return int(session.scalar(query.where(TimeEntry.fee_term_id.in_(terms))) or 0)


def _time(query: Select[*tuple[Any, ...]], firm_id: int, matter_id: int, first: date | None, last: date) -> Select[*tuple[Any, ...]]:
    mine = [TimeEntry.firm_id == firm_id, TimeEntry.matter_id == matter_id, TimeEntry.worked_on <= last]
    if first is not None:
        mine.append(TimeEntry.worked_on >= first)
    return query.where(*mine, TimeEntry.billing_status == "billable", TimeEntry.discarded_at.is_(None))


def achieved_minor(session: Session, *, firm_id: int, matter_id: int, name: str) -> int:
    """What was achieved in the results of a matter so far, for the success fee of this name, in minor units."""
    mine = (AgreedFee.firm_id == firm_id, AgreedFee.matter_id == matter_id, AgreedFee.kind == "success", AgreedFee.undone_at.is_(None))
    return int(session.scalar(select(func.coalesce(func.sum(AgreedFee.value_minor), 0)).where(*mine, AgreedFee.name == name)) or 0)


def minimum_recorded(session: Session, *, firm_id: int, matter_id: int) -> int:
    """What was recorded as missing to the minimum of a whole matter, in minor units."""
    mine = (
        AgreedFee.firm_id == firm_id,
        AgreedFee.matter_id == matter_id,
        AgreedFee.kind == "minimum_in_all",
        AgreedFee.undone_at.is_(None),
    )
    return int(session.scalar(select(func.coalesce(func.sum(AgreedFee.amount_minor), 0)).where(*mine)) or 0)


def recorded_months(session: Session, *, firm_id: int, matter_ids: Collection[int]) -> set[tuple[int, str, date]]:
    """(matter, kind, month) of what was recorded by the month, undone or not: a job does not do again what a person undid."""
    mine = (AgreedFee.firm_id == firm_id, AgreedFee.matter_id.in_(matter_ids), AgreedFee.period_start.is_not(None))
    rows = session.execute(select(AgreedFee.matter_id, AgreedFee.kind, AgreedFee.period_start).where(*mine))
    return {(matter_id, kind, month) for matter_id, kind, month in rows if month is not None}


def has_percentages(session: Session, *, firm_id: int, matter_id: int) -> bool:
    """Whether contingency terms stand for a matter that are no term of a fee agreement."""
    mine = (ContingencyAgreement.firm_id == firm_id, ContingencyAgreement.matter_id == matter_id, ContingencyAgreement.removed_at.is_(None))
    return bool(session.scalar(select(exists().where(*mine, ContingencyAgreement.fee_agreement_id.is_(None)))))


def months_to_record(term: Term, agreement: FeeAgreement, rows: Sequence[AgreedFeeRow], today: date) -> list[date]:
    """The latest months that are over and not recorded under this term, the oldest first."""
    if isinstance(term, MonthlyRetainer):
        kinds = {"retainer", "beyond"} if term.hours_hundredths else {"retainer"}
    elif isinstance(term, Minimum) and term.is_monthly:
        kinds = {"minimum"}
    else:
        return []
    stand = {(row.kind, row.period_start) for row in rows}
    known = {row.period_start for row in rows if all((kind, row.period_start) in stand for kind in kinds)}
    over = months_over(agreement.effective_from, agreement.effective_to, through=today - timedelta(days=1))
    return [month for month in over if month not in known][-MONTHS_OFFERED:]
