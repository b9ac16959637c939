"""Who may be picked in a list without script. Search fields find everybody; these lists are long enough to work, and not endless."""

from __future__ import annotations

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from lexapp.models import Client, Matter

MOST = 300


def matter_choices(session: Session, *, firm_id: int) -> list[tuple[int, str]]:
    """(id, number, client and name) of the matters that may hold client money, the newest first."""
    query = (
        select(Matter.id, Matter.number, Client.name, Matter.name)
        .join(Client, and_(Client.firm_id == Matter.firm_id, Client.id == Matter.client_id))
        .where(Matter.firm_id == firm_id, Matter.status != "closed")
        .order_by(Matter.number.desc(), Matter.id.desc())
        .limit(MOST)
    )
    return [(id_, f"{number} {client} · {name}") for id_, number, client, name in session.execute(query)]


def client_choices(session: Session, *, firm_id: int) -> list[tuple[int, str]]:
    """(id, name) of the clients, by name."""
    query = select(Client.id, Client.name).where(Client.firm_id == firm_id, Client.is_archived.is_(False))
    return [(id_, name) for id_, name in session.execute(query.order_by(func.lower(Client.name), Client.id).limit(MOST))]
