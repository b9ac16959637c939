"""Timekeepers are locked before their entries, and rows of one kind by id: else two commands wait for each other for ever."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from lexapp.books.time_entries import work_of
from lexapp.books.work_terms import firm_terms, lock_timekeepers
from lexapp.database import transaction
from lexapp.domain.permissions import Role
from lexapp.domain.reductions import Tier, VolumeDiscount, YearlyDiscount
from lexapp.models import ClientDiscount, TimeEntry
from lexapp.services.client_discounts import NewDiscount, agree_discount, end_discount, remove_discount
from lexapp.services.time_entries import TimeChange, Work, change_time_entries, discard_time, edit_time, record_time
from tests.factories import NOW, OPENED, TODAY, make_client, make_matter, make_member, make_world

if TYPE_CHECKING:
    from tests.databases import Database


@pytest.mark.parametrize("how", ["edit", "discard", "many"])
@pytest.mark.parametrize("engine", ["postgresql"])
def test_entries_are_locked_after_their_timekeeper_as_timers_lock_them(database: Database, session: Session, engine: str, how: str):
    """Else an entry that is edited while a timer beside it stops, and that stop, wait for each other for ever."""
    world = make_world(session)
    me, matter = make_member(session, world.owner, Role.TIMEKEEPER, world.partner.id), make_matter(session, world.owner)
    entry = record_time(session, actor=me, work=Work(matter.id, world.partner.id, TODAY, 1800), now=NOW)
    entry_id, versions, work = entry.id, {entry.id: entry.version}, replace(work_of(entry), narrative="Rewritten")
    session.rollback()

    def change() -> None:
        with Session(database.engine, autoflush=False) as mine:
            if how == "edit":
                edit_time(mine, actor=me, entry_id=entry_id, version=versions[entry_id], work=work, now=NOW)
            elif how == "discard":
                discard_time(mine, actor=me, entry_id=entry_id, version=versions[entry_id], now=NOW)
            else:
                change_time_entries(mine, actor=me, versions=versions, change=TimeChange(prefix="Draft:"), now=NOW)

    with ThreadPoolExecutor(1) as pool:
        with transaction(session, me.firm_id):
            lock_timekeepers(session, firm_terms(session, me.firm_id), {me.timekeeper_id or 0})
            changed = pool.submit(change)
            wait_until_somebody_waits(database)
            session.execute(select(TimeEntry.id).where(TimeEntry.id == entry_id).with_for_update(nowait=True)).one()
        changed.result(timeout=30)
    session.expire_all()
    assert session.get_one(TimeEntry, entry_id).version == versions[entry_id] + 1


def wait_until_somebody_waits(database: Database) -> None:
    """Until a transaction of this database waits for a lock."""
    with database.engine.connect() as connection:
        for _ in range(600):
            if connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one():
                return
            connection.rollback()
            time.sleep(0.05)
    raise AssertionError("nobody waits for a lock")


@pytest.mark.parametrize("how", ["agree", "end", "remove"])
@pytest.mark.parametrize("engine", ["postgresql"])
def test_discounts_of_a_client_are_locked_by_id_also_those_taken_back(database: Database, session: Session, engine: str, how: str):
    """Else who changes one and who works all of them out for a pre-bill wait for each other for ever."""
    world = make_world(session)
    client = make_client(session, world.owner)
    terms = YearlyDiscount(VolumeDiscount((Tier(100_000_00, 1_000),)))
    later = TODAY + timedelta(days=30)
    new = NewDiscount(client_id=client.id, terms=terms, effective_from=OPENED)
    first = agree_discount(session, actor=world.owner, discount=new, now=NOW)
    remove_discount(session, actor=world.owner, discount_id=first.id, version=1, now=NOW)
    second = agree_discount(session, actor=world.owner, discount=new, now=NOW)
    of_second = {"discount_id": second.id, "version": second.version}
    session.rollback()

    def change() -> None:
        with Session(database.engine, autoflush=False) as mine:
            if how == "agree":
                agree_discount(mine, actor=world.owner, discount=replace(new, effective_from=later), now=NOW)
            elif how == "end":
                end_discount(mine, actor=world.owner, **of_second, effective_to=later, now=NOW)
            else:
                remove_discount(mine, actor=world.owner, **of_second, now=NOW)

    with ThreadPoolExecutor(1) as pool:
        with transaction(session, world.firm_id):
            session.execute(select(ClientDiscount.id).where(ClientDiscount.id == first.id).with_for_update(key_share=True)).one()
            changed = pool.submit(change)
            wait_until_somebody_waits(database)
            session.execute(
                select(ClientDiscount.id).where(ClientDiscount.id == of_second["discount_id"]).with_for_update(nowait=True)
            ).one()
        changed.result(timeout=30)
