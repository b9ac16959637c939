"""What a change of agreements does to caps and to pre-bills under review."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord
from lexapp.books.agreed_reductions import charged_more, lock_matter, rework_pre_bills, settled_on
from lexapp.books.fee_agreements import NO_AGREEMENTS, agreements_of
from lexapp.domain.agreements import Term, cappings_of
from lexapp.domain.errors import InvalidInput, NotAllowed
from lexapp.domain.money import Money
from lexapp.domain.reductions import Capping, tally
from lexapp.models import FeeAgreement
from lexapp.queries.contingency.settled import settled_charges
from lexapp.queries.payers import limits_of, require_rooms

SETTLED = (
    "It counts what a settled statement fixed, which is billed as the client consented to it. "
    "Let the cap count time only, or agree from a day after that."
)
CAP_BACK_ON_SETTLED = (
    "A cap of the agreement before would count what a settled statement fixed, which is billed as the client consented to it. "
    "Agree anew from a later day instead."
)


def lock_matter_of(session: Session, *, firm_id: int, agreement_id: int) -> None:
    """Before the agreement itself: matters are locked first everywhere."""
    matter_id = session.scalar(select(FeeAgreement.matter_id).where(FeeAgreement.firm_id == firm_id, FeeAgreement.id == agreement_id))
    if matter_id is not None:
        lock_matter(session, firm_id=firm_id, matter_id=matter_id)


def refuse_caps_below_billed(session: Session, row: FeeAgreement, terms: Sequence[Term], currency: str) -> None:
    """Refuse, beside its field, a cap that what was approved or billed goes beyond."""
    caps = {number: cap for number, term in enumerate(terms, 1) if (cap := term.cap(row.effective_from)) is not None}
    billed = settled_on(session, firm_id=row.firm_id, matter_id=row.matter_id) if caps else []
    for number, cap in caps.items():
        beyond = cap.beyond(tally(cap, billed))
        if beyond:
            sentence = (
                f"What is billed already goes {Money(beyond, currency)} beyond it. Write a higher cap, or count work from a later day."
            )
            raise InvalidInput(sentence, field=f"term_{number}_limit_minor")


def refuse_caps_on_settled(session: Session, row: FeeAgreement, terms: Sequence[Term]) -> None:
    """Refuse, beside its field, a hard cap that counts what a settlement statement fixed: the client consented to all of it."""
    days = (row.effective_from, row.effective_to or date.max)
    caps = {number: cap for number, term in enumerate(terms, 1) if (cap := term.cap(row.effective_from)) is not None and cap.is_hard}
    settled = settled_charges(session, firm_id=row.firm_id, matter_id=row.matter_id) if caps else []
    for number, cap in caps.items():
        if Capping("", cap, *days).cut(settled):
            raise InvalidInput(SETTLED, field=f"term_{number}_limit_minor", code="fee_settled")


def refuse_caps_that_come_back(session: Session, *, firm_id: int, matter_id: int, currency: str) -> None:
    """Refuse to let an agreement hold again for days on which more was billed than its hard caps allow."""
    found = agreements_of(session, firm_id=firm_id, matter_ids=[matter_id]).get(matter_id, NO_AGREEMENTS)
    cappings = cappings_of(found.agreements, currency)
    billed = settled_on(session, firm_id=firm_id, matter_id=matter_id) if cappings else []
    for one in cappings:
        if one.cap.beyond(tally(one.cap, one.cut(billed))):
            sentence = "More was billed under this agreement than a cap of the one before allows. Agree anew from a later day instead."
            raise NotAllowed(sentence)
    settled = settled_charges(session, firm_id=firm_id, matter_id=matter_id) if cappings else []
    if any(one.cut(settled) for one in cappings):
        raise NotAllowed(CAP_BACK_ON_SETTLED, code="fee_settled")


def rework(session: Session, command: CommandRecord, *, matter_id: int) -> None:
    """Work out anew what is taken off the pre-bills under review. Refused where that charges a payer beyond their cap."""
    session.flush()
    limits = limits_of(session, firm_id=command.actor.firm_id, matter_id=matter_id)
    changes = rework_pre_bills(session, command, matter_id=matter_id, limits=limits)
    require_rooms(session, firm_id=command.actor.firm_id, matter_id=matter_id, more=charged_more(changes))
