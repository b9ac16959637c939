"""A timer comes out the same in whatever order its events arrive, and no minute is lost or counted twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.timer_events import Clash, EventKind, TimerEvent, in_order, local_date, shared_seconds, track

NINE = datetime(2026, 3, 4, 9, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def event(kind: str, minutes: float, device: str = "phone", known: dict[str, object] | None = None, **said: object) -> TimerEvent:
    return TimerEvent(
        f"{kind}-{device}-{minutes}", EventKind(kind), at(minutes), device, int(minutes), tuple(said.items()), tuple((known or {}).items())
    )


def minutes(events: list[TimerEvent], until: float = 1_000) -> float:
    return track(events).measured_seconds(at(until)) / 60


def test_a_timer_started_paused_resumed_and_stopped():
    told = track([event("start", 0), event("pause", 10), event("resume", 40), event("stop", 45)])
    assert told.state == "stopped"
    assert told.stretches == ((at(0), at(10)), (at(40), at(45)))
    assert told.measured_seconds(at(999)) == 15 * 60
    assert (told.started_at, told.ended_at, told.ended_by) == (at(0), at(45), "stop-phone-45")


def test_one_that_runs_counts_until_now():
    assert minutes([event("start", 0)], until=7.5) == 7.5
    assert track([event("start", 0)]).state == "running"


def test_a_stop_that_arrives_before_its_start_waits_for_it():
    assert track([event("stop", 30)]).state is None
    assert minutes([event("stop", 30), event("start", 0)]) == 30


def test_a_late_pause_is_applied_in_its_place():
    assert minutes([event("start", 0), event("stop", 60), event("pause", 20)]) == 20


def test_of_two_ends_the_earlier_stands_and_the_later_is_kept():
    told = track([event("start", 0), event("stop", 60, "laptop"), event("stop", 90, "phone")])
    assert told.measured_seconds(at(999)) == 60 * 60
    assert told.clashes == (Clash("two_ends", "stop-phone-90", at(90), 30 * 60),)


def test_time_that_ran_on_after_the_end_is_kept_beside_it():
    told = track([event("start", 0), event("pause", 50), event("stop", 60, "laptop"), event("resume", 70), event("stop", 100)])
    assert told.measured_seconds(at(999)) == 50 * 60
    assert [(clash.kind, clash.seconds) for clash in told.clashes] == [("after_end", 30 * 60)]


def test_saying_the_same_again_changes_nothing():
    assert (
        minutes([event("start", 0), event("start", 5), event("resume", 6), event("pause", 10), event("pause", 20), event("stop", 30)]) == 10
    )


def test_a_discarded_timer_comes_back_paused_with_what_it_had():
    told = track([event("start", 0), event("discard", 10), event("restore", 20)])
    assert (told.state, told.measured_seconds(at(999)), told.ended_at) == ("paused", 600, None)


def test_edits_of_different_fields_merge():
    told = track([event("start", 0), event("note", 1, narrative="Call"), event("assign", 2, "laptop", matter_id=7)])
    assert told.fields == (("matter_id", 7), ("narrative", "Call"))
    assert told.clashes == ()


def test_edits_of_one_field_by_two_devices_that_did_not_know_of_each_other_are_both_kept():
    first = event("note", 1, "phone", {"narrative": ""}, narrative="Call with client")
    second = event("note", 2, "laptop", {"narrative": ""}, narrative="Telephone conference")
    told = track([event("start", 0), second, first])
    assert told.value("narrative") == "Telephone conference"
    assert [(clash.kind, clash.field, clash.value) for clash in told.clashes] == [("two_texts", "narrative", "Call with client")]


def test_an_edit_that_knew_the_other_is_no_clash():
    first = event("note", 1, "phone", {"narrative": ""}, narrative="Call")
    second = event("note", 2, "laptop", {"narrative": "Call"}, narrative="Call with client")
    assert track([event("start", 0), first, second]).clashes == ()


@pytest.mark.parametrize(
    ("offset", "expected"), [(-300, date(2026, 3, 3)), (0, date(2026, 3, 4)), (840, date(2026, 3, 4)), (-720, date(2026, 3, 3))]
)
def test_the_date_is_that_of_the_place_where_the_timer_started(offset: int, expected: date):
    assert local_date(datetime(2026, 3, 4, 3, 30, tzinfo=UTC), offset) == expected


def test_shared_stretches_are_found_and_joined():
    stretches = [(at(0), at(30)), (at(20), at(60)), (at(25), at(40)), (at(60), at(70))]
    assert shared_seconds(stretches) == [(at(20), at(40))]


moves = st.sampled_from(["start", "pause", "resume", "stop", "discard", "restore"])
told_events = st.lists(
    st.builds(event, moves, st.integers(0, 60), st.sampled_from(["phone", "laptop"])), max_size=12, unique_by=lambda one: one.id
)


@given(told_events, st.randoms())
def test_the_order_of_arrival_does_not_matter(events: list[TimerEvent], random: object):
    shuffled = list(events)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert track(shuffled) == track(events)


@given(told_events)
def test_stretches_follow_each_other_and_lie_between_start_and_end(events: list[TimerEvent]):
    told = track(events)
    ends = [edge for start, stop in told.stretches for edge in (start, stop or at(10_000))]
    assert ends == sorted(ends)
    assert (told.state is None) == (not told.stretches)
    assert (told.state == "running") == (bool(told.stretches) and told.stretches[-1][1] is None)
    if told.ended_at is not None:
        assert all(stop is not None and stop <= told.ended_at for _, stop in told.stretches)


@given(told_events)
def test_every_minute_is_counted_as_somebody_with_a_pencil_would(events: list[TimerEvent]):
    """Minute by minute, with one line per rule: what is measured, and what ran on after the end without being measured."""
    state, counted, ran_on, running_on = None, 0, 0, False
    for minute in range(61):
        for one in in_order(event for event in events if event.at == at(minute)):
            if state in ("stopped", "discarded"):
                state = "paused" if one.kind == "restore" and state == "discarded" else state
                running_on = one.kind == "resume" or (running_on and one.kind not in ("pause", "stop"))
            elif one.kind == "start" or (one.kind == "resume" and state):
                state = "running"
            elif state and one.kind in ("pause", "stop", "discard"):
                state = {"pause": "paused", "stop": "stopped", "discard": "discarded"}[one.kind]
        counted += state == "running"
        ran_on += running_on and state in ("stopped", "discarded")
    told = track(events)
    assert (told.state, told.measured_seconds(at(61))) == (state, counted * 60)
    kept = sum(clash.seconds for clash in told.clashes if clash.kind == "after_end")
    assert kept + (int((at(61) - told.runs_on_since).total_seconds()) if told.runs_on_since else 0) >= ran_on * 60
