"""An uploaded logo: cleaned, put into storage under its hash, then made the firm's."""

from __future__ import annotations

from sqlalchemy.orm import Session

from lexapp.domain.permissions import Actor
from lexapp.integrations.logos import clean_logo
from lexapp.integrations.storage import Storage
from lexapp.models import Firm
from lexapp.services.logos import LogoFile, set_logo


def keep_logo(session: Session, storage: Storage, *, actor: Actor, data: bytes, key: str | None = None) -> Firm:
    """Print this picture on documents made from now on. Raises InvalidInput beside `logo` for a file that may not be one."""
    actor.require("settings.edit")
    kept, media_type = clean_logo(data)
    digest = storage.put(kept, firm_id=actor.firm_id)
    return set_logo(session, actor=actor, file=LogoFile(sha256=digest, media_type=media_type, size_bytes=len(kept)), key=key)
