"""What is agreed, for whoever records work or bills it: agreements by matter, and the fees of theirs that were recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from lexapp.database import Base
from lexapp.domain.agreements import Agreement, Term, agreement_on, covering_term, read_term
from lexapp.models import FeeAgreement, FixedFeeEntry, Milestone, PreBillLine

__all__ = ["NO_AGREEMENTS", "MatterAgreements", "ReachedFee", "agreements_of", "reached_fees"]

# Every entry asks these: on tables, and made once. The matters are looked up through their wall before.
_AGREEMENTS, _TERMS = (Base.metadata.tables[name].c for name in ("fee_agreements", "fee_terms"))
_OF_MATTERS = (
    select(_AGREEMENTS.matter_id, _AGREEMENTS.id, _AGREEMENTS.effective_from, _AGREEMENTS.effective_to)
    .add_columns(_TERMS.id.label("term_id"), _TERMS.kind, _TERMS.terms)
    .join_from(
        Base.metadata.tables["fee_agreements"],
        Base.metadata.tables["fee_terms"],
        (_TERMS.firm_id == _AGREEMENTS.firm_id) & (_TERMS.fee_agreement_id == _AGREEMENTS.id),
    )
    .where(_AGREEMENTS.firm_id == bindparam("of_firm"), _AGREEMENTS.matter_id.in_(bindparam("ids", expanding=True)))
    .where(_AGREEMENTS.removed_at.is_(None))
    .order_by(_AGREEMENTS.id, _TERMS.position)
)


@dataclass(frozen=True, slots=True)
class MatterAgreements:
    """The agreements of a matter of any date, with the ids of their terms in order."""

    agreements: Sequence[Agreement] = ()
    term_ids: Mapping[int, Sequence[int]] | None = None

    def covering(self, on: date, task_code: str) -> int | None:
        """The id of the term that pays for time of a day with this task code. None: it is billed by the hour."""
        found = agreement_on(self.agreements, on)
        position = covering_term(found, task_code)
        return None if position is None or found is None or self.term_ids is None else self.term_ids[found.id][position]


NO_AGREEMENTS = MatterAgreements()


def agreements_of(session: Session, *, firm_id: int, matter_ids: Collection[int]) -> dict[int, MatterAgreements]:
    """The agreements of those matters that have any, by matter. One query."""
    if not matter_ids:
        return {}
    days: dict[int, tuple[int, date, date | None]] = {}
    terms: dict[int, list[Term]] = defaultdict(list)
    ids: dict[int, list[int]] = defaultdict(list)
    for row in session.connection().execute(_OF_MATTERS, {"of_firm": firm_id, "ids": sorted(matter_ids)}):
        days[row.id] = (row.matter_id, row.effective_from, row.effective_to)
        terms[row.id].append(read_term(row.kind, row.terms))
        ids[row.id].append(row.term_id)
    found: dict[int, list[Agreement]] = defaultdict(list)
    for id_, (matter_id, first, last) in days.items():
        found[matter_id].append(Agreement(id_, first, last, tuple(terms[id_])))
    return {matter_id: MatterAgreements(some, {one.id: ids[one.id] for one in some}) for matter_id, some in found.items()}


@dataclass(frozen=True, slots=True)
class ReachedFee:
    """A milestone whose fee stands, under the agreement that it was first agreed in. Amounts in minor units: agreed, and as recorded.

    `is_taken`: the fee is on a pre-bill or billed.
    """

    milestone_id: int
    agreement_id: int
    term_id: int
    name: str
    agreed_minor: int
    entry_id: int
    recorded_minor: int
    is_taken: bool


def reached_fees(session: Session, firm_id: int, matter_id: int) -> list[ReachedFee]:
    """Every fee of the matter's standing agreements that was recorded and stands, once each, by the oldest of its milestones."""
    taken = exists().where(
        PreBillLine.firm_id == FixedFeeEntry.firm_id,
        PreBillLine.fixed_fee_entry_id == FixedFeeEntry.id,
        PreBillLine.state == "included",
    )
    query = (
        select(Milestone.id, Milestone.fee_agreement_id, Milestone.fee_term_id, Milestone.name, Milestone.amount_minor)
        .add_columns(FixedFeeEntry.id, FixedFeeEntry.amount_minor, taken)
        .join(FixedFeeEntry, (FixedFeeEntry.firm_id == Milestone.firm_id) & (FixedFeeEntry.id == Milestone.fixed_fee_entry_id))
        .join(FeeAgreement, (FeeAgreement.firm_id == Milestone.firm_id) & (FeeAgreement.id == Milestone.fee_agreement_id))
        .where(Milestone.firm_id == firm_id, Milestone.matter_id == matter_id)
        .where(FixedFeeEntry.discarded_at.is_(None), FeeAgreement.removed_at.is_(None), Milestone.cancelled_at.is_(None))
        .order_by(Milestone.id)
    )
    found: dict[int, ReachedFee] = {}
    for row in session.execute(query):
        found.setdefault(row[5], ReachedFee(*row))
    return list(found.values())
