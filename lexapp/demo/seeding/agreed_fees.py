"""Two matters whose fees are agreed: a flat fee that waits for its task, milestones of which one is reached by its; a template of each."""

from __future__ import annotations

from datetime import datetime, timedelta

from lexapp.demo.seeding.people import Seeded
from lexapp.demo.seeding.tasks import add_tasks
from lexapp.domain.agreements import Due, Flat, Hourly, Milestones, Part, ShareBy, Term
from lexapp.domain.agreements.terms import Coverage, Covers
from lexapp.services.fee_agreements import NewAgreement, agree_fees
from lexapp.services.fee_templates import TemplateFacts, add_template
from lexapp.services.matters import MatterFacts, open_matter
from lexapp.services.time_entries import Work, record_time

FILING = Flat(name="Trademark filing", amount_minor=2_500_00, due=Due.when_done("Application filed"))
DEFENSE = Milestones(
    parts=(
        Part("Pleadings closed", 2_500, Due.when_done("Answer filed")),
        Part("Discovery complete", 3_500, Due.when_done("Last deposition")),
        Part("Ready for trial", 4_000, Due.when_done("Pre-trial order")),
    ),
    by=ShareBy.PERCENT,
    total_minor=48_000_00,
)
ASSESSMENT = Flat(name="Early case assessment", amount_minor=7_500_00, pays_for=Coverage(Covers.PHASES, ("L100",)))


def add_agreed_fees(seeded: Seeded, now: datetime) -> None:
    """Matters, agreements, some covered time, tasks of which one that is done reached a milestone."""
    session, actor = seeded.session, seeded.actor
    filing = _matter(seeded, 0, "Trademark HARBOR LANTERN at a flat fee", FILING, now, note="Government fees are billed as expenses.")
    defense = _matter(seeded, 1, "Defense of the warehouse claim in milestones by percent", DEFENSE, now)
    for matter_id, minutes, narrative in (
        (filing, 96, "Clearance search; draft specification of goods"),
        (defense, 150, "Draft answer to the complaint"),
        (defense, 72, "Telephone conference with the claims desk"),
    ):
        work = Work(matter_id, actor.timekeeper_id or seeded.timekeepers[0], seeded.plan.last_day, minutes * 60, narrative)
        record_time(session, actor=actor, work=work, now=now)
    add_tasks(seeded, filing, defense, now)
    for name, terms in (("Trademark filing, flat", (FILING,)), ("Assessment at a flat fee, then by the hour", (ASSESSMENT, Hourly()))):
        add_template(session, actor=actor, facts=TemplateFacts(name=name, terms=terms), now=now)


def _matter(seeded: Seeded, client: int, name: str, term: Term, now: datetime, note: str = "") -> int:
    since = seeded.plan.last_day - timedelta(days=20)
    facts = MatterFacts(name=name, opened_on=since, responsible_timekeeper_id=seeded.actor.timekeeper_id)
    matter = open_matter(seeded.session, actor=seeded.actor, client_id=seeded.clients[client], facts=facts, now=now)
    terms: tuple[Term, ...] = (term,)
    agreement = NewAgreement(matter_id=matter.id, effective_from=since, terms=terms, signed_on=since, note=note)
    agree_fees(seeded.session, actor=seeded.actor, agreement=agreement, now=now)
    return matter.id
