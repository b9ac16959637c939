"""The balance that an agreed advance keeps in trust is the matter's: invoices and the bookkeeper's desk ask for more below it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from lexapp.books.changes import change, lock_record
from lexapp.books.commands import CommandRecord, audit
from lexapp.books.work_terms import firm_terms
from lexapp.domain.agreements import AdvanceRetainer, Term
from lexapp.models import FeeAgreement, Matter

__all__ = ["ask_for_advance"]


def ask_for_advance(session: Session, command: CommandRecord, agreement: FeeAgreement, terms: Sequence[Term]) -> None:
    """Write the agreed balance to the matter, where the agreement is in force on the day of the command."""
    term = next((one for one in terms if isinstance(one, AdvanceRetainer) and one.minimum_minor), None)
    today = firm_terms(session, agreement.firm_id).today(command.at)
    if term is None or not agreement.effective_from <= today <= (agreement.effective_to or today):
        return
    matter = lock_record(session, Matter, firm_id=agreement.firm_id, record_id=agreement.matter_id, noun="matter")
    changed = change(matter, {"trust_minimum_minor": term.minimum_minor})
    if changed.after:
        session.flush()
        named = {"action": "matter.edited", "subject_kind": "matter", "subject_id": matter.id}
        audit(session, command, **named, before=changed.before, after=changed.after)  # type: ignore[arg-type]
