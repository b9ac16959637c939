"""The demonstration's sign-ins: one password for all, one person shown for each role."""

from __future__ import annotations

from sqlalchemy import Engine, select

from lexapp.models.people import Membership, User

PASSWORD = "tenths-of-an-hour"  # noqa: S105 - of an installation that holds invented data only


def first_of_each_role(engine: Engine) -> list[tuple[str, str]]:
    """(role, e-mail) of the longest-standing active member of each role; empty while there is no firm."""
    people = select(Membership.role, User.email).join(User, User.id == Membership.user_id)
    query = people.where(Membership.is_active).order_by(Membership.id)
    found: dict[str, str] = {}
    with engine.connect() as connection:
        for role, email in connection.execute(query):
            found.setdefault(role, email)
    return list(found.items())
