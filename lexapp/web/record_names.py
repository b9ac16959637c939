"""What a record is called beside the field that holds its id, looked up through the firm: empty where it is none of the firm's."""

from __future__ import annotations

from sqlalchemy import select

from lexapp.database import db
from lexapp.models import Client
from lexapp.queries.timers import matter_option
from lexapp.web.access import current_actor


def client_name(client_id: int) -> str:
    """The client's name."""
    query = select(Client.name).where(Client.firm_id == current_actor().firm_id, Client.id == client_id)
    return db.session.scalar(query) or ""


def matter_name(matter_id: int) -> str:
    """The matter as the search lists it."""
    found = matter_option(db.session(), firm_id=current_actor().firm_id, matter_id=matter_id)
    return found.label if found else ""
