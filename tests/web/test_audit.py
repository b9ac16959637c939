"""The audit log as an owner and an auditor read it."""

from __future__ import annotations

import csv
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.domain.permissions import Role
from lexapp.models import AuditEvent, Command, Matter
from lexapp.services.matters import MatterFacts, edit_matter, open_matter
from lexapp.web.audit_words import _PAGES
from tests.factories import NOW, OPENED, World, make_client
from tests.web.visitor import Visitor


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    """A matter that was renamed."""
    facts = MatterFacts(number="M-1", name="Harbor claims", opened_on=OPENED)
    made = open_matter(session, actor=world.owner, client_id=make_client(session, world.owner).id, facts=facts, now=NOW)
    changed = MatterFacts(number="M-1", name="=Harbor lights", opened_on=OPENED)
    return edit_matter(session, actor=world.owner, matter_id=made.id, version=1, facts=changed, now=NOW)


def log(visitor: Visitor, query: str = "") -> str:
    answer = visitor.get(f"/audit?{query}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_an_event_says_who_did_what_with_before_and_after(owner: Visitor, matter: Matter):
    page = log(owner)
    assert "Matter edited" in page
    assert "Harbor claims" in page
    assert "=Harbor lights" in page
    assert f'href="/matters/{matter.id}"' in page
    assert "Marguerite Voss" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=lights", True),
        ("q=nothing-of-the-kind", False),
        ("kind=matter", True),
        ("kind=invoice", False),
        ("since=2026-11-23&until=2026-11-23", True),
        ("since=2026-11-24", False),
        ("until=2026-11-22", False),
        ("person=99999", False),
        ("q=M-1+edited", True),
        ("since=what&until=9999-12-31&person=x&before=y", True),
    ],
)
def test_the_log_is_filtered(owner: Visitor, matter: Matter, query: str, found: bool):
    assert ("=Harbor lights" in log(owner, query)) is found


def test_one_record_alone(owner: Visitor, matter: Matter):
    assert "Matter edited" in log(owner, f"kind=matter&record={matter.id}")
    assert "Nothing found" in log(owner, f"kind=matter&record={matter.id + 1000}")


def test_pages_go_on_by_key_and_lose_nothing(session: Session, world: World, owner: Visitor):
    command_id = session.scalars(select(Command.id)).first()
    row = {"firm_id": world.firm_id, "command_id": command_id, "action": "test.noted", "subject_kind": "test", "at": NOW}
    with transaction(session, world.firm_id):
        session.execute(insert(AuditEvent), [row | {"subject_id": n} for n in range(120)])
    seen, query = set(), "kind=test"
    for _ in range(3):
        page = log(owner, query)
        seen |= {part.split('"')[0] for part in page.split('id="row-')[1:]}
        query = page.split('rel="next"')[0].rsplit("/audit?", 1)[1].split('"')[0].replace("&amp;", "&") if 'rel="next"' in page else ""
    assert len(seen) == 120
    assert query == ""


def test_the_file_holds_every_change_and_no_formula(owner: Visitor, matter: Matter):
    answer = owner.get("/audit/file?kind=matter")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(answer.get_data(as_text=True).splitlines()))
    (renamed,) = [row for row in rows if row["Action"] == "matter.edited" and row["Field"] == "name"]
    assert (renamed["Before"], renamed["After"], renamed["Record"]) == ("Harbor claims", "'=Harbor lights", "M-1")


def test_every_kind_of_record_leads_to_a_page_that_exists(app: Flask):
    arguments = {rule.endpoint: rule.arguments for rule in app.url_map.iter_rules()}
    assert [kind for kind, (endpoint, argument) in _PAGES.items() if argument not in arguments.get(endpoint, ())] == []


@pytest.mark.parametrize("name", ["|calc", "%0A", " =1+1"])
def test_the_file_guards_as_reports_do(session: Session, world: World, owner: Visitor, name: str):
    client = make_client(session, world.owner)
    facts = MatterFacts(number=name, name="Harbor", opened_on=OPENED)
    open_matter(session, actor=world.owner, client_id=client.id, facts=facts, now=NOW)
    assert f"'{name}" in owner.get("/audit/file?kind=matter").get_data(as_text=True)


def test_only_owner_and_auditor_read_it(member: Callable[[Role], Visitor], outsider: Visitor, matter: Matter):
    allowed = {role: member(role).get("/audit").status_code for role in Role}
    assert {role for role, status in allowed.items() if status == 200} == {Role.OWNER, Role.AUDITOR}
    assert "Harbor" not in log(outsider)
