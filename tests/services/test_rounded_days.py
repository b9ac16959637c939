"""Days that are rounded once and entries that get another rate, while somebody bills them."""

from __future__ import annotations

from threading import Thread

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lexapp.books.time_entries import groups
from lexapp.domain.errors import Refused
from lexapp.models import PreBillLine, TimeEntry
from lexapp.queries.verification import verify
from lexapp.services.pre_bills import draft_pre_bill, drafting
from lexapp.services.rate_applications import RateScope, apply_rates
from lexapp.services.time_entries import Work, record_time
from tests.billing import draft_one, work_time
from tests.databases import Database
from tests.factories import NOW, TODAY, make_matter, make_rate, make_rounding, make_world


def test_who_records_while_the_day_is_drafted_bills_no_minute_twice(
    session: Session, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    make_rounding(session, world.owner, 360, per_day=True, matter_id=matter.id)
    work = Work(matter.id, world.partner.id, TODAY, 180, "Read the berth logs")
    record_time(session, actor=world.owner, work=work, now=NOW)
    session.rollback()

    def bill() -> None:
        with Session(database.engine, autoflush=False) as own:
            draft_pre_bill(own, actor=world.owner, matter_id=work.matter_id, through_on=TODAY, now=NOW)

    biller, asked = Thread(target=bill), groups.taken_ids

    def bill_after_asking(*args: object, **kept: object) -> set[int]:
        taken = asked(*args, **kept)  # type: ignore[arg-type]
        biller.start()
        biller.join(0.7)
        return taken

    monkeypatch.setattr(groups, "taken_ids", bill_after_asking)
    record_time(session, actor=world.owner, work=work, now=NOW)
    biller.join(30)
    entries = {entry.id: entry.quantity_hundredths for entry in session.scalars(select(TimeEntry))}
    lines = {line.time_entry_id: line.quantity_hundredths for line in session.scalars(select(PreBillLine))}
    assert sum(entries.values()) == 10
    assert lines
    assert {id_: entries[id_ or 0] for id_ in lines} == lines


def test_a_draft_that_is_being_made_is_seen_by_who_puts_new_rates_on(
    session: Session, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    entry_id, scope = work_time(session, world, matter, 100, 500_00).id, RateScope(matter_id=matter.id)
    make_rate(session, world.owner, "matter", 600_00, matter_id=matter.id)
    session.rollback()
    said: list[str] = []

    def apply() -> None:
        with Session(database.engine, autoflush=False) as own:
            try:
                apply_rates(own, actor=world.owner, scope=scope, entries=1, difference_minor=100_00, now=NOW)
            except Refused as refusal:
                said.append(refusal.message)

    applier, insert = Thread(target=apply), drafting.insert_rows

    def insert_while_another_waits(*args: object) -> None:
        insert(*args)  # type: ignore[arg-type]
        applier.start()
        applier.join(0.7)

    monkeypatch.setattr(drafting, "insert_rows", insert_while_another_waits)
    draft_pre_bill(session, actor=world.owner, matter_id=scope.matter_id or 0, through_on=TODAY, now=NOW)
    applier.join(30)
    session.rollback()
    assert session.get_one(TimeEntry, entry_id).amount_minor == 500_00
    assert "Look at the new effect" in said[0]


@pytest.mark.books_by_hand
def test_an_entry_that_is_no_longer_what_was_billed_is_found(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    entry = work_time(session, world, matter, 100, 50_000)
    draft_one(session, world, matter)
    assert verify(session, world.firm_id) == []
    session.execute(update(TimeEntry).values(quantity_hundredths=50, amount_minor=25_000))
    [finding] = verify(session, world.firm_id)
    assert finding.sentence == (f"Time entry {entry.id} is 50 hundredths and 25000, its pre-bill lines took 100 hundredths and 50000.")
