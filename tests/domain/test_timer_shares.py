"""Minutes in which several timers of a person ran are counted once, to the second, whatever the rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.timer_shares import Piece, SharingRule, covered_seconds, overlaps, pieces_of, seconds_together, share

NINE = datetime(2026, 3, 4, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def at(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def piece(timer: str, start: int, stop: int, pressed: int | None = None) -> Piece:
    return Piece(timer, at(start), at(stop), at(start if pressed is None else pressed))


@st.composite
def days(draw: st.DrawFn) -> list[Piece]:
    """Up to five timers, each with stretches one after the other."""
    found = []
    for timer in "abcde"[: draw(st.integers(1, 5))]:
        edges = sorted(draw(st.lists(st.integers(0, 500), min_size=2, max_size=8)))
        found += [piece(timer, start, stop) for start, stop in zip(edges[::2], edges[1::2], strict=False)]
    return found


def longest(pieces: list[Piece], timer: str) -> int:
    return sum((one.stop - one.start) // SECOND for one in pieces if one.timer == timer)


@given(days(), st.sampled_from(SharingRule))
def test_what_all_count_is_the_length_of_the_union(pieces: list[Piece], rule: SharingRule):
    spans = [((one.start - NINE) // SECOND, (one.stop - NINE) // SECOND) for one in pieces]
    seconds = {second for start, stop in spans for second in range(start, stop)}
    counted = share(pieces, rule)
    assert sum(counted.values()) == len(seconds) == covered_seconds(pieces)
    assert all(0 <= counted[timer] <= longest(pieces, timer) for timer in counted)


@given(days(), st.sampled_from(SharingRule), st.data())
def test_what_is_billed_stays_and_still_nothing_is_counted_twice(pieces: list[Piece], rule: SharingRule, data: st.DataObject):
    """The first timers were counted before the others were heard of."""
    names = sorted({one.timer for one in pieces})
    known = names[: data.draw(st.integers(0, len(names)))]
    held = share([one for one in pieces if one.timer in known], rule)
    counted = share(pieces, rule, held)
    assert {timer: counted[timer] for timer in held} == held
    assert sum(counted.values()) <= covered_seconds(pieces)
    assert all(seconds >= 0 for seconds in counted.values())


@given(days(), days())
def test_who_ran_alone_loses_nothing(pieces: list[Piece], others: list[Piece]):
    alone = piece("z", 1_000, 1_777)
    assert share([*pieces, alone], SharingRule.SPLIT)["z"] == 777


@pytest.mark.parametrize(
    ("rule", "counted"),
    [
        (SharingRule.SPLIT, {"a": 1001 + 1000, "b": 1000 + 500}),
        (SharingRule.FIRST, {"a": 3001, "b": 500}),
        (SharingRule.LAST, {"a": 1000, "b": 2501}),
    ],
)
def test_the_rules_on_one_day(rule: SharingRule, counted: dict[str, int]):
    assert share([piece("a", 0, 3001), piece("b", 1000, 3501)], rule) == counted


def test_an_odd_second_goes_to_who_was_started_first():
    assert share([piece("b", 0, 7), piece("a", 0, 7, pressed=-9)], SharingRule.SPLIT) == {"a": 4, "b": 3}


def test_going_on_after_something_was_taken_off_is_not_starting_anew():
    rows = [("a", at(0), at(100), True), ("a", at(100), at(200), False), ("a", at(200), None, True), ("b", at(150), at(400), True)]
    pieces = pieces_of(rows, at(500))
    assert seconds_together(pieces) == {("a",): 200, ("b",): 50, ("a", "b"): 200}
    assert share(pieces, SharingRule.LAST) == {"a": 200, "b": 250}


def test_overlaps_are_named_with_their_times():
    pieces = [piece("a", 0, 100), piece("b", 50, 70), piece("b", 90, 130), piece("c", 100, 200)]
    assert overlaps(pieces, "a") == [("b", at(50), at(70)), ("b", at(90), at(100))]
    assert overlaps(pieces, "c") == [("b", at(100), at(130))]
