"""Credit for collected fees: what was applied in a period, divided by the shares of the day on which it was collected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session, aliased

from lexapp.domain.credits import CreditKind, divide_credit, shares_on
from lexapp.domain.periods import Period
from lexapp.domain.spread import Charges
from lexapp.models import Allocation, CreditNote, InvoiceMatter, Matter
from lexapp.queries.credited import CREDITED_PARTS, IS_MONEY, NOTE_OF_ALLOCATION
from lexapp.queries.matter_credits import NOBODY, CreditTerms, credit_terms
from lexapp.queries.reports.collections import Application, applications
from lexapp.queries.reports.scope import Name, Scope, names_of


@dataclass(frozen=True, slots=True)
class Credited:
    """One timekeeper's part (minor units) of the fees that an application collected; `basis_points` of them, by the shares of `shares_on`.

    `timekeeper_id` is None where the matter names nobody.
    """

    application: Application
    kind: CreditKind
    timekeeper_id: int | None
    basis_points: int
    shares_on: date
    minor: int


@dataclass(frozen=True, slots=True)
class CreditRow:
    """What one timekeeper is credited with, in minor units, and for how many matters."""

    key: int | None
    name: Name
    originating_minor: int = 0
    responsible_minor: int = 0
    matters: int = 0


def credited(session: Session, *, scope: Scope, period: Period) -> list[Credited]:
    """Every credit of the period, in the order of the applications; what is nothing is left out. Three queries."""
    found = [one for one in applications(session, scope=scope, period=period) if one.paid.fees_minor]
    terms = credit_terms(session, firm_id=scope.firm_id, condition=scope.matters()) if found else {}
    taken_back = _first_collected(session, scope=scope, period=period) if any(one.amount_minor <= 0 for one in found) else {}
    nobody = CreditTerms((), NOBODY)
    return [
        credit
        for one in found
        for credit in _of(one, terms.get(one.matter_id, nobody), taken_back.get(one.id, one.effective_on))
        if credit.minor
    ]


def _first_collected(session: Session, *, scope: Scope, period: Period) -> dict[int, date]:
    """What was taken back in the period -> the day on which it had been collected."""
    first = aliased(Allocation)
    query = (
        select(Allocation.id, first.effective_on)
        .join(first, and_(first.firm_id == Allocation.firm_id, first.id == Allocation.reverses_id))
        .where(Allocation.firm_id == scope.firm_id, Allocation.effective_on.between(period.first, period.last))
    )
    return {row.id: row.effective_on for row in session.execute(query)}


def _of(one: Application, terms: CreditTerms, on: date) -> list[Credited]:
    found = []
    for kind in CreditKind:
        shares = shares_on(terms.splits, kind, on, otherwise=terms.otherwise[kind])
        parts = divide_credit(one.paid.fees_minor, shares)
        found += [Credited(one, kind, share.timekeeper_id, share.basis_points, on, part) for share, part in zip(shares, parts, strict=True)]
    return found


def credits_by(session: Session, *, scope: Scope, period: Period) -> list[CreditRow]:
    """Credits by timekeeper, the most originated first. Four queries."""
    sums: dict[int | None, dict[CreditKind, int]] = {}
    matters: dict[int | None, set[int]] = {}
    for one in credited(session, scope=scope, period=period):
        mine = sums.setdefault(one.timekeeper_id, dict.fromkeys(CreditKind, 0))
        mine[one.kind] += one.minor
        matters.setdefault(one.timekeeper_id, set()).add(one.application.matter_id)
    names = names_of(session, firm_id=scope.firm_id, by="credited", keys=sums)
    rows = [
        CreditRow(key, names[key], mine[CreditKind.ORIGINATING], mine[CreditKind.RESPONSIBLE], len(matters[key]))
        for key, mine in sums.items()
    ]
    return sorted(rows, key=lambda row: (-row.originating_minor, -row.responsible_minor, row.name.label))


def sum_credits(rows: Iterable[CreditRow]) -> CreditRow:
    """The total of all timekeepers. Matters stand under several of them, so they are not added up."""
    rows = list(rows)
    return CreditRow(None, Name("Total"), sum(row.originating_minor for row in rows), sum(row.responsible_minor for row in rows))


def chosen_credits(found: Sequence[Credited], *, kind: CreditKind | None, timekeeper_id: int | None) -> list[Credited]:
    """Credits of one kind, of one timekeeper (0: of nobody); None does not choose."""
    return [
        one for one in found if (kind is None or one.kind is kind) and (timekeeper_id is None or (one.timekeeper_id or 0) == timekeeper_id)
    ]


def collected_fees(session: Session, *, scope: Scope, period: Period) -> int:
    """Fees that invoices had paid at the end of the period less those before it: what credits of each kind must come to. One query."""
    is_before = Allocation.effective_on < period.first
    sums = [case((IS_MONEY, Allocation.amount_minor), else_=0), *(func.coalesce(part, 0) for part in CREDITED_PARTS)]
    before = [func.sum(case((is_before, one), else_=0)) for one in sums]
    parts = (InvoiceMatter.fees_minor, InvoiceMatter.costs_minor, InvoiceMatter.tax_minor)
    place = and_(
        InvoiceMatter.firm_id == Allocation.firm_id,
        InvoiceMatter.invoice_id == Allocation.invoice_id,
        InvoiceMatter.matter_id == Allocation.matter_id,
    )
    query = (
        select(*before, *(func.sum(one) for one in sums), *parts)
        .join(InvoiceMatter, place)
        .outerjoin(CreditNote, NOTE_OF_ALLOCATION)
        .join(Matter, scope.matter_of(Allocation))
        .where(Allocation.firm_id == scope.firm_id, Allocation.is_discount.is_(False))
        .where(Allocation.effective_on <= period.last, scope.matters())
        .group_by(InvoiceMatter.id, *parts)
    )
    return sum(_fees_of([int(minor) for minor in row]) for row in session.execute(query))


def _fees_of(row: Sequence[int]) -> int:
    """(money, credited fees, costs, tax) before, the same by the end, and what is charged -> the fees that were paid between."""
    was, *credited_was = row[:4]
    now, *credited_now = row[4:8]
    charges = Charges(*row[8:])
    return (charges.paid(now, Charges(*credited_now)) - charges.paid(was, Charges(*credited_was))).fees_minor
