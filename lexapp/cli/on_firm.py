"""What commands that work on one firm share: a session on it, and its owner to act for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.cli.books import open_books
from lexapp.config import Settings
from lexapp.database import scope_to_firm
from lexapp.domain.errors import NotFound
from lexapp.domain.permissions import Actor, Role
from lexapp.models import Firm, Membership, User


@contextmanager
def firm_session(firm_id: int | None) -> Iterator[tuple[Session, Firm]]:
    """A session on one firm: the one named, or the only one there is."""
    engine = open_books(Settings.from_environ(os.environ))
    try:
        with Session(engine, autoflush=False) as session:
            firm = _firm(session, firm_id)
            scope_to_firm(session, firm.id)
            yield session, firm
    finally:
        engine.dispose()


def _firm(session: Session, firm_id: int | None) -> Firm:
    query = select(Firm).order_by(Firm.id)
    firms = session.scalars(query if firm_id is None else query.where(Firm.id == firm_id)).all()
    if not firms:
        raise NotFound("There is no such firm in this database. `lexapp firm create` makes one.")
    if len(firms) > 1:
        known = ", ".join(f"{firm.id} ({firm.name})" for firm in firms)
        raise NotFound(f"There are several firms; name one with --firm: {known}.")
    return firms[0]


def owner_of(session: Session, firm: Firm) -> Actor:
    """Who a command line acts for: the firm's first owner."""
    owners = (
        select(Membership, User.name)
        .join(User, User.id == Membership.user_id)
        .where(Membership.firm_id == firm.id, Membership.role == Role.OWNER.value, Membership.is_active)
        .order_by(Membership.id)
    )
    membership, name = session.execute(owners).first() or (None, "")
    if membership is None:
        raise NotFound(f"{firm.name} has no active owner to act for.")
    return Actor(membership.user_id, firm.id, membership.id, Role.OWNER, membership.timekeeper_id, name)
