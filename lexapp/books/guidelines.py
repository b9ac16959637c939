"""The guidelines that bind what is written on a matter: its own, its client's, its payers'. One query for any number of matters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from lexapp.books.time_entries import Work
from lexapp.domain.guidelines import CODE_FIELDS, Finding, Written, in_force, not_accepted, require_followed
from lexapp.domain.guidelines import Guideline as Rules
from lexapp.models import Client, ExpenseEntry, Guideline, Matter, MatterPayer, PayerArrangement, PreBillLine, TimeEntry

EXPENSE_FIELDS = {"narrative": "description", "expense_code": "code"}
"""What the form of an expense calls the fields that findings name."""

# Every entry asks this: built once, it costs half.
_PAYERS = select(MatterPayer.client_id).where(MatterPayer.firm_id == Matter.firm_id, MatterPayer.matter_id == Matter.id).correlate(Matter)
_OF_MATTER = or_(Guideline.matter_id == Matter.id, Guideline.client_id == Matter.client_id, Guideline.client_id.in_(_PAYERS))
_PAYS = and_(
    MatterPayer.firm_id == Matter.firm_id,
    MatterPayer.matter_id == Matter.id,
    MatterPayer.client_id == Guideline.client_id,
    MatterPayer.client_id != Matter.client_id,
)
_AGREED = and_(PayerArrangement.firm_id == MatterPayer.firm_id, PayerArrangement.id == MatterPayer.arrangement_id)
_OF_MATTERS = (
    select(Guideline, Matter.id, Client.name, PayerArrangement.effective_from, PayerArrangement.effective_to)
    .select_from(Matter)
    .join(Guideline, and_(Guideline.firm_id == Matter.firm_id, Guideline.removed_at.is_(None), _OF_MATTER))
    .join(Client, and_(Client.firm_id == Matter.firm_id, Client.id == func.coalesce(Guideline.client_id, Matter.client_id)))
    .outerjoin(MatterPayer, _PAYS)
    .outerjoin(PayerArrangement, _AGREED)
    .where(Matter.firm_id == bindparam("of_firm"), Matter.id.in_(bindparam("ids", expanding=True)))
)


def guidelines_of(session: Session, *, firm_id: int, matter_ids: Collection[int]) -> dict[int, list[Rules]]:
    """By matter, of any date; nothing for one that has none. The client that gave a guideline is its source.

    A payer's guideline binds the days on which they pay: it stands once for each arrangement that has them.
    """
    rows = session.execute(_OF_MATTERS, {"of_firm": firm_id, "ids": list(set(matter_ids))})
    found: dict[int, list[Rules]] = defaultdict(list)
    for guideline, matter_id, name, first, last in rows:
        rules = guideline.read(name)
        found[matter_id].append(rules if first is None else _while_they_pay(rules, first, last))
    return found


def _while_they_pay(rules: Rules, first: date, last: date | None) -> Rules:
    ends = [day for day in (rules.effective_to, last) if day is not None]
    return replace(rules, effective_from=max(rules.effective_from, first), effective_to=min(ends, default=None))


def guidelines_on(session: Session, *, firm_id: int, matter_id: int, on: date) -> Sequence[Rules]:
    """Those in force for work on a matter on a day; the usual one where there is none."""
    return in_force(guidelines_of(session, firm_id=firm_id, matter_ids=[matter_id]).get(matter_id, ()), on=on)


def written_time(entry: TimeEntry | Work) -> Written:
    """What is written on a time entry, or is to be, as guidelines see it."""
    codes = {"task_code": entry.task_code, "activity_code": entry.activity_code}
    return Written(narrative=entry.narrative, seconds=entry.recorded_seconds, codes=codes, is_billed=entry.billing_status != "non_billable")


def written_expense(entry: ExpenseEntry) -> Written:
    """What is written on an expense entry."""
    billed = entry.billing_status != "non_billable"
    return Written(kind="expense", narrative=entry.description, codes={"expense_code": entry.code}, is_billed=billed)


def written_line(line: PreBillLine) -> Written:
    """What is written on a line of a pre-bill. Its time is what is billed of it."""
    codes = {name: getattr(line, name) for name in CODE_FIELDS[line.kind]}
    seconds = line.quantity_hundredths * 36 if line.kind == "time" else None
    return Written(kind=line.kind, narrative=line.narrative, seconds=seconds, codes=codes)


def require_time_followed(session: Session, entry: TimeEntry, *, before: Written | None = None) -> None:
    """Refuse, beside its field, what the client does not accept. For what is written at a desk: a phone's events are kept as they are."""
    rules = guidelines_on(session, firm_id=entry.firm_id, matter_id=entry.matter_id, on=entry.worked_on)
    require_followed(rules, written_time(entry), before=before)


def time_not_accepted(session: Session, *, firm_id: int, pairs: Sequence[tuple[TimeEntry, Work]]) -> dict[int, tuple[Finding, ...]]:
    """What clients do not accept where these entries become such work, by the id of the entry; as `require_time_followed`. One query."""
    rules = guidelines_of(session, firm_id=firm_id, matter_ids={work.matter_id for _, work in pairs})
    found = {}
    for entry, work in pairs:
        before = written_time(entry) if entry.matter_id == work.matter_id else None
        holding = in_force(rules.get(work.matter_id, ()), on=work.worked_on)
        found[entry.id] = not_accepted(holding, written_time(work), before=before)
    return {id_: findings for id_, findings in found.items() if findings}


def require_expense_followed(session: Session, entry: ExpenseEntry, *, before: Written | None = None) -> None:
    """The same for an expense entry."""
    rules = guidelines_on(session, firm_id=entry.firm_id, matter_id=entry.matter_id, on=entry.incurred_on)
    require_followed(rules, written_expense(entry), before=before, fields=EXPENSE_FIELDS)
