"""Practice areas at a browser: a list that is added to, renamed, retired; and what matters make of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.errors import InvalidInput
from lexapp.domain.permissions import Role
from lexapp.models import PracticeArea
from lexapp.services.matters import MatterFacts, edit_matter, open_matter
from lexapp.services.practice_areas import add_practice_area, retire_practice_area
from tests.factories import NOW, TODAY, World, make_client
from tests.web.test_settings import Members
from tests.web.visitor import Visitor

AREAS = "/settings/practice-areas"


def area_called(session: Session, name: str) -> int:
    session.rollback()
    return session.scalars(select(PracticeArea.id).where(PracticeArea.name == name)).one()


def test_an_area_is_added_renamed_retired_and_brought_back(session: Session, world: World, owner: Visitor):
    assert "No practice areas yet" in owner.get(AREAS).text
    assert owner.post(AREAS, {"key": "key-area-001", "name": "Maritime"}).status_code == 303
    id_ = area_called(session, "Maritime")
    assert owner.get(f"{AREAS}/{id_}").status_code == 200
    renamed = {"key": "key-area-002", "version": "1", "name": "Admiralty"}
    assert owner.post(f"{AREAS}/{id_}", renamed).status_code == 303
    assert owner.post(f"{AREAS}/{id_}", renamed | {"key": "key-area-003", "name": "Shipping"}).status_code == 409
    assert "Admiralty" in owner.get("/matters/new").text
    assert owner.post(f"{AREAS}/{id_}/retirement").status_code == 303
    assert "Retired" in owner.get(AREAS).text
    assert "Admiralty" not in owner.get("/matters/new").text
    assert owner.post(f"{AREAS}/{id_}/return").status_code == 303
    assert "Admiralty" in owner.get("/matters/new").text


def test_a_new_name_stands_on_matters_at_once(session: Session, world: World, owner: Visitor):
    client_id = make_client(session, world.owner).id
    facts = MatterFacts(name="Berth", opened_on=TODAY, practice_area="Maritime")
    matter_id = open_matter(session, actor=world.owner, client_id=client_id, facts=facts, now=NOW).id
    id_ = area_called(session, "Maritime")
    owner.post(f"{AREAS}/{id_}", {"key": "key-area-001", "version": "1", "name": "Admiralty"})
    assert "Admiralty" in owner.get(f"/matters/{matter_id}").text


def test_a_retired_area_stays_on_its_matters_and_goes_on_no_other(session: Session, world: World):
    client_id = make_client(session, world.owner).id
    facts = MatterFacts(name="Berth", opened_on=TODAY, practice_area="Maritime")
    matter = open_matter(session, actor=world.owner, client_id=client_id, facts=facts, now=NOW)
    area_id = matter.practice_area_id or 0
    retire_practice_area(session, actor=world.owner, practice_area_id=area_id, now=NOW)
    kept = MatterFacts(name="Berth 7", number=matter.number, opened_on=TODAY, practice_area="maritime")
    changed = edit_matter(session, actor=world.owner, matter_id=matter.id, version=matter.version, facts=kept, now=NOW)
    assert changed.practice_area_id == area_id
    with pytest.raises(InvalidInput, match="Maritime is retired") as refusal:
        open_matter(session, actor=world.owner, client_id=client_id, facts=facts, now=NOW)
    assert refusal.value.field == "practice_area"


@pytest.mark.parametrize(
    ("name", "sentence"), [("", "Write the name"), ("mariTIME", "called mariTIME already"), ("x" * 300, "Keep it to 100")]
)
def test_what_cannot_be_an_area_is_told_beside_its_field(session: Session, world: World, owner: Visitor, name: str, sentence: str):
    add_practice_area(session, actor=world.owner, name="Maritime", now=datetime.now(UTC))
    answer = owner.post(AREAS, {"key": "key-area-001", "name": name})
    assert answer.status_code == 422
    assert 'id="newarea-name-error"' in answer.text
    assert sentence in answer.text


def test_only_who_may_and_only_in_their_own_firm(session: Session, world: World, member: Members, outsider: Visitor):
    id_ = add_practice_area(session, actor=world.owner, name="Maritime", now=NOW).id
    assert member(Role.BOOKKEEPER).get(AREAS).status_code == 403
    assert "Maritime" not in outsider.get(AREAS).text
    for path in (f"{AREAS}/{id_}", f"{AREAS}/{id_}/retirement", f"{AREAS}/{id_}/return"):
        assert outsider.post(path, {"key": "key-area-001", "version": "1", "name": "Ours"}).status_code == 404
    assert area_called(session, "Maritime") == id_
