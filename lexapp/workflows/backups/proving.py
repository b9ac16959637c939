"""Proving a backup by using it: every member against its hash, the database restored beside, the books derived again."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import NullPool, create_engine
from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm
from lexapp.domain.backups import BadArchive, Manifest
from lexapp.domain.errors import NotAllowed
from lexapp.integrations.archives import unpack
from lexapp.integrations.database_copies import Staged, open_copies
from lexapp.integrations.migrations import known_revisions, migrate
from lexapp.queries.backups import firm_ids, named_documents, row_counts
from lexapp.queries.verification import verify
from lexapp.workflows.backups.installation import Installation


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of proving a backup: `findings` were in the books or the storage already when it was taken; `unproved` says what
    could not be tried and why ("" where everything was)."""

    manifest: Manifest
    findings: tuple[str, ...]
    unproved: str = ""

    @property
    def rows(self) -> int:
        return sum(self.manifest.tables.values())

    @property
    def documents(self) -> int:
        return sum(name.startswith("documents/") for name in self.manifest.members)


def prove_archive(installation: Installation, archive: Path, room: Path) -> Proof:
    """Read the archive back and restore it into a scratch database. Raises BadArchive naming what is wrong."""
    folder = room / "proving"
    try:
        manifest = unpack(archive, folder, documents=False)
        copies = open_copies(installation.owner_url)
        check_fits(manifest, copies.engine)
        try:
            with copies.scratch(folder) as staged:
                return Proof(manifest, fill_and_prove(staged, manifest, folder / copies.file_name, installation))
        except NotAllowed as refusal:
            return Proof(manifest, manifest.lost, f"Its members are whole; it was not restored for proof. {refusal}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_fits(manifest: Manifest, engine: str) -> None:
    """Raises BadArchive when this installation cannot take the backup."""
    if manifest.engine != engine:
        raise BadArchive(f"This backup is of a database on {manifest.engine}; DATABASE_URL names one on {engine}.")
    if manifest.revision not in known_revisions():
        version = f"lexapp {manifest.lexapp_version} (tables at revision {manifest.revision})"
        raise BadArchive(f"This backup was made by {version}, which this version does not know. Install that version or a newer one.")


def fill_and_prove(staged: Staged, manifest: Manifest, source: Path, installation: Installation) -> tuple[str, ...]:
    """Restore into `staged`, bring it to this version with its walls, and return what the books' own checks find."""
    staged.fill(source)
    engine = create_engine(staged.url, poolclass=NullPool)
    with Session(engine, autoflush=False) as session:
        _compare_rows(manifest, row_counts(session))
    if problems := staged.problems():
        raise BadArchive(f"{source.name} is damaged: {' '.join(problems[:5])}")
    migrate(staged.url, installation.database_url if staged.url.startswith("postgresql") else None)
    with Session(engine, autoflush=False) as session:
        return (*manifest.lost, *_findings(session, manifest))


def _compare_rows(manifest: Manifest, found: Mapping[str, int]) -> None:
    differ = [name for name in sorted({*manifest.tables, *found}) if manifest.tables.get(name) != found.get(name)]
    if differ:
        told = ", ".join(f"{name} has {found.get(name)} rows instead of {manifest.tables.get(name)}" for name in differ[:5])
        raise BadArchive(f"The database in the archive is not the one that its manifest describes: {told}.")


def _findings(session: Session, manifest: Manifest) -> list[str]:
    found = []
    for firm_id in firm_ids(session):
        scope_to_firm(session, firm_id)
        found += [f"Firm {firm_id}, {finding.check}: {finding.sentence}" for finding in verify(session, firm_id)]
        found += [
            f"Firm {firm_id}: {name} ({digest}) is not in the archive."
            for (firm, digest), name in named_documents(session).items()
            if firm == firm_id and f"documents/{firm}/{digest[:2]}/{digest}" not in manifest.members
        ]
        session.rollback()
    return found
