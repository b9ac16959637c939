"""Numbering patterns: what may be set, and what they print."""

from datetime import date

import pytest

from lexapp.domain.errors import InvalidInput
from lexapp.domain.numbering import NumberPattern

DAY = date(2026, 3, 9)


@pytest.mark.parametrize(
    ("pattern", "number", "text", "series"),
    [
        ("{year}-{number:04}", 147, "2026-0147", "matter:2026-#"),
        ("INV-{year}-{number:04}", 12_345, "INV-2026-12345", "matter:INV-2026-#"),
        ("{number}", 7, "7", "matter:#"),
        ("{yy}{month}/{number:3}", 5, "2603/005", "matter:2603/#"),
        (" B.{number:02} ", 5, "B.05", "matter:B.#"),
    ],
)
def test_a_pattern_prints_a_number_and_names_its_series(pattern: str, number: int, text: str, series: str):
    parsed = NumberPattern.parse(pattern)
    assert (parsed.text(number, DAY), parsed.series("matter", DAY)) == (text, series)


def test_a_year_counts_afresh_where_the_pattern_prints_it():
    yearly, forever = NumberPattern.parse("{year}-{number}"), NumberPattern.parse("M{number}")
    later = date(2027, 1, 1)
    assert yearly.series("matter", DAY) != yearly.series("matter", later)
    assert forever.series("matter", DAY) == forever.series("matter", later)


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("", "once"),
        ("INV", "once"),
        ("{number}{number}", "once"),
        ("{nmber}", "not known"),
        ("{number:4x}", "not known"),
        ("{number.__class__}", "not known"),
        ("{0}", "not known"),
        ("{month}-{number}", "also needs {year}"),
        ("<b>{number}", "Use letters"),
        ("{{number}}", "Use letters"),
        ("{number", "once"),
        ("n\u0000{number}", "Use letters"),
        ("x" * 25 + "{number}", "Keep it to 30"),
    ],
)
def test_a_pattern_that_cannot_work_is_refused_with_what_to_do(pattern: str, told: str):
    with pytest.raises(InvalidInput) as refusal:
        NumberPattern.parse(pattern, field="pattern")
    assert told in refusal.value.message
    assert refusal.value.field == "pattern"
