"""A world that is put into a database is the one that the services would make there."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.database import Base, scope_to_firm
from lexapp.models import Client
from lexapp.queries.verification import verify
from tests import kept_worlds
from tests.databases import Database
from tests.factories import World, make_client, make_world


def everything(session: Session) -> dict[str, list[tuple[object, ...]]]:
    tables = Base.metadata.sorted_tables
    found = {table.name: [tuple(row) for row in session.execute(select(table).order_by(table.c.id))] for table in tables}
    session.rollback()
    return found


def test_what_is_put_back_is_what_the_services_wrote_and_goes_on_from_there(database: Database, session: Session):
    kept_worlds.KEPT.clear()
    first, written = make_world(session), everything(session)
    made = make_client(session, first.owner).id
    session.close()
    database.clean()
    second = make_world(session)
    assert everything(session) == written
    assert same(first, second)
    assert make_client(session, second.owner).id == made
    assert session.scalars(select(Client.id)).all() == [made]
    scope_to_firm(session, second.firm_id)
    assert verify(session, second.firm_id) == []


def same(first: World, second: World) -> bool:
    return first.owner == second.owner and second.partner.code != second.associate.code


def test_a_second_firm_in_the_same_database_is_made_anew(session: Session):
    assert make_world(session).firm_id != make_world(session).firm_id
