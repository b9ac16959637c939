"""A phone with a clock of its own that keeps timer events and posts them when it likes."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from lexapp.domain.device_events import read_post
from lexapp.domain.permissions import Actor
from tests.factories import TIME_ZONE

OUTCOMES = ("applied", "duplicate", "conflict", "parked")


def key() -> str:
    return str(uuid.uuid4())


def read_answer(status: int, mimetype: str, body: Any, asked: Collection[str]) -> tuple[set[str], set[str]] | None:
    """The ids that an answer acknowledges, and those that it rejects; None where it is none. As `readAnswer` of js/phone/queue.js."""
    if status != 200 or mimetype != "application/json" or not isinstance(body, dict):
        return None
    if body.get("lexapp") != "timer-sync" or not isinstance(body.get("answers"), list):
        return None
    told = [one for one in body["answers"] if isinstance(one, dict) and one.get("id") in asked]
    return {one["id"] for one in told if one.get("outcome") in OUTCOMES}, {one["id"] for one in told if one.get("outcome") == "rejected"}


@dataclass
class Phone:
    """`ahead` is how wrong its clock is, `knows` what it has heard of that; `offset` is the zone it shows, in minutes."""

    user_id: int
    firm_id: int
    device: str = field(default_factory=key)
    ahead: timedelta = timedelta()
    knows: timedelta | None = timedelta()
    offset: int = 0
    sequence: int = 0
    page: str = "page"
    waiting: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, actor: Actor, **options: Any) -> Phone:
        return cls(actor.user_id, actor.firm_id, **options)

    @classmethod
    def at_home(cls, actor: Actor, now: datetime) -> Phone:
        """In the zone of the firm, so that both call the same day today."""
        ahead = now.astimezone(ZoneInfo(TIME_ZONE)).utcoffset() or timedelta()
        return cls.of(actor, offset=int(ahead.total_seconds() // 60))

    def wall(self, at: datetime) -> str:
        return (at + self.ahead).astimezone(timezone(timedelta(minutes=self.offset))).isoformat()

    @property
    def heard(self) -> int | None:
        """What it knows of its clock, in milliseconds."""
        return None if self.knows is None else int(self.knows.total_seconds() * 1000)

    def monotonic(self, at: datetime) -> int:
        """Milliseconds of a clock that nobody sets."""
        return int(at.timestamp() * 1000)

    def keep(self, kind: str, timer: str, at: datetime, known: dict[str, object] | None = None, **said: object) -> dict[str, Any]:
        """One event, put with those that wait."""
        self.sequence += 1
        event = {"id": key(), "seq": self.sequence, "timer": timer, "type": kind, "at": self.wall(at), "offset": self.offset}
        event |= {"page": self.page, "monotonic": self.monotonic(at), "said": said, "known": known or {}}
        event |= {"user": self.user_id, "firm": self.firm_id}
        if self.knows is not None:
            event["ahead"] = self.heard
        self.waiting.append(event)
        return event

    def post(self, at: datetime, events: list[Any] | None = None) -> dict[str, Any]:
        """What is posted at that moment: what waits, or these events."""
        sent = {"sent_at": self.wall(at), "monotonic": self.monotonic(at), "page": self.page, "ahead": self.heard}
        return {"schema": 1, "device": self.device, "label": "Phone", **sent, "events": self.waiting if events is None else events}

    def read(self, at: datetime, events: list[Any] | None = None) -> Any:
        """The post as the service takes it."""
        return read_post(self.post(at, events), user_id=self.user_id, firm_id=self.firm_id)
