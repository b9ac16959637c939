"""Vendors: called otherwise, and two that are one put together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import Role
from lexapp.models import AuditEvent, ExpenseEntry, Matter, Vendor
from lexapp.queries.expense_categories import vendor_names
from lexapp.queries.vendors import vendor_rows
from lexapp.services import vendors as merging
from lexapp.services.expense_entries import (
    Expense,
    ExpenseRow,
    changing,
    discard_expense,
    edit_expense,
    record_expense,
    record_expense_entries,
    recording,
)
from lexapp.services.vendors import merge_vendor, rename_vendor
from tests.counting import counted_statements
from tests.databases import Database
from tests.factories import NOW, TODAY, World, make_matter, make_member, make_world
from tests.services.test_milestones_at_once import meanwhile


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def paid(session: Session, world: World, matter: Matter, vendor: str, minor: int = 100_00) -> ExpenseEntry:
    expense = Expense(matter.id, TODAY, minor, code="E119", description="Survey", vendor=vendor)
    return record_expense(session, actor=world.owner, expense=expense, now=NOW)


def named(session: Session, name: str) -> Vendor:
    session.rollback()
    return session.scalars(select(Vendor).where(Vendor.name == name)).one()


def shown(session: Session, world: World) -> list[tuple[str, int, int]]:
    session.rollback()
    return [(row.name, row.expenses, row.paid_minor) for row in vendor_rows(session, firm_id=world.firm_id, limit=50)]


def texts(session: Session) -> list[tuple[str, int]]:
    session.rollback()
    return [tuple(row) for row in session.execute(select(ExpenseEntry.vendor, ExpenseEntry.version).order_by(ExpenseEntry.id))]


def test_a_new_name_stands_on_every_expense(session: Session, world: World, matter: Matter) -> None:
    paid(session, world, matter, "Marlow Marine")
    paid(session, world, matter, "marlow MARINE", 50_00)
    row = named(session, "Marlow Marine")
    rename_vendor(session, actor=world.owner, vendor_id=row.id, version=row.version, name=" Marlow  Survey ", now=NOW)
    assert texts(session) == [("Marlow Survey", 2), ("Marlow Survey", 2)]
    assert shown(session, world) == [("Marlow Survey", 2, 150_00)]
    assert paid(session, world, matter, "marlow survey").vendor_id == row.id


def test_two_that_are_one_are_put_together_and_the_old_name_leads_there(session: Session, world: World, matter: Matter) -> None:
    kept, gone = paid(session, world, matter, "Marlow Marine"), paid(session, world, matter, "Marlow Marine Inc.", 50_00)
    discarded = paid(session, world, matter, "Marlow Marine Inc.", 10_00)
    discard_expense(session, actor=world.owner, entry_id=discarded.id, version=discarded.version, now=NOW)
    row = named(session, "Marlow Marine Inc.")
    given = {"vendor_id": row.id, "version": row.version, "into": "MARLOW marine", "key": "key-merge-1"}
    assert merge_vendor(session, actor=world.owner, **given, now=NOW) == 1
    assert merge_vendor(session, actor=world.owner, **given, now=NOW) == 1
    session.expire_all()
    assert {kept.vendor_id, gone.vendor_id, discarded.vendor_id} == {kept.vendor_id}
    assert shown(session, world) == [("Marlow Marine", 2, 150_00)]
    assert [name for _, name in vendor_names(session, firm_id=world.firm_id)] == ["Marlow Marine"]
    late = paid(session, world, matter, "Marlow marine INC.")
    assert (late.vendor_id, late.vendor) == (kept.vendor_id, "Marlow Marine")
    told = session.scalars(select(AuditEvent).where(AuditEvent.action == "vendor.merged")).one()
    assert (told.before, told.after) == ({"name": "Marlow Marine Inc."}, {"into": "Marlow Marine", "expenses": 1})


def test_names_follow_through_one_merger_after_another(session: Session, world: World, matter: Matter) -> None:
    for name in ("A", "B", "C"):
        paid(session, world, matter, name)
    for gone, into in (("A", "B"), ("B", "C")):
        row = named(session, gone)
        merge_vendor(session, actor=world.owner, vendor_id=row.id, version=row.version, into=into, now=NOW)
    assert paid(session, world, matter, "a").vendor_id == named(session, "C").id
    last = named(session, "C")
    rename_vendor(session, actor=world.owner, vendor_id=last.id, version=last.version, name="A", now=NOW)
    assert shown(session, world) == [("A", 4, 400_00)]


def test_names_that_cannot_be_are_refused_beside_their_field(session: Session, world: World, matter: Matter) -> None:
    paid(session, world, matter, "Marlow Marine")
    paid(session, world, matter, "Harbor Couriers")
    row = named(session, "Marlow Marine")
    given = {"actor": world.owner, "vendor_id": row.id, "version": row.version, "now": NOW}
    with pytest.raises(InvalidInput, match="There is a vendor called harbor couriers already") as taken:
        rename_vendor(session, **given, name="harbor couriers")
    assert taken.value.field == "name"
    for name, sentence in (("Nobody", "There is no vendor called Nobody"), ("marlow marine", "This is the vendor itself")):
        with pytest.raises(InvalidInput, match=sentence) as refused:
            merge_vendor(session, **given, into=name)
        assert refused.value.field == "into"
    with pytest.raises(Conflict):
        merge_vendor(session, **given | {"version": 99}, into="Harbor Couriers")
    with pytest.raises(NotFound):
        rename_vendor(session, **given | {"vendor_id": 10**9}, name="X")
    with pytest.raises(NotAllowed):
        merge_vendor(session, **given | {"actor": make_member(session, world.owner, Role.TIMEKEEPER)}, into="Harbor Couriers")
    assert shown(session, world) == [("Harbor Couriers", 1, 100_00), ("Marlow Marine", 1, 100_00)]


def test_a_merger_takes_the_same_few_statements_however_many_expenses_move(session: Session, world: World, matter: Matter) -> None:
    counts = []
    for many in (1, 6):
        for name in ["Kept", *["Gone"] * many]:
            paid(session, world, matter, f"{name} {many}")
        row = named(session, f"Gone {many}")
        with counted_statements(session) as seen:
            merge_vendor(session, actor=world.owner, vendor_id=row.id, version=row.version, into=f"Kept {many}", now=NOW)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_every_vendor_is_in_the_list_to_merge_into(session: Session, world: World, matter: Matter) -> None:
    rows = [ExpenseRow(Expense(matter.id, TODAY, 1_00, code="E119", description="Survey", vendor=f"Vendor {n:03}")) for n in range(201)]
    record_expense_entries(session, actor=world.owner, rows=rows, now=NOW)
    assert [name for _, name in vendor_names(session, firm_id=world.firm_id)][-1] == "Vendor 200"


@pytest.mark.parametrize("how", ["recorded", "edited"])
@pytest.mark.parametrize("engine", ["postgresql"])
def test_an_expense_that_comes_while_its_vendor_is_merged_stands_under_the_one_that_is_left(
    database: Database, session: Session, world: World, matter: Matter, monkeypatch: pytest.MonkeyPatch, engine: str, how: str
) -> None:
    paid(session, world, matter, "Gone")
    entry = paid(session, world, matter, "Kept")
    edited = {"entry_id": entry.id, "version": entry.version}
    module, step = (recording, "require_expense_followed") if how == "recorded" else (changing, "require_expense_followed")
    gone = named(session, "Gone")
    given = {"actor": world.owner, "vendor_id": gone.id, "version": gone.version, "into": "Kept", "now": NOW}
    expense = Expense(matter.id, TODAY, 100_00, code="E119", description="Survey", vendor="Gone")
    session.rollback()

    def merge() -> int:
        with Session(database.engine, autoflush=False) as own:
            return merge_vendor(own, **given)

    with ThreadPoolExecutor(1) as pool:
        late = meanwhile(monkeypatch, module, step, lambda: pool.submit(merge), database)
        if how == "recorded":
            record_expense(session, actor=world.owner, expense=expense, now=NOW)
        else:
            edit_expense(session, actor=world.owner, expense=expense, **edited, now=NOW)
        assert late[0].result(timeout=30) == 2
    many = 3 if how == "recorded" else 2
    assert shown(session, world) == [("Kept", many, many * 100_00)]
    assert {name for name, _ in texts(session)} == {"Kept"}


@pytest.mark.parametrize("engine", ["postgresql"])
def test_an_expense_that_waits_for_a_merger_is_recorded_under_the_one_that_is_left(
    database: Database, session: Session, world: World, matter: Matter, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    for name in ("Gone", "Kept"):
        paid(session, world, matter, name)
    gone, matter_id = named(session, "Gone"), matter.id
    given = {"vendor_id": gone.id, "version": gone.version, "into": "Kept"}
    expense = Expense(matter_id, TODAY, 100_00, code="E119", description="Survey", vendor="Gone")
    session.rollback()

    def record() -> str:
        with Session(database.engine, autoflush=False) as own:
            return record_expense(own, actor=world.owner, expense=expense, now=NOW).vendor

    with ThreadPoolExecutor(1) as pool:
        late = meanwhile(monkeypatch, merging, "_finish", lambda: pool.submit(record), database)
        merge_vendor(session, actor=world.owner, **given, now=NOW)
        assert late[0].result(timeout=30) == "Kept"
    assert shown(session, world) == [("Kept", 3, 300_00)]
