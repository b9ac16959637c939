"""Snippets: of a person and of the firm, and what a colleague may not."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import Actor, Role
from lexapp.queries.snippets import snippets_of
from lexapp.services.snippets import add_snippet, change_snippet, remove_snippet
from tests.factories import World, make_member, make_world


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def lawyer(session: Session, world: World) -> Actor:
    return make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id)


def told(session: Session, actor: Actor) -> list[tuple[str, str, bool]]:
    found = snippets_of(session, firm_id=actor.firm_id, user_id=actor.user_id)
    session.rollback()
    return [(one.abbreviation, one.expansion, one.is_firm) for one in found]


def test_ones_own_goes_before_the_firms_and_a_colleague_sees_the_firms_alone(session: Session, world: World, lawyer: Actor):
    add_snippet(session, actor=world.owner, abbreviation=";tc", expansion="Telephone conference with", for_firm=True)
    add_snippet(session, actor=lawyer, abbreviation=";tc", expansion="Call with", key="key-snippet")
    add_snippet(session, actor=lawyer, abbreviation=";tc", expansion="Call with", key="key-snippet")
    assert told(session, lawyer) == [(";tc", "Call with", False), (";tc", "Telephone conference with", True)]
    assert told(session, world.owner) == [(";tc", "Telephone conference with", True)]


@pytest.mark.parametrize(
    ("abbreviation", "expansion", "field"),
    [("t", "x", "abbreviation"), ("t c", "x", "abbreviation"), ("x" * 21, "x", "abbreviation"), (";x", " ", "expansion")],
)
def test_what_could_not_be_typed_is_refused_beside_its_field(
    session: Session, lawyer: Actor, abbreviation: str, expansion: str, field: str
):
    with pytest.raises(InvalidInput) as refusal:
        add_snippet(session, actor=lawyer, abbreviation=abbreviation, expansion=expansion)
    assert refusal.value.field == field


def test_an_abbreviation_means_one_thing(session: Session, world: World, lawyer: Actor):
    first = add_snippet(session, actor=lawyer, abbreviation=";tc", expansion="Call")
    with pytest.raises(InvalidInput, match="expands already"):
        add_snippet(session, actor=lawyer, abbreviation=";tc", expansion="Letter")
    changed = change_snippet(session, actor=lawyer, snippet_id=first.id, version=1, abbreviation=";tc", expansion="Letter")
    assert changed.version == 2
    with pytest.raises(Conflict):
        change_snippet(session, actor=lawyer, snippet_id=first.id, version=1, abbreviation=";tc", expansion="Memo")


def test_nobody_changes_those_of_others_or_without_the_right_the_firms(session: Session, world: World, lawyer: Actor):
    mine = add_snippet(session, actor=lawyer, abbreviation=";tc", expansion="Call")
    firms = add_snippet(session, actor=world.owner, abbreviation=";rr", expansion="Review", for_firm=True)
    with pytest.raises(NotFound):
        remove_snippet(session, actor=world.owner, snippet_id=mine.id)
    with pytest.raises(NotAllowed):
        remove_snippet(session, actor=lawyer, snippet_id=firms.id)
    with pytest.raises(NotAllowed):
        add_snippet(session, actor=lawyer, abbreviation=";xx", expansion="X", for_firm=True)
    remove_snippet(session, actor=lawyer, snippet_id=mine.id)
    assert told(session, lawyer) == [(";rr", "Review", True)]
