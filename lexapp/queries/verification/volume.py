"""Discounts by volume, worked out again: each bill was given what the rule gives after the bills before it, and no year more than that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from lexapp.domain.reductions import Counts, YearlyDiscount
from lexapp.models import ClientDiscount, PreBill, PreBillLine
from lexapp.models.spared import is_spared


class _Bill(NamedTuple):
    id: int
    discount_id: int | None
    through_on: date
    before_minor: int
    given_before_minor: int
    fees_minor: int
    all_minor: int
    given_minor: int


def volume_discounts_as_agreed(session: Session, firm_id: int) -> Iterator[str]:
    terms = {id_: YearlyDiscount.read(kept) for id_, kept in _terms(session, firm_id)}
    years: dict[tuple[int, date], list[tuple[int, int]]] = defaultdict(list)
    for bill in _bills(session, firm_id):
        agreed = terms.get(bill.discount_id or 0)
        if agreed is None:
            yield f"Pre-bill {bill.id} was given {bill.given_minor} by volume, and names no discount."
            continue
        volume = agreed.volume
        own = bill.all_minor if volume.counts is Counts.ALL else bill.fees_minor
        due = volume.due_on(bill.before_minor + own)
        expected = min(max(due - bill.given_before_minor, 0), own)
        if bill.given_minor != expected:
            yield f"Pre-bill {bill.id} was given {bill.given_minor} by volume; after {bill.before_minor} billed the rule gives {expected}."
        years[bill.discount_id or 0, agreed.year_of(bill.through_on).first].append((bill.given_minor, due))
    for (discount_id, first), given in sorted(years.items()):
        whole, most = sum(minor for minor, _ in given), max(due for _, due in given)
        if whole > most:
            yield f"Discount {discount_id} of a client, year from {first}: {whole} is given, the rule gives {most}."


def _terms(session: Session, firm_id: int) -> list[tuple[int, dict[str, object]]]:
    query = select(ClientDiscount.id, ClientDiscount.terms)
    rows = session.execute(query.where(ClientDiscount.firm_id == firm_id, ClientDiscount.kind == YearlyDiscount.kind))
    return [(id_, kept) for id_, kept in rows]


def _bills(session: Session, firm_id: int) -> Iterator[_Bill]:
    """The bills that stand and name a discount, or were given one."""
    line, before = PreBillLine, case((is_spared(firm_id), 0), else_=PreBillLine.amount_minor - PreBillLine.volume_minor)
    sums = (func.sum(case((line.kind != "expense", before), else_=0)), func.sum(before), -func.sum(line.volume_minor))
    noted = (PreBill.id, PreBill.volume_discount_id, PreBill.through_on, PreBill.volume_billed_minor, PreBill.volume_given_minor)
    query = (
        select(*noted, *sums)
        .join(line, and_(line.firm_id == PreBill.firm_id, line.pre_bill_id == PreBill.id, line.state == "included"))
        .where(PreBill.firm_id == firm_id)
        .group_by(*noted)
        .having(PreBill.volume_discount_id.is_not(None) | (func.sum(line.volume_minor) < 0))
        .order_by(PreBill.id)
    )
    for id_, discount_id, through_on, *minors in session.execute(query):
        yield _Bill(id_, discount_id, through_on, *map(int, minors))
