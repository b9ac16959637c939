"""One change to many time entries under the guidelines of clients: what an edit would refuse is left out, or says why beside its field."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from lexapp.domain.errors import InvalidInput
from lexapp.models import Matter, TimeEntry
from lexapp.services.time_entries import TimeChange, change_time_entries, preview_time_changes, take_back_time_changes
from tests.factories import World, make_guideline, make_matter, make_world
from tests.services.test_time_changes import entries, recorded
from tests.web.time_forms import TODAY


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def test_what_the_client_does_not_accept_is_left_out_with_its_sentence(session: Session, world: World):
    versions = recorded(session, world)
    first, *others = sorted(versions)
    other = make_matter(session, world.owner, name="Berth")
    make_guideline(session, world.owner, other.client_id, needs_activity_code=True)
    change_time_entries(session, actor=world.owner, versions={first: 1}, change=TimeChange(activity_code="A104"))
    versions[first], change = 2, TimeChange(matter_id=other.id)
    shown = preview_time_changes(session, actor=world.owner, versions=versions, change=change)
    assert (set(shown.effects), set(shown.refused)) == ({first}, set(others))
    for _ in range(2):
        done = change_time_entries(session, actor=world.owner, versions=versions, change=change, key="key-guided-1")
        assert (done.count, set(done.refused)) == (1, set(others))
        assert all("asks for an activity code. Choose one." in why for why in done.refused.values())
    assert [entry.matter_id == other.id for entry in entries(session)] == [True, False, False]
    assert take_back_time_changes(session, actor=world.owner, command_id=done.command_id) == 1


def test_where_the_client_accepts_none_the_change_is_refused_beside_its_field(session: Session, world: World):
    versions = recorded(session, world)
    matter = session.get_one(Matter, session.get_one(TimeEntry, min(versions)).matter_id)
    make_guideline(session, world.owner, matter.client_id, forbidden_weight="refuse", forbidden_words="overhead")
    for change, field in ((TimeChange(prefix="Overhead:"), "prefix"), (TimeChange(find="Work", replacement="Overhead"), "replacement")):
        with pytest.raises(InvalidInput, match="does not accept “Overhead”") as caught:
            change_time_entries(session, actor=world.owner, versions=versions, change=change)
        assert caught.value.field == field
    assert {entry.version for entry in entries(session)} == {1}


def test_a_change_of_the_day_or_the_person_passes_what_stood_before(session: Session, world: World):
    versions = recorded(session, world)
    matter = session.get_one(Matter, session.get_one(TimeEntry, min(versions)).matter_id)
    make_guideline(session, world.owner, matter.client_id, needs_activity_code=True)
    change = TimeChange(worked_on=TODAY, timekeeper_id=world.associate.id)
    assert change_time_entries(session, actor=world.owner, versions=versions, change=change).count == 3
    with pytest.raises(InvalidInput, match="asks for an activity code"):
        change_time_entries(session, actor=world.owner, versions=dict.fromkeys(versions, 2), change=TimeChange(prefix="Re:"))
