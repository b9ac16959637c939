"""Random days of timekeepers under changing rounding rules: what is billed follows from what was recorded and the rule that was kept.

With once-per-day rounding the parts of a day add up to the day rounded once; what a pre-bill has taken stays, until it is given back.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.time_entries import work_of
from lexapp.domain.errors import Refused
from lexapp.domain.money import Money
from lexapp.domain.rounding import Direction, billed_hundredths
from lexapp.domain.rounding_rules import kept_rounding
from lexapp.models import PreBillLine, RoundingRule, TimeEntry
from lexapp.services.pre_bills import discard_pre_bill
from lexapp.services.rounding_rules import NewRoundingRule, add_rounding_rule, remove_rounding_rule
from lexapp.services.time_entries import Work, discard_time, edit_time, record_time, restore_time
from tests.databases import SqliteDatabase
from tests.factories import NOW, TODAY, make_matter, make_world
from tests.services.test_time_entries import put_on_pre_bill

PICKS = st.integers(0, 1_000)
DAYS = st.integers(0, 1).map(lambda back: TODAY - timedelta(days=back))
WORKS = {
    "place": st.integers(0, 1),
    "worked_on": DAYS,
    "recorded_seconds": st.integers(1, 2_400),
    "activity_code": st.sampled_from(["", "A103"]),
    "billing_status": st.sampled_from(["billable", "billable", "no_charge"]),
}
RULES = {
    "level": st.sampled_from(["firm", "client", "matter"]),
    "place": st.integers(0, 1),
    "per_day": st.sampled_from([True, True, False]),
    "increment_seconds": st.sampled_from([1, 60, 360, 900, 3600]),
    "increment_direction": st.sampled_from([each.value for each in Direction]),
    "minimum_seconds": st.sampled_from([0, 0, 720]),
    "activity_code": st.sampled_from([None, "A103"]),
    "effective_from": DAYS,
}


class Days(RuleBasedStateMachine):
    database: SqliteDatabase

    def __init__(self) -> None:
        super().__init__()
        self.database.clean()
        self.session = Session(self.database.engine, autoflush=False)
        self.world = make_world(self.session)
        self.matters = [make_matter(self.session, self.world.owner) for _ in range(2)]
        self.given: dict[str, Any] = {"actor": self.world.owner, "now": NOW}

    def teardown(self) -> None:
        self.session.close()

    def entries(self, *, discarded: bool = False) -> list[TimeEntry]:
        self.session.rollback()
        kept = TimeEntry.discarded_at.is_not(None) if discarded else TimeEntry.discarded_at.is_(None)
        return list(self.session.scalars(select(TimeEntry).where(kept).order_by(TimeEntry.id)))

    def taken(self) -> set[int]:
        return set(self.session.scalars(select(PreBillLine.time_entry_id).where(PreBillLine.state == "included")))

    def free(self) -> list[TimeEntry]:
        entries, taken = self.entries(), self.taken()
        return [entry for entry in entries if entry.id not in taken]

    def work(self, place: int, **said: Any) -> Work:
        return Work(self.matters[place].id, self.world.partner.id, said.pop("worked_on"), said.pop("recorded_seconds"), "Call", **said)

    @rule(**WORKS)
    def record(self, **said: Any) -> None:
        record_time(self.session, work=self.work(**said), **self.given)

    @rule(pick=PICKS, other=st.booleans(), **WORKS)
    def edit(self, pick: int, other: bool, **said: Any) -> None:
        if free := self.free():
            entry = free[pick % len(free)]
            before = work_of(entry)
            same = {"worked_on": before.worked_on, "activity_code": before.activity_code}
            place = said["place"] if other else [matter.id for matter in self.matters].index(entry.matter_id)
            work = self.work(**(said | ({} if other else same) | {"place": place}))
            edit_time(self.session, entry_id=entry.id, version=entry.version, work=work, **self.given)

    @rule(pick=PICKS)
    def discard(self, pick: int) -> None:
        if free := self.free():
            entry = free[pick % len(free)]
            discard_time(self.session, entry_id=entry.id, version=entry.version, **self.given)

    @rule(pick=PICKS)
    def restore(self, pick: int) -> None:
        if gone := self.entries(discarded=True):
            entry = gone[pick % len(gone)]
            restore_time(self.session, entry_id=entry.id, version=entry.version, **self.given)

    @rule(pick=PICKS)
    def bill(self, pick: int) -> None:
        if free := [entry for entry in self.free() if entry.billing_status == "billable"]:
            entry = free[pick % len(free)]
            matter = next(matter for matter in self.matters if matter.id == entry.matter_id)
            put_on_pre_bill(self.session, self.world, matter, entry)

    @precondition(lambda self: self.taken())
    @rule(pick=PICKS)
    def give_back(self, pick: int) -> None:
        bills = sorted(self.session.scalars(select(PreBillLine.pre_bill_id).where(PreBillLine.state == "included")))
        discard_pre_bill(self.session, pre_bill_id=bills[pick % len(bills)], version=1, **self.given)

    @rule(**RULES)
    def agree(self, level: str, place: int, **said: Any) -> None:
        matter, before = self.matters[place], self.shown()
        keys = {"client": {"client_id": matter.client_id}, "matter": {"matter_id": matter.id}}.get(level, {})
        try:
            add_rounding_rule(self.session, rule=NewRoundingRule(**said, **keys), **self.given)
        except Refused:  # one for the same starts on that day already
            self.session.rollback()
        assert self.shown() == before

    @rule(pick=PICKS)
    def take_back(self, pick: int) -> None:
        standing = select(RoundingRule).where(RoundingRule.removed_at.is_(None)).order_by(RoundingRule.id)
        before, rules = self.shown(), self.session.scalars(standing).all()
        if rules:
            found = rules[pick % len(rules)]
            remove_rounding_rule(self.session, rule_id=found.id, version=found.version, **self.given)
        assert self.shown() == before

    def shown(self) -> list[tuple[Any, ...]]:
        names = ("id", "version", "quantity_hundredths", "amount_minor", "rounding_group", "rounding_reason")
        return [tuple(getattr(entry, name) for name in names) for entry in self.entries()]

    @invariant()
    def what_is_billed_follows_from_what_was_recorded(self) -> None:
        groups: dict[str, list[TimeEntry]] = defaultdict(list)
        for entry in self.entries():
            rate = Money(entry.rate_minor_per_hour or 0, "USD")
            billable = entry.billing_status == "billable"
            assert entry.amount_minor == (rate.times_hundredths(entry.quantity_hundredths).minor if billable else 0)
            groups[entry.rounding_group or f"alone {entry.id}"].append(entry)
        taken = self.taken()
        for members in groups.values():
            self.adds_up(members, taken)

    def adds_up(self, members: list[TimeEntry], taken: set[int]) -> None:
        [increment] = {kept.increment for entry in members if (kept := kept_rounding(entry.rounding_reason))}
        whole = billed_hundredths(sum(entry.recorded_seconds for entry in members), increment)
        fixed = sum(entry.quantity_hundredths for entry in members if entry.id in taken)
        free = [entry for entry in members if entry.id not in taken]
        if free:
            assert sum(entry.quantity_hundredths for entry in members) == max(whole, fixed)
        seconds = sum(entry.recorded_seconds for entry in free)
        for entry in free:
            assert abs(entry.quantity_hundredths * seconds - max(whole - fixed, 0) * entry.recorded_seconds) < seconds


@pytest.mark.parametrize("engine", ["sqlite"])
def test_whatever_is_recorded_and_agreed_the_parts_of_a_day_are_the_day_rounded_once(database: SqliteDatabase, engine: str) -> None:
    bound = type("BoundDays", (Days,), {"database": database})
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    often = {"max_examples": 8, "stateful_step_count": 25, "deadline": None, "derandomize": True}
    run_state_machine_as_test(bound, settings=settings(**often, suppress_health_check=checks, phases=[Phase.generate, Phase.shrink]))
