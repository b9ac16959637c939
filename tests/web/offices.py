"""The real endpoint in this process, behind a net with a will of its own, and the comparison of its books with what devices kept."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import time_machine
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from lexapp.database import db
from lexapp.domain.permissions import Role
from lexapp.models import TimeEntry, Timer, TimerDevice, TimerEventRow
from tests.factories import NOW, make_matter, make_member, make_world
from tests.faults.crowd import headers_of
from tests.schedules import NOTHING, Day
from tests.web.visitor import signed_in

JSON = {"Accept": "application/json", "Content-Type": "application/json"}
APART = timedelta(hours=6)
"""Longer than any schedule: what two timers of one person measure at once is counted once."""
PORTAL = (200, "text/html", None)


class PowerCut(Exception):
    """The office dies before its commit."""


class Office:
    """A firm with one timekeeper who has many devices. Time stands still but for the schedules, which move it."""

    def __init__(self, app: Flask, session: Session, clock: time_machine.Coordinates) -> None:
        world = make_world(session)
        self.matter_id = make_matter(session, world.owner).id
        self.me = make_member(session, world.owner, Role.TIMEKEEPER, world.partner.id)
        self.app, self.client, self.session, self.clock = app, app.test_client(use_cookies=False), session, clock
        self.headers: dict[str, str] = {}
        session.rollback()
        self.dies = False
        with app.app_context():
            event.listen(db.engine, "commit", self._cut)

    def _cut(self, _connection: object) -> None:
        if self.dies:
            raise PowerCut

    def day(self, seed: int) -> Day:
        """The schedule of this seed, after all of those before it."""
        begin = NOW + seed * APART
        self.clock.move_to(begin, tick=False)
        self.headers = headers_of(signed_in(self.app, self.session, self.me)) | JSON
        return Day(seed, self.me.user_id, self.me.firm_id, self.matter_id, begin, self.deliver).play()

    def deliver(self, at: datetime, post: dict[str, Any], fate: str) -> tuple[int, str, Any]:
        if fate == "portal":
            return PORTAL
        for again in range(2 if fate == "twice" else 1):
            answer = self._take(at + timedelta(seconds=again), post, dies=fate == "crash")
        return {"cut": NOTHING, "half": (*answer[:2], None)}.get(fate, answer)

    def _take(self, at: datetime, post: dict[str, Any], *, dies: bool) -> tuple[int, str, Any]:
        self.clock.move_to(at, tick=False)
        self.dies = dies
        try:
            found = self.client.post("/timer/sync", data=json.dumps(post), headers=self.headers)
        except PowerCut:
            return NOTHING
        finally:
            self.dies = False
        assert found.status_code == 200, found.text
        return found.status_code, found.mimetype, found.get_json()

    def compare(self, days: Iterable[Day]) -> None:
        """Every device's log is the office's log of it, and every timer came to what the watch said: once."""
        logs, entries = self._logs(), self._entries()
        for day in days:
            for device in day.devices:
                kept = [(one["id"], one["seq"], one["timer"], one["type"], one["said"]) for one in device.log]
                assert logs.pop(device.device, []) == kept, f"seed {day.seed}: the logs differ"
            wanted = {timer: seen for timer, seen in day.watched.items() if seen is not None}
            found = {timer: entries.pop(timer, []) for timer in day.watched}
            expected = {timer: [(one.recorded or one.seconds, one.narrative)] for timer, one in wanted.items()}
            assert {timer: told for timer, told in found.items() if told} == expected, f"seed {day.seed}: a minute was lost or doubled"
        assert (logs, entries) == ({}, {})

    def _logs(self) -> dict[str, list[tuple[object, ...]]]:
        row = TimerEventRow
        query = select(TimerDevice.device_key, row.event_key, row.device_sequence, row.timer_key, row.kind, row.said)
        query = query.join(TimerDevice, TimerDevice.id == row.device_id).order_by(row.device_id, row.device_sequence)
        found: dict[str, list[tuple[object, ...]]] = defaultdict(list)
        for device, *told in self.session.execute(query):
            found[device].append(tuple(told))
        return found

    def _entries(self) -> dict[str, list[tuple[int, str]]]:
        query = select(Timer.client_key, TimeEntry.recorded_seconds, TimeEntry.narrative)
        query = query.outerjoin(TimeEntry, TimeEntry.timer_id == Timer.id)
        found: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for timer, seconds, narrative in self.session.execute(query):
            found[timer] += [(seconds, narrative)] if seconds is not None else []
        return found
