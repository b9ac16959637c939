"""Nobody records work on a matter that they are shut out from, by guessing its number or from an old list."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from lexapp.books.time_entries import Work
from lexapp.domain.errors import InvalidInput
from lexapp.domain.permissions import Role
from lexapp.queries.walls import Outside, stand_outside
from lexapp.services.time_entries import record_time
from lexapp.services.timers import TimerNote, start_timer
from lexapp.services.walls import wall_matter
from tests.factories import NOW, TODAY, make_matter, make_member, make_world


def test_time_on_a_walled_matter_is_refused_as_on_one_that_does_not_exist(session: Session):
    world = make_world(session)
    matter, me = make_matter(session, world.owner), make_member(session, world.owner, Role.TIMEKEEPER, world.partner.id)
    work = Work(matter_id=matter.id, timekeeper_id=world.partner.id, worked_on=TODAY, recorded_seconds=360)
    record_time(session, actor=me, work=work, now=NOW)
    wall_matter(session, actor=world.owner, matter_id=matter.id, membership_ids=[], version=matter.version, now=NOW)
    stand_outside(session, Outside(me.firm_id, me.membership_id))
    with pytest.raises(InvalidInput, match="Choose a matter of the list"):
        record_time(session, actor=me, work=work, now=NOW)
    with pytest.raises(InvalidInput, match="Choose a matter of the list"):
        start_timer(session, actor=me, note=TimerNote(matter.id), now=NOW)
