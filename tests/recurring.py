"""Recurring time of a firm that has everything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy.orm import Session

from lexapp.models import Matter
from lexapp.services.recurring_entries import RecurringWork, add_recurring, make_days, pause_recurring
from tests.factories import World


def seed_recurring(session: Session, owner: World, matter: Matter, words: Callable[[str], str], *, today: date) -> None:
    """Three rules: one goes on, one is paused, one comes to its first day in the days to come; a day of each of the first two waits."""
    work = RecurringWork(
        matter_id=matter.id,
        timekeeper_id=owner.partner.id,
        recorded_seconds=360,
        narrative=words("Weekly call"),
        weekdays=127,
        first_on=today,
    )
    rules = [add_recurring(session, actor=owner.owner, work=replace(work, billing_status=how)) for how in ("billable", "no_charge")]
    for rule in rules:
        make_days(session, actor=owner.owner, rule_id=rule.id)
    pause_recurring(session, actor=owner.owner, rule_id=rules[1].id, version=1)
    add_recurring(session, actor=owner.owner, work=replace(work, first_on=today + timedelta(days=9)))
