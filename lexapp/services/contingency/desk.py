"""What the commands of this package share: the matter that may have a contingency fee, a recovery locked, the audit on the matter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit
from lexapp.books.changes import lock_shown
from lexapp.books.work_terms import FirmTerms, firm_terms, matter_terms
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput, NotAllowed, NotFound
from lexapp.domain.moments import EARLIEST
from lexapp.models import Recovery

NOUN = "recovery"


def check_matter(session: Session, *, firm_id: int, matter_id: int, is_open: bool = False) -> FirmTerms:
    """The firm's terms. Raises InvalidInput for the firm's own matter, and with `is_open` for a closed one."""
    firm = firm_terms(session, firm_id)
    matter = matter_terms(session, firm, {matter_id})[matter_id]
    if matter.client_id is None:
        raise InvalidInput("A contingency fee is agreed with a client. This is the firm’s own matter.", code="matter_is_internal")
    if is_open and matter.status == "closed":
        raise InvalidInput(f"{matter.label} is closed. Reopen it first.", code="matter_is_closed")
    return firm


def check_past(day: date, firm: FirmTerms, command: CommandRecord, *, field: str) -> None:
    """Refuse a day to come, and one before all days."""
    if not EARLIEST <= day <= firm.today(command.at):
        raise InvalidInput("Type a day up to today.", field=field, code="day_out_of_range")


def check_since(day: date, first: date, what: str, *, field: str) -> None:
    """Refuse a day before `what` happened on the first day."""
    if day < first:
        raise InvalidInput(f"{what} on {day_text(first)}. Type that day or a later one.", field=field, code="day_too_early")


def lock_recovery(session: Session, *, firm_id: int, recovery_id: int, version: int) -> Recovery:
    """The recovery as it was shown, locked. Raises Conflict, NotFound."""
    row = lock_shown(session, Recovery, firm_id=firm_id, record_id=recovery_id, noun=NOUN, version=version)
    if row.removed_at is not None:
        raise NotFound("This recovery was taken back. Go back to the matter.")
    return row


def require_draft(row: Recovery) -> None:
    """Refuse to change what the client consented to."""
    if row.status != "draft":
        raise NotAllowed("The statement is approved and stays as it is. Reopen it to change it.", code="statement_is_approved")


def tell(session: Session, command: CommandRecord, action: str, row: Recovery, after: Mapping[str, object] | None = None) -> None:
    """Written to the matter, so that it stands in its timeline."""
    told = {"recovery_id": row.id, "amount_minor": row.amount_minor, **(after or {})}
    audit(session, command, action=action, subject_kind="matter", subject_id=row.matter_id, after=told)
