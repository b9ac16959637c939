"""Rates and amounts of work are for those who hold `rate.see`: a member without it finds none of them, on any page or in any file.

Today every role that sees work holds the permission, so the table of roles is changed for this test alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import update

from lexapp.database import transaction
from lexapp.domain import permissions
from lexapp.domain.permissions import Role
from lexapp.models import TimeEntry
from tests.databases import SqliteDatabase
from tests.web.pages import readable_addresses
from tests.web.town import Town

# What nothing else in the town comes to.
RATE_MINOR, AMOUNT_MINOR = 43_210, 51_852  # 1.20 hours
SHOWN = ("432.10", "518.52", "410.00", "407.00")  # the last two: agreed rates of a matter and of a client
ROLES = (Role.TIMEKEEPER, Role.ASSISTANT)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town in which all billable work has one rate and one amount."""
    town = Town(SqliteDatabase.in_memory_disk(), Path(tmp_path_factory.mktemp("rates")))
    with transaction(town.session):
        billable = update(TimeEntry).where(TimeEntry.billing_status == "billable", TimeEntry.quantity_hundredths == 120)
        town.session.execute(billable.values(rate_minor_per_hour=RATE_MINOR, amount_minor=AMOUNT_MINOR))
        theirs = update(TimeEntry).where(TimeEntry.id == town.ours.first("time_entries"))
        town.session.execute(theirs.values(timekeeper_id=town.ours.world.associate.id))
    yield town
    town.close()


@pytest.fixture
def without_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take `rate.see`, and the permissions to bill, from every role."""
    shown = {"rate.see", "rate.edit"}
    bills = {name for name in permissions.PERMISSIONS if name.startswith(("pre_bill.", "invoice."))}
    table: Mapping[Role, frozenset[str]] = {role: names - shown - bills for role, names in permissions.ROLE_PERMISSIONS.items()}
    monkeypatch.setattr(permissions, "ROLE_PERMISSIONS", table)


def figures(town: Town, role: Role) -> list[str]:
    """Which pages show which of the figures."""
    visitor, found = town.member(role), []
    for page in readable_addresses(town, most=3):
        if page.startswith("/i/"):  # the client's own bill says what it charges
            continue
        answer = visitor.get(page)
        if answer.status_code == 200 and answer.mimetype.startswith(("text/", "application/json")):
            text = answer.get_data(as_text=True)
            found += [f"{role.value}: {page} shows {figure}" for figure in SHOWN if figure in text]
    return found


@pytest.mark.parametrize("role", ROLES)
def test_who_holds_the_permission_finds_rates_and_amounts(town: Town, role: Role):
    """The proof that the next test looks for something that is there."""
    shown = figures(town, role)
    assert any("/time" in one and SHOWN[1] in one for one in shown)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.usefixtures("without_rates")
def test_who_does_not_hold_it_finds_none(town: Town, role: Role):
    wrong = figures(town, role)
    assert not wrong, "\n".join(wrong)
