"""Finding anything by a few letters."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from sqlalchemy import event, insert, select
from sqlalchemy.orm import Session

from lexapp.database import Base, db, transaction
from lexapp.domain.permissions import Role
from lexapp.models import Matter, Membership, User
from lexapp.services.walls import wall_matter
from tests import billing
from tests.factories import OPENED, World, local_today, make_client, make_matter
from tests.web.test_access import Members
from tests.web.visitor import Visitor

MANY = 2_000


def found(visitor: Visitor, text: str) -> str:
    return visitor.get("/search", htmx=True, query_string={"q": text}).get_data(as_text=True)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_every_kind_is_found_with_what_tells_it_apart(owner: Visitor, session: Session, world: World):
    client = make_client(session, world.owner, "Castellane Shipping")
    matter = make_matter(session, world.owner, client, "Berth dispute")
    number = matter.number
    billing.work_time(session, world, matter)
    (invoice,) = billing.issue(session, world, matter, issued_on=local_today())
    invoice_number = invoice.number
    said = words(found(owner, "castel"))
    assert f"Berth dispute Castel lane Shipping · {number}" in said
    assert "1 matter" in said
    assert re.search(rf"{invoice_number} [\d,.]+ open · Castel lane Shipping", said)
    assert "Time entry on Berth dispute" in said
    assert invoice_number in words(found(owner, f"#{invoice_number}")).replace(" ", "")
    assert "Berth" not in found(owner, "#castel")


def test_what_is_found_is_marked_and_what_was_typed_is_text(owner: Visitor, session: Session, world: World):
    make_matter(session, world.owner, make_client(session, world.owner, "Weaver <& Sons>"), "Löwe 100% [a]")
    assert "<mark>Weaver</mark> &lt;&amp; Sons&gt;" in found(owner, "weaver")
    assert "<mark>100%</mark>" in found(owner, "100%")
    assert "<script" not in found(owner, "<script>")


def test_a_colleague_finds_what_the_role_may_see_and_an_outsider_nothing(
    owner: Visitor, member: Members, outsider: Visitor, stranger: Visitor, session: Session, world: World
):
    make_matter(session, world.owner, make_client(session, world.owner, "Castellane Shipping"), "Berth dispute")
    assert "dispute" in found(owner, "berth")
    assert "dispute" in found(member(Role.TIMEKEEPER), "berth")
    assert "Start timer" not in found(member(Role.AUDITOR), "berth")
    assert "Berth" not in found(outsider, "berth")
    assert stranger.get("/search?q=berth").status_code == 303


def test_matters_behind_a_wall_are_not_found(member: Members, owner: Visitor, session: Session, world: World):
    matter = make_matter(session, world.owner, make_client(session, world.owner, "Castellane Shipping"), "Berth dispute")
    assert owner.post(f"/matters/{matter.id}/visit", htmx=True).status_code == 204
    shut_out = member(Role.TIMEKEEPER)
    assert shut_out.post(f"/matters/{matter.id}/visit", htmx=True).status_code == 204
    wall(session, world, matter.id)
    assert "Berth" not in found(shut_out, "berth")
    assert "Castellane" not in found(shut_out, "castellane")
    assert "Berth" not in found(shut_out, "")
    assert "Berth" in found(owner, "")


def wall(session: Session, world: World, matter_id: int) -> None:
    version = session.get_one(Matter, matter_id).version
    wall_matter(session, actor=world.owner, matter_id=matter_id, version=version, membership_ids=[])


def test_what_somebody_looked_at_comes_first_for_them_alone(owner: Visitor, member: Members, session: Session, world: World):
    matters = [make_matter(session, world.owner, name=name) for name in ("First", "Second", "Third")]
    ids = [matter.id for matter in matters]
    for matter_id in (ids[0], ids[2], ids[0]):
        owner.post(f"/matters/{matter_id}/visit", htmx=True)
    said = words(found(owner, ""))
    assert said.index("First") < said.index("Third")
    assert "Second" not in said
    assert "First" not in found(member(Role.TIMEKEEPER), "")


def test_who_records_no_time_is_found_by_whoever_manages_people(owner: Visitor, member: Members, session: Session, world: World):
    bookkeeper = member(Role.BOOKKEEPER)
    said = found(owner, "bookkeeper")
    membership_id = session.scalars(select(Membership.id).where(Membership.role == Role.BOOKKEEPER)).one()
    assert f'href="/people/{membership_id}/edit"' in said
    assert words(said).count("Bookkeeper") == 2
    assert "/people/" not in found(bookkeeper, "bookkeeper")


def test_what_somebody_looked_at_is_offered_first_where_a_matter_is_chosen(owner: Visitor, session: Session, world: World):
    seen, newer = (make_matter(session, world.owner, name=name).id for name in ("Looked at", "Opened last"))
    owner.post(f"/matters/{seen}/visit", htmx=True)
    offered = owner.get("/time/matter-options").text
    assert offered.index(f'"{seen}"') < offered.index(f'"{newer}"')


def test_an_outsider_leaves_no_visit(outsider: Visitor, session: Session, world: World):
    assert outsider.post(f"/matters/{make_matter(session, world.owner).id}/visit", htmx=True).status_code == 404


def test_two_thousand_matters_ask_one_statement_for_each_kind(app: Flask, owner: Visitor, session: Session, world: World):
    client = make_client(session, world.owner, "Castellane Shipping")
    firm = {"firm_id": world.firm_id, "client_id": client.id, "status": "open", "opened_on": OPENED, "created_at": datetime.now(UTC)}
    with transaction(session, world.firm_id):
        rows = [firm | {"number": f"X-{n}", "name": f"Berth {n}"} for n in range(MANY)]
        session.execute(insert(Base.metadata.tables["matters"]), rows)
    asked = statements_of(app, lambda: found(owner, "berth 19"))
    assert len([one for one in asked if one.startswith("SELECT") and "set_config" not in one]) <= 5
    assert found(owner, "berth").count('id="found-matter-') == 6


def statements_of(app: Flask, act: Callable[[], object]) -> list[str]:
    asked: list[str] = []

    def hear(*args: Any) -> None:
        asked.append(args[2])

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", hear)
    act()
    event.remove(engine, "before_cursor_execute", hear)
    return asked


def test_single_letters_can_be_switched_off(owner: Visitor, session: Session, world: World):
    assert 'data-letters="off"' not in owner.get("/today").get_data(as_text=True)
    assert owner.post("/keys", {}, htmx=True).status_code == 204
    assert 'data-letters="off"' in owner.get("/today").get_data(as_text=True)
    owner.post("/keys", {"letters": "y"})
    session.rollback()
    assert session.get_one(User, world.owner.user_id).letter_keys


def test_reports_are_found_by_name_question_and_nickname(owner: Visitor, member: Members, world: World):
    called = {"income": "Income", "who owes": "Outstanding invoices", "aging": "Outstanding invoices", "wip": "Work in progress"}
    for text, name in called.items():
        assert name in words(found(owner, text)), text
        assert "/reports/" in found(owner, text)
    assert "/reports/" not in found(member(Role.TIMEKEEPER), "income")
    assert "/reports/" not in found(owner, "#income")
