"""Shares in percent: read and written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.errors import InvalidInput
from lexapp.domain.shares import parse_percent, percent_text


@pytest.mark.parametrize(("text", "points"), [("60", 6_000), ("33.33", 3_333), ("12.5 %", 1_250), (" 100% ", 10_000), ("0.01", 1)])
def test_a_share_is_read_in_percent(text: str, points: int):
    assert parse_percent(text) == points


@pytest.mark.parametrize("text", ["", "0", "-1", "100.01", "1e2", "NaN", "33.333", "６０", "1,5", "60 percent", "0.001", "999"])
def test_what_is_no_share_is_refused_with_a_sentence(text: str):
    with pytest.raises(InvalidInput) as refusal:
        parse_percent(text)
    assert refusal.value.message.endswith(".")


@given(st.integers(1, 10_000))
def test_what_is_written_is_read_back(points: int):
    assert parse_percent(percent_text(points)) == points
