"""The worker process: RQ's, with the slow imports done before it forks; and the same rows run directly where there is no Redis."""

from __future__ import annotations

import ctypes
import logging
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

import rq
from rq import Queue
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import configure_mappers

from lexapp.integrations import pdf
from lexapp.integrations.redis_server import REDIS_AWAY, answers, connect
from lexapp.jobs.dispatcher import open_queue
from lexapp.jobs.outbox import run_message
from lexapp.jobs.place import Place, this_place
from lexapp.queries.outbox import due_messages

IDLE_SECONDS = 0.5
PR_SET_PDEATHSIG = 1
log = logging.getLogger(__name__)


class Worker(rq.Worker):
    """Gives up when Redis is away, so that rows can be run without it; its horses die with it, so that the lease tells the truth."""

    max_connection_wait_time = 2.0
    told_to_stop = False

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        self.told_to_stop = True
        try:
            super().request_stop(signum, frame)
        except REDIS_AWAY:
            raise StopRequested from None

    def heartbeat(self, *args: Any, **options: Any) -> None:
        try:
            super().heartbeat(*args, **options)
        except REDIS_AWAY:
            if not self.is_horse:
                raise StopRequested from None

    def execute_job(self, job: Job, queue: Queue) -> None:
        try:
            super().execute_job(job, queue)
        except REDIS_AWAY:
            raise StopRequested from None

    def subscribe(self) -> None:
        """Commands through Redis are not used; without them there is no thread to fork beside."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed to."""

    def teardown(self) -> None:
        with suppress(*REDIS_AWAY):
            super().teardown()

    def setup_work_horse_signals(self) -> None:
        super().setup_work_horse_signals()
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def preload() -> None:
    """What every job needs and only the first would pay for: mappings, templates, WeasyPrint with its fonts."""
    configure_mappers()
    pdf.warm_up()


def work(redis_url: str | None) -> None:
    """Work until told to stop: through Redis while it answers, straight from the database while it does not."""
    place, stop = this_place(), threading.Event()
    preload()
    log.info("ready")
    while not stop.is_set():
        if redis_url is not None and answers(redis_url):
            if _work_through(redis_url):
                return
        else:
            log.warning(_why_directly(redis_url))
            work_directly(place, stop, until=lambda: redis_url is not None and answers(redis_url))
            place.engine.dispose()  # a connection open at the fork would be shared with the horses


def _why_directly(redis_url: str | None) -> str:
    if redis_url is None:
        return "There is no REDIS_URL: jobs are taken straight from the database, one at a time."
    return "Redis does not answer: until it does, jobs are taken straight from the database, one at a time."


def _work_through(redis_url: str) -> bool:
    """Whether the worker was told to stop; otherwise it gave up because Redis went away."""
    connection = connect(redis_url)
    try:
        worker = Worker([open_queue(connection)], connection=connection, serializer=JSONSerializer)
        worker.work(logging_level="WARNING")
        return worker.told_to_stop
    except REDIS_AWAY:
        return False
    finally:
        connection.close()


def work_directly(place: Place, stop: threading.Event, *, until: Callable[[], bool] = lambda: False) -> None:
    """Run due rows in this process until told to stop, or until `until` says so."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        if not _run_some(place, stop):
            if until():
                return
            stop.wait(IDLE_SECONDS)


def _run_some(place: Place, stop: threading.Event) -> bool:
    """Whether there was anything to run."""
    try:
        return run_due(place, stop)
    except OperationalError as error:
        log.warning("the database does not answer: %s", error.orig)
        return False


def run_due(place: Place, stop: threading.Event | None = None, limit: int = 20) -> bool:
    """Run up to `limit` due rows here and now, the oldest first; whether any was there to run."""
    with place.session() as session:
        due = due_messages(session, now=place.outside.now(), limit=limit)
    ran = [run_message(place, outbox_id, attempt) for outbox_id, attempt in due if stop is None or not stop.is_set()]
    return any(ran)
