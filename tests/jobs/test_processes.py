"""Worker, scheduler and Redis as processes: what is owed gets done, with Redis and without."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy.orm import Session

from lexapp.jobs.dispatcher import ENTRY_POINT, QUEUE, dispatch, job_id, open_queue
from lexapp.jobs.place import Place
from tests.factories import World
from tests.jobs.issued import documents, issue_invoices, make_due, states
from tests.jobs.processes import Process
from tests.servers import RedisServer, wait_until

Start = Callable[..., Process]


@pytest.fixture
def start(environ: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    started: list[Process] = []

    def begin(name: str, **settings: str) -> Process:
        started.append(Process(name, environ | settings, tmp_path))
        return started[-1]

    yield begin
    for process in reversed(started):
        process.stop()


def owe_documents(session: Session, world: World, count: int) -> None:
    issue_invoices(session, world, count)
    make_due(session)


@pytest.mark.slow
def test_the_worker_does_through_redis_what_the_scheduler_hands_out(
    session: Session, world: World, redis_server: RedisServer, start: Start
):
    scheduler = start("scheduler", REDIS_URL=redis_server.url)
    worker = start("worker", REDIS_URL=redis_server.url)
    worker.wait_until_it_says("ready")
    owe_documents(session, world, 3)
    wait_until(lambda: states(session) == {"done": 3}, what="three documents", seconds=90)
    assert documents(session) == 3
    with redis_server.connect() as connection:
        assert connection.llen(f"rq:queue:{QUEUE}") == 0
        wait_until(lambda: not list(connection.scan_iter("rq:job:*")), what="Redis without jobs that are done")
    assert worker.stop() == 0
    assert scheduler.stop() == 0


@pytest.mark.slow
def test_a_worker_that_had_nothing_to_do_for_a_while_is_still_there(
    session: Session, world: World, redis_server: RedisServer, start: Start
):
    """redis-py gives up reading after 5 seconds unless it is told to wait longer, as RQ tells it."""
    worker = start("worker", REDIS_URL=redis_server.url)
    start("scheduler", REDIS_URL=redis_server.url)
    worker.wait_until_it_says("ready")
    threading.Event().wait(6.5)
    owe_documents(session, world, 1)
    wait_until(lambda: states(session) == {"done": 1}, what="a document", seconds=30)
    assert "could not connect" not in worker.output()


@pytest.mark.slow
def test_a_worker_without_redis_says_so_and_takes_rows_from_the_database(session: Session, world: World, start: Start):
    owe_documents(session, world, 2)
    worker = start("worker")
    worker.wait_until_it_says("jobs are taken straight from the database")
    wait_until(lambda: states(session) == {"done": 2}, what="two documents", seconds=90)
    assert worker.stop() == 0


@pytest.mark.slow
def test_a_worker_whose_redis_goes_away_goes_on_and_returns_to_it(session: Session, world: World, redis_server: RedisServer, start: Start):
    worker = start("worker", REDIS_URL=redis_server.url)
    scheduler = start("scheduler", REDIS_URL=redis_server.url)
    worker.wait_until_it_says("ready")
    redis_server.kill()
    try:
        owe_documents(session, world, 2)
        wait_until(lambda: states(session) == {"done": 2}, what="two documents without Redis", seconds=90)
        worker.wait_until_it_says("Redis does not answer")
        scheduler.wait_until_it_says("Redis does not answer")
    finally:
        redis_server.start()
    scheduler.wait_until_it_says("Everything answers again")
    owe_documents(session, world, 2)
    wait_until(lambda: documents(session) == 4, what="two more documents", seconds=90)


def test_a_look_puts_each_due_row_into_the_queue_once_as_json(session: Session, world: World, place: Place, redis_server: RedisServer):
    issue_invoices(session, world)
    with redis_server.connect() as connection:
        queue = open_queue(connection)
        assert dispatch(session, place.outside, queue) == 1
        assert dispatch(session, place.outside, queue) == 0
        assert dispatch(session, place.outside, queue, sweep=True) == 0
        (name,) = queue.get_job_ids()
        job = Job.fetch(name, connection=connection, serializer=JSONSerializer)
        assert (name, job.func_name, job.args, job.kwargs) == ("outbox-1-0", ENTRY_POINT, [1, 0], {})


def test_a_wiped_redis_gets_its_jobs_back_at_the_next_look(session: Session, world: World, place: Place, redis_server: RedisServer):
    issue_invoices(session, world)
    with redis_server.connect() as connection:
        dispatch(session, place.outside, open_queue(connection))
        connection.flushall()
        assert dispatch(session, place.outside, open_queue(connection)) == 1


def test_a_sweep_replaces_a_job_that_a_dead_worker_took_and_never_began(
    session: Session, world: World, place: Place, redis_server: RedisServer
):
    issue_invoices(session, world)
    with redis_server.connect() as connection:
        queue = open_queue(connection)
        dispatch(session, place.outside, queue)
        taken_by_nobody(connection)
        assert dispatch(session, place.outside, queue) == 0, "it may have been taken a moment ago"
        assert dispatch(session, place.outside, queue, sweep=True) == 1
        assert queue.get_job_ids() == [job_id(1, 0)]


def taken_by_nobody(connection: Redis) -> None:
    """Pop the job as a worker does, and die."""
    assert connection.lpop(f"rq:queue:{QUEUE}") is not None
