"""Days in random order: whatever runs at once, comes back, is given up, billed, shut or closed, no second is in two entries."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.errors import Refused
from lexapp.domain.permissions import Actor, Role
from lexapp.domain.timer_shares import SharingRule
from lexapp.models import Firm, Matter, PreBill, TimeEntry, Timer, TimerEventRow, TimerSegment
from lexapp.queries.walls import Outside, stand_outside
from lexapp.services.pre_bills import discard_pre_bill, draft_pre_bill
from lexapp.services.settings import TimeSettings, change_settings
from lexapp.services.time_entries import discard_time, restore_time
from lexapp.services.timer_sync import sync_timer_events
from lexapp.services.timer_tray import keep_as_it_is
from lexapp.services.timers import TimerNote, discard_timer, pause_timer, restore_timer, resume_timer, start_timer, stop_timer
from lexapp.services.walls import lift_wall, wall_matter
from tests.clock_seconds import held_twice
from tests.devices import Phone, key
from tests.factories import NOW, TODAY, World, make_matter, make_member, make_world

OPEN, ENDED = ("running", "paused"), ("discarded",)


@dataclass
class Day:
    """One timekeeper's day: a desk, two phones, an owner who bills, shuts and sets. What is refused changes nothing."""

    session: Session
    world: World
    me: Actor
    dice: random.Random
    matters: list[int]
    at: datetime = NOW
    shut: set[int] = field(default_factory=set)
    done: set[str] = field(default_factory=set)

    def mine(self, act: Callable[..., Any], **said: Any) -> Any:
        """Done by the timekeeper, who stands outside of what is shut."""
        self.session.expunge_all()
        stand_outside(self.session, Outside(self.me.firm_id, self.me.membership_id))
        try:
            with suppress(Refused):
                found = act(self.session, actor=self.me, now=self.at, **said)
                self.done.add(act.__name__)
                return found
        finally:
            self.session.info.pop("walls", None)
            self.session.expunge_all()
        return None

    def owners(self, act: Callable[..., Any], **said: Any) -> None:
        self.session.expunge_all()
        with suppress(Refused):
            act(self.session, actor=self.world.owner, now=self.at, **said)
            self.done.add(act.__name__)
        self.session.expunge_all()

    def one(self, query: Any) -> Any:
        found = list(self.session.scalars(query))
        return self.dice.choice(found) if found else None

    def timer(self, *states: str) -> int | None:
        found: int | None = self.one(select(Timer.id).where(Timer.state.in_(states)).order_by(Timer.id))
        return found

    def set_rule(self, *, closed: bool = False) -> None:
        settings = TimeSettings(
            timers_at_once=self.dice.random() < 0.8,
            shared_minutes=self.dice.choice(list(SharingRule)),
            time_closed_through=TODAY if closed else None,
        )
        self.owners(change_settings, version=self.session.get_one(Firm, self.me.firm_id).version, settings=settings)

    def press(self) -> None:
        """A button of the bar."""
        act = self.dice.choice([start_timer, stop_timer, pause_timer, resume_timer, discard_timer, restore_timer])
        if act is start_timer:
            began = self.at - timedelta(seconds=self.dice.randint(0, 900)) if self.dice.random() < 0.3 else None
            self.mine(act, note=TimerNote(self.dice.choice([*self.matters, None])), began_at=began)
        elif timer_id := self.timer(*(ENDED if act is restore_timer else OPEN)):
            self.mine(act, timer_id=timer_id)

    def undo(self) -> None:
        entry = self.one(select(TimeEntry).where(TimeEntry.discarded_at.is_(None)).order_by(TimeEntry.id))
        if entry is not None:
            self.mine(discard_time, entry_id=entry.id, version=entry.version)

    def bring_back(self) -> None:
        entry = self.one(select(TimeEntry).where(TimeEntry.discarded_at.is_not(None)).order_by(TimeEntry.id))
        if entry is not None:
            self.mine(restore_time, entry_id=entry.id, version=entry.version)

    def give_up(self) -> None:
        waits = (TimerEventRow.outcome != "applied", TimerEventRow.resolved_at.is_(None))
        event_id = self.one(select(TimerEventRow.id).where(*waits).order_by(TimerEventRow.id))
        if event_id is not None:
            self.mine(keep_as_it_is, event_id=event_id)

    def bill(self) -> None:
        bill = self.one(select(PreBill).where(PreBill.state == "open").order_by(PreBill.id))
        if bill is not None and self.dice.random() < 0.4:
            self.owners(discard_pre_bill, pre_bill_id=bill.id, version=bill.version)
        else:
            self.owners(draft_pre_bill, matter_id=self.dice.choice(self.matters), through_on=TODAY)

    def wall(self) -> None:
        matter = self.session.get_one(Matter, self.dice.choice(self.matters))
        if matter.is_walled:
            self.owners(lift_wall, matter_id=matter.id)
        else:
            self.owners(wall_matter, matter_id=matter.id, version=matter.version, membership_ids=[])

    def close(self) -> None:
        self.set_rule(closed=self.dice.random() < 0.5)

    def something(self) -> None:
        self.at += timedelta(seconds=self.dice.randint(1, 300))
        many = [self.press] * 6 + [self.undo, self.bring_back, self.give_up, self.give_up] * 2
        self.dice.choice([*many, self.bill, self.wall, self.close, self.set_rule])()

    def post(self, phone: Phone, events: list[Any]) -> None:
        answers = self.mine(sync_timer_events, post=phone.read(self.at, events))
        assert answers is not None
        assert "rejected" not in {answer.outcome for answer in answers}

    def check(self) -> None:
        entries = list(self.session.scalars(select(TimeEntry).where(TimeEntry.discarded_at.is_(None))))
        held = {entry.timer_id or 0: entry.recorded_seconds for entry in entries}
        assert len(held) == len(entries)
        assert held == {entry.timer_id: entry.counted_seconds for entry in entries}
        stretches: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
        for one in self.session.scalars(select(TimerSegment).where(TimerSegment.timer_id.in_(held))):
            stretches[one.timer_id].append((one.started_at, one.ended_at or self.at))
        assert held_twice(held, stretches) == 0


def keep_a_day(dice: random.Random, phone: Phone, matters: list[int]) -> list[tuple[Phone, dict[str, object]]]:
    """Six timers of a phone, kept in the order of its clock."""
    said: list[tuple[datetime, str, str, dict[str, object]]] = []
    for _ in range(6):
        timer, at = key(), NOW - timedelta(seconds=dice.randint(4_000, 12_000))
        said.append((at, "start", timer, {"matter_id": dice.choice(matters)} if dice.random() < 0.8 else {}))
        for kind in dice.choice([("pause", "resume", "stop"), ("stop",), ("pause", "stop", "resume"), ("discard",)]):
            at += timedelta(seconds=dice.randint(1, 2_000))
            said.append((at, kind, timer, {}))
        if dice.random() < 0.4:
            said.append((at, "trim", timer, {"since_seconds": dice.randint(300, 3_000), "until_seconds": dice.randint(0, 299)}))
    for at, kind, timer, more in sorted(said, key=lambda one: one[0]):
        phone.keep(kind, timer, at, **more)
    return [(phone, event) for event in phone.waiting]


@pytest.mark.parametrize("seed", range(8))
def test_whatever_happens_in_a_day_no_second_is_in_two_entries(session: Session, seed: int):
    world = make_world(session)
    me = make_member(session, world.owner, Role.TIMEKEEPER, world.partner.id)
    matters = [make_matter(session, world.owner, name=f"Matter {number}").id for number in range(3)]
    day = Day(session, world, me, random.Random(seed), matters, at=NOW - timedelta(days=1))
    day.set_rule()
    day.at = NOW
    unsent = [one for phone in (Phone.of(me), Phone.of(me)) for one in keep_a_day(day.dice, phone, matters)]
    if seed % 2:
        day.dice.shuffle(unsent)
    while unsent:
        some, unsent = unsent[:3], unsent[3:]
        for phone in {id(owner): owner for owner, _ in some}.values():
            day.post(phone, [event for owner, event in some if owner is phone])
            day.check()
        for _ in range(4):
            day.something()
            day.check()
    assert len(list(session.scalars(select(Timer.id)))) > 10
    assert len(day.done) >= 8
