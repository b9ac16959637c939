"""One row: who may run it, what becomes of it, and what a dead worker leaves behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.errors import NotAllowed, NotFound, Refused
from lexapp.domain.permissions import Role
from lexapp.jobs import kinds
from lexapp.jobs.lease import Lease, LeaseLost
from lexapp.jobs.outbox import run_message
from lexapp.jobs.place import Place
from lexapp.jobs.schedule import daily_at, owe_what_is_due
from lexapp.jobs.scheduler import Scheduler
from lexapp.jobs.worker import run_due
from lexapp.models import AuditEvent, OutboxMessage
from lexapp.queries.verification import verify
from lexapp.services import outbox
from tests.factories import World, make_firm, make_member, save
from tests.jobs.conftest import StoppedClock

Row = Callable[[int], OutboxMessage]


@contextmanager
def handling(kind: str, handler: kinds.Handler) -> Iterator[None]:
    """Let this kind of row do something for the length of a test."""
    kinds.HANDLERS[kind] = handler
    try:
        yield
    finally:
        del kinds.HANDLERS[kind]


@pytest.fixture
def owed(session: Session, world: World, clock: StoppedClock) -> int:
    """The id of a row that is due."""
    message = OutboxMessage(firm_id=world.firm_id, kind="test.kind", dedupe_key="test", payload={}, not_before=clock(), created_at=clock())
    id_ = save(session, message, world.firm_id).id
    session.rollback()
    return id_


def test_a_row_that_was_handled_is_done_and_runs_no_more(place: Place, owed: int, row: Row):
    ran: list[int] = []

    def handler(job: kinds.Job) -> str:
        ran.append(job.outbox_id)
        return "noted"

    with handling("test.kind", handler):
        assert run_message(place, owed, 0)
        assert not run_message(place, owed, 0)
        assert not run_message(place, owed, 1)
    assert ran == [owed]
    done = row(owed)
    assert (done.state, done.attempts, done.last_error, done.claimed_until) == ("done", 1, "noted", None)
    assert done.done_at is not None


def test_an_error_is_recorded_and_the_row_waits_longer_each_time_until_it_is_dead(place: Place, owed: int, row: Row, clock: StoppedClock):
    def handler(job: kinds.Job) -> str:
        raise OSError("no route to host")

    waits = []
    with handling("test.kind", handler):
        for attempt in range(outbox.MOST_ATTEMPTS):
            assert run_message(place, owed, attempt)
            assert not run_message(place, owed, attempt + 1), "it is not due yet"
            found = row(owed)
            assert found.last_error == "OSError: no route to host"
            waits.append((found.state, int((found.not_before - clock()).total_seconds())))
            clock.moment = max(clock.moment, found.not_before)
    assert waits == [*(("pending", seconds) for seconds in outbox.BACK_OFF_SECONDS), ("dead", 0)]
    assert not run_due(place)


def test_a_refusal_is_final_and_keeps_its_sentence(place: Place, owed: int, row: Row):
    def handler(job: kinds.Job) -> str:
        raise Refused("The client has no e-mail address. Add one, then retry.")

    with handling("test.kind", handler):
        run_message(place, owed, 0)
    assert (row(owed).state, row(owed).last_error) == ("dead", "The client has no e-mail address. Add one, then retry.")


def test_a_kind_that_this_version_does_not_know_is_dead_and_says_so(place: Place, owed: int, row: Row):
    run_message(place, owed, 0)
    assert row(owed).state == "dead"
    assert "does not know jobs of the kind test.kind" in row(owed).last_error


def test_of_many_workers_that_want_a_row_at_once_one_gets_it(place: Place, owed: int):
    inside, most = 0, 0
    lock, start = threading.Lock(), threading.Barrier(6)
    ran: list[bool] = []

    def handler(job: kinds.Job) -> str:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        threading.Event().wait(0.1)
        with lock:
            inside -= 1
        return ""

    def worker() -> None:
        start.wait()
        ran.append(run_message(place, owed, 0))

    with handling("test.kind", handler):
        threads = [threading.Thread(target=worker) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(ran) == [False] * 5 + [True]
    assert most == 1


def test_a_lease_that_ran_out_is_given_back_and_its_worker_can_record_nothing_any_more(
    session: Session, place: Place, owed: int, row: Row, clock: StoppedClock
):
    claim = outbox.claim_message(session, outbox_id=owed, attempts_before=0, owner="dead", now=clock())
    assert claim is not None
    clock.forward(seconds=59)
    assert outbox.release_lost_claims(session, now=clock()) == 0
    clock.forward(seconds=2)
    assert outbox.release_lost_claims(session, now=clock()) == 1
    assert (row(owed).state, row(owed).attempts, row(owed).last_error) == ("pending", 1, outbox.WORKER_DIED)
    outbox.finish_message(session, claim=claim, now=clock())
    outbox.fail_message(session, claim=claim, error="late", now=clock())
    assert (row(owed).state, row(owed).last_error) == ("pending", outbox.WORKER_DIED)
    with pytest.raises(LeaseLost):
        Lease(place, claim).confirm()


def test_a_row_whose_worker_died_at_every_attempt_is_buried(session: Session, owed: int, row: Row, clock: StoppedClock):
    for attempt in range(outbox.MOST_ATTEMPTS):
        assert outbox.claim_message(session, outbox_id=owed, attempts_before=attempt, owner="dead", now=clock())
        clock.forward(seconds=61)
        outbox.release_lost_claims(session, now=clock())
    assert (row(owed).state, row(owed).last_error) == ("dead", outbox.WORKER_KEEPS_DYING)


def test_heartbeats_keep_a_long_job_from_being_given_back(session: Session, place: Place, owed: int, row: Row, clock: StoppedClock):
    claim = outbox.claim_message(session, outbox_id=owed, attempts_before=0, owner="alive", now=clock())
    assert claim is not None
    first = row(owed).claimed_until
    assert first is not None
    clock.forward(seconds=50)
    with Lease(place, claim, every_seconds=0.01):
        deadline = threading.Event()
        for _ in range(200):
            if (row(owed).claimed_until or first) > first:
                break
            deadline.wait(0.02)
    assert (row(owed).claimed_until or first) > first
    clock.forward(seconds=50)
    assert outbox.release_lost_claims(session, now=clock()) == 0


def test_a_job_that_was_taken_over_records_nothing(place: Place, owed: int, row: Row, clock: StoppedClock):
    def handler(job: kinds.Job) -> str:
        clock.forward(seconds=61)
        with place.session() as other:
            outbox.release_lost_claims(other, now=clock())
            assert outbox.claim_message(other, outbox_id=owed, attempts_before=1, owner="other", now=clock())
        job.confirm()
        raise AssertionError("the lease is lost")

    with handling("test.kind", handler):
        run_message(place, owed, 0)
    assert (row(owed).state, row(owed).claimed_by, row(owed).attempts) == ("claimed", "other", 2)


def test_a_dead_row_is_retried_by_whoever_may_and_the_audit_knows(session: Session, world: World, place: Place, owed: int, row: Row):
    run_message(place, owed, 0)
    manager = make_member(session, world.owner, Role.BILLING_MANAGER)
    outbox.retry_message(session, actor=manager, outbox_id=owed, key="once")
    outbox.retry_message(session, actor=manager, outbox_id=owed, key="once")
    assert (row(owed).state, row(owed).attempts) == ("pending", 0)
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == "job.retried")).all()
    assert [(event.subject_id, event.actor_user_id) for event in events] == [(owed, manager.user_id)]


def test_a_row_is_not_retried_without_permission_nor_from_another_firm_nor_when_it_is_done(
    session: Session, world: World, place: Place, owed: int
):
    with pytest.raises(NotAllowed):
        outbox.retry_message(session, actor=make_member(session, world.owner, Role.AUDITOR), outbox_id=owed)
    with pytest.raises(NotFound):
        outbox.retry_message(session, actor=make_firm(session, "Quillfeather & Lind"), outbox_id=owed)
    with handling("test.kind", lambda job: ""):
        run_message(place, owed, 0)
    with pytest.raises(NotAllowed, match="running or done"):
        outbox.retry_message(session, actor=world.owner, outbox_id=owed)


def test_what_was_done_long_ago_is_taken_out_and_nothing_that_was_not_delivered(session: Session, world: World, clock: StoppedClock):
    long_ago = clock() - outbox.KEPT - timedelta(days=1)
    shared = {"firm_id": world.firm_id, "kind": "test.kind", "payload": {}, "not_before": long_ago, "created_at": long_ago}
    rows = {
        "delivered": {"state": "done", "done_at": long_ago},
        "delivered too": {"state": "done", "done_at": long_ago},
        "late": {"state": "done", "done_at": clock()},
        "waiting": {"state": "pending"},
        "running": {"state": "claimed", "claimed_until": clock()},
        "dead": {"state": "dead"},
    }
    for key, state in rows.items():
        save(session, OutboxMessage(**shared, dedupe_key=key, **state), world.firm_id)
    session.rollback()
    assert [outbox.prune_done(session, now=clock(), most=1) for _ in range(3)] == [1, 1, 0]
    assert set(session.scalars(select(OutboxMessage.dedupe_key))) == {"late", "waiting", "running", "dead"}
    assert verify(session, world.firm_id) == []


def test_the_scheduler_takes_out_what_is_old(session: Session, world: World, place: Place, owed: int, clock: StoppedClock):
    with handling("test.kind", lambda job: ""):
        assert run_message(place, owed, 0)
    clock.forward(days=89)
    Scheduler(place, None).look()
    assert session.scalar(select(OutboxMessage.id).where(OutboxMessage.id == owed)) == owed
    session.rollback()
    clock.forward(days=2)
    Scheduler(place, None).look()
    assert session.scalar(select(OutboxMessage.id).where(OutboxMessage.id == owed)) is None


def test_what_recurs_is_owed_once_per_firm_and_start(session: Session, world: World, clock: StoppedClock):
    make_firm(session, "Quillfeather & Lind")
    clock.moment = clock.moment.replace(hour=6, minute=59)
    for _ in range(3):
        owe_what_is_due(session, now=clock())
    checks = select(OutboxMessage).where(OutboxMessage.kind == "books.verification")
    assert len(session.scalars(checks).all()) == 2
    clock.forward(minutes=2)
    owe_what_is_due(session, now=clock())
    rows = session.scalars(checks).all()
    assert sorted({int((found.not_before - clock()).total_seconds()) // 3600 for found in rows}) == [-1, 23]


def test_the_next_start_of_a_daily_job_is_never_now(clock: StoppedClock):
    at_seven = clock.moment.replace(hour=7, minute=0, second=0, microsecond=0)
    assert (daily_at(7)(at_seven) - at_seven).days == 1


def test_the_books_are_verified_and_old_unsaved_text_goes_every_night(session: Session, world: World, place: Place, clock: StoppedClock):
    owe_what_is_due(session, now=clock())
    clock.forward(days=1)
    assert run_due(place)
    session.expire_all()
    done = {found.kind: found.state for found in session.scalars(select(OutboxMessage))}
    kinds = (
        "books.verification",
        "drafts.pruning",
        "changes.pruning",
        "recurring_entries.making",
        "milestones.reaching",
        "budgets.watching",
        "agreed_fees.recording",
    )
    assert done == dict.fromkeys(kinds, "done")
