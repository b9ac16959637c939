"""The backup that happens by itself: taken, proved, kept, noted; and older ones given up by the plan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from lexapp.domain.backups import archive_name, no_longer_kept
from lexapp.domain.errors import NotAllowed, Refused
from lexapp.integrations.backup_places import open_backup_place
from lexapp.services.backups import record_backup
from lexapp.workflows.backups.installation import Installation
from lexapp.workflows.backups.taking import Written, take_backup


def keep_backup(session: Session, installation: Installation, *, now: Callable[[], datetime]) -> str:
    """Take the backup of the plan; returns a note for whoever looks at the job. Raises Refused when it did not come out good.

    An archive with findings is kept all the same: it is the best there is of books that do not prove themselves. It
    pushes no older one out, which may be the last good one.
    """
    if installation.plan is None:
        raise NotAllowed("This worker has no BACKUP_URL. Give it the same settings as the scheduler, then retry.")
    session.rollback()
    place = open_backup_place(installation.plan.url, installation.data_folder)
    written = take_backup(installation, place.room / archive_name(now()), now=now())
    place.keep(written.path)
    if written.proof.findings:
        raise Refused(f"{written.path.name} is written, but holds {len(written.proof.findings)} findings: {written.proof.findings[0]}")
    for name in no_longer_kept(place.names(), daily=installation.plan.daily, weekly=installation.plan.weekly):
        place.remove(name)
    note_backup(session, written, place.shown, now())
    return f"{written.path.name}, {written.size_bytes / 1_000_000:.1f} MB. {written.proof.unproved}".strip()


def note_backup(session: Session, written: Written, place: str, now: datetime) -> None:
    """Let the administrators' page and the alarm know of a good backup."""
    taken = written.proof.manifest.taken_at
    record_backup(session, place=place, file_name=written.path.name, size_bytes=written.size_bytes, taken_at=taken, now=now)
