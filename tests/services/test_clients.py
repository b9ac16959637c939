"""Clients and their contacts: numbers, versions, archiving."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.domain.errors import Conflict, InvalidInput, KeyReused, NotAllowed, NotFound
from lexapp.domain.permissions import Role
from lexapp.models import AuditEvent, Client, Contact
from lexapp.services.clients import ClientFacts, add_client, archive_client, edit_client, restore_client
from lexapp.services.contacts import ContactFacts, add_contact, archive_contact, edit_contact
from lexapp.services.matters import change_matter_status
from tests.databases import Database
from tests.factories import NOW, World, make_client, make_firm, make_matter, make_member, make_world


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def test_an_empty_number_becomes_the_next_free_one(session: Session, world: World) -> None:
    add_client(session, actor=world.owner, facts=ClientFacts(name="Typed", number="00002"), now=NOW)
    numbers = [add_client(session, actor=world.owner, facts=ClientFacts(name=f"Client {n}"), now=NOW).number for n in range(3)]
    assert numbers == ["00001", "00003", "00004"]


def test_a_number_belongs_to_one_client(session: Session, world: World) -> None:
    add_client(session, actor=world.owner, facts=ClientFacts(name="One", number="711"), now=NOW)
    with pytest.raises(InvalidInput) as refusal:
        add_client(session, actor=world.owner, facts=ClientFacts(name="Two", number="711"), now=NOW)
    assert refusal.value.field == "number"
    assert session.scalar(select(func.count(Client.id))) == 1


def test_two_firms_may_use_the_same_number(session: Session, world: World) -> None:
    other = make_firm(session, "Quillfeather & Lind")
    for actor in (world.owner, other):
        assert add_client(session, actor=actor, facts=ClientFacts(name="One", number="711"), now=NOW).number == "711"


@pytest.mark.parametrize("engine", ["postgresql"])
def test_a_number_taken_in_the_same_moment_is_refused_like_any_other(session: Session, world: World, database: Database) -> None:
    """The insert of the second waits for the first to commit, long after its check found the number free."""
    outcome: list[BaseException] = []

    def second() -> None:
        with Session(database.engine, autoflush=False) as other:
            try:
                add_client(other, actor=world.owner, facts=ClientFacts(name="Two", number="711"), now=NOW)
            except InvalidInput as error:
                outcome.append(error)

    thread = threading.Thread(target=second)
    with transaction(session, world.firm_id):
        session.add(Client(firm_id=world.firm_id, number="711", name="One", created_at=NOW))
        session.flush()
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
    thread.join(10)
    assert [error.field for error in outcome if isinstance(error, InvalidInput)] == ["number"]


def test_the_same_key_adds_one_client(session: Session, world: World) -> None:
    facts = ClientFacts(name="Once")
    first, again = (add_client(session, actor=world.owner, facts=facts, key="key-00000001", now=NOW).id for _ in range(2))
    assert first == again
    with pytest.raises(KeyReused):
        add_client(session, actor=world.owner, facts=ClientFacts(name="Other"), key="key-00000001", now=NOW)


def test_a_stale_version_is_refused_and_changes_nothing(session: Session, world: World) -> None:
    client = add_client(session, actor=world.owner, facts=ClientFacts(name="Before"), now=NOW)
    edit_client(session, actor=world.owner, client_id=client.id, version=1, facts=ClientFacts(name="First"), now=NOW)
    with pytest.raises(Conflict):
        edit_client(session, actor=world.owner, client_id=client.id, version=1, facts=ClientFacts(name="Second"), now=NOW)
    session.refresh(client)
    assert (client.name, client.version, client.number) == ("First", 2, "00001")
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "client.edited")).one()
    assert (event.before, event.after) == ({"name": "Before"}, {"name": "First"})


def test_another_firms_client_is_not_there(session: Session, world: World) -> None:
    client_id = make_client(session, world.owner).id
    outsider = make_firm(session, "Quillfeather & Lind")
    with pytest.raises(NotFound):
        edit_client(session, actor=outsider, client_id=client_id, version=1, facts=ClientFacts(name="Mine"), now=NOW)


def test_a_client_with_matters_at_work_is_not_archived(session: Session, world: World) -> None:
    matter = make_matter(session, world.owner)
    assert matter.client_id is not None
    with pytest.raises(InvalidInput, match="1 matter that is not closed"):
        archive_client(session, actor=world.owner, client_id=matter.client_id, version=1, now=NOW)
    change_matter_status(session, actor=world.owner, matter_id=matter.id, version=matter.version, action="close", now=NOW)
    assert archive_client(session, actor=world.owner, client_id=matter.client_id, version=1, now=NOW).is_archived
    assert not restore_client(session, actor=world.owner, client_id=matter.client_id, version=2, now=NOW).is_archived


def test_a_timekeeper_may_not_add_clients(session: Session, world: World) -> None:
    with pytest.raises(NotAllowed):
        add_client(session, actor=make_member(session, world.owner, Role.TIMEKEEPER), facts=ClientFacts(name="One"), now=NOW)


def test_a_contact_who_receives_invoices_needs_an_address(session: Session, world: World) -> None:
    client = make_client(session, world.owner)
    with pytest.raises(InvalidInput) as refusal:
        add_contact(session, actor=world.owner, client_id=client.id, facts=ContactFacts(name="Ada", receives_invoices=True), now=NOW)
    assert refusal.value.field == "email"
    assert session.scalar(select(func.count(Contact.id))) == 0


def test_a_contact_is_changed_once_per_version_and_put_away(session: Session, world: World) -> None:
    client = make_client(session, world.owner)
    contact = add_contact(session, actor=world.owner, client_id=client.id, facts=ContactFacts(name="Ada"), now=NOW)
    facts = ContactFacts(name="Ada Lindqvist", email="ada@castellane.test", receives_invoices=True)
    edit_contact(session, actor=world.owner, contact_id=contact.id, version=1, facts=facts, now=NOW)
    with pytest.raises(Conflict):
        edit_contact(session, actor=world.owner, contact_id=contact.id, version=1, facts=facts, now=NOW)
    assert archive_contact(session, actor=world.owner, contact_id=contact.id, version=contact.version, now=NOW).is_archived
