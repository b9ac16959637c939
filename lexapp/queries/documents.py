"""Stored documents of a firm, for whoever checks that their files are whole."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.models import StoredDocument


def stored_files(session: Session, *, firm_id: int) -> list[tuple[str, str]]:
    """(file name, SHA-256) of every document, the oldest first."""
    query = select(StoredDocument.file_name, StoredDocument.sha256).where(StoredDocument.firm_id == firm_id)
    return [(name, digest) for name, digest in session.execute(query.order_by(StoredDocument.id))]
