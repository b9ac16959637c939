"""Unsaved text of forms, below the web."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.domain.errors import InvalidInput
from lexapp.domain.permissions import Actor, Role
from lexapp.models import Draft
from lexapp.queries.drafts import draft_of
from lexapp.services.drafts import KEPT, LARGEST_BYTES, MOST_DRAFTS, forget_draft, prune_drafts, save_draft
from lexapp.services.timers import TimerNote, start_timer
from tests.factories import NOW, World, make_firm, make_member, make_world

TYPED = {"narrative": ["Review berth logs"]}


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def keep(session: Session, actor: Actor, values: dict[str, object] = TYPED, *, form: str = "client", record: int = 0, days: int = 0):
    save_draft(session, actor=actor, form=form, record_id=record, values=values, now=NOW + timedelta(days=days))


def kept(session: Session, actor: Actor, form: str = "client", record: int = 0) -> object:
    found = draft_of(session, actor=actor, form=form, record_id=record)
    return found and found.values


def test_the_last_text_of_a_form_is_what_comes_back(session: Session, world: World):
    keep(session, world.owner)
    keep(session, world.owner, {"narrative": ["Review berth logs again"]})
    keep(session, world.owner, record=7)
    assert kept(session, world.owner) == {"narrative": ["Review berth logs again"]}
    assert kept(session, world.owner, record=7) == TYPED
    assert kept(session, world.owner, form="matter") is None


def test_a_colleague_and_another_firm_see_nothing_of_it(session: Session, world: World):
    keep(session, world.owner)
    assert kept(session, make_member(session, world.owner, Role.OWNER)) is None
    assert kept(session, make_firm(session, "Quillfeather & Lind")) is None
    forget_draft(session, actor=make_member(session, world.owner, Role.TIMEKEEPER), form="client", record_id=0)
    assert kept(session, world.owner) == TYPED


def test_text_that_arrives_after_its_form_was_saved_comes_to_nothing(session: Session, world: World):
    actor = Actor(**{name: getattr(world.owner, name) for name in world.owner.__slots__} | {"timekeeper_id": world.partner.id})
    start_timer(session, actor=actor, note=TimerNote(), key="form-0000-1")
    assert save_draft(session, actor=actor, form="client", record_id=0, values=TYPED, key="form-0000-1", now=NOW) is False
    assert kept(session, actor) is None
    assert save_draft(session, actor=actor, form="client", record_id=0, values=TYPED, key="form-0000-2", now=NOW) is True


@pytest.mark.parametrize(
    "values",
    [
        {"password": ["hunter2"]},
        {"smtp_PASSWORD": ["hunter2"]},
        {"csrf_token": ["x"]},
        {"narrative": ["x" * LARGEST_BYTES]},
        {"narrative": 3},
        {"narrative": [["x"]]},
        {"narrative": ["a\x00b"]},
        {"": ["x"]},
        {f"field{n}": ["x"] for n in range(81)},
    ],
    ids=["password", "any password", "token", "too long", "number", "nested", "null", "no name", "too many"],
)
def test_secrets_and_what_no_form_holds_are_refused(session: Session, world: World, values: dict[str, object]):
    with pytest.raises(InvalidInput):
        keep(session, world.owner, values)
    assert session.scalar(select(func.count()).select_from(Draft)) == 0


@pytest.mark.parametrize("form", ["", "a" * 41, "a b", "<b>", "größe"])
def test_a_name_that_no_form_has_is_refused(session: Session, world: World, form: str):
    with pytest.raises(InvalidInput):
        keep(session, world.owner, form=form)


def test_nobody_fills_the_table(session: Session, world: World):
    for record in range(MOST_DRAFTS + 3):
        keep(session, world.owner, record=record, days=record)
    assert session.scalar(select(func.count()).select_from(Draft)) == MOST_DRAFTS
    assert kept(session, world.owner, record=2) is None
    assert kept(session, world.owner, record=3) == TYPED


def test_what_nobody_came_back_for_goes_after_thirty_days(session: Session, world: World):
    keep(session, world.owner)
    keep(session, world.owner, record=1, days=1)
    assert prune_drafts(session, firm_id=world.firm_id, now=NOW + KEPT + timedelta(hours=1)) == 1
    assert kept(session, world.owner) is None
    assert kept(session, world.owner, record=1) == TYPED
