"""Files that were made and put into storage. The first one of a kind for a record is the document; later ones change nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.models import Change, StoredDocument


def record_document(
    session: Session,
    *,
    firm_id: int,
    kind: str,
    subject: tuple[str, int],
    file_name: str,
    media_type: str,
    size_bytes: int,
    sha256: str,
    created_at: datetime,
    now: datetime,
) -> StoredDocument:
    """Record a file that is in storage already, once per kind and subject (kind, id); returns the row that holds.

    `created_at` is the instant the file is dated with, `now` when it was recorded.
    """
    subject_kind, subject_id = subject
    named = {"firm_id": firm_id, "kind": kind, "subject_kind": subject_kind, "subject_id": subject_id}
    file = {"file_name": file_name, "media_type": media_type, "size_bytes": size_bytes, "sha256": sha256, "created_at": created_at}
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    once = make(StoredDocument).values(**named, **file).on_conflict_do_nothing(index_elements=list(named)).returning(StoredDocument.id)
    with transaction(session, firm_id):
        if session.scalar(once) is not None:
            session.execute(insert(Change).values(firm_id=firm_id, subject_kind=subject_kind, subject_id=subject_id, at=now))
    return session.scalars(select(StoredDocument).filter_by(**named)).one()
