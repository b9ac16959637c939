"""Unsaved text of forms, through the browser's requests."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lexapp.domain.permissions import Role
from lexapp.models import Draft
from tests.factories import World
from tests.web.test_access import Members
from tests.web.visitor import Visitor

NAME = "Half a name"


def person(visitor: Visitor) -> str:
    found = re.search(r'data-person="([^"]+)"', visitor.get("/clients/new").get_data(as_text=True))
    assert found
    return found[1]


def keep(visitor: Visitor, values: Any, *, draft: str = "client:0", whose: str | None = None) -> TestResponse:
    payload = values if isinstance(values, str) else json.dumps(values)
    return visitor.post("/drafts", {"form": draft, "payload": payload, "person": whose or person(visitor)}, htmx=True)


def count(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Draft)) or 0


def test_what_was_typed_comes_back_with_the_form_and_goes_when_it_is_saved(owner: Visitor, session: Session):
    assert keep(owner, {"name": [NAME]}).status_code == 204
    page = owner.get("/clients/new").get_data(as_text=True)
    assert NAME in page
    assert "Unsaved text of" in page
    refused = owner.post("/clients", {"name": "", "kind": "person", "draft": "client:0"}, htmx=True)
    assert refused.status_code == 422
    assert count(session) == 1
    saved = owner.post("/clients", {"name": NAME, "kind": "organisation", "draft": "client:0", "key": "client-0001"})
    assert saved.status_code == 303, saved.get_data(as_text=True)
    assert count(session) == 0


def test_the_answer_to_a_form_shows_what_was_sent_and_not_what_was_kept(owner: Visitor):
    keep(owner, {"name": [NAME]})
    assert NAME not in owner.post("/clients", {"name": "", "kind": "person", "draft": "client:0"}, htmx=True).get_data(as_text=True)


def test_nobody_else_sees_it(owner: Visitor, member: Members, outsider: Visitor, stranger: Visitor, session: Session):
    keep(owner, {"name": [NAME]})
    for other in (member(Role.BILLING_MANAGER), outsider):
        assert NAME not in other.get("/clients/new").get_data(as_text=True)
        other.post("/drafts/removal", {"form": "client:0", "person": person(other)}, htmx=True)
    assert stranger.post("/drafts", {"form": "client:0"}, htmx=True).status_code == 401
    assert count(session) == 1


def test_a_page_of_another_person_keeps_nothing_here(owner: Visitor, outsider: Visitor, session: Session):
    assert keep(outsider, {"name": [NAME]}, whose=person(owner)).status_code == 409
    assert count(session) == 0


def test_discarded_is_gone(owner: Visitor, session: Session):
    keep(owner, {"name": [NAME]})
    owner.post("/drafts/removal", {"form": "client:0", "person": person(owner)}, htmx=True)
    assert count(session) == 0


@pytest.mark.parametrize("payload", ["", "[]", "null", "[" * 50_000, '{"name": {}}', '{"password": ["x"]}', "9" * 5000])
def test_what_no_form_holds_is_refused(owner: Visitor, session: Session, payload: str):
    assert keep(owner, payload).status_code == 422
    assert count(session) == 0


@pytest.mark.parametrize("draft", ["", "client", "client:", "client:x", "client:-1", "client:" + "9" * 30, "a b:0", ":0"])
def test_a_name_that_no_draft_has_is_refused(owner: Visitor, session: Session, draft: str):
    assert keep(owner, {"name": [NAME]}, draft=draft).status_code == 422
    assert count(session) == 0


def test_a_page_learns_whose_browser_it_is_in_now(owner: Visitor, world: World):
    answer = owner.get("/drafts/token")
    assert answer.json is not None
    assert answer.json["person"] == f"{world.owner.user_id}-{world.firm_id}"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_form_sent_after_the_session_ended_leaves_the_page_as_it_is(stranger: Visitor):
    answer = stranger.post("/clients", {"name": NAME}, htmx=True)
    assert (answer.status_code, answer.headers["HX-Reswap"], answer.headers["HX-Trigger"]) == (401, "none", "signed-out")
    assert "HX-Redirect" not in answer.headers
