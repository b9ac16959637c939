"""Rates that win over one another, fees by milestone, and shares of what is won."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from sqlalchemy import select

from lexapp.demo.seeding.people import Seeded, at
from lexapp.demo.seeding.structures.shown import Done, Shown, bill_all, party, show
from lexapp.domain.agreements import (
    AgreedContingency,
    Coverage,
    Covers,
    Due,
    EarnedBasis,
    Flat,
    Hourly,
    HourlyRate,
    Milestones,
    Part,
)
from lexapp.domain.contingency import STATUTES, Basis, ContingencyTerms, Stage, Tier
from lexapp.domain.rate_cards import Assignment
from lexapp.models import FeeTerm, MatterTask, Milestone
from lexapp.services import contingency
from lexapp.services.card_assignments import give_card
from lexapp.services.contingency import RecoveryFacts
from lexapp.services.fee_agreements import Cancellation, cancel_fee, reach_milestone
from lexapp.services.matter_tasks import complete_task
from lexapp.services.rate_cards import NewCard, create_card
from lexapp.services.rates import NewRate, add_rate

THIRD, FORTY = Fraction(1, 3), Fraction(2, 5)
STAGES = {
    Stage.BEFORE_SUIT: (Tier(0, None, THIRD),),
    Stage.AFTER_FILING: (Tier(0, 500_000_00, FORTY), Tier(500_000_00, None, Fraction(3, 10))),
}
STEPS = (
    Done(2, 0, 150, "Conference with the client; plan of the work"),
    Done(6, 1, 210, "Draft of the first documents"),
    Done(13, 0, 90, "Revision after comments of the client"),
)


def add_agreed(seeded: Seeded) -> None:
    client = party(seeded, "Greywether Ferries, Inc.")
    _rates(seeded, client)
    _fees(seeded, client)
    _won(seeded)


def _rates(seeded: Seeded, client: int) -> None:
    blended = show(seeded, client, "Supply contracts at one blended rate", Hourly((HourlyRate("", 395_00),)))
    raised = show(seeded, client, "Fleet charter, rates that rise on January 1", Hourly((HourlyRate("PARTNR", 600_00),)))
    raised.agree(Hourly((HourlyRate("PARTNR", 640_00),)), since=date(raised.last.year + 1, 1, 1))
    for shown in (blended, raised):
        shown.work(*STEPS)
    add_rate(rate=NewRate(rate_minor_per_hour=150_00, effective_from=blended.since, activity_code="A112"), **blended.acting)
    travel = show(seeded, client, "Witness interviews, travel at its own rate")
    travel.work(*STEPS, Done(15, 1, 180, "Travel to the yard and back", activity="A112"))
    own = show(seeded, client, "Union talks, a rate for this matter")
    theirs = NewRate(rate_minor_per_hour=680_00, effective_from=own.since, timekeeper_id=seeded.timekeepers[3], client_id=client)
    for rate in (theirs, replace(theirs, rate_minor_per_hour=610_00, client_id=None, matter_id=own.matter_id)):
        add_rate(rate=rate, **own.acting)
    own.work(*(one._replace(person=3) for one in STEPS))
    bill_all(blended, raised, travel, own, _carded(seeded))


def _carded(seeded: Seeded) -> Shown:
    client = party(seeded, "Meridian Underwriters Ltd.")
    shown = show(seeded, client, "Cargo claims at the rates of a card")
    card = NewCard(
        name=f"Meridian panel {shown.last.year}", effective_from=shown.since, class_rates=(("PARTNR", 520_00),), change_hundredths=-1_500
    )
    given = Assignment(card_id=create_card(card=card, **shown.acting).id, client_id=client, effective_from=shown.since)
    give_card(assignment=given, **shown.acting)
    shown.work(*STEPS)
    return shown


def _fees(seeded: Seeded, client: int) -> None:
    last = seeded.plan.last_day
    parts = (
        Part("Berth survey", 12_000_00, Due.on_day(last - timedelta(days=10))),
        Part("Permit filed", 18_000_00, Due.when_done("Filing with the port")),
        Part("Permit granted", 20_000_00),
    )
    berth = show(seeded, client, "Berth permit in milestones by amount", Milestones(parts=parts, pays_for=Coverage(Covers.ALL)))
    berth.work(*STEPS)
    mine = (Milestone.matter_id == berth.matter_id, Milestone.position == 1)
    first = seeded.session.scalars(select(Milestone.id).where(*mine)).one()
    reach_milestone(milestone_id=first, version=1, reached_on=last - timedelta(days=10), **berth.acting)
    bill_all(berth)
    task = seeded.session.scalars(select(MatterTask).where(MatterTask.matter_id == berth.matter_id)).one()
    complete_task(task_id=task.id, version=task.version, **berth.acting)
    ended = show(seeded, client, "License review, a flat fee that ended early", Flat(name="License review", amount_minor=6_000_00))
    term = seeded.session.scalars(select(FeeTerm).where(FeeTerm.matter_id == ended.matter_id)).one()
    told = Cancellation(
        term_id=term.id, ended_on=last, basis=EarnedBasis.SHARE, share_basis_points=4_000, reason="The client sold the line"
    )
    cancel_fee(agreement_version=1, cancellation=told, **ended.acting)
    bill_all(ended)


def _won(seeded: Seeded) -> None:
    client = party(seeded, "Teodora Salcedo", kind="person")
    terms = ContingencyTerms("USD", Basis.NET, STAGES, "Engagement letter, section 3")
    own = AgreedContingency(terms=terms)
    injury = show(seeded, client, "Injury on the pier, a share by stage and amount", own)
    schedule = AgreedContingency(terms=STATUTES["nj_1_21_7"].terms(minor=True), statute="nj_1_21_7")
    child = show(seeded, client, "Claim of a minor under New Jersey’s schedule", schedule)
    for shown, minor in ((injury, 640_000_00), (child, 95_000_00)):
        expense = shown.spend(3_250_00, "Expert opinion", code="E119")
        on = shown.last - timedelta(days=5)
        facts = RecoveryFacts(on, minor, "Halyard Indemnity Company", Stage.AFTER_FILING)
        row = contingency.record_recovery(seeded.session, actor=seeded.actor, matter_id=shown.matter_id, facts=facts, now=at(shown.last))
        contingency.choose_costs(recovery_id=row.id, version=row.version, expense_entry_ids=[expense], **shown.acting)
