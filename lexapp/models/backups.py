"""Backups of the whole installation, all firms in one file."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from lexapp.database import Base, Id, Instant, Line


class Backup(Base):
    """One backup that was written, read back and found good. Failed ones are jobs that say why."""

    __tablename__ = "backups"

    id: Mapped[Id]
    place: Mapped[Line]
    file_name: Mapped[Line]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    taken_at: Mapped[Instant]
    recorded_at: Mapped[Instant]

    __table_args__ = (Index("ix_backups_taken_at", "taken_at"),)
