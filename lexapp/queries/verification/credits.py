"""Credit for collected fees: agreed shares make the whole, and what is credited is what was collected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from lexapp.domain.credits import CreditKind
from lexapp.domain.periods import Period
from lexapp.domain.permissions import Actor, Role
from lexapp.domain.shares import WHOLE
from lexapp.domain.spread import Charges
from lexapp.models import Allocation, CreditNote, InvoiceMatter, MatterCredit
from lexapp.queries.credited import CREDITED_PARTS, IS_MONEY, NOTE_OF_ALLOCATION
from lexapp.queries.reports.credits import credited
from lexapp.queries.reports.scope import Scope

EVER = Period(date.min, date.max)


def shares_make_the_whole(session: Session, firm_id: int) -> Iterator[str]:
    """Every agreed split adds up to 100 percent, and no two of a matter and kind hold on one day."""
    live = (MatterCredit.firm_id == firm_id, MatterCredit.removed_at.is_(None))
    split = (MatterCredit.matter_id, MatterCredit.kind, MatterCredit.effective_from)
    query = select(*split, MatterCredit.effective_to, func.sum(MatterCredit.share_basis_points)).where(*live)
    last: dict[tuple[int, str], date | None] = {}
    for matter_id, kind, first, until, points in session.execute(query.group_by(*split, MatterCredit.effective_to).order_by(*split)):
        name = f"Matter {matter_id}, {kind} credit from {first}"
        if points != WHOLE:
            yield f"{name}: the shares are {points} hundredths of a percent, not {WHOLE}."
        if (matter_id, kind) in last and ((ended := last[matter_id, kind]) is None or ended >= first):
            yield f"{name}: the split before it has not ended."
        last[matter_id, kind] = until


def credits_equal_fees(session: Session, firm_id: int) -> Iterator[str]:
    """Per invoice, matter and kind: what everybody was credited with = the fees that what is applied has paid."""
    everybody = Scope(Actor(user_id=0, firm_id=firm_id, membership_id=0, role=Role.OWNER))
    sums: dict[tuple[int, int, CreditKind], int] = defaultdict(int)
    for one in credited(session, scope=everybody, period=EVER):
        sums[one.application.invoice_id, one.application.matter_id, one.kind] += one.minor
    paid = _fees_paid(session, firm_id)
    for invoice_id, matter_id in sorted(paid.keys() | {place[:2] for place in sums}):
        for kind in CreditKind:
            fees, given = paid.get((invoice_id, matter_id), 0), sums.get((invoice_id, matter_id, kind), 0)
            if fees != given:
                yield f"Invoice {invoice_id}, matter {matter_id}: {fees} of fees are collected, {given} are credited as {kind}."


def _fees_paid(session: Session, firm_id: int) -> dict[tuple[int, int], int]:
    """(invoice, matter) -> the fees that are paid by now."""
    charges = (InvoiceMatter.fees_minor, InvoiceMatter.costs_minor, InvoiceMatter.tax_minor)
    place = (InvoiceMatter.invoice_id, InvoiceMatter.matter_id)
    mine = (Allocation.firm_id == firm_id) & (Allocation.invoice_id == place[0]) & (Allocation.matter_id == place[1])
    money = func.sum(case((IS_MONEY, Allocation.amount_minor), else_=0))
    credited = [func.sum(func.coalesce(part, 0)) for part in CREDITED_PARTS]
    query = select(*place, money, *credited, *charges).join(Allocation, mine & Allocation.is_discount.is_(False))
    query = query.outerjoin(CreditNote, NOTE_OF_ALLOCATION).where(InvoiceMatter.firm_id == firm_id)
    found = {}
    for invoice_id, matter_id, applied, fees, costs, tax, *parts in session.execute(query.group_by(*place, *charges)):
        taken_off = Charges(int(fees), int(costs), int(tax))
        found[invoice_id, matter_id] = Charges(*parts).paid(int(applied), taken_off).fees_minor
    return found
