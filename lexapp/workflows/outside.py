"""What workflows reach outside with: put together once per process from the settings, replaced piece by piece in tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from lexapp.config import Settings
from lexapp.integrations.mail import Mailer, open_mailer
from lexapp.integrations.storage import Storage, open_storage
from lexapp.workflows.backups import Installation, installation_of


@dataclass(frozen=True, slots=True)
class Outside:
    """Storage, mail server, clock, the address and secret that links to clients are made with, and what a backup is taken of.

    `private_mail_servers`: a firm's own mail server may stand in our own network.
    """

    storage: Storage
    mailer: Mailer
    mail_from: str
    base_url: str
    secret_key: str
    now: Callable[[], datetime]
    installation: Installation | None = None
    private_mail_servers: bool = False


def utc_now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


def open_outside(settings: Settings) -> Outside:
    """The outside as these settings describe it. Nothing is connected to until it is needed."""
    return Outside(
        storage=open_storage(settings.storage_url),
        mailer=open_mailer(settings.mail_url),
        mail_from=settings.mail_from,
        base_url=settings.base_url,
        secret_key=settings.secret_key,
        now=utc_now,
        installation=installation_of(settings),
        private_mail_servers=settings.private_mail_servers,
    )
