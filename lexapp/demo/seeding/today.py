"""The morning of the person who looks at the demonstration: timers and entries around the present moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from lexapp.database import today_in
from lexapp.demo.seeding.people import Seeded
from lexapp.models import Firm
from lexapp.services.recurring_entries import RecurringWork, add_recurring, make_days
from lexapp.services.timers import TimerNote, pause_timer, start_timer, stop_timer


def add_morning(seeded: Seeded, now: datetime) -> None:
    """Two stretches that became entries, a paused timer without a matter, and one that runs. Times depend on `now`; the books do not."""
    _done(seeded, 0, "Review berth logs; outline cross-examination", ("L330", "A104"), now - timedelta(minutes=190), minutes=52)
    called = "Telephone conference with general counsel regarding discovery deadlines"
    _done(seeded, 2, called, ("L310", "A106"), now - timedelta(minutes=120), minutes=17)
    session, actor = seeded.session, seeded.actor
    paused = start_timer(session, actor=actor, note=TimerNote(narrative="Call from adjuster"), now=now - timedelta(minutes=70))
    pause_timer(session, actor=actor, timer_id=paused.id, now=now - timedelta(minutes=64))
    note = TimerNote(seeded.matters[0], "Prepare for deposition of harbor master", "L330", "A101")
    start_timer(session, actor=actor, note=note, now=now - timedelta(minutes=41))
    _recurring(seeded, now)


def _recurring(seeded: Seeded, now: datetime) -> None:
    """A call that waits to be confirmed today, and a report that comes at the end of each month."""
    session, actor = seeded.session, seeded.actor
    today = today_in(session.get_one(Firm, actor.firm_id).time_zone, now)
    call = RecurringWork(
        matter_id=seeded.matters[0],
        timekeeper_id=actor.timekeeper_id or 0,
        recorded_seconds=1800,
        narrative="Weekly call with the claims desk",
        weekdays=1 << today.weekday(),
        first_on=today,
    )
    report = replace(call, matter_id=seeded.matters[2], narrative="Monthly status report", weekdays=0, month_day=31)
    rules = [add_recurring(session, actor=actor, work=work, now=now) for work in (call, report)]
    make_days(session, actor=actor, rule_id=rules[0].id, now=now)


def _done(seeded: Seeded, matter: int, narrative: str, codes: tuple[str, str], began: datetime, minutes: int) -> None:
    session, actor = seeded.session, seeded.actor
    timer = start_timer(session, actor=actor, note=TimerNote(seeded.matters[matter], narrative, *codes), now=began)
    stop_timer(session, actor=actor, timer_id=timer.id, now=began + timedelta(minutes=minutes))
