"""The one reader of the feed: twice a second for every firm that somebody looks at, and who is still signed in every two seconds."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm
from lexapp.events.hub import Hub
from lexapp.queries.changes import Changed, changes_after, changes_since, newest_change, still_signed_in, unfinished
from lexapp.web.hints import hints_about

LOOK_SECONDS = 0.5
CHECK_SECONDS = 2.0
FIRST_LOOK_BACK = timedelta(seconds=10)
log = logging.getLogger(__name__)


class Feed:
    """The changes of one firm, each once, also one whose transaction ends after that of a later id."""

    def __init__(self, firm_id: int) -> None:
        self.firm_id = firm_id
        self._floor: int | None = None
        self._seen: set[int] = set()
        self._marks: deque[tuple[int, int]] = deque()

    def read(self, session: Session, oldest: int) -> list[Changed]:
        """What is new. `oldest`: the oldest transaction that still wrote before this call."""
        fresh = [row for row in self._rows(session) if row.id not in self._seen]
        self._seen.update(row.id for row in fresh)
        while self._marks and self._marks[0][0] <= oldest:
            self._floor = max(self._floor or 0, self._marks.popleft()[1])
        self._seen = {id_ for id_ in self._seen if id_ > (self._floor or 0)}
        return fresh

    def _rows(self, session: Session) -> list[Changed]:
        if self._floor is not None:
            return changes_after(session, firm_id=self.firm_id, after=self._floor)
        rows = changes_since(session, firm_id=self.firm_id, since=datetime.now(UTC) - FIRST_LOOK_BACK)
        self._floor = rows[0].id - 1 if rows else newest_change(session, firm_id=self.firm_id)
        return rows

    def mark(self, coming: int) -> None:
        """Once every transaction before `coming` has ended, nothing up to the highest id seen can appear any more."""
        if self._seen:
            self._marks.append((coming, max(self._seen)))


class Notifier(threading.Thread):
    """Reads, decides who may know, and hands on. A connection is held only while it reads."""

    def __init__(self, engine: Engine, hub: Hub) -> None:
        super().__init__(name="notifier", daemon=True)
        self.engine, self.hub, self.told = engine, hub, 0
        self._looked_at = time.monotonic()
        self._feeds: dict[int, Feed] = {}
        self._oldest, self._next_check, self._away = 0, 0.0, False

    @property
    def looked_ago(self) -> float:
        """Seconds since the feed was read to its end."""
        return time.monotonic() - self._looked_at

    def run(self) -> None:
        """Until the hub is closed, or the process that watches over this one was killed: streams would keep this one alive alone."""
        parent = os.getppid()
        while not self.hub.is_closed and os.getppid() == parent:
            began = time.monotonic()
            self.look()
            time.sleep(max(0.05, LOOK_SECONDS - (time.monotonic() - began)))
        self.hub.shut()

    def look(self) -> None:
        """One look. A database that is away is asked again at the next; what nobody foresaw ends the streams: their pages ask."""
        try:
            self.hub.drop_gone()
            if len(self.hub):
                with Session(self.engine, autoflush=False) as session:
                    self._check(session)
                    self._read(session)
            self._looked_at, self._away = time.monotonic(), False
        except SQLAlchemyError as error:
            if not self._away:
                log.warning("the database does not answer: %s", type(error).__name__)
            self._away = True
        except Exception:
            log.exception("what changed could not be told")
            self.hub.end_all()

    def _check(self, session: Session, *, now: bool = False) -> None:
        if now or time.monotonic() >= self._next_check:
            self._next_check = time.monotonic() + CHECK_SECONDS
            streams = self.hub.all()
            sessions = {stream.session_id for stream in streams}
            self.hub.keep_only(still_signed_in(session, session_ids=sessions, now=datetime.now(UTC)), among=streams)

    def _read(self, session: Session) -> None:
        firms = self.hub.firms()
        self._feeds = {firm_id: self._feeds.get(firm_id) or Feed(firm_id) for firm_id in firms}
        for firm_id, feed in self._feeds.items():
            scope_to_firm(session, firm_id)
            if fresh := feed.read(session, self._oldest):
                self._check(session, now=True)
                self.told += self.hub.tell(firm_id, hints_about(session, firm_id=firm_id, rows=fresh))
        self._oldest, coming = unfinished(session)
        for feed in self._feeds.values():
            feed.mark(coming)
