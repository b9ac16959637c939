"""The feed of changes: complete, each change once, and told to those who may know."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm, transaction
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor, Role
from lexapp.events.hub import MOST_OF_ONE, Hub, Stream
from lexapp.events.notifier import Feed, Notifier
from lexapp.models import Change
from lexapp.queries.changes import changes_after, changes_since, unfinished
from lexapp.services.changes import KEPT, prune_changes
from lexapp.services.payments import record_payment
from lexapp.services.time_entries import TimeChange, Work, change_time_entries, record_time
from lexapp.services.timers import TimerNote, start_timer
from lexapp.services.walls import wall_matter
from lexapp.web.changes import asked_seconds, hints_of_late
from lexapp.web.hints import hints_about
from tests import billing
from tests.databases import Database
from tests.factories import NOW, World, make_client, make_matter, make_member, make_world


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def beside(database: Database) -> Iterator[Session]:
    """A second connection."""
    with Session(database.engine, autoflush=False) as opened:
        yield opened


def look(session: Session, feed: Feed, oldest: int = 0) -> tuple[list[int], int]:
    """One look as the notifier takes it: (subjects that are new, the oldest transaction that still writes)."""
    scope_to_firm(session, feed.firm_id)
    fresh = [row.subject_id for row in feed.read(session, oldest)]
    oldest, coming = unfinished(session)
    feed.mark(coming)
    session.rollback()
    return fresh, oldest


def note(session: Session, firm_id: int, subject_id: int, **values: object) -> None:
    row = {"firm_id": firm_id, "subject_kind": "matter", "subject_id": subject_id, "at": datetime.now(UTC)}
    session.execute(insert(Change).values(row | values))


def told(session: Session, actor: Actor) -> list[tuple[object, object]]:
    """What a member is told of everything that was ever written."""
    scope_to_firm(session, actor.firm_id)
    rows = changes_since(session, firm_id=actor.firm_id, since=datetime(2000, 1, 1, tzinfo=UTC))
    found = [(hint["kind"], hint["of"]) for hint in hints_about(session, firm_id=actor.firm_id, rows=rows)(actor)]
    session.rollback()
    return found


def test_each_change_is_read_once(session: Session, beside: Session, world: World):
    feed = Feed(world.firm_id)
    look(beside, feed)
    with transaction(session, world.firm_id):
        note(session, world.firm_id, 7)
    first, oldest = look(beside, feed)
    assert first == [7]
    for _ in range(3):
        again, oldest = look(beside, feed, oldest)
        assert again == []


def test_a_change_of_many_is_told_as_done_by_who_did_it(session: Session, world: World):
    matter = make_matter(session, world.owner)
    made = [record_time(session, actor=world.owner, work=Work(matter.id, world.partner.id, NOW.date(), 3600)) for _ in range(2)]
    change_time_entries(session, actor=world.owner, versions={one.id: 1 for one in made}, change=TimeChange(activity_code="A104"))
    scope_to_firm(session, world.firm_id)
    rows = changes_since(session, firm_id=world.firm_id, since=datetime(2000, 1, 1, tzinfo=UTC))
    hints = hints_about(session, firm_id=world.firm_id, rows=rows)(world.owner)
    assert [hint["mine"] for hint in hints if hint["kind"] == "time_entry"] == [True, True]


@pytest.mark.parametrize("engine", ["postgresql"])
def test_a_change_that_is_committed_after_a_later_one_is_not_lost(session: Session, beside: Session, database: Database, world: World):
    feed = Feed(world.firm_id)
    look(beside, feed)
    with Session(database.engine, autoflush=False) as slow:
        scope_to_firm(slow, world.firm_id)
        note(slow, world.firm_id, 1)
        with transaction(session, world.firm_id):
            note(session, world.firm_id, 2)
        found, oldest = look(beside, feed)
        assert found == [2]
        for _ in range(3):
            found, oldest = look(beside, feed, oldest)
            assert found == []
        slow.commit()
    assert look(beside, feed, oldest)[0] == [1]


def test_timers_entries_matters_and_invoices_are_all_told(session: Session, world: World):
    matter = make_matter(session, world.owner)
    billing.work_time(session, world, matter)
    lawyer = make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id)
    timer = start_timer(session, actor=lawyer, note=TimerNote(matter.id))
    (invoice,) = billing.issue(session, world, matter)
    entry = record_time(session, actor=world.owner, work=Work(matter.id, world.partner.id, billing.TODAY, 3600, "Draft motion"), now=NOW)
    wall_matter(session, actor=world.owner, matter_id=matter.id, version=1, membership_ids=[lawyer.membership_id], now=NOW)
    kinds = {("timer", timer.id), ("time_entry", entry.id), ("matter", matter.id), ("invoice", invoice.id)}
    assert kinds <= set(told(session, world.owner))
    assert set(told(session, lawyer)) == {("timer", timer.id), ("matter", matter.id)}


def test_a_payment_tells_of_the_invoice_that_it_pays(session: Session, world: World):
    matter = make_matter(session, world.owner)
    billing.work_time(session, world, matter)
    (invoice,) = billing.issue(session, world, matter)
    before = session.scalar(select(func.max(Change.id))) or 0
    paid = {
        "amount": Money(100_00, "USD"),
        "received_on": billing.TODAY,
        "method": "cheque",
        "allocations": {invoice.id: Money(100_00, "USD")},
    }
    record_payment(session, actor=world.owner, payer_id=invoice.payer_id, **paid, now=NOW)
    scope_to_firm(session, world.firm_id)
    after = changes_after(session, firm_id=world.firm_id, after=before)
    assert ("invoice", invoice.id) in [row.subject for row in after]


def test_nothing_of_a_walled_matter_is_told_to_who_is_shut_out(session: Session, world: World):
    client = make_client(session, world.owner, "Hidden Client")
    matter = make_matter(session, world.owner, client)
    billing.work_time(session, world, matter)
    admitted, shut_out = (make_member(session, world.owner, Role.ASSISTANT) for _ in range(2))
    wall_matter(session, actor=world.owner, matter_id=matter.id, version=1, membership_ids=[admitted.membership_id])
    billing.issue(session, world, matter)
    assert told(session, shut_out) == []
    assert {kind for kind, _ in told(session, admitted)} >= {"matter", "pre_bill", "invoice"}


def test_more_than_is_worth_telling_one_by_one_is_told_as_anything(session: Session, world: World):
    with transaction(session, world.firm_id):
        rows = [{"firm_id": world.firm_id, "subject_kind": "matter", "subject_id": id_, "at": datetime.now(UTC)} for id_ in range(1, 601)]
        session.execute(insert(Change), rows)
    assert told(session, world.owner) == [("*", 0)]


def test_rows_of_yesterday_go_and_the_newest_stays(session: Session, world: World):
    now = max(NOW, datetime.now(UTC)) + KEPT + timedelta(hours=1)
    while prune_changes(session, firm_id=world.firm_id, now=now):
        pass
    assert session.scalar(select(func.count()).select_from(Change)) == 1


@pytest.mark.parametrize(("text", "seconds"), [("2.5", 2.5), ("", 0), ("nan", 0), ("-3", 0), ("1e99", 3600), ("x", 0)])
def test_how_late_a_page_is_is_read_with_sense(text: str, seconds: float):
    assert asked_seconds(text) == seconds


def test_what_a_long_command_did_is_told_to_a_page_that_asks_when_it_is_done(session: Session, world: World):
    matter = make_matter(session, world.owner)
    with transaction(session, world.firm_id):
        session.execute(delete(Change))
        note(session, world.firm_id, matter.id, at=datetime.now(UTC) - timedelta(seconds=40))

    def told_late(page_age: float) -> list[object]:
        scope_to_firm(session, world.firm_id)
        return [hint["of"] for hint in hints_of_late(session, world.owner, ago=15, page_age=page_age)]

    assert told_late(page_age=300) == [matter.id]
    assert told_late(page_age=20) == [], "it stood on the page when that was made"


# ── the hub ──────────────────────────────────────────────────────────────────────────────────────

ANN = Actor(user_id=1, firm_id=1, membership_id=1, role=Role.OWNER)


def test_a_session_that_is_no_longer_good_loses_its_stream_and_another_keeps_it():
    hub = Hub(most=5)
    gone, stays, new = Stream(1, ANN), Stream(2, ANN), Stream(3, ANN)
    assert hub.open(gone)
    assert hub.open(stays)
    asked = hub.all()
    assert hub.open(new), "while the others are asked about"
    hub.keep_only({2: ANN}, among=asked)
    assert gone.next(0) is None
    assert hub.all() == [stays, new]


def test_the_oldest_stream_of_a_browser_gives_way_and_others_are_refused_when_all_are_taken():
    hub = Hub(most=MOST_OF_ONE)
    streams = [Stream(1, ANN) for _ in range(MOST_OF_ONE + 1)]
    assert all(hub.open(stream) for stream in streams)
    assert streams[0].next(0) is None
    assert not hub.open(Stream(2, ANN))


def test_a_stream_whose_browser_hung_up_gives_way_when_all_are_taken():
    hub = Hub(most=1)
    ours, browser = socket.socketpair()
    with ours, browser:
        left = Stream(1, ANN, ours)
        assert hub.open(left)
        assert not hub.open(Stream(2, ANN)), "it is still there"
        browser.close()
        assert hub.open(Stream(2, ANN))
        assert left.next(0) is None


def test_what_nobody_foresaw_ends_the_streams_and_not_the_reader(database: Database, monkeypatch: pytest.MonkeyPatch):
    hub = Hub(most=1)
    stream = Stream(1, ANN)
    assert hub.open(stream)
    notifier = Notifier(database.engine, hub)
    monkeypatch.setattr(hub, "drop_gone", lambda: [][0])
    notifier.look()
    assert stream.next(0) is None, "its page asks for itself from now on"
    assert hub.open(Stream(2, ANN))


def test_a_browser_that_hangs_up_while_it_is_looked_for_gives_way():
    hub = Hub(most=1)
    ours, browser = socket.socketpair()
    assert hub.open(Stream(1, ANN, ours))
    ours.close()
    browser.close()
    hub.drop_gone()
    assert not hub.is_closed
