"""The firm's logo: which stored file new documents print. What was issued keeps the one it was issued with."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from lexapp.books import audit, record_command, succeed
from lexapp.books.changes import change
from lexapp.database import transaction
from lexapp.domain.permissions import Actor
from lexapp.models import Firm, StoredDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoFile:
    """A cleaned logo that is in storage already."""

    sha256: str
    media_type: str
    size_bytes: int

    @property
    def file_name(self) -> str:
        return {"image/png": "logo.png", "image/jpeg": "logo.jpg"}.get(self.media_type, "logo.svg")


def set_logo(session: Session, *, actor: Actor, file: LogoFile, key: str | None = None, now: datetime | None = None) -> Firm:
    """Print this logo on documents made from now on. Every logo that was ever set stays recorded with its hash."""
    actor.require("settings.edit")
    return _change(session, actor=actor, file=file, key=key, now=now)


def remove_logo(session: Session, *, actor: Actor, key: str | None = None, now: datetime | None = None) -> Firm:
    """Print the firm's name alone on documents made from now on."""
    actor.require("settings.edit")
    return _change(session, actor=actor, file=None, key=key, now=now)


def _change(session: Session, *, actor: Actor, file: LogoFile | None, key: str | None, now: datetime | None) -> Firm:
    with transaction(session, actor.firm_id):
        inputs = asdict(file) if file else {}
        command = record_command(session, actor=actor, name="logo.change", inputs=inputs, key=key, now=now)
        firm = session.scalars(select(Firm).where(Firm.id == actor.firm_id).with_for_update(key_share=True)).one()
        if command.result is not None:
            return firm
        changed = change(firm, {"logo_sha256": file.sha256 if file else ""})
        if file:
            row = {"kind": "logo", "subject_kind": "logo", "subject_id": command.id, "file_name": file.file_name, "created_at": command.at}
            session.execute(insert(StoredDocument).values(firm_id=actor.firm_id, **row, **asdict(file)))
        session.flush()
        was = {"before": changed.before, "after": changed.after}
        audit(session, command, action="logo.changed", subject_kind="firm", subject_id=firm.id, **was)
        succeed(session, command, firm_id=firm.id)
    return firm
