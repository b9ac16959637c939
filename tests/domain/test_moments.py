from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput
from lexapp.domain.moments import elapsed_seconds, local_instant, parse_date, parse_instant, parse_work_date, refuse_overlap

NEW_YORK = ZoneInfo("America/New_York")
UNREADABLE = "Type a date as year-month-day, for example 2026-02-28."
IMPOSSIBLE = "There is no such day. Check the month and the day."
YEAR = "Check the year: it must lie between 1970 and 2199."


@pytest.mark.parametrize("text", ["2026-02-28", "2024-02-29", " 2026-12-31 ", "1970-01-02", "2199-12-31"])
def test_dates_are_read(text):
    assert parse_date(text).isoformat() == text.strip()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", UNREADABLE),
        (None, UNREADABLE),
        (20260228, UNREADABLE),
        ("28.02.2026", UNREADABLE),
        ("02/28/2026", UNREADABLE),
        ("2026-2-8", UNREADABLE),
        ("12026-01-01", UNREADABLE),
        ("-2026-01-01", UNREADABLE),
        ("２０２６-01-01", UNREADABLE),
        ("1767225600", UNREADABLE),
        ("2026-01-01T00:00", UNREADABLE),
        ("2026-02-29", IMPOSSIBLE),
        ("2026-02-30", IMPOSSIBLE),
        ("2026-13-01", IMPOSSIBLE),
        ("0000-01-01", IMPOSSIBLE),
        ("1900-01-01", YEAR),
        ("9999-12-31", YEAR),
        ("1970-01-01", YEAR),
    ],
)
def test_what_is_no_date_is_refused_with_a_sentence_that_helps(text, sentence):
    with pytest.raises(InvalidInput) as refusal:
        parse_date(text)
    assert str(refusal.value) == sentence


def test_work_is_not_dated_in_the_future():
    today = date(2026, 3, 1)
    assert parse_work_date("2026-03-01", today=today) == today
    with pytest.raises(InvalidInput, match=r"^That day has not come yet\. Type today’s date or an earlier one\.$"):
        parse_work_date("2026-03-02", today=today)


@pytest.mark.parametrize(
    ("text", "in_utc"),
    [
        ("2026-02-28T09:30:00+01:00", "2026-02-28T08:30:00+00:00"),
        ("2026-02-28T09:30:00.250Z", "2026-02-28T09:30:00.250000+00:00"),
        ("2026-02-28 23:30-05:00", "2026-03-01T04:30:00+00:00"),
        ("2026-01-01T00:00:00+14:00", "2025-12-31T10:00:00+00:00"),
    ],
)
def test_instants_are_read_with_their_offset(text, in_utc):
    assert parse_instant(text).astimezone(UTC).isoformat() == in_utc


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1767225600", "instant_unreadable"),
        (1767225600000, "instant_unreadable"),
        (None, "instant_unreadable"),
        ("now", "instant_unreadable"),
        ("12026-02-28T09:30:00Z", "instant_unreadable"),
        ("2026-02-28T09:30:00+1", "instant_unreadable"),
        ("2026-02-28T09:30:00", "instant_without_offset"),
        ("2026-02-28T09:30:00+25:00", "instant_impossible"),
        ("2026-02-28T25:00:00Z", "instant_impossible"),
        ("2026-02-29T09:30:00Z", "instant_impossible"),
        ("2026-02-28T09:30:00+14:30", "instant_offset"),
        ("1900-02-28T09:30:00Z", "year_out_of_range"),
        ("9999-12-31T23:59:59Z", "year_out_of_range"),
    ],
)
def test_what_is_no_instant_is_refused(text, code):
    with pytest.raises(InvalidInput) as refusal:
        parse_instant(text)
    assert refusal.value.code == code
    assert refusal.value.message.endswith(".")


def test_a_time_that_the_clocks_skip_is_refused():
    with pytest.raises(InvalidInput, match="clocks skip that time"):
        local_instant(date(2026, 3, 8), time(2, 30), NEW_YORK)
    assert local_instant(date(2026, 3, 8), time(3, 0), NEW_YORK) == datetime(2026, 3, 8, 7, 0, tzinfo=UTC)


def test_of_a_time_that_comes_twice_the_first_is_meant_unless_the_second_is_asked_for():
    assert local_instant(date(2026, 11, 1), time(1, 30), NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert local_instant(date(2026, 11, 1), time(1, 30, fold=1), NEW_YORK) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def test_work_over_the_change_of_the_clocks_takes_the_time_it_took():
    start = datetime(2026, 3, 8, 1, 0, tzinfo=NEW_YORK)
    assert elapsed_seconds(start, datetime(2026, 3, 8, 3, 0, tzinfo=NEW_YORK)) == 3600
    first = datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK)
    assert elapsed_seconds(first, first.replace(fold=1)) == 3600


def test_an_end_before_its_start_is_refused():
    start = datetime(2026, 2, 28, 9, 0, tzinfo=UTC)
    assert elapsed_seconds(start, start) == 0
    with pytest.raises(InvalidInput, match=r"^The end is before the start\. Change one of the two\.$"):
        elapsed_seconds(start, start - timedelta(seconds=1))


def test_parts_of_a_second_are_not_counted():
    start = datetime(2026, 2, 28, 9, 0, tzinfo=UTC)
    assert repr(elapsed_seconds(start, start + timedelta(seconds=1, milliseconds=900))) == "1"


@pytest.mark.parametrize(("on", "text"), [(date(2026, 1, 1), "Jan 1, 2026"), (date(2024, 12, 31), "Dec 31, 2024")])
def test_a_date_is_written_in_the_same_words_everywhere(on, text):
    assert day_text(on) == text


def test_overlapping_times_are_refused_and_touching_ones_are_not():
    nine = datetime(2026, 2, 28, 9, 0, tzinfo=UTC)
    hour = timedelta(hours=1)
    refuse_overlap([(nine + hour, nine + 2 * hour), (nine, nine + hour)])
    with pytest.raises(InvalidInput, match=r"^Two of these times overlap\. Shorten or move one of them\.$"):
        refuse_overlap([(nine, nine + hour), (nine + hour / 2, nine + 2 * hour)])


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_a_refusal(text):
    for read in (parse_date, parse_instant):
        with suppress(InvalidInput):
            assert 1970 <= read(text).year <= 2199
