"""All that proves itself: the books in the database, and every document in storage against its hash."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm
from lexapp.integrations.storage import Storage, StorageError
from lexapp.queries.documents import stored_files
from lexapp.queries.verification import CHECKS, Finding, verify

DOCUMENTS = "documents equal their hashes"
CHECK_COUNT = len(CHECKS) + 1


def verify_firm(session: Session, storage: Storage, *, firm_id: int) -> list[Finding]:
    """Run every check on one firm; an empty list means that all of them hold."""
    scope_to_firm(session, firm_id)
    findings = verify(session, firm_id)
    files = stored_files(session, firm_id=firm_id)
    session.rollback()  # a read left open would keep writers out on SQLite for as long as the files are read
    return [*findings, *(Finding(DOCUMENTS, sentence) for sentence in _broken(storage, firm_id, files))]


def _broken(storage: Storage, firm_id: int, files: list[tuple[str, str]]) -> Iterator[str]:
    for name, digest in files:
        try:
            storage.get(digest, firm_id=firm_id)
        except StorageError as error:
            yield f"{name}: {error}"
