"""The steps behind lines of a pre-bill: from what was measured to what is charged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from lexapp.domain.derivations import Does, Rule, Step
from lexapp.domain.shares import WHOLE, percent_text
from lexapp.models import AuditEvent, ExpenseEntry, FixedFeeEntry, PreBill, PreBillLine, TimeEntry, User
from lexapp.queries.derivations.entries import expense_steps, fixed_fee_steps, priced, time_steps, worth
from lexapp.queries.walls import outside_of

ODD = "Odd cent or cap of the split"


@dataclass(frozen=True, slots=True)
class LineDerivation:
    """A line and its steps; the last one is its amount."""

    line: PreBillLine
    steps: Sequence[Step]


def derive_lines(session: Session, *, firm_id: int, condition: Any) -> list[LineDerivation]:
    """Every line that the condition holds for (columns of PreBillLine or PreBill), in the order of their place. Two queries."""
    query = (
        select(PreBillLine, PreBill.volume_billed_minor, PreBill.volume_given_minor, TimeEntry, ExpenseEntry, FixedFeeEntry)
        .join(PreBill, and_(PreBill.firm_id == PreBillLine.firm_id, PreBill.id == PreBillLine.pre_bill_id))
        .outerjoin(TimeEntry, _is(TimeEntry, PreBillLine.time_entry_id))
        .outerjoin(ExpenseEntry, _is(ExpenseEntry, PreBillLine.expense_entry_id))
        .outerjoin(FixedFeeEntry, _is(FixedFeeEntry, PreBillLine.fixed_fee_entry_id))
        .where(PreBillLine.firm_id == firm_id, condition)
        .order_by(PreBillLine.pre_bill_id, PreBillLine.position)
    )
    rows = session.execute(query).all()
    reviews = _reviews(session, firm_id, [row[0].id for row in rows if row[0].write_down_minor or row[0].adjustment_minor])
    sees_all = outside_of(session) is None  # the client's other bills may be those of a walled-off matter
    return [
        LineDerivation(
            line, _steps(line, next(e for e in entries if e is not None), reviews, _volume_rules(billed, given) if sees_all else [])
        )
        for line, billed, given, *entries in rows
    ]


def _volume_rules(billed_minor: int, given_minor: int) -> list[Rule]:
    """What a discount by volume was worked out from."""
    return [Rule("Billed before in the client’s year", figure=billed_minor), Rule("Given before", figure=given_minor)]


def _is(model: Any, column: Any) -> Any:
    return and_(model.firm_id == PreBillLine.firm_id, model.id == column)


def _reviews(session: Session, firm_id: int, line_ids: Sequence[int]) -> dict[int, str]:
    """Line -> who reviewed it last and when, in words."""
    if not line_ids:
        return {}
    mine = (AuditEvent.firm_id == firm_id, AuditEvent.subject_kind == "pre_bill_line", AuditEvent.subject_id.in_(line_ids))
    query = select(AuditEvent.subject_id, User.name, AuditEvent.at).outerjoin(User, User.id == AuditEvent.actor_user_id)
    rows = session.execute(query.where(*mine).order_by(AuditEvent.id))
    return {id_ or 0: f"{name or 'lexapp'}, {at:%Y-%m-%d}" for id_, name, at in rows}


def _steps(line: PreBillLine, entry: Any, reviews: dict[int, str], volume: Sequence[Rule]) -> list[Step]:
    steps = [*_before(line, entry), *_reviewed(line, reviews.get(line.id, ""))]
    if line.volume_minor:
        steps.append(Step(Does.ADDS, "Client’s discount by volume", line.volume_minor, line.volume_reason, volume))
    return [*steps, Step(Does.IS, "Charged", line.amount_minor, "what the bill shows")]


def _before(line: PreBillLine, entry: Any) -> list[Step]:
    """To the worth of the payer's share as drafted. An entry that was freed may have changed since: then the line's own figures."""
    if not _stands(line, entry):
        return _of_line(line)
    found: list[Step] = _OF_ENTRY[line.kind](entry)
    if line.share_basis_points < WHOLE:
        found += _share(line)
    elif entry.amount_minor and not line.entry_amount_minor:
        found.append(Step(Does.FREES, "Not charged", 0, "an agreed fee pays for it, or it is without charge"))
    return found


_OF_ENTRY: dict[str, Any] = {"time": time_steps, "expense": expense_steps, "fixed_fee": fixed_fee_steps}


def _stands(line: PreBillLine, entry: Any) -> bool:
    """Whether the line's share still is a share of the entry as it stands."""
    if line.state != "included":
        return False
    if line.share_basis_points < WHOLE:
        return bool(line.entry_amount_minor) and _is_percentage(line, entry)
    return line.entry_amount_minor in (entry.amount_minor, 0) and (line.kind != "time" or _same_time(line, entry))


def _is_percentage(line: PreBillLine, entry: Any) -> bool:
    """Whether the share is its percentage of the entry: where a payer's cap or fixed amount ends within a line, it is not."""
    time = line.kind == "time"
    part, whole = (line.entry_quantity_hundredths, entry.quantity_hundredths) if time else (line.entry_amount_minor, entry.amount_minor)
    return bool(abs(part * WHOLE - whole * line.share_basis_points) < WHOLE)


def _same_time(line: PreBillLine, entry: TimeEntry) -> bool:
    kept = (line.entry_quantity_hundredths, line.entry_rate_minor)
    return kept == (entry.quantity_hundredths, entry.rate_minor_per_hour or 0)


def _share(line: PreBillLine) -> list[Step]:
    """This payer's part: hours by largest remainder for time, money for anything else."""
    percent = f"{percent_text(line.share_basis_points)} %, by largest remainder"
    if line.kind != "time":
        return [Step(Does.SHARES_MONEY, "Payer’s share", line.entry_amount_minor, percent, points=line.share_basis_points)]
    hours = Step(Does.SHARES_TIME, "Payer’s share", line.entry_quantity_hundredths, percent, points=line.share_basis_points)
    return [hours, *worth(line.entry_quantity_hundredths, line.entry_rate_minor, line.entry_amount_minor, ODD)]


def _of_line(line: PreBillLine) -> list[Step]:
    """The line by itself: the quantity and rate that it was drafted with."""
    part = "" if line.share_basis_points == WHOLE else f": {percent_text(line.share_basis_points)} % of the entry"
    quantity = Step(Does.QUANTITY, "Quantity", line.entry_quantity_hundredths, f"as it was drafted{part}")
    return [quantity, *priced(line.entry_quantity_hundredths, line.entry_rate_minor, line.entry_amount_minor, [], ODD)]


def _reviewed(line: PreBillLine, who: str) -> list[Step]:
    """What was taken off on the pre-bill, with the reason, the person and the day."""
    found = []
    if line.write_down_minor:
        label = "No charge" if line.billing_status == "no_charge" else "Written down" if line.write_down_minor > 0 else "Written up"
        found.append(Step(Does.ADDS, label, -line.write_down_minor, _said(line.write_down_reason, who)))
    if line.adjustment_minor:
        found.append(Step(Does.ADDS, "Agreed reduction", line.adjustment_minor, _said(line.adjustment_reason, who)))
    if line.agreed_minor:
        found.append(Step(Does.ADDS, "Fee agreement", line.agreed_minor, line.agreed_reason))
    return found


def _said(reason: str, who: str) -> str:
    return " · ".join(part for part in (reason, who) if part)
