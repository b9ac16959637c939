"""What a backup says about a database, and when the last one was taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, inspect, literal, select, table, text, union_all
from sqlalchemy.orm import Session

from lexapp.domain.backups import OLDEST_GOOD_BACKUP
from lexapp.models import Backup, ChainHead, Firm, StoredDocument


def row_counts(session: Session) -> dict[str, int]:
    """How many rows every table has, in one statement; tables that this version does not know are counted too."""
    names = sorted(inspect(session.connection()).get_table_names())
    each = [select(literal(name), func.count()).select_from(table(name)) for name in names]
    return {str(name): int(count) for name, count in session.execute(union_all(*each))} if each else {}


def schema_revision(session: Session) -> str:
    """The revision of the tables as they are."""
    return str(session.scalar(text("SELECT version_num FROM alembic_version")))


def journal_heads(session: Session) -> dict[str, str]:
    """For each firm's id, the number and the hash of its newest journal entry."""
    query = select(ChainHead.firm_id, ChainHead.sequence, ChainHead.hash).order_by(ChainHead.firm_id)
    return {str(firm_id): f"{sequence} {digest}" for firm_id, sequence, digest in session.execute(query)}


def firm_ids(session: Session) -> list[int]:
    """Every firm of the installation."""
    return list(session.scalars(select(Firm.id).order_by(Firm.id)))


def named_documents(session: Session) -> dict[tuple[int, str], str]:
    """What the database needs from storage: a name for each (firm, SHA-256)."""
    logos = select(Firm.id, Firm.logo_sha256, literal("logo")).where(Firm.logo_sha256 != "")
    files = select(StoredDocument.firm_id, StoredDocument.sha256, StoredDocument.file_name)
    return {(firm_id, digest): name for firm_id, digest, name in session.execute(union_all(logos, files))}


def newest_backup(session: Session) -> Backup | None:
    """The last backup that was written, read back and found good."""
    return session.scalars(select(Backup).order_by(Backup.taken_at.desc(), Backup.id.desc()).limit(1)).one_or_none()


@dataclass(frozen=True, slots=True)
class BackupStanding:
    """What administrators are told of backups. `alarm`: they are meant to happen, and the last good one is too old or missing."""

    newest: Backup | None
    planned: bool
    alarm: bool


def backup_standing(session: Session, *, planned: bool, now: datetime) -> BackupStanding:
    """How backups stand; an installation gets as long for its first one as for every other."""
    newest = newest_backup(session)
    since = newest.taken_at if newest else session.scalar(select(func.min(Firm.created_at)))
    late = since is not None and now - since > OLDEST_GOOD_BACKUP
    return BackupStanding(newest, planned, alarm=late and (planned or newest is not None))
