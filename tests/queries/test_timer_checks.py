"""When the person of a timer was last seen."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from lexapp.domain.permissions import Role
from lexapp.queries.timer_checks import LastSeen, last_seen
from lexapp.services.timer_checks import keep_running
from lexapp.services.timers import TimerNote, start_timer
from tests.factories import NOW, make_member, make_world


def test_what_was_seen_in_the_second_of_the_last_answer_proposes_nothing(session: Session):
    """A proposal is a whole second: it must not lie before the moment from which on the timer may be cut."""
    world = make_world(session)
    me = make_member(session, world.owner, Role.TIMEKEEPER, world.partner.id)
    answered, hour = NOW + timedelta(seconds=1, milliseconds=300), timedelta(hours=1)
    timer = start_timer(session, actor=me, note=TimerNote(), now=NOW)
    keep_running(session, actor=me, timer_id=timer.id, now=answered)

    def seen(after: timedelta) -> LastSeen | None:
        keep_running(session, actor=me, timer_id=timer.id, now=answered + after)
        return last_seen(session, firm_id=world.firm_id, user_id=me.user_id, since=answered, now=answered + hour)

    assert seen(timedelta(milliseconds=500)) is None
    assert seen(timedelta(seconds=1)) == LastSeen(NOW + timedelta(seconds=2), "you used a timer")
