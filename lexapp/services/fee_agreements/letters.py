"""The signed letter beside an agreement. Every one that was ever attached stays recorded with its hash."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from lexapp.books import audit, record_command, succeed
from lexapp.books.changes import change, lock_shown
from lexapp.database import transaction
from lexapp.domain.errors import NotFound
from lexapp.domain.permissions import Actor
from lexapp.models import FeeAgreement, StoredDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFile:
    """A cleaned picture or PDF that is in storage already."""

    sha256: str
    media_type: str
    size_bytes: int

    @property
    def file_name(self) -> str:
        return {"image/png": "letter.png", "application/pdf": "letter.pdf"}.get(self.media_type, "letter.jpg")


def attach_letter(
    session: Session,
    *,
    actor: Actor,
    agreement_id: int,
    version: int,
    letter: LetterFile,
    key: str | None = None,
    now: datetime | None = None,
) -> FeeAgreement:
    """Attach the signed letter, or a better copy of it. Raises Conflict where the agreement was changed meanwhile."""
    actor.require("rate.edit")
    inputs = {"agreement_id": agreement_id, "version": version, "letter": letter.sha256}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="fee_agreement.attach_letter", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(FeeAgreement, agreement_id)
        named = {"firm_id": actor.firm_id, "record_id": agreement_id, "noun": "fee agreement"}
        row = lock_shown(session, FeeAgreement, **named, version=version)  # type: ignore[arg-type]
        if row.removed_at is not None:
            raise NotFound("This agreement was taken back. Reload the page to see those that stand.")
        subject = {"kind": "fee_agreement_letter", "subject_kind": "command", "subject_id": command.id}
        file = {**subject, "file_name": letter.file_name, "created_at": command.at, "firm_id": actor.firm_id, **asdict(letter)}
        letter_id = session.scalars(insert(StoredDocument).values(file).returning(StoredDocument.id)).one()
        change(row, {"letter_id": letter_id})
        session.flush()
        after = {"fee_agreement_id": row.id, "letter_id": letter_id}
        audit(session, command, action="fee_agreement.letter_attached", subject_kind="matter", subject_id=row.matter_id, after=after)
        succeed(session, command, fee_agreement_id=row.id)
    return row
