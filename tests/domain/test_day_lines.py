"""Gaps and lanes of a day, and what a clock on the wall shows of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.day_lines import Span, gaps, lanes, span_on

SPANS = st.lists(
    st.tuples(st.integers(0, 1439), st.integers(0, 300)).map(lambda one: Span(one[0], min(one[0] + one[1], 1440))), max_size=12
)


def minutes(spans: list[Span]) -> list[int]:
    return [minute for span in spans for minute in range(span.begin, span.end)]


def test_a_day_with_a_lunch_break():
    measured = [Span(540, 720), Span(765, 900), Span(880, 1000)]
    assert gaps(measured) == [Span(720, 765), Span(1000, 1080)]
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
def test_spans_of_a_lane_do_not_overlap(measured: list[Span]):
    chosen = lanes(measured)
    for lane in set(chosen):
        mine = sorted(span for span, own in zip(measured, chosen, strict=True) if own == lane)
        assert all(one.end <= following.begin for one, following in pairwise(mine))


NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("day", "began", "minutes", "span"),
    [
        (date(2026, 3, 8), datetime(2026, 3, 8, 6, 30, tzinfo=UTC), 60, Span(90, 210)),  # 1:30 to 3:30: two o'clock is left out
        (date(2026, 11, 1), datetime(2026, 11, 1, 5, 30, tzinfo=UTC), 60, Span(90, 90)),  # 1:30 to 1:30, an hour later
        (date(2028, 2, 29), datetime(2028, 3, 1, 4, 30, tzinfo=UTC), 60, Span(1410, 1440)),  # over midnight
        (date(2028, 3, 1), datetime(2028, 3, 1, 4, 30, tzinfo=UTC), 60, Span(0, 30)),
    ],
)
def test_what_the_clock_on_the_wall_shows(day: date, began: datetime, minutes: int, span: Span):
    assert span_on(day, NEW_YORK, began, began + timedelta(minutes=minutes)) == span
