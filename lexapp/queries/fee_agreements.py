"""The fee agreements of a matter with their terms and milestones, and the templates to begin from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from lexapp.domain.agreements import Due, DueBy, Term, read_term, read_terms
from lexapp.models import (
    EarnedTransfer,
    FeeAgreement,
    FeeTemplate,
    FeeTerm,
    FixedFeeEntry,
    MatterTask,
    Milestone,
    PracticeArea,
    PreBill,
    PreBillLine,
)


@dataclass(frozen=True, slots=True)
class MilestoneRow:
    """A fee of an agreement: open, reached (its fee is recorded), on_pre_bill, billed, or cancelled. In minor units.

    `transfer`: whether the transfer out of trust for it is `prepared` or `made`; else empty. `is_task_done`: what it is due by is done.
    """

    id: int
    version: int
    name: str
    amount_minor: int
    due: Due
    reached_on: date | None
    state: str
    entry_id: int | None = None
    transfer: str = ""
    is_task_done: bool = False
    is_by_task: bool = False

    def is_late(self, today: date) -> bool:
        """Whether its day has come, or its task is done, and it waits still."""
        return self.state == "open" and (self.is_task_done or (self.due.on is not None and self.due.on <= today))


@dataclass(frozen=True, slots=True)
class TermRow:
    """A term with the fees that it makes."""

    id: int
    term: Term
    milestones: Sequence[MilestoneRow]

    @property
    def is_cancelled(self) -> bool:
        return any(one.state == "cancelled" for one in self.milestones)


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """An agreement of any date."""

    agreement: FeeAgreement
    terms: Sequence[TermRow]

    def state(self, on: date) -> str:
        """past, now or later, on a day."""
        if self.agreement.effective_to is not None and self.agreement.effective_to < on:
            return "past"
        return "later" if self.agreement.effective_from > on else "now"

    @property
    def milestones(self) -> list[MilestoneRow]:
        return [one for term in self.terms for one in term.milestones]

    @property
    def waiting(self) -> list[MilestoneRow]:
        """Those that are not reached, the next first: by done tasks, by their days, then in the order of the agreement."""
        waiting = (one for one in self.milestones if one.state == "open")
        return sorted(waiting, key=lambda one: (not one.is_task_done, one.due.on or date.max))


def agreements_of_matter(session: Session, *, firm_id: int, matter_id: int) -> list[AgreementRow]:
    """Those of a matter that stand, the latest first. One query without any, else two."""
    query = (
        select(FeeAgreement, FeeTerm)
        .join(FeeTerm, (FeeTerm.firm_id == FeeAgreement.firm_id) & (FeeTerm.fee_agreement_id == FeeAgreement.id))
        .where(FeeAgreement.firm_id == firm_id, FeeAgreement.matter_id == matter_id, FeeAgreement.removed_at.is_(None))
        .order_by(FeeAgreement.effective_from.desc(), FeeTerm.position)
    )
    rows = session.execute(query).all()
    milestones = _milestones(session, firm_id, matter_id) if rows else {}
    found: dict[int, tuple[FeeAgreement, list[TermRow]]] = {}
    for agreement, term in rows:
        kept = found.setdefault(agreement.id, (agreement, []))
        kept[1].append(TermRow(term.id, read_term(term.kind, term.terms), milestones.get(term.id, [])))
    return [AgreementRow(agreement, terms) for agreement, terms in found.values()]


def _milestones(session: Session, firm_id: int, matter_id: int) -> dict[int, list[MilestoneRow]]:
    taken = (
        select(func.max(case((PreBill.state == "issued", 2), else_=1)))
        .select_from(PreBillLine)
        .join(PreBill, (PreBill.firm_id == PreBillLine.firm_id) & (PreBill.id == PreBillLine.pre_bill_id))
        .where(PreBillLine.firm_id == FixedFeeEntry.firm_id, PreBillLine.fixed_fee_entry_id == FixedFeeEntry.id)
        .where(PreBillLine.state == "included")
        .correlate(FixedFeeEntry)
        .scalar_subquery()
    )
    entry = (FixedFeeEntry.firm_id == Milestone.firm_id) & (FixedFeeEntry.id == Milestone.fixed_fee_entry_id)
    mine = (EarnedTransfer.firm_id == Milestone.firm_id) & (EarnedTransfer.fixed_fee_entry_id == Milestone.fixed_fee_entry_id)
    transfer = case((EarnedTransfer.trust_transaction_id.is_not(None), "made"), (EarnedTransfer.id.is_not(None), "prepared"), else_="")
    query = (
        select(Milestone, FixedFeeEntry.charged_on, FixedFeeEntry.discarded_at, func.coalesce(taken, 0), transfer, MatterTask.done_at)
        .outerjoin(FixedFeeEntry, entry)
        .outerjoin(EarnedTransfer, mine & EarnedTransfer.withdrawn_at.is_(None))
        .outerjoin(MatterTask, (MatterTask.firm_id == Milestone.firm_id) & (MatterTask.id == Milestone.task_id))
        .where(Milestone.firm_id == firm_id, Milestone.matter_id == matter_id)
        .order_by(Milestone.fee_term_id, Milestone.position)
    )
    found: dict[int, list[MilestoneRow]] = defaultdict(list)
    for row, charged_on, discarded_at, place, moved, done_at in session.execute(query):
        milestone = _milestone(row, charged_on if discarded_at is None else None, place, moved)
        found[row.fee_term_id].append(replace(milestone, is_task_done=done_at is not None))
    return found


def _milestone(row: Milestone, reached_on: date | None, place: int, transfer: str) -> MilestoneRow:
    due = Due(DueBy(row.due_by), row.due_on, row.due_task)
    state = "open" if reached_on is None else ("reached", "on_pre_bill", "billed")[place]
    if row.cancelled_at is not None:
        state, reached_on = "cancelled", None
    entry = (row.fixed_fee_entry_id, transfer) if reached_on else (None, "")
    by_task = row.is_by_task and reached_on is not None
    return MilestoneRow(row.id, row.version, row.name, row.amount_minor, due, reached_on, state, *entry, is_by_task=by_task)


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A template with the name of its practice area, empty where it is for any."""

    id: int
    version: int
    name: str
    practice_area_id: int | None
    practice_area: str
    terms: Sequence[Term]


def fee_templates(session: Session, *, firm_id: int) -> list[TemplateRow]:
    """Those that are offered, by name. One query."""
    query = (
        select(FeeTemplate, PracticeArea.name)
        .outerjoin(PracticeArea, (PracticeArea.firm_id == FeeTemplate.firm_id) & (PracticeArea.id == FeeTemplate.practice_area_id))
        .where(FeeTemplate.firm_id == firm_id, FeeTemplate.removed_at.is_(None))
        .order_by(func.lower(FeeTemplate.name), FeeTemplate.id)
    )
    return [_template(row, area) for row, area in session.execute(query)]


def templates_for(rows: Sequence[TemplateRow], practice_area_id: int | None) -> list[TemplateRow]:
    """Those of a practice area first, then those for any; those of other areas are left out."""
    mine = [row for row in rows if practice_area_id is not None and row.practice_area_id == practice_area_id]
    return mine + [row for row in rows if row.practice_area_id is None]


def _template(row: Any, area: str | None) -> TemplateRow:
    return TemplateRow(row.id, row.version, row.name, row.practice_area_id, area or "", read_terms(row.terms["terms"]))
