"""The migrations make what the models declare, and the database refuses by itself what the domain refuses."""

from __future__ import annotations

from datetime import date

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, insert, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lexapp.database import Base
from lexapp.domain.money import Money
from lexapp.models import Rate, TrustTransaction
from lexapp.services.trust import deposit_to_trust
from tests.databases import Database
from tests.factories import NOW, TODAY, World, make_matter, make_world


def test_the_migrations_make_the_tables_of_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_the_migrations_make_every_check_of_the_models(database: Database) -> None:
    found = inspect(database.engine)
    for table in Base.metadata.sorted_tables:
        declared = {str(check.name) for check in table.constraints if isinstance(check, CheckConstraint)}
        assert {check["name"] for check in found.get_check_constraints(table.name)} == declared


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def refuses(session: Session, statement: object, constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        session.execute(statement)  # type: ignore[call-overload]
    session.rollback()


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"kind": "gift"}, "kind"),
        ({"kind": "refund", "method": "cash"}, "method"),
        ({"kind": "reversal"}, "reverses"),
        ({"kind": "application"}, "invoice"),
        ({"kind": "transfer_in", "bank_amount_minor": 0, "number": None}, "transfer"),
        ({"bank_amount_minor": 1}, "at_bank"),
    ],
)
def test_a_movement_of_trust_money_that_cannot_be_is_no_row(
    session: Session, world: World, changed: dict[str, object], constraint: str
) -> None:
    matter, given = make_matter(session, world.owner), {"effective_on": TODAY, "source": "Castellane", "method": "cheque"}
    moved = deposit_to_trust(session, actor=world.owner, amount=Money(100_00, "USD"), matter_id=matter.id, **given, now=NOW)
    columns = [column for column in TrustTransaction.__table__.columns if column.name != "id"]
    row = dict(session.execute(select(*columns).where(TrustTransaction.id == moved.id)).mappings().one())
    refuses(session, insert(TrustTransaction).values(row | {"number": 2} | changed), f"ck_trust_transactions_{constraint}")


@pytest.mark.parametrize("keys", [{}, {"activity_code": "A101"}, {"classification": "PARTNR", "timekeeper_id": 1}])
def test_a_rate_whose_keys_are_not_those_of_its_level_is_no_row(session: Session, world: World, keys: dict[str, object]) -> None:
    row = {"firm_id": world.firm_id, "rate_minor_per_hour": 1, "effective_from": date(2026, 1, 1), "name": "", "created_at": NOW}
    refuses(session, insert(Rate).values(row | {"level": "class"} | keys), "ck_rates_keys")
