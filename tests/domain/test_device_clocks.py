"""What happened on a device gets the time at which it happened, whatever the device's clock shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.device_clocks import OLDEST, Reading, correct, correct_in_order

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NONE = timedelta()


def reading(
    minutes_ago: float, *, ahead: timedelta = timedelta(), known: timedelta | None = None, page: str = "p", slept: float = 0
) -> Reading:
    """What a device's clocks showed so many minutes before noon; `ahead` is how wrong its clock was, `known` what it knew of that."""
    happened = NOON - timedelta(minutes=minutes_ago)
    monotonic = int((600 - minutes_ago - slept) * 60_000)
    return Reading(happened + ahead, monotonic, page, None if known is None else int(known.total_seconds() * 1000))


def minutes_ago(at: datetime) -> float:
    return (NOON - at).total_seconds() / 60


def test_a_right_clock_is_believed():
    found = correct(reading(30, known=NONE), reading(0), received_at=NOON)
    assert (minutes_ago(found.at), found.flags) == (30, ())


@pytest.mark.parametrize("wrong", [timedelta(hours=2), timedelta(days=-1), timedelta(minutes=3), timedelta(days=400)])
@pytest.mark.parametrize("knew", [True, False])
def test_a_clock_that_is_wrong_all_the_time_is_corrected_and_flagged(wrong: timedelta, knew: bool):
    found = correct(reading(30, ahead=wrong, known=wrong if knew else None), reading(0, ahead=wrong), received_at=NOON)
    assert minutes_ago(found.at) == 30
    assert "clock_wrong" in found.flags
    assert "clock_changed" not in found.flags


@pytest.mark.parametrize("jump", [timedelta(hours=2), timedelta(days=-1), timedelta(minutes=-40), timedelta(days=30)])
def test_a_clock_set_anew_between_start_and_stop_does_not_change_how_long_it_was(jump: timedelta):
    start, stop = reading(60, known=NONE), reading(15, ahead=jump, known=NONE)
    found = correct_in_order([start, stop], reading(0, ahead=jump), received_at=NOON)
    assert [minutes_ago(one.at) for one in found] == [60, 15]
    assert "clock_changed" in found[1].flags


def test_a_clock_set_anew_on_a_device_that_never_heard_from_us_is_corrected_by_its_page():
    found = correct_in_order([reading(60), reading(15, ahead=2 * HOUR)], reading(0, ahead=2 * HOUR), received_at=NOON)
    assert [minutes_ago(one.at) for one in found] == [60, 15]


def test_a_post_that_was_slow_on_its_way_moves_nothing():
    found = correct(reading(15, ahead=2 * HOUR, known=NONE), reading(0, ahead=2 * HOUR, known=2 * HOUR), received_at=NOON + HOUR / 60)
    assert minutes_ago(found.at) == 15


def test_what_a_device_knew_of_its_clock_is_not_believed_against_the_arrival():
    found = correct(reading(15, ahead=2 * HOUR), reading(0, ahead=2 * HOUR, known=NONE), received_at=NOON)
    assert minutes_ago(found.at) == 15


def test_a_device_that_slept_lost_no_time():
    start, stop = reading(180, known=NONE), reading(30, known=NONE, slept=120)
    assert [minutes_ago(one.at) for one in correct_in_order([start, stop], reading(0, slept=120), received_at=NOON)] == [180, 30]
    unheard = [replace(start, ahead_ms=None), replace(stop, ahead_ms=None)]
    assert [minutes_ago(one.at) for one in correct_in_order(unheard, reading(0, slept=120), received_at=NOON)] == [180, 30]


def test_an_event_from_an_earlier_page_is_corrected_by_the_wall_clock():
    found = correct(reading(90, ahead=HOUR, page="before"), reading(0, ahead=HOUR), received_at=NOON)
    assert minutes_ago(found.at) == 90


def test_an_offset_of_the_wall_clock_is_no_error():
    zone = timezone(timedelta(hours=-8))
    shown = replace(reading(10, known=NONE), wall=(NOON - timedelta(minutes=10)).astimezone(zone))
    assert correct(shown, reading(0), received_at=NOON).flags == ()


def test_what_cannot_be_is_put_at_the_nearest_moment_that_can_and_flagged():
    absurd = Reading(datetime(1980, 1, 6, tzinfo=UTC), None, "", 0)
    found = correct(absurd, reading(0), received_at=NOON)
    assert found.at == NOON - OLDEST
    assert "too_old" in found.flags
    later = correct(Reading(NOON + 3 * HOUR, None, "", 0), reading(0), received_at=NOON)
    assert later.at == NOON
    assert "in_future" in later.flags


def page_of(name: str, *minutes: float, ahead: timedelta = NONE) -> list[Reading]:
    """Readings so many minutes before noon in one page load of a device that knew its clock to be right."""
    return [Reading(NOON - timedelta(minutes=ago) + ahead, int((minutes[0] - ago) * 60_000) + 1_000, name, 0) for ago in minutes]


def corrected(*pages: list[Reading], after: float = 300) -> list[float]:
    told = [reading for page in pages for reading in page]
    found = correct_in_order(told, reading(0, page="sends", known=NONE), received_at=NOON, after=NOON - timedelta(minutes=after))
    return [minutes_ago(one.at) for one in found]


def test_a_clock_that_was_ahead_for_a_while_takes_nothing_from_what_came_after_it():
    assert corrected(page_of("wrong", 125, 105, ahead=HOUR), page_of("right", 100, 80)) == [120, 100, 100, 80]


def test_a_clock_that_was_behind_for_a_while_keeps_how_long_it_was():
    pages = page_of("first", 200, 190), page_of("wrong", 125, 105, ahead=-timedelta(days=1)), page_of("right", 100, 80)
    assert corrected(*pages) == [200, 190, 190, 170, 100, 80]


def test_an_hour_that_the_page_slept_or_the_clock_was_set_ahead_stays_and_is_flagged_where_what_follows_gives_it_away():
    start, stop = page_of("set", 125, 105)
    told = [start, replace(stop, wall=stop.wall + HOUR), *page_of("right", 100, 80)]
    found = correct_in_order(told, reading(0, page="sends", known=NONE), received_at=NOON)
    assert [minutes_ago(one.at) for one in found] == [180, 100, 100, 80]
    assert ["out_of_order" in one.flags for one in found] == [True, True, False, False]


def test_a_clock_set_back_during_a_timer_of_a_page_that_is_gone_counts_as_its_page_did():
    start, stop = page_of("set", 125, 105)
    assert corrected([start, replace(stop, wall=stop.wall - HOUR)]) == [125, 105]


def test_many_events_of_a_wrong_clock_do_not_squeeze_the_few_of_a_right_one():
    wrong = page_of("wrong", 130, 128, 126, 124, 122, 120, 110, ahead=timedelta(minutes=109))
    assert corrected(wrong, page_of("right", 100, 80))[-2:] == [100, 80]


@st.composite
def pages_of_a_day(draw: st.DrawFn) -> list[tuple[timedelta, list[int]]]:
    """For each page load how wrong its clock was, and when its events were, in seconds before noon, all in order."""
    ages = sorted(draw(st.lists(st.integers(1, 80_000), min_size=1, max_size=12)), reverse=True)
    cuts = sorted(draw(st.sets(st.integers(1, len(ages)), max_size=4)))
    parts = [ages[first:last] for first, last in zip([0, *cuts], [*cuts, len(ages)], strict=True)]
    return [(timedelta(seconds=draw(st.just(0) | st.integers(-90_000, 90_000))), part) for part in parts if part]


@given(pages_of_a_day())
def test_whatever_was_wrong_with_the_clock_in_which_page_every_page_took_as_long_as_it_took(day: list[tuple[timedelta, list[int]]]):
    pages = [page_of(str(name), *(age / 60 for age in ages), ahead=ahead) for name, (ahead, ages) in enumerate(day)]
    told = [reading for page in pages for reading in page]
    found = iter(correct_in_order(told, reading(0, page="sends", known=NONE), received_at=NOON, after=NOON - timedelta(days=1)))
    for _, ages in day:
        times = [next(found).at for _ in ages]
        assert abs((times[-1] - times[0]).total_seconds() - (ages[0] - ages[-1])) <= 1


@given(pages_of_a_day())
def test_a_clock_that_was_right_on_every_page_is_believed_on_every_page(day: list[tuple[timedelta, list[int]]]):
    told = [reading for name, (_, ages) in enumerate(day) for reading in page_of(str(name), *(age / 60 for age in ages))]
    found = correct_in_order(told, reading(0, page="sends", known=NONE), received_at=NOON, after=NOON - timedelta(days=1))
    assert [round((NOON - one.at).total_seconds()) for one in found] == [age for _, ages in day for age in ages]
    assert not [one.flags for one in found if one.flags]


instants = st.integers(0, 220 * 31_556_952).map(
    lambda seconds: datetime(1975, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds, milliseconds=7)
)
readings = st.builds(
    Reading,
    instants,
    st.none() | st.integers(0, 10**9),
    st.sampled_from(["", "p", "q"]),
    st.none() | st.integers(-(10**10), 10**10),
)


@given(st.lists(readings, max_size=8), readings, instants)
def test_whatever_the_clocks_say_events_stay_in_order_and_before_their_arrival(told: list[Reading], sent: Reading, received_at: datetime):
    found = correct_in_order(told, sent, received_at=received_at)
    times = [one.at for one in found]
    assert times == sorted(times)
    assert all(at <= received_at and at.microsecond == 0 for at in times)


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=8), st.integers(-(10**6), 10**6), st.booleans())
def test_a_steady_clock_however_wrong_gives_the_true_times(ages: list[int], ahead_seconds: int, knew: bool):
    ahead = timedelta(seconds=ahead_seconds)
    ages.sort(reverse=True)
    told = [
        Reading(NOON - timedelta(seconds=age) + ahead, (20_000 - age) * 1000, "p", ahead_seconds * 1000 if knew else None) for age in ages
    ]
    found = correct_in_order(told, Reading(NOON + ahead, 20_000_000, "p"), received_at=NOON)
    assert [int((NOON - one.at).total_seconds()) for one in found] == ages
