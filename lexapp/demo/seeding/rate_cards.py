"""Agreed rate cards: an insurer's panel rates for one client, with their next increase, and a percentage for another from next year."""

from __future__ import annotations

from datetime import date

from lexapp.demo.seeding.people import Seeded, at
from lexapp.domain.rate_cards import Assignment
from lexapp.services.card_assignments import give_card
from lexapp.services.rate_cards import NewCard, create_card
from lexapp.services.rate_increases import Increase, plan_increase, raise_rates

FIVE_PERCENT = 500


def agree_cards(seeded: Seeded) -> None:
    """On the newest day: what is recorded keeps its rates, so that the effect on it can be looked at."""
    session, actor, today = seeded.session, seeded.actor, seeded.plan.last_day
    now, this_year, next_year = at(today), date(today.year, 1, 1), date(today.year + 1, 1, 1)
    panel = NewCard(
        name=f"Insurer panel {today.year}",
        note="As agreed by letter with the claims department",
        effective_from=this_year,
        class_rates=(("PARTNR", 450_00), ("ASSOC", 300_00), ("PARALG", 145_00)),
    )
    less = NewCard(name="Standard less 10 %", note="For clients of five years and more", effective_from=this_year, change_hundredths=-1_000)
    cards = [create_card(session, actor=actor, card=card, now=now).id for card in (panel, less)]
    given = zip(cards, seeded.clients[-2:], (today.replace(day=1), next_year), strict=False)
    for card_id, client_id, start in given:
        assignment = Assignment(card_id=card_id, client_id=client_id, effective_from=start)
        give_card(session, actor=actor, assignment=assignment, now=now)
    increase = Increase(change_hundredths=FIVE_PERCENT, effective_from=next_year, step_minor=500, rate_card_id=cards[0])
    plan = plan_increase(session, actor=actor, increase=increase)
    raise_rates(session, actor=actor, increase=increase, rates=len(plan.raised), total_minor=plan.total_minor, now=now)
