"""A matter with a budget by phase that is nearly used up, with work of several weeks, and one entry that is held beyond it."""

from __future__ import annotations

from datetime import datetime, timedelta

from lexapp.demo.seeding.people import Seeded, at
from lexapp.domain.budgets import Beyond, Budget, BudgetPart
from lexapp.services.budgets import set_budget
from lexapp.services.matters import MatterFacts, open_matter
from lexapp.services.time_entries import Work, record_time

BUDGET = {
    "amount_minor": 34_000_00,
    "parts": (BudgetPart("L100", 8_000_00), BudgetPart("L200", 10_000_00), BudgetPart("L300", 14_000_00, 40_00)),
}
WORK = (
    (48, 150, "L110", "Review of the file; interview of the client"),
    (45, 210, "L120", "Memorandum on the merits of the claim"),
    (38, 180, "L110", "Interviews of two witnesses"),
    (34, 240, "L210", "Draft answer to the complaint"),
    (27, 300, "L210", "Revise and file the answer; draft cross-claim"),
    (20, 200, "L240", "Research on the motion for summary judgment"),
    (14, 260, "L310", "First set of interrogatories"),
    (7, 330, "L320", "Review of the documents produced by the carrier"),
    (2, 280, "L330", "Deposition of the harbor master"),
)
"""(days before the last one, minutes, task, narrative)."""


def add_budget(seeded: Seeded, now: datetime) -> None:
    """The matter, its budget, what was worked on it, and one hour too many under L100."""
    session, actor, last = seeded.session, seeded.actor, seeded.plan.last_day
    since = last - timedelta(days=50)
    facts = MatterFacts(name="Collision in the harbor, a budget by phase", opened_on=since, responsible_timekeeper_id=actor.timekeeper_id)
    matter = open_matter(session, actor=actor, client_id=seeded.clients[2], facts=facts, now=now)
    who = actor.timekeeper_id or seeded.timekeepers[0]
    budget = Budget(effective_from=since, beyond=Beyond.BLOCK, note="As agreed with the claims department", **BUDGET)  # type: ignore[arg-type]
    set_budget(session, actor=actor, matter_id=matter.id, budget=budget, now=at(since))
    for days, minutes, task, text in WORK:
        day = last - timedelta(days=days)
        record_time(session, actor=actor, work=Work(matter.id, who, day, minutes * 60, text, task), now=at(day))
    beyond = Work(matter.id, who, last, 3 * 3600, "Second memorandum, as the carrier asked", "L120", billing_status="held")
    record_time(session, actor=actor, work=beyond, now=now)
