"""The scheduler process: carries due rows to Redis twice a second, gives back what dead workers held, owes what recurs,
and takes out what was done long ago."""

from __future__ import annotations

import logging
import threading
import time

from rq import Queue
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from lexapp.integrations.redis_server import REDIS_AWAY, connect
from lexapp.jobs.dispatcher import dispatch, open_queue
from lexapp.jobs.place import Place, this_place
from lexapp.jobs.schedule import owe_what_is_due
from lexapp.services.outbox import prune_done, release_lost_claims
from lexapp.workflows.backups import BackupPlan

LOOK_SECONDS = 0.5
SWEEP_SECONDS = 10.0
log = logging.getLogger(__name__)


class Scheduler:
    """One look after another; says once when something is away, and once when it is back."""

    def __init__(self, place: Place, redis_url: str | None) -> None:
        self.place = place
        self.queue: Queue | None = open_queue(connect(redis_url)) if redis_url else None
        self._next_sweep = 0.0
        self._away = ""

    def run(self, stop: threading.Event) -> None:
        """Look until told to stop."""
        while not stop.is_set():
            self.look()
            stop.wait(LOOK_SECONDS)

    def look(self) -> None:
        """One look. What is away is tried again at the next one."""
        try:
            with self.place.session() as session:
                self._look(session)
        except REDIS_AWAY:
            self._say("Redis does not answer; due jobs wait in the database.")
        except OperationalError as error:
            self._say(f"The database does not answer: {error.orig}")
        else:
            self._say("")

    def _look(self, session: Session) -> None:
        sweep = time.monotonic() >= self._next_sweep
        if sweep:
            self._next_sweep = time.monotonic() + SWEEP_SECONDS
            now = self.place.outside.now()
            owe_what_is_due(session, now=now, plan=self._plan())
            if lost := release_lost_claims(session, now=now):
                log.warning("gave back %d jobs whose worker stopped", lost)
            prune_done(session, now=now)
        if self.queue is not None:
            dispatch(session, self.place.outside, self.queue, sweep=sweep)

    def _plan(self) -> BackupPlan | None:
        installation = self.place.outside.installation
        return installation.plan if installation else None

    def _say(self, away: str) -> None:
        if away != self._away:
            log.warning(away or "Everything answers again.")
            self._away = away


def schedule(redis_url: str | None, stop: threading.Event) -> None:
    """Run the scheduler of this process until told to stop."""
    Scheduler(this_place(), redis_url).run(stop)
