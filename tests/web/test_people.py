"""Inviting people, their roles, leaving and coming back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm, transaction
from lexapp.domain.permissions import Actor, Role
from lexapp.models import Invitation, MailedToken, Matter, Membership, OutboxMessage, Rate, TimeEntry, Timekeeper, User
from lexapp.services.invitations import make_invitation_token
from lexapp.services.timers import TimerNote, start_timer
from lexapp.services.walls import wall_matter
from tests.factories import World, make_firm, make_matter, make_member
from tests.web.visitor import Visitor

PASSWORD = "velvet canyon onion 19"
NIA = {"key": "invite-key-1", "email": "Nia@Example.test", "name": "Nia New", "role": "assistant", "records": "no"}


def invited(session: Session, owner: Visitor, **values: str) -> Invitation:
    assert owner.post("/people/invitations", NIA | values).status_code == 303
    session.rollback()
    return session.scalars(select(Invitation).order_by(Invitation.id.desc())).first()  # type: ignore[return-value]


def mailed(session: Session, row: Invitation) -> str:
    """The address in the mail, as the worker makes it."""
    token = make_invitation_token(session, firm_id=row.firm_id, invitation_id=row.id, now=datetime.now(UTC))
    return f"/invitation/{token}"


def test_an_invitation_is_listed_and_its_mail_is_owed(session: Session, owner: Visitor):
    row = invited(session, owner)
    assert (row.email, row.role) == ("nia@example.test", "assistant")
    page = owner.get("/people").get_data(as_text=True)
    assert "Nia New" in page
    assert "Waits" in page
    owed = session.scalars(select(OutboxMessage)).one()
    assert (owed.kind, owed.payload) == ("invitation.mail", {"invitation_id": row.id})


def test_the_invited_person_chooses_a_password_and_is_in(session: Session, owner: Visitor, stranger: Visitor):
    address = mailed(session, invited(session, owner))
    page = stranger.get(address).get_data(as_text=True)
    assert "You are invited as assistant" in page
    assert "Nia New" in page
    answer = stranger.post(address, {"name": "Nia Newman", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "Nia Newman" in stranger.get("/sessions").get_data(as_text=True)
    assert stranger.get("/people").status_code == 403


def test_looking_uses_nothing_up_and_accepting_does(session: Session, app: Flask, owner: Visitor, stranger: Visitor):
    address = mailed(session, invited(session, owner))
    for _ in range(3):
        assert stranger.get(address).status_code == 200
    stranger.post(address, {"name": "Nia", "password": PASSWORD})
    second = Visitor(app, session)
    assert second.get(address).status_code == 404
    assert "This link is used up" in second.post(address, {"name": "Eve", "password": PASSWORD}).get_data(as_text=True)
    assert session.scalars(select(Membership.role).join(User, User.id == Membership.user_id).where(User.name == "Eve")).all() == []


def test_the_database_keeps_no_token(session: Session, owner: Visitor):
    address = mailed(session, invited(session, owner))
    assert session.scalars(select(MailedToken.token_hash)).one() not in address


def test_a_newer_mail_a_revocation_and_time_end_a_link(session: Session, owner: Visitor, stranger: Visitor):
    row = invited(session, owner)
    first = mailed(session, row)
    assert owner.post(f"/people/invitations/{row.id}/resending").status_code == 303
    second = mailed(session, row)
    assert [stranger.get(one).status_code for one in (first, second)] == [404, 200]
    with transaction(session):
        session.execute(update(MailedToken).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    assert stranger.get(second).status_code == 404
    third = mailed(session, row)
    assert owner.post(f"/people/invitations/{row.id}/revocation").status_code == 303
    assert stranger.get(third).status_code == 404
    assert "Nia New" not in owner.get("/people").get_data(as_text=True).split("toast")[0]


@pytest.mark.parametrize("password", ["short", "Password1234!", "nia.new.nia.new"])
def test_a_weak_password_is_refused_with_what_to_do(session: Session, owner: Visitor, stranger: Visitor, password: str):
    address = mailed(session, invited(session, owner))
    answer = stranger.post(address, {"name": "Nia New", "password": password})
    assert answer.status_code == 422
    assert "words" in answer.get_data(as_text=True).split('class="field-error"')[1]


def test_somebody_with_a_sign_in_elsewhere_keeps_it(session: Session, world: World, owner: Visitor, stranger: Visitor):
    elsewhere = make_firm(session, "Quillfeather & Lind")
    scope_to_firm(session, world.firm_id)
    email = session.get_one(User, elsewhere.user_id).email
    before = session.get_one(User, elsewhere.user_id).password_hash
    address = mailed(session, invited(session, owner, email=email, name="Somebody Else"))
    assert "You have a sign-in already" in stranger.get(address).get_data(as_text=True)
    assert stranger.post(address).status_code == 303
    assert stranger.get("/sessions").status_code == 303, "the link alone signs nobody in"
    session.rollback()
    assert session.get_one(User, elsewhere.user_id).password_hash == before
    assert len(session.scalars(select(Membership).where(Membership.user_id == elsewhere.user_id)).all()) == 2


def test_a_new_timekeeper_comes_with_class_and_rate(session: Session, owner: Visitor, stranger: Visitor):
    row = invited(session, owner, role="timekeeper", records="new", classification="ASSOC", rate="310", code="NN7")
    stranger.post(mailed(session, row), {"name": "Nia New", "password": PASSWORD})
    session.rollback()
    timekeeper = session.scalars(select(Timekeeper).where(Timekeeper.code == "NN7")).one()
    assert session.scalars(select(Rate.rate_minor_per_hour).where(Rate.timekeeper_id == timekeeper.id)).one() == 31_000
    assert session.scalars(select(Membership.timekeeper_id).where(Membership.role == "timekeeper")).one() == timekeeper.id


def test_nobody_is_invited_twice_nor_who_is_a_member(session: Session, world: World, owner: Visitor):
    invited(session, owner)
    again = owner.post("/people/invitations", NIA | {"key": "invite-key-2"})
    assert "is invited already" in again.get_data(as_text=True)
    member = session.get_one(User, world.owner.user_id).email
    known = owner.post("/people/invitations", NIA | {"email": member, "key": "invite-key-3"})
    assert "is a member of the firm already" in known.get_data(as_text=True)


def test_the_last_owner_stays_owner(session: Session, world: World, owner: Visitor):
    me = world.owner.membership_id
    form = {"key": "member-key-1", "role": "assistant"}
    assert "They are the last owner" in owner.post(f"/people/{me}", form).get_data(as_text=True)
    assert "They are the last owner" in owner.post(f"/people/{me}/deactivation", {"key": "member-key-2"}).get_data(as_text=True)
    other = make_member(session, world.owner, Role.OWNER)
    assert owner.post(f"/people/{me}", form | {"key": "member-key-3"}).status_code == 303
    assert owner.get("/people").status_code == 403, "it holds from the next click on"
    session.rollback()
    assert session.get_one(Membership, other.membership_id).role == "owner"


def test_who_leaves_hands_over_matters_and_timers(session: Session, world: World, owner: Visitor, sign_in: Callable[[Actor], Visitor]):
    leaver = make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id)
    matter = make_matter(session, world.owner)
    with transaction(session, world.firm_id):
        session.execute(update(Matter).where(Matter.id == matter.id).values(responsible_timekeeper_id=world.associate.id))
    started = datetime.now(UTC) - timedelta(hours=1)
    start_timer(session, actor=leaver, note=TimerNote(matter.id, "Call"), now=started)
    theirs, address = sign_in(leaver), f"/people/{leaver.membership_id}/deactivation"
    page = owner.get(address).get_data(as_text=True)
    assert "Who takes over their matters" in page
    assert "Choose who takes over" in owner.post(address, {"key": "leave-key-1"}).get_data(as_text=True)
    assert theirs.get("/sessions").status_code == 200
    assert owner.post(address, {"key": "leave-key-2", "successor_id": str(world.partner.id)}).status_code == 303
    assert theirs.get("/sessions").status_code == 303
    session.rollback()
    assert session.get_one(Matter, matter.id).responsible_timekeeper_id == world.partner.id
    assert session.get_one(Timekeeper, world.associate.id).is_active is False
    entry = session.scalars(select(TimeEntry).where(TimeEntry.timekeeper_id == world.associate.id)).one()
    assert 3590 <= entry.recorded_seconds <= 3700
    assert "Left" in owner.get("/people").get_data(as_text=True)


def test_who_left_cannot_sign_in_and_may_come_back(session: Session, world: World, owner: Visitor, stranger: Visitor):
    person = make_member(session, world.owner, Role.ASSISTANT)
    known = {"email": session.get_one(User, person.user_id).email, "password": "correct horse battery staple"}
    owner.post(f"/people/{person.membership_id}/deactivation", {"key": "leave-key-1"})
    stranger.post("/sign-in", known)
    assert stranger.get("/matters").status_code == 303
    assert owner.post(f"/people/{person.membership_id}/reactivation").status_code == 303
    stranger.post("/sign-out")
    stranger.post("/sign-in", known)
    assert stranger.get("/matters").status_code == 200


def test_walled_matters_go_to_nobody_who_may_not_see_them(session: Session, world: World, owner: Visitor):
    leaver = make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id)
    heir = make_member(session, world.owner, Role.TIMEKEEPER, world.partner.id)
    matter = make_matter(session, world.owner)
    with transaction(session, world.firm_id):
        session.execute(update(Matter).where(Matter.id == matter.id).values(responsible_timekeeper_id=world.associate.id))
    number, version = matter.number, matter.version
    wall_matter(session, actor=world.owner, matter_id=matter.id, version=version, membership_ids=[leaver.membership_id])
    address, form = f"/people/{leaver.membership_id}/deactivation", {"successor_id": str(world.partner.id)}
    assert f"They may not see {number}" in owner.post(address, form | {"key": "leave-key-1"}).text
    session.rollback()
    assert session.get_one(Membership, leaver.membership_id).is_active
    wall_matter(session, actor=world.owner, matter_id=matter.id, version=version + 1, membership_ids=[heir.membership_id])
    assert owner.post(address, form | {"key": "leave-key-2"}).status_code == 303


def test_nobody_loses_a_running_timer_with_their_role(session: Session, world: World, owner: Visitor):
    person = make_member(session, world.owner, Role.OWNER, world.associate.id)
    matter = make_matter(session, world.owner)
    wall_matter(session, actor=world.owner, matter_id=matter.id, version=matter.version, membership_ids=[])
    start_timer(session, actor=person, note=TimerNote(matter.id, "Call"), now=datetime.now(UTC))
    address, form = f"/people/{person.membership_id}", {"role": "timekeeper", "timekeeper_id": str(world.associate.id)}
    assert "A timer of theirs runs on the walled matter" in owner.post(address, form | {"key": "member-key-1"}).text
    session.rollback()
    assert session.get_one(Membership, person.membership_id).role == "owner"
    version = session.get_one(Matter, matter.id).version
    wall_matter(session, actor=world.owner, matter_id=matter.id, version=version, membership_ids=[person.membership_id])
    assert owner.post(address, form | {"key": "member-key-2"}).status_code == 303


def test_one_timekeeper_never_belongs_to_two(session: Session, app: Flask, world: World, owner: Visitor, stranger: Visitor):
    as_ines = {"role": "timekeeper", "records": "existing", "timekeeper_id": str(world.associate.id)}
    first = mailed(session, invited(session, owner, **as_ines))
    second = mailed(session, invited(session, owner, **as_ines, email="otto@example.test", key="invite-key-2"))
    assert stranger.post(first, {"name": "Nia", "password": PASSWORD}).status_code == 303
    answer = Visitor(app, session).post(second, {"name": "Otto", "password": PASSWORD})
    assert (answer.status_code, "Somebody else records time as the timekeeper" in answer.text) == (422, True)
    mine = update(Membership).where(Membership.id == world.owner.membership_id)
    with transaction(session, world.firm_id), pytest.raises(IntegrityError):
        session.execute(mine.values(timekeeper_id=world.associate.id))


def test_who_has_become_a_member_meanwhile_is_told(session: Session, world: World, owner: Visitor, stranger: Visitor):
    address = mailed(session, invited(session, owner))
    person = make_member(session, world.owner, Role.ASSISTANT)
    with transaction(session):
        session.execute(update(User).where(User.id == person.user_id).values(email="nia@example.test"))
    answer = stranger.post(address)
    assert (answer.status_code, "is known to the firm already" in answer.text) == (422, True)


def test_an_owner_signs_somebody_out_everywhere(session: Session, world: World, owner: Visitor, sign_in: Callable[[Actor], Visitor]):
    person = make_member(session, world.owner, Role.ASSISTANT)
    theirs = sign_in(person)
    assert owner.post(f"/people/{person.membership_id}/sessions/end").status_code == 303
    assert theirs.get("/sessions").status_code == 303


def test_people_of_another_firm_do_not_exist(world: World, owner: Visitor, outsider: Visitor):
    for path in ("", "/deactivation", "/reactivation", "/sessions/end"):
        assert outsider.post(f"/people/{world.owner.membership_id}{path}").status_code == 404


@pytest.mark.parametrize("role", [Role.BILLING_MANAGER, Role.BOOKKEEPER, Role.AUDITOR])
def test_only_an_owner_sees_the_list(member: Callable[[Role], Visitor], role: Role):
    assert member(role).get("/people").status_code == 403


def test_roles_are_explained_with_who_has_them(session: Session, world: World, owner: Visitor):
    page = owner.get("/roles").get_data(as_text=True)
    assert "Pay trust money out, to the client or to somebody else." in page
    assert re.search(r"Bookkeeper</b>.*?Nobody", page, re.DOTALL)
    make_member(session, world.owner, Role.BOOKKEEPER)
    assert "Nobody" not in re.split(r"Bookkeeper</b>", owner.get("/roles").get_data(as_text=True))[1].split("</tr>")[0]
