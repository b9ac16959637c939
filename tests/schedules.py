"""Random days of a phone and a laptop that were offline, over a net that loses, repeats, delays and cuts, to an office that dies.

`Day(seed, ...)` is one schedule: what its person did, noted by somebody with a watch, and what the devices posted meanwhile.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.devices import Phone, key, read_answer

Deliver = Callable[[datetime, dict[str, Any], str], tuple[int, str, Any]]
"""Bring a post to the office at a moment, under a fate; what comes back: status, media type, body."""
NOTHING = (0, "", None)


@dataclass
class Handset(Phone):
    """A device whose storage outlives its pages. `log` is all that it ever kept; `met` are the timers it has heard of."""

    origin: datetime | None = None
    slept: timedelta = timedelta()
    was_set: bool = False
    log: list[dict[str, Any]] = field(default_factory=list)
    met: set[str] = field(default_factory=set)

    def monotonic(self, at: datetime) -> int:
        """Counts from the loading of the page, and rests while the device sleeps."""
        return int((at - (self.origin or at) - self.slept).total_seconds() * 1000)

    def keep(self, kind: str, timer: str, at: datetime, known: dict[str, object] | None = None, **said: object) -> dict[str, Any]:
        event = super().keep(kind, timer, at, known, **said)
        self.log.append(event)
        return event

    def restart(self, at: datetime) -> None:
        """Whatever was not on the disk is gone: the page, and its count."""
        self.waiting = json.loads(json.dumps(self.waiting))
        self.page, self.origin, self.slept = key(), at, timedelta()


@dataclass
class Watched:
    """What somebody with a watch noted of a timer."""

    seconds: int = 0
    since: datetime | None = None
    ended: bool = False
    has_matter: bool = False
    narrative: str = ""
    recorded: int | None = None


@dataclass
class Day:
    """One schedule. `watched` is what must come of it, by the keys of timers; None for a timer that was discarded."""

    seed: int
    user_id: int
    firm_id: int
    matter_id: int
    at: datetime
    deliver: Deliver
    devices: list[Handset] = field(default_factory=list)
    watched: dict[str, Watched | None] = field(default_factory=dict)
    late: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)

    def play(self) -> Day:
        """Live the day, then send until nothing waits."""
        self.dice = random.Random(self.seed)
        wrong = [timedelta(minutes=self.dice.choice([0, 0, 0, -1440, 120, self.dice.randrange(-300, 300)])) for _ in range(2)]
        self.devices = [Handset(self.user_id, self.firm_id, ahead=ahead, knows=ahead, page=key(), origin=self.at) for ahead in wrong]
        acts = [self.work, self.note, self.send, self.shake, self.record]
        for _ in range(self.dice.randrange(2, 8)):
            self.at += timedelta(seconds=self.dice.randrange(30, 1_500))
            self.dice.choices(acts, [6, 2, 1, 2, 1])[0](self.dice.choice(self.devices))
        self.close()
        while any(device.waiting for device in self.devices) or self.late:
            self.at += timedelta(seconds=self.dice.randrange(1, 90))
            self.send(self.dice.choice([device for device in self.devices if device.waiting] or self.devices))
        return self

    # ── what the person does ──

    def work(self, device: Handset) -> None:
        running = next((timer for timer, seen in self.watched.items() if seen and seen.since), None)
        if running is None:
            self.begin(device)
        elif running in device.met:
            self.end(device, running, self.dice.choices(["pause", "stop", "discard"], [5, 3, 1])[0])

    def begin(self, device: Handset) -> None:
        resting = [timer for timer, seen in self.watched.items() if seen and not seen.ended and timer in device.met]
        if resting and self.dice.random() < 0.6:
            timer = self.dice.choice(resting)
            device.keep("resume", timer, self.at)
        else:
            timer, said = key(), {"matter_id": self.matter_id} if self.dice.random() < 0.7 else {}
            device.keep("start", timer, self.at, **said)
            device.met.add(timer)
            self.watched[timer] = Watched(has_matter=bool(said))
        self.of(timer).since = self.at

    def of(self, timer: str) -> Watched:
        seen = self.watched[timer]
        assert seen is not None
        return seen

    def end(self, device: Handset, timer: str, kind: str) -> None:
        seen = self.of(timer)
        if seen.since is not None:
            seen.seconds += int((self.at - seen.since).total_seconds())
            seen.since = None
        device.keep(kind, timer, self.at)
        seen.ended = kind == "stop"
        if kind == "discard":
            self.watched[timer] = None
        other = next(one for one in self.devices if one is not device)
        if kind == "stop" and timer in other.met and self.dice.random() < 0.5:
            self.at += timedelta(seconds=self.dice.randrange(1, 900))
            other.keep("stop", timer, self.at)

    def note(self, device: Handset) -> None:
        for timer in sorted(timer for timer in device.met if self.watched.get(timer))[:1]:
            self.of(timer).narrative = text = f"Words of {self.at:%H:%M:%S}"
            device.keep("note", timer, self.at, narrative=text)

    def record(self, device: Handset) -> None:
        """A quick entry."""
        timer, seconds = key(), self.dice.choice([360, 720, 1_080])
        device.keep("quick_entry", timer, self.at, matter_id=self.matter_id, recorded_seconds=seconds)
        self.watched[timer] = Watched(ended=True, has_matter=True, recorded=seconds)

    def close(self) -> None:
        """In the evening every timer is stopped and has its matter."""
        for timer, seen in list(self.watched.items()):
            device = next(one for one in self.devices if timer in one.met or seen is None or seen.recorded)
            if seen and not seen.has_matter:
                device.keep("assign", timer, self.at, matter_id=self.matter_id)
            if seen and not seen.ended:
                self.at += timedelta(seconds=self.dice.randrange(30, 600))
                self.end(device, timer, "stop")

    # ── what happens to the devices, and between them and the office ──

    def shake(self, device: Handset) -> None:
        """Its page is loaded anew, it sleeps, or its clock is set.

        What a clock showed that was set twice, or set before the page was loaded anew, and not heard in between, nobody can tell.
        """
        blind = device.was_set and bool(device.waiting)
        kind = self.dice.choice(["restart", "sleep", "set", "set"])
        if kind == "sleep":
            device.slept += timedelta(seconds=self.dice.randrange(1, 30))
        elif kind == "restart" and not blind:
            device.restart(self.at)
        elif kind == "set" and not blind:
            device.ahead += timedelta(minutes=self.dice.choice([-1_440, -120, 30, 120]))
            device.was_set = True

    def send(self, device: Handset) -> None:
        """Meet the office, and post what waits: all of it, the first of it, or any of it."""
        fate = self.dice.choices(["sent", "lost", "portal", "crash", "cut", "half", "twice", "late"], [60, 8, 5, 5, 6, 4, 4, 8])[0]
        for moment, post in [one for one in self.late if one[0] <= self.at]:
            self.deliver(moment, post, "sent")
        self.late = [one for one in self.late if one[0] > self.at]
        if fate == "lost" or not device.waiting:
            return
        device.knows, device.was_set = device.ahead, device.was_set and bool(device.waiting)
        most = len(device.waiting) if self.dice.random() < 0.7 else self.dice.randrange(1, len(device.waiting) + 1)
        some = device.waiting[:most] if self.dice.random() < 0.7 else self.dice.sample(device.waiting, most)
        post = json.loads(json.dumps(device.post(self.at, some)))
        if fate == "late":
            self.late.append((self.at + timedelta(seconds=self.dice.randrange(1, 60)), post))
            return
        self.hear(device, post, self.deliver(self.at, post, fate))

    def hear(self, device: Handset, post: dict[str, Any], answer: tuple[int, str, Any]) -> None:
        asked = {event["id"] for event in post["events"]}
        found = read_answer(*answer, asked)
        if found is None:
            return
        assert not found[1], f"seed {self.seed}: {answer}"
        device.waiting = [event for event in device.waiting if event["id"] not in found[0]]
        device.met |= {event["timer"] for one in self.devices for event in one.log if event["type"] == "start" and event not in one.waiting}
