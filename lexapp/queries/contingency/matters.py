"""What a matter has agreed about contingency fees, the stages it reached, and what was recovered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from lexapp.domain.contingency import Stage
from lexapp.domain.snapshots.coding import decode
from lexapp.domain.snapshots.settlements import SettlementSnapshot
from lexapp.models import ContingencyAgreement, MatterStage, Recovery


@dataclass(frozen=True, slots=True)
class RecoveryRow:
    """A recovery in the list of its matter; fee and the client's part are known once the statement is approved."""

    recovery: Recovery
    fee_minor: int | None
    client_minor: int | None


@dataclass(frozen=True, slots=True)
class MatterContingency:
    """Agreements newest first, the day each stage was reached, recoveries newest first."""

    agreements: Sequence[ContingencyAgreement]
    stages: dict[Stage, date]
    recoveries: Sequence[RecoveryRow]

    def holding(self, on: date) -> ContingencyAgreement | None:
        """The agreement in force on a day."""
        return next((one for one in self.agreements if _holds(one, on)), None)

    def stage(self, on: date) -> Stage:
        """How far the case is on a day; before suit where nothing was recorded."""
        return stage_on(self.stages, on)


def _holds(agreement: ContingencyAgreement, on: date) -> bool:
    return agreement.effective_from <= on and (agreement.effective_to is None or on <= agreement.effective_to)


def stage_on(stages: dict[Stage, date], on: date) -> Stage:
    """The last stage that was reached by a day."""
    return max((stage for stage, reached_on in stages.items() if reached_on <= on), key=list(Stage).index, default=Stage.BEFORE_SUIT)


def contingency_of_matter(session: Session, *, firm_id: int, matter_id: int) -> MatterContingency:
    """Everything that the matter's page shows. Three queries."""
    agreements = session.scalars(_agreements(firm_id, matter_id)).all()
    mine = (MatterStage.firm_id == firm_id, MatterStage.matter_id == matter_id)
    stages = {Stage(stage): on for stage, on in session.execute(select(MatterStage.stage, MatterStage.reached_on).where(*mine))}
    ours = (Recovery.firm_id == firm_id, Recovery.matter_id == matter_id, Recovery.removed_at.is_(None))
    rows = session.scalars(select(Recovery).where(*ours).order_by(Recovery.received_on.desc(), Recovery.id.desc())).all()
    return MatterContingency(agreements, stages, [_row(one) for one in rows])


def _row(recovery: Recovery) -> RecoveryRow:
    if recovery.status == "draft":
        return RecoveryRow(recovery, None, None)
    figures = decode(SettlementSnapshot, recovery.snapshot).figures
    return RecoveryRow(recovery, figures.fee_minor, figures.paid_minor("client"))


def agreement_on(session: Session, *, firm_id: int, matter_id: int, on: date) -> ContingencyAgreement | None:
    """The agreement of a matter in force on a day."""
    in_force = or_(ContingencyAgreement.effective_to.is_(None), ContingencyAgreement.effective_to >= on)
    return session.scalars(_agreements(firm_id, matter_id).where(ContingencyAgreement.effective_from <= on, in_force)).first()


def _agreements(firm_id: int, matter_id: int) -> Select[ContingencyAgreement]:
    mine = (ContingencyAgreement.firm_id == firm_id, ContingencyAgreement.matter_id == matter_id, ContingencyAgreement.removed_at.is_(None))
    return select(ContingencyAgreement).where(*mine).order_by(ContingencyAgreement.effective_from.desc(), ContingencyAgreement.id.desc())
