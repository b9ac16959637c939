"""Minutes in which several timers of a person ran are counted once, to the second, whatever the rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.timer_shares import (
    Piece,
    SharingRule,
    SharingRules,
    covered_seconds,
    overlaps,
    pieces_of,
    seconds_together,
    share,
    share_beside,
)
from tests.clock_seconds import held_twice

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
    shares = share_beside(pieces, rule, held, yielding=names[-1:])
    counted = shares.counted
    assert {timer: counted[timer] for timer in held} == held
    assert all(seconds >= 0 for seconds in counted.values())
    assert not shares.beyond
    assert not twice(counted, pieces)


@given(days(), st.sampled_from(SharingRule), st.data())
def test_whatever_is_held_no_other_gets_a_second_of_it(pieces: list[Piece], rule: SharingRule, data: st.DataObject):
    """What cannot be found for those that hold is what could be found in no way; of the others none is cut short of a second more."""
    names = sorted({one.timer for one in pieces})
    held = {timer: data.draw(st.integers(0, 600)) for timer in names if data.draw(st.booleans())}
    shares = share_beside(pieces, rule, held)
    assert sum(shares.beyond.values()) == twice(held, pieces) == twice(shares.counted, pieces)


def twice(counted: dict[str, int], pieces: list[Piece]) -> int:
    names = {name: number for number, name in enumerate(sorted({one.timer for one in pieces}))}
    stretches = {number: [(one.start, one.stop) for one in pieces if one.timer == name] for name, number in names.items()}
    return held_twice({names[name]: seconds for name, seconds in counted.items()}, stretches)


def test_who_yields_gives_first_and_who_ran_elsewhere_gives_nothing():
    pieces = [piece("a", 0, 30), piece("b", 0, 60), piece("c", 30, 60)]
    assert share_beside(pieces, SharingRule.SPLIT, {"b": 45}, yielding=["a"]).counted == {"a": 0, "b": 45, "c": 15}
    assert share_beside(pieces, SharingRule.SPLIT, {"b": 45}, yielding=["c"]).counted == {"a": 15, "b": 45, "c": 0}
    assert share_beside(pieces, SharingRule.SPLIT, {"b": 45, "c": 15}).counted == {"a": 0, "b": 45, "c": 15}
    assert share_beside(pieces, SharingRule.SPLIT, {"b": 10}).counted == {"a": 15, "b": 10, "c": 15}


def test_two_that_hold_move_aside_for_each_other():
    pieces = [piece("a", 0, 10), piece("b", 0, 20), piece("c", 10, 30)]
    held = {"a": 10, "b": 10, "c": 10}
    assert share_beside(pieces, SharingRule.LAST, held).beyond == {}
    assert share_beside(pieces, SharingRule.LAST, held | {"c": 20}).beyond == {"a": 10}


def test_what_was_billed_before_it_was_taken_off_is_found_where_it_was_measured():
    off = Piece("a", at(30), at(60), at(0), counts=False)
    pieces = [piece("a", 0, 30), off, piece("b", 30, 60)]
    assert share(pieces, SharingRule.SPLIT) == {"a": 30, "b": 30}
    assert share(pieces, SharingRule.SPLIT, {"a": 60}) == {"a": 60, "b": 0}


def test_more_than_ten_that_were_pressed_at_once_are_in_the_order_given():
    counted = share([piece(str(number), 0, 25) for number in range(1, 13)], SharingRule.SPLIT)
    assert counted == {str(number): 3 if number == 1 else 2 for number in range(1, 13)}


def test_a_change_of_the_rule_reaches_no_second_before_it():
    rules = SharingRules(SharingRule.LAST, ((at(20), SharingRule.FIRST), (at(40), SharingRule.SPLIT)))
    assert share([piece("a", 0, 100), piece("b", 10, 100)], rules) == {"a": 10 + 10 + 10, "b": 10 + 60}


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
