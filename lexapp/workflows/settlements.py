"""The PDF of a settlement statement: what was frozen, printed once and kept by its hash."""

from __future__ import annotations

from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm
from lexapp.integrations.documents import settlement_pdf
from lexapp.models import StoredDocument
from lexapp.queries.contingency import frozen_statement
from lexapp.services.documents import record_document
from lexapp.workflows.outside import Outside


def make_settlement_document(session: Session, outside: Outside, *, firm_id: int, recovery_id: int, edition: int) -> StoredDocument | None:
    """The statement's PDF, dated with the instant of its approval. None where it was reopened since: that edition is void."""
    scope_to_firm(session, firm_id)
    frozen = frozen_statement(session, firm_id=firm_id, recovery_id=recovery_id, edition=edition)
    if frozen is None or frozen.stored is not None:
        return frozen.stored if frozen else None
    frozen.snapshot.check()
    session.rollback()  # a read left open would keep writers out on SQLite for as long as the page is set

    def read_logo(digest: str) -> bytes:
        return outside.storage.get(digest, firm_id=firm_id)

    data = settlement_pdf(frozen.snapshot, frozen.approved_at, read_logo=read_logo)
    return record_document(
        session,
        firm_id=firm_id,
        kind=frozen.kind,
        subject=("recovery", recovery_id),
        file_name=f"Settlement-{frozen.snapshot.matter_number}-{frozen.snapshot.received_on.isoformat()}.pdf",
        media_type="application/pdf",
        size_bytes=len(data),
        sha256=outside.storage.put(data, firm_id=firm_id),
        created_at=frozen.approved_at,
        now=outside.now(),
    )
