"""The morning of the person who looks at the demonstration: timers and entries around the present moment."""

from __future__ import annotations

from datetime import datetime, timedelta

from lexapp.demo.seeding.people import Seeded
from lexapp.services.timers import TimerNote, pause_timer, start_timer, stop_timer


def add_morning(seeded: Seeded, now: datetime) -> None:
    """Two stretches that became entries, a paused timer without a matter, and one that runs. Times depend on `now`; the books do not."""
    _done(seeded, 0, "Review berth logs; outline cross-examination", now - timedelta(minutes=190), minutes=52)
    _done(seeded, 2, "Telephone conference with general counsel regarding discovery deadlines", now - timedelta(minutes=120), minutes=17)
    session, actor = seeded.session, seeded.actor
    paused = start_timer(session, actor=actor, note=TimerNote(narrative="Call from adjuster"), now=now - timedelta(minutes=70))
    pause_timer(session, actor=actor, timer_id=paused.id, now=now - timedelta(minutes=64))
    note = TimerNote(seeded.matters[0], "Prepare for deposition of harbor master", "L330", "A101")
    start_timer(session, actor=actor, note=note, now=now - timedelta(minutes=41))


def _done(seeded: Seeded, matter: int, narrative: str, began: datetime, minutes: int) -> None:
    session, actor = seeded.session, seeded.actor
    timer = start_timer(session, actor=actor, note=TimerNote(seeded.matters[matter], narrative), now=began)
    stop_timer(session, actor=actor, timer_id=timer.id, now=began + timedelta(minutes=minutes))
