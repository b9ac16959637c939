"""Gaps, overlaps and lanes of a day."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.day_lines import Span, gaps, lanes, overlaps

SPANS = st.lists(
    st.tuples(st.integers(0, 1439), st.integers(0, 300)).map(lambda one: Span(one[0], min(one[0] + one[1], 1440))), max_size=12
)


def minutes(spans: list[Span]) -> list[int]:
    return [minute for span in spans for minute in range(span.begin, span.end)]


def test_a_day_with_a_lunch_break():
    measured = [Span(540, 720), Span(765, 900), Span(880, 1000)]
    assert gaps(measured) == [Span(720, 765), Span(1000, 1080)]
    assert overlaps(measured) == [Span(880, 900)]
    assert lanes(measured) == [0, 0, 1]


def test_a_day_without_anything_is_one_gap():
    assert gaps([]) == [Span(540, 1080)]
    assert gaps([], end=545) == []


@given(SPANS)
def test_every_minute_of_work_is_measured_or_in_a_gap(measured: list[Span]):
    found = gaps(measured, shortest=1)
    assert set(minutes(found)) == set(range(540, 1080)) - set(minutes(measured))
    assert len(minutes(found)) == len(set(minutes(found)))


@given(SPANS)
def test_what_is_measured_twice_is_said_once(measured: list[Span]):
    counted = minutes(measured)
    assert sorted(minutes(overlaps(measured))) == sorted({minute for minute in counted if counted.count(minute) > 1})


@given(SPANS)
def test_spans_of_a_lane_do_not_overlap(measured: list[Span]):
    chosen = lanes(measured)
    for lane in set(chosen):
        assert not overlaps([span for span, own in zip(measured, chosen, strict=True) if own == lane])
