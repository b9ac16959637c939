"""What is agreed about a contingency fee, from a day on, and the stages that the case reaches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import audit, record_command, succeed
from lexapp.books.changes import lock_shown
from lexapp.books.contingency_terms import add_percentages
from lexapp.database import transaction
from lexapp.domain.contingency import STATUTES, ContingencyTerms, Referral, Stage, terms_data
from lexapp.domain.contingency.statutes import CURRENCY
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput, NotAllowed, NotFound
from lexapp.domain.moments import EARLIEST, LATEST
from lexapp.domain.permissions import Actor
from lexapp.models import ContingencyAgreement, Matter, MatterStage
from lexapp.services.contingency.desk import check_matter, check_past

LONGEST_SOURCE = 200


@dataclass(frozen=True, slots=True)
class OwnTerms:
    """What is agreed from a day: a statute's schedule by its key (`is_minor`: the client is one), or terms of one's own."""

    effective_from: date
    statute: str = ""
    is_minor: bool = False
    referral: Referral | None = None
    terms: ContingencyTerms | None = None

    def written(self, currency: str) -> ContingencyTerms:
        """As the row keeps it. Raises InvalidInput beside a field."""
        if not EARLIEST <= self.effective_from <= LATEST:
            raise InvalidInput("Check the year: it must lie between 1970 and 2199.", field="effective_from", code="year_out_of_range")
        if self.terms is not None:
            _check_source(self.terms.source)
            return self.terms
        statute = STATUTES.get(self.statute)
        if statute is None:
            raise InvalidInput("Choose a schedule out of the list, or type percentages of your own.", field="statute")
        if currency != CURRENCY:
            raise InvalidInput(f"This schedule is in {CURRENCY}, the books are in {currency}. Type your own percentages.", field="statute")
        return statute.terms(minor=self.is_minor, referral=self.referral)


def _check_source(source: str) -> None:
    if not 0 < len(source.strip()) <= LONGEST_SOURCE:
        raise InvalidInput("Say where it is written, such as: engagement letter of March 2, 2026.", field="source")


def agree_contingency(
    session: Session, *, actor: Actor, matter_id: int, agreed: OwnTerms, key: str | None = None, now: datetime | None = None
) -> ContingencyAgreement:
    """Agree percentages for a matter from a day. Those in force end the day before. Raises InvalidInput, NotAllowed."""
    actor.require("rate.edit")
    with transaction(session, actor.firm_id):
        firm = check_matter(session, firm_id=actor.firm_id, matter_id=matter_id)
        terms = terms_data(agreed.written(firm.currency))
        first = agreed.effective_from
        inputs = {"matter_id": matter_id, "effective_from": first.isoformat(), "statute": agreed.statute, "terms": terms}
        command = record_command(session, actor=actor, name="contingency.agree", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(ContingencyAgreement, command.result["contingency_agreement_id"])
        row = add_percentages(session, command, matter_id=matter_id, first=first, statute=agreed.statute, terms=terms)
        after = {"title": terms["source"], "effective_from": first.isoformat()}
        audit(session, command, action="contingency.agreed", subject_kind="matter", subject_id=matter_id, after=after)
        succeed(session, command, contingency_agreement_id=row.id)
    return row


def remove_contingency(
    session: Session, *, actor: Actor, agreement_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> ContingencyAgreement:
    """Take back terms that were a mistake. Statements that are approved keep theirs; terms that these ended do not come back."""
    actor.require("rate.edit")
    with transaction(session, actor.firm_id):
        inputs = {"contingency_agreement_id": agreement_id, "version": version}
        command = record_command(session, actor=actor, name="contingency.remove", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(ContingencyAgreement, agreement_id)
        row = lock_shown(session, ContingencyAgreement, firm_id=actor.firm_id, record_id=agreement_id, noun="agreement", version=version)
        if row.removed_at is not None:
            raise NotFound("These terms were taken back already. Reload the page.")
        if row.fee_agreement_id is not None:
            raise NotAllowed("These percentages are a term of the fee agreement. Remove that, or agree fees anew.")
        row.removed_at, row.version = command.at, row.version + 1
        session.flush()
        before = {"title": row.terms["source"], "effective_from": row.effective_from.isoformat()}
        audit(session, command, action="contingency.removed", subject_kind="matter", subject_id=row.matter_id, after=before)
        succeed(session, command, contingency_agreement_id=row.id)
    return row


def reach_stage(
    session: Session,
    *,
    actor: Actor,
    matter_id: int,
    stage: Stage,
    reached_on: date,
    key: str | None = None,
    now: datetime | None = None,
) -> MatterStage:
    """Note the day on which a matter reached a stage, or correct it. Raises InvalidInput where that is not between its neighbours' days."""
    actor.require("matter.edit")
    inputs = {"matter_id": matter_id, "stage": stage.value, "reached_on": reached_on.isoformat()}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="matter.reach_stage", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(MatterStage, command.result["matter_stage_id"])
        firm = check_matter(session, firm_id=actor.firm_id, matter_id=matter_id)
        check_past(reached_on, firm, command, field="reached_on")
        row = _stage_row(session, actor.firm_id, matter_id, stage, reached_on)
        row.reached_on, row.recorded_at = reached_on, command.at
        session.add(row)
        session.flush()
        after = {"title": stage.label, "reached_on": reached_on.isoformat()}
        audit(session, command, action="matter.stage_reached", subject_kind="matter", subject_id=matter_id, after=after)
        succeed(session, command, matter_stage_id=row.id)
    return row


def _stage_row(session: Session, firm_id: int, matter_id: int, stage: Stage, reached_on: date) -> MatterStage:
    session.execute(select(Matter.id).where(Matter.firm_id == firm_id, Matter.id == matter_id).with_for_update(key_share=True))
    mine = (MatterStage.firm_id == firm_id, MatterStage.matter_id == matter_id)
    rows = {Stage(row.stage): row for row in session.scalars(select(MatterStage).where(*mine))}
    order = list(Stage)
    for other, row in rows.items():
        if order.index(other) < order.index(stage) and row.reached_on > reached_on:
            raise InvalidInput(f"“{other.label}” was reached on {day_text(row.reached_on)}, which is later.", field="reached_on")
        if order.index(other) > order.index(stage) and row.reached_on < reached_on:
            raise InvalidInput(f"“{other.label}” was reached on {day_text(row.reached_on)}, which is earlier.", field="reached_on")
    return rows.get(stage) or MatterStage(firm_id=firm_id, matter_id=matter_id, stage=stage.value)
