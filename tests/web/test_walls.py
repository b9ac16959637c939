"""Walling a matter off, as its owner does it on the screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm
from lexapp.domain.permissions import Actor, Role
from lexapp.models import AuditEvent, Firm, Matter, MatterAdmission
from lexapp.services.timers import TimerNote, start_timer
from tests.factories import World, make_matter, make_member
from tests.web.visitor import Visitor


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner, name="Blackwater divorce")


def walled(session: Session, matter: Matter) -> bool:
    session.rollback()
    return session.get_one(Matter, matter.id).is_walled


def version_of(session: Session, matter: Matter) -> str:
    session.rollback()
    return str(session.get_one(Matter, matter.id).version)


def sent(session: Session, matter: Matter, *members: Actor) -> dict[str, object]:
    return {"key": "wall-key-0001", "version": version_of(session, matter), "membership_ids": [str(one.membership_id) for one in members]}


def test_the_screen_says_who_sees_it_by_role_and_who_would_be_shut_out(session: Session, world: World, owner: Visitor, matter: Matter):
    make_member(session, world.owner, Role.BILLING_MANAGER)
    page = owner.get(f"/matters/{matter.id}/wall").get_data(as_text=True)
    assert "Everybody in the firm sees this matter now." in page
    assert "Owner: sees every matter, walled off or not" in page
    assert "Billing manager" in page


def test_behind_a_wall_only_those_admitted_find_the_matter(
    session: Session, world: World, owner: Visitor, matter: Matter, sign_in: Callable[[Actor], Visitor]
):
    admitted, shut_out = (make_member(session, world.owner, Role.BILLING_MANAGER) for _ in range(2))
    assert owner.post(f"/matters/{matter.id}/wall", sent(session, matter, admitted)).status_code == 303
    assert walled(session, matter)
    for person, status in ((admitted, 200), (shut_out, 404)):
        visitor = sign_in(person)
        assert visitor.get(f"/matters/{matter.id}").status_code == status
        assert ("Blackwater" in visitor.get("/matters").get_data(as_text=True)) is (status == 200)
    assert "Walled off" in owner.get(f"/matters/{matter.id}").get_data(as_text=True)


def test_taking_the_wall_down_shows_the_matter_to_all_again(
    session: Session, world: World, owner: Visitor, matter: Matter, sign_in: Callable[[Actor], Visitor]
):
    colleague = sign_in(make_member(session, world.owner, Role.ASSISTANT))
    owner.post(f"/matters/{matter.id}/wall", sent(session, matter))
    assert colleague.get(f"/matters/{matter.id}").status_code == 404
    assert owner.post(f"/matters/{matter.id}/wall/removal").status_code == 303
    assert colleague.get(f"/matters/{matter.id}").status_code == 200
    session.rollback()
    assert session.scalars(select(MatterAdmission)).all() == []
    assert session.get_one(Firm, world.firm_id).has_walls is False


def test_every_wall_is_in_the_audit_with_who_was_admitted(session: Session, world: World, owner: Visitor, matter: Matter):
    colleague = make_member(session, world.owner, Role.ASSISTANT)
    owner.post(f"/matters/{matter.id}/wall", sent(session, matter))
    owner.post(f"/matters/{matter.id}/wall", sent(session, matter, colleague) | {"key": "wall-key-0002"})
    told = session.execute(select(AuditEvent.action, AuditEvent.before, AuditEvent.after).where(AuditEvent.subject_id == matter.id)).all()
    assert ("matter.walled", None, {"admitted": []}) in told
    assert ("matter.wall_changed", {"admitted": []}, {"admitted": ["Assistant"]}) in told


def test_a_timer_that_would_be_lost_is_named(session: Session, world: World, owner: Visitor, matter: Matter):
    colleague = make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id)
    start_timer(session, actor=colleague, note=TimerNote(matter.id, "Call"))
    answer = owner.post(f"/matters/{matter.id}/wall", sent(session, matter))
    assert answer.status_code == 422
    assert "A timer of Ines Achterberg runs on this matter" in answer.get_data(as_text=True)
    assert not walled(session, matter)
    assert owner.post(f"/matters/{matter.id}/wall", sent(session, matter, colleague) | {"key": "wall-key-0002"}).status_code == 303


def test_people_of_another_firm_and_words_are_not_admitted(
    session: Session, world: World, owner: Visitor, matter: Matter, outsider: Visitor
):
    scope_to_firm(session, world.firm_id)
    assert outsider.get(f"/matters/{matter.id}/wall").status_code == 404
    for strange in ("999999", "x"):
        answer = owner.post(f"/matters/{matter.id}/wall", sent(session, matter) | {"membership_ids": [strange]})
        assert answer.status_code == 422
        assert "out of the list" in answer.get_data(as_text=True)


def test_who_looks_at_an_old_page_is_told(session: Session, owner: Visitor, matter: Matter):
    old = sent(session, matter)
    owner.post(f"/matters/{matter.id}/wall", old)
    answer = owner.post(f"/matters/{matter.id}/wall", old | {"key": "wall-key-0002"})
    assert answer.status_code == 409
    assert "Somebody changed this matter" in answer.get_data(as_text=True)


@pytest.mark.parametrize("role", [Role.BILLING_MANAGER, Role.ASSISTANT, Role.BOOKKEEPER])
def test_only_an_owner_puts_up_walls(member: Callable[[Role], Visitor], matter: Matter, role: Role):
    visitor = member(role)
    assert visitor.get(f"/matters/{matter.id}/wall").status_code == 403
    assert visitor.post(f"/matters/{matter.id}/wall").status_code == 403


def test_the_firms_own_matter_stays_open(session: Session, world: World, owner: Visitor):
    own = session.scalars(select(Matter).where(Matter.firm_id == world.firm_id, Matter.is_internal)).one()
    answer = owner.post(f"/matters/{own.id}/wall", sent(session, own))
    assert "cannot be walled off" in answer.get_data(as_text=True)
    assert not walled(session, own)
