"""The printed settlement statement of a recovery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.snapshots.coding import decode
from lexapp.domain.snapshots.settlements import SettlementSnapshot
from lexapp.models import OutboxMessage, Recovery, StoredDocument


@dataclass(frozen=True, slots=True)
class StatementDocument:
    """Where the PDF stands: made, being made, or failed with `problem`."""

    stored: StoredDocument | None
    is_wanted: bool
    problem: str


@dataclass(frozen=True, slots=True)
class FrozenStatement:
    """An approved statement, ready to be printed; `stored` where it was."""

    kind: str
    snapshot: SettlementSnapshot
    approved_at: datetime
    stored: StoredDocument | None


def document_kind(recovery: Recovery) -> str:
    """Each approval prints one of its own."""
    return f"settlement_{recovery.edition}"


def stored_statement(session: Session, recovery: Recovery) -> StoredDocument | None:
    """The PDF of the approved statement, if it was made already."""
    named = {"firm_id": recovery.firm_id, "kind": document_kind(recovery), "subject_kind": "recovery", "subject_id": recovery.id}
    return session.scalars(select(StoredDocument).filter_by(**named)).one_or_none()


def statement_document(session: Session, recovery: Recovery) -> StatementDocument:
    """What the page says of the PDF. Two queries."""
    stored = stored_statement(session, recovery)
    if stored is not None or recovery.status == "draft":
        return StatementDocument(stored, False, "")
    key = f"settlement.document:{recovery.id}:{recovery.edition}"
    asked = (OutboxMessage.firm_id == recovery.firm_id, OutboxMessage.dedupe_key == key)
    found = session.execute(select(OutboxMessage.state, OutboxMessage.last_error).where(*asked)).first()
    return StatementDocument(None, found is not None and found.state != "dead", found.last_error if found and found.state == "dead" else "")


def frozen_statement(session: Session, *, firm_id: int, recovery_id: int, edition: int) -> FrozenStatement | None:
    """What was approved as this edition; None where it was reopened."""
    mine = (Recovery.firm_id == firm_id, Recovery.id == recovery_id, Recovery.edition == edition, Recovery.status != "draft")
    row = session.scalars(select(Recovery).where(*mine)).one_or_none()
    if row is None or row.approved_at is None:
        return None
    return FrozenStatement(document_kind(row), decode(SettlementSnapshot, row.snapshot), row.approved_at, stored_statement(session, row))
