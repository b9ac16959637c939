"""A new agreement from a day, which ends the one before; and taking back one that was a mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.advances import ask_for_advance
from lexapp.books.agreed_reductions import lock_matter
from lexapp.books.changes import change, lock_shown
from lexapp.books.contingency_terms import begin_contingency, take_back_contingency
from lexapp.books.dated_rows import lock_alike, make_room
from lexapp.books.fee_agreements import ReachedFee, reached_fees
from lexapp.books.fixed_fees import refuse_to_come
from lexapp.books.matter_tasks import tasks_named
from lexapp.books.work_terms import MatterTerms, firm_terms, matter_terms
from lexapp.database import transaction
from lexapp.domain.agreements import DueBy, ScheduledFee, Term, check_terms, write_terms
from lexapp.domain.errors import InvalidInput, NotAllowed, NotFound
from lexapp.domain.matter_tasks import plain_name
from lexapp.domain.moments import EARLIEST, LATEST
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.models import AgreedFee, FeeAgreement, FeeTerm, Milestone
from lexapp.services.fee_agreements.rates import agree_rates, take_back_rates
from lexapp.services.fee_agreements.reducing import (
    lock_matter_of,
    refuse_caps_below_billed,
    refuse_caps_on_settled,
    refuse_caps_that_come_back,
    rework,
)

NOUN = "fee agreement"
LONGEST_NOTE = 4_000
TAKEN = "An agreement begins on this day already. Choose another day, or remove that one first if it was a mistake."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAgreement:
    """What is agreed for a matter from a day on. `signed_on`: when the client signed the letter."""

    matter_id: int
    effective_from: date
    terms: tuple[Term, ...]
    signed_on: date | None = None
    note: str = ""

    def inputs(self) -> dict[str, Any]:
        """As a command keeps it."""
        said = {"matter_id": self.matter_id, "effective_from": self.effective_from, "signed_on": self.signed_on, "note": self.note}
        return {**said, "terms": write_terms(self.terms)}

    def check(self, currency: str) -> None:
        """Refuse absurd days, a note that is too long, and terms that cannot stand."""
        for field in ("effective_from", "signed_on"):
            day = getattr(self, field)
            if day is not None and not EARLIEST <= day <= LATEST:
                raise InvalidInput("Check the year: it must lie between 1970 and 2199.", field=field)
        if len(self.note) > LONGEST_NOTE:
            raise InvalidInput(f"Write at most {LONGEST_NOTE:,} characters.", field="note")
        check_terms(self.terms, currency)


def agree_fees(
    session: Session, *, actor: Actor, agreement: NewAgreement, key: str | None = None, now: datetime | None = None
) -> FeeAgreement:
    """Agree fees for a matter from a day on. The agreement in force ends the day before; a later one ends this one.

    A milestone that was reached before and stands here again is reached here too. Raises InvalidInput beside a field, NotAllowed.
    """
    actor.require("rate.edit")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="fee_agreement.agree", inputs=agreement.inputs(), key=key, now=now)
        if command.result is not None:
            return session.get_one(FeeAgreement, command.result["fee_agreement_id"])
        currency = _check(session, command, agreement)
        lock_matter(session, firm_id=actor.firm_id, matter_id=agreement.matter_id)
        rows = lock_alike(session, FeeAgreement, _standing(actor.firm_id, agreement.matter_id), firm_id=actor.firm_id)
        last = make_room(rows, first=agreement.effective_from, last=None, taken=TAKEN, another="Another agreement")
        row = _add(session, command, agreement, last)
        _add_terms(session, command, row, agreement, currency)
        refuse_caps_below_billed(session, row, agreement.terms, currency)
        refuse_caps_on_settled(session, row, agreement.terms)
        rework(session, command, matter_id=row.matter_id)
        agree_rates(session, command, row, agreement.terms)
        begin_contingency(session, command, row, agreement.terms)
        ask_for_advance(session, command, row, agreement.terms)
        after = {"fee_agreement_id": row.id, "from": agreement.effective_from, "terms": [term.label for term in agreement.terms]}
        audit(session, command, action="fee_agreement.agreed", subject_kind="matter", subject_id=row.matter_id, after=after)
        succeed(session, command, fee_agreement_id=row.id)
    return row


def remove_agreement(
    session: Session, *, actor: Actor, agreement_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> None:
    """Take back one that was a mistake: the one before goes on through its days. Refused once a fee of it was recorded."""
    actor.require("rate.edit")
    inputs = {"agreement_id": agreement_id, "version": version}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="fee_agreement.remove", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return
        lock_matter_of(session, firm_id=actor.firm_id, agreement_id=agreement_id)
        row = lock_shown(session, FeeAgreement, firm_id=actor.firm_id, record_id=agreement_id, noun=NOUN, version=version)
        if row.removed_at is not None:
            raise NotFound("This agreement was taken back. Reload the page to see those that stand.")
        _refuse_reached(reached_fees(session, actor.firm_id, row.matter_id), row.id)
        alike = lock_alike(session, FeeAgreement, _standing(actor.firm_id, row.matter_id), firm_id=actor.firm_id)
        for before in alike:
            if before.effective_to == row.effective_from - timedelta(days=1):
                change(before, {"effective_to": row.effective_to})
        _refuse_recorded(session, row)
        change(row, {"removed_at": command.at})
        take_back_rates(session, command, row)
        take_back_contingency(session, command, row)
        session.flush()
        currency = firm_terms(session, actor.firm_id).currency
        refuse_caps_that_come_back(session, firm_id=actor.firm_id, matter_id=row.matter_id, currency=currency)
        rework(session, command, matter_id=row.matter_id)
        before = {"fee_agreement_id": row.id, "from": row.effective_from}
        audit(
            session, command, action="fee_agreement.removed", subject_kind="matter", subject_id=row.matter_id, before=before, after=before
        )
        succeed(session, command, fee_agreement_id=row.id)


def _check(session: Session, command: CommandRecord, agreement: NewAgreement) -> str:
    """Refuse what cannot be agreed; the currency."""
    firm = firm_terms(session, command.actor.firm_id)
    agreement.check(firm.currency)
    if agreement.signed_on is not None:
        instead = "Leave it empty until the letter is signed."
        refuse_to_come(session, command, agreement.signed_on, field="signed_on", instead=instead)
    matter: MatterTerms = matter_terms(session, firm, {agreement.matter_id})[agreement.matter_id]
    if matter.client_id is None:
        raise InvalidInput("The firm’s own matter has no client to agree with. Choose another matter.", field="matter_id")
    if matter.status == "closed":
        raise InvalidInput(f"{matter.label} is closed. Reopen it to agree fees.", field="matter_id")
    return firm.currency


def _standing(firm_id: int, matter_id: int) -> list[Any]:
    return [FeeAgreement.firm_id == firm_id, FeeAgreement.matter_id == matter_id, FeeAgreement.removed_at.is_(None)]


def _add(session: Session, command: CommandRecord, agreement: NewAgreement, last: date | None) -> FeeAgreement:
    days = {"effective_from": agreement.effective_from, "effective_to": last, "signed_on": agreement.signed_on}
    made = {"created_at": command.at, "created_by_user_id": command.actor.user_id}
    row = FeeAgreement(firm_id=command.actor.firm_id, matter_id=agreement.matter_id, note=agreement.note, **days, **made)
    session.add(row)
    session.flush()
    return row


def _add_terms(session: Session, command: CommandRecord, row: FeeAgreement, agreement: NewAgreement, currency: str) -> None:
    of = {"firm_id": row.firm_id, "matter_id": row.matter_id, "fee_agreement_id": row.id}
    terms = [FeeTerm(**of, position=n, kind=term.kind, terms=term.as_json()) for n, term in enumerate(agreement.terms, 1)]
    session.add_all(terms)
    session.flush()
    known = {fee.name.strip().lower(): fee for fee in reached_fees(session, row.firm_id, row.matter_id)}
    tasks = _tasks(session, command, agreement, known)
    milestones = [
        {**of, "fee_term_id": stored.id, "version": 1, **columns}
        for number, (stored, term) in enumerate(zip(terms, agreement.terms, strict=True), 1)
        for columns in _milestones(term, number, agreement.effective_from, known, currency, tasks)
    ]
    if milestones:
        session.execute(insert(Milestone), milestones)


def _tasks(session: Session, command: CommandRecord, agreement: NewAgreement, reached: Mapping[str, ReachedFee]) -> dict[str, int]:
    """The tasks that the fees are due by, by plain name: those that nobody wrote down yet are added, but not for a fee that is reached."""
    fees = [fee for term in agreement.terms for fee in term.schedule if fee.due.by is DueBy.TASK]
    names = [fee.due.task for fee in fees if fee.name.strip().lower() not in reached]
    return tasks_named(session, command, matter_id=agreement.matter_id, names=names) if fees else {}


def _milestones(
    term: Term, number: int, first: date, reached: Mapping[str, ReachedFee], currency: str, tasks: Mapping[str, int]
) -> Iterator[dict[str, object]]:
    for position, fee in enumerate(term.schedule, 1):
        before = reached.get(fee.name.strip().lower())
        prefix = f"term_{number}_"
        if before is not None and before.agreed_minor != fee.amount_minor:
            recorded = Money(before.agreed_minor, currency)
            sentence = f"“{before.name}” was reached, and {recorded} recorded. Keep its amount, or name this one otherwise."
            raise InvalidInput(sentence, field=prefix + term.fee_field(position, "amount_minor"))
        if before is None and fee.due.on is not None and fee.due.on < first:
            raise InvalidInput(
                "This lies before the agreement begins. Write a later day.", field=prefix + term.fee_field(position, "due_on")
            )
        task_id = tasks.get(plain_name(fee.due.task)) if fee.due.by is DueBy.TASK else None
        yield {**_columns(fee, position), "task_id": task_id, "fixed_fee_entry_id": before.entry_id if before else None}


def _columns(fee: ScheduledFee, position: int) -> dict[str, object]:
    due = {"due_by": fee.due.by.value, "due_on": fee.due.on, "due_task": fee.due.task}
    return {"position": position, "name": fee.name.strip(), "amount_minor": fee.amount_minor, **due}


def _refuse_recorded(session: Session, row: FeeAgreement) -> None:
    """Fees by the month and by result stay with the term that made them."""
    mine = (AgreedFee.firm_id == row.firm_id, FeeTerm.fee_agreement_id == row.id, AgreedFee.undone_at.is_(None), AgreedFee.amount_minor > 0)
    query = select(AgreedFee.name).join(FeeTerm, (FeeTerm.firm_id == AgreedFee.firm_id) & (FeeTerm.id == AgreedFee.fee_term_id))
    name = session.scalars(query.where(*mine).order_by(AgreedFee.id)).first()
    if name is not None:
        raise NotAllowed(f"“{name}” was recorded under this agreement. Undo that first, then remove it.")


def _refuse_reached(reached: Sequence[ReachedFee], agreement_id: int) -> None:
    """What an agreement has from an earlier one goes on there."""
    for fee in reached:
        if fee.agreement_id != agreement_id:
            continue
        if fee.is_taken:
            raise NotAllowed(f"“{fee.name}” was billed under this agreement, so it stays. Agree anew from a later day instead.")
        raise NotAllowed(f"“{fee.name}” was reached under this agreement. Undo that first, then remove it.")
