"""Money that was won: recorded, corrected, taken back."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from lexapp.books import record_command, succeed
from lexapp.books.changes import change
from lexapp.books.work_terms import FirmTerms
from lexapp.database import transaction
from lexapp.domain.amounts import check_size
from lexapp.domain.contingency import Stage
from lexapp.domain.errors import InvalidInput
from lexapp.domain.permissions import Actor
from lexapp.models import Recovery, RecoveryClaim
from lexapp.services.contingency.desk import check_matter, check_past, lock_recovery, require_draft, tell


@dataclass(frozen=True, slots=True)
class RecoveryFacts:
    """What came in, when, from whom, and at which stage the case was."""

    received_on: date
    amount_minor: int
    received_from: str
    stage: Stage

    def check(self, firm: FirmTerms) -> None:
        if self.amount_minor <= 0:
            raise InvalidInput("Type an amount above zero.", field="amount", code="amount_not_positive")
        check_size(self.amount_minor, firm.currency, field="amount")
        if not self.received_from.strip():
            raise InvalidInput("Type who pays, such as the insurer.", field="received_from")


def record_recovery(
    session: Session, *, actor: Actor, matter_id: int, facts: RecoveryFacts, key: str | None = None, now: datetime | None = None
) -> Recovery:
    """Record a recovery of a matter; its settlement statement begins as a draft. Raises InvalidInput, NotAllowed."""
    actor.require("pre_bill.edit")
    with transaction(session, actor.firm_id):
        inputs = {"matter_id": matter_id, **asdict(facts)}
        command = record_command(session, actor=actor, name="recovery.record", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Recovery, command.result["recovery_id"])
        firm = check_matter(session, firm_id=actor.firm_id, matter_id=matter_id, is_open=True)
        facts.check(firm)
        check_past(facts.received_on, firm, command, field="received_on")
        row = Recovery(firm_id=actor.firm_id, matter_id=matter_id, created_at=command.at, **asdict(facts))
        session.add(row)
        session.flush()
        tell(session, command, "recovery.recorded", row, {"title": facts.received_from})
        succeed(session, command, recovery_id=row.id)
    return row


def edit_recovery(
    session: Session,
    *,
    actor: Actor,
    recovery_id: int,
    version: int,
    facts: RecoveryFacts,
    key: str | None = None,
    now: datetime | None = None,
) -> Recovery:
    """Correct a recovery whose statement is a draft. Raises Conflict, InvalidInput, NotAllowed, NotFound."""
    actor.require("pre_bill.edit")
    with transaction(session, actor.firm_id):
        inputs = {"recovery_id": recovery_id, "version": version, **asdict(facts)}
        command = record_command(session, actor=actor, name="recovery.edit", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Recovery, recovery_id)
        row = lock_recovery(session, firm_id=actor.firm_id, recovery_id=recovery_id, version=version)
        require_draft(row)
        firm = check_matter(session, firm_id=actor.firm_id, matter_id=row.matter_id)
        facts.check(firm)
        check_past(facts.received_on, firm, command, field="received_on")
        change(row, asdict(facts))
        session.flush()
        tell(session, command, "recovery.changed", row, {"title": facts.received_from})
        succeed(session, command, recovery_id=row.id)
    return row


def remove_recovery(
    session: Session, *, actor: Actor, recovery_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> Recovery:
    """Take back a recovery that was a mistake, with the claims on it; its costs are free for another one."""
    actor.require("pre_bill.edit")
    with transaction(session, actor.firm_id):
        inputs = {"recovery_id": recovery_id, "version": version}
        command = record_command(session, actor=actor, name="recovery.remove", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Recovery, recovery_id)
        row = lock_recovery(session, firm_id=actor.firm_id, recovery_id=recovery_id, version=version)
        require_draft(row)
        session.execute(delete(RecoveryClaim).where(RecoveryClaim.firm_id == row.firm_id, RecoveryClaim.recovery_id == row.id))
        row.removed_at, row.version = command.at, row.version + 1
        session.flush()
        tell(session, command, "recovery.removed", row, {"title": row.received_from})
        succeed(session, command, recovery_id=row.id)
    return row
