from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.durations import check_day, format_clock, format_hours, format_typed, parse_duration
from lexapp.domain.errors import InvalidInput

EXAMPLES = "for example 1h 12m, 1:12, 72min or 1.2"
MISSING = f"Type how long it took, {EXAMPLES}."
UNREADABLE = f"That is not a duration. Type it as hours or minutes, {EXAMPLES}."
NEGATIVE = "Time cannot be negative. Type it without the minus sign."
ZERO = f"Type a time above zero, {EXAMPLES}."
OVER = "One entry holds at most 24 hours. Split longer work over its days."


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1h 12m", 4320),
        ("1h12m", 4320),
        ("1h12", 4320),
        ("1 hour 12 minutes", 4320),
        ("1:12", 4320),
        ("01:12:00", 4320),
        ("1:12:30", 4350),
        ("72min", 4320),
        ("72 m", 4320),
        ("1.2h", 4320),
        ("1,2h", 4320),
        ("1.2", 4320),
        ("1,2", 4320),
        (" 1.2 ", 4320),
        ("1H 12M", 4320),
        ("0.3", 1080),
        (".3", 1080),
        (",3", 1080),
        ("90m", 5400),
        ("1.5h 30m", 7200),
        ("1", 3600),
        ("2h", 7200),
        ("45s", 45),
        ("10s", 10),
        ("100m", 6000),
        ("10h 05", 36_300),
        ("10h 20", 37_200),
        ("0.05", 180),
        ("0,05", 180),
        ("2,05h", 7380),
        (".05", 180),
        ("1s", 1),
        ("1h 1m 1s", 3661),
        ("0:01", 60),
        ("0.0833", 300),
        ("24", 86_400),
        ("24:00", 86_400),
    ],
)
def test_durations_are_read_as_lawyers_type_them(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "sentence", "code"),
    [
        ("", MISSING, "duration_missing"),
        ("  ", MISSING, "duration_missing"),
        (None, MISSING, "duration_missing"),
        (1.2, MISSING, "duration_missing"),
        (True, MISSING, "duration_missing"),
        ([], MISSING, "duration_missing"),
        ("0", ZERO, "duration_zero"),
        ("0h", ZERO, "duration_zero"),
        ("0:00", ZERO, "duration_zero"),
        ("00:00:00", ZERO, "duration_zero"),
        ("0.0001", ZERO, "duration_zero"),
        ("-1", NEGATIVE, "duration_negative"),
        ("-1:12", NEGATIVE, "duration_negative"),
        ("−1h", NEGATIVE, "duration_negative"),
        ("24:01", OVER, "duration_over_a_day"),
        ("24:00:01", OVER, "duration_over_a_day"),
        ("100h", OVER, "duration_over_a_day"),
        ("1441m", OVER, "duration_over_a_day"),
        ("72", f"{OVER} For minutes, type 72min.", "duration_over_a_day"),
        ("1440", f"{OVER} For minutes, type 1440min.", "duration_over_a_day"),
        ("1441", OVER, "duration_over_a_day"),
        ("999999", OVER, "duration_over_a_day"),
        ("1:60", UNREADABLE, "duration_unreadable"),
        ("1:5", UNREADABLE, "duration_unreadable"),
        ("1:12:60", UNREADABLE, "duration_unreadable"),
        ("1:12:00:00", UNREADABLE, "duration_unreadable"),
        ("1,200", UNREADABLE, "duration_unreadable"),
        ("1.2.3", UNREADABLE, "duration_unreadable"),
        ("1.", UNREADABLE, "duration_unreadable"),
        ("h", UNREADABLE, "duration_unreadable"),
        ("m30", UNREADABLE, "duration_unreadable"),
        ("30m 1h", UNREADABLE, "duration_unreadable"),
        ("1h 1h", UNREADABLE, "duration_unreadable"),
        ("1e3", UNREADABLE, "duration_unreadable"),
        ("NaN", UNREADABLE, "duration_unreadable"),
        ("inf", UNREADABLE, "duration_unreadable"),
        ("0x10", UNREADABLE, "duration_unreadable"),
        ("1_0", UNREADABLE, "duration_unreadable"),
        ("１:１２", UNREADABLE, "duration_unreadable"),
        ("٣", UNREADABLE, "duration_unreadable"),
        ("1 day", UNREADABLE, "duration_unreadable"),
        ("1h\x00", UNREADABLE, "duration_unreadable"),
        ("1" * 5000, UNREADABLE, "duration_unreadable"),
    ],
)
def test_what_is_no_duration_is_refused_with_a_sentence_that_helps(text, sentence, code):
    with pytest.raises(InvalidInput) as refusal:
        parse_duration(text)
    assert (str(refusal.value), refusal.value.code) == (sentence, code)


@given(st.integers(1, 86_400))
def test_a_clock_is_read_back(seconds):
    assert parse_duration(format_clock(seconds)) == seconds


@given(st.integers(1, 2400))
def test_shown_hours_are_read_back(hundredths):
    assert parse_duration(format_hours(hundredths)) == hundredths * 36


@given(st.text(max_size=45))
def test_any_text_is_a_duration_or_a_refusal_and_never_an_accident(text):
    with suppress(InvalidInput):
        assert 1 <= parse_duration(text) <= 86_400


def test_three_times_a_tenth_of_an_hour_is_three_tenths():
    assert 3 * parse_duration("0.1") == parse_duration("0.3")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00:00"), (4320, "1:12:00"), (59, "0:00:59"), (360_000, "100:00:00"), (-61, "-0:01:01")]
)
def test_a_clock_is_written_with_hours_minutes_and_seconds(seconds, text):
    assert format_clock(seconds) == text


@pytest.mark.parametrize(("hundredths", "text"), [(0, "0.00"), (5, "0.05"), (120, "1.20"), (-120, "-1.20"), (100_000, "1000.00")])
def test_hours_are_written_with_two_decimals(hundredths, text):
    assert format_hours(hundredths) == text


def test_a_day_holds_twenty_four_hours_of_one_timekeeper():
    check_day(80_000, 6_400)
    with pytest.raises(InvalidInput, match=r"^A day has 24 hours, and 1:46:40 are left\. Shorten the entry or change its date\.$"):
        check_day(80_000, 6_401)
    with pytest.raises(InvalidInput, match=r"^A day has 24 hours, and all of them are recorded\. Change the date or another entry\.$"):
        check_day(90_000, 1)


@pytest.mark.parametrize(
    ("seconds", "text"), [(26_400, "7:20"), (4_320, "1.20"), (60, "0:01"), (7_200, "2.00"), (3_432, "0:57:12"), (36, "0.01")]
)
def test_a_duration_is_shown_as_it_was_typed_and_read_back_the_same(seconds: int, text: str):
    assert format_typed(seconds) == text
    assert parse_duration(text) == seconds
