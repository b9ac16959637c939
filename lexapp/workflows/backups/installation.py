"""What is backed up, and when and where to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lexapp.config import Settings
from lexapp.integrations.storage import Storage, open_storage


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupPlan:
    """Scheduled backups: `url` is where to, `at` an hour and minute in UTC, the rest how many days and weeks keep one."""

    url: str = field(repr=False)
    at: tuple[int, int]
    daily: int
    weekly: int

    def next_start(self, now: datetime) -> datetime:
        """The next time after an instant that it is the time of the plan."""
        hour, minute = self.at
        today = now.astimezone(UTC).replace(hour=hour, minute=minute, second=0, microsecond=0)
        return today if today > now else today + timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """One database (as its owner and as the application see it) and the documents that belong to it."""

    owner_url: str = field(repr=False)
    database_url: str = field(repr=False)
    storage: Storage
    data_folder: Path
    plan: BackupPlan | None


def installation_of(settings: Settings) -> Installation:
    """The installation that these settings describe. Nothing is connected to."""
    plan = None
    if settings.backup_url:
        keep = {"daily": settings.backup_keep_daily, "weekly": settings.backup_keep_weekly}
        plan = BackupPlan(url=settings.backup_url, at=settings.backup_at, **keep)
    return Installation(
        owner_url=settings.database_owner_url,
        database_url=settings.database_url,
        storage=open_storage(settings.storage_url),
        data_folder=settings.data_folder,
        plan=plan,
    )
