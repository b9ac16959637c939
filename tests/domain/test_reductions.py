"""Agreed discounts and caps: no line below zero, no cap passed, and neither order nor number of bills changes what they come to."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.errors import InvalidInput
from lexapp.domain.money import Money
from lexapp.domain.periods import month_of
from lexapp.domain.pricing import LineKind
from lexapp.domain.reductions import (
    Cap,
    Charged,
    Counts,
    Reckoning,
    Tier,
    VolumeDiscount,
    Window,
    amount_discount,
    check_percent,
    check_tiers,
    cut,
    early_payment,
    passed,
    percent_discount,
    reached_on,
)
from lexapp.domain.rounding import round_half_up
from lexapp.domain.shares import WHOLE, parse_percent
from tests.examples import money_property
from tests.markdown_tables import table_under

NEW_YEAR = date(2026, 1, 1)
CODES = ("", "L110", "L320", "L450")


def minor(text: str) -> int:
    return Money.parse(text, "USD").minor


def minors(text: str) -> list[int]:
    return [minor(one) for one in text.split(", ")]


@st.composite
def bills(draw: st.DrawFn) -> list[Charged]:
    size = draw(st.integers(0, 12))
    return [
        Charged(
            draw(st.sampled_from(LineKind)),
            NEW_YEAR + timedelta(days=draw(st.integers(0, 150))),
            place,
            draw(st.integers(0, 5_000_00)),
            draw(st.sampled_from(CODES)),
        )
        for place in range(size)
    ]


@st.composite
def volumes(draw: st.DrawFn) -> VolumeDiscount:
    starts = sorted(draw(st.sets(st.integers(0, 20_000_00), min_size=1, max_size=4)))
    points = sorted(draw(st.sets(st.integers(1, WHOLE), min_size=len(starts), max_size=len(starts))))
    found = VolumeDiscount(tuple(map(Tier, starts, points)), draw(st.sampled_from(Reckoning)), draw(st.sampled_from(Counts)))
    check_tiers(found.tiers)
    return found


caps = st.builds(
    Cap,
    limit_minor=st.integers(1, 8_000_00),
    begins_on=st.dates(NEW_YEAR - timedelta(days=40), NEW_YEAR + timedelta(days=90)),
    window=st.sampled_from(Window),
    counts=st.sampled_from(Counts),
    phase=st.sampled_from(["", "L100", "L300"]),
)


def fees_of(lines: list[Charged], counts: Counts) -> int:
    kinds = {Counts.FEES: (LineKind.TIME, LineKind.FIXED_FEE), Counts.ALL: tuple(LineKind), Counts.TIME: (LineKind.TIME,)}[counts]
    return sum(line.amount_minor for line in lines if line.kind in kinds)


# ── discounts ────────────────────────────────────────────────────────────────────────────────────


@money_property
@given(bills(), st.integers(1, WHOLE), st.sampled_from(Counts))
def test_a_discount_by_percent_is_rounded_once_and_the_lines_add_up_to_it(lines: list[Charged], points: int, counts: Counts):
    off = percent_discount(lines, points, counts)
    assert -sum(off) == round_half_up(fees_of(lines, counts) * points, WHOLE)
    assert all(-line.amount_minor <= part <= 0 for line, part in zip(lines, off, strict=True))
    assert all(line.is_fee or not part for line, part in zip(lines, off, strict=True)) or counts is Counts.ALL


@given(bills(), st.integers(0, 9_000_00), st.sampled_from(Counts))
def test_a_discount_of_an_amount_takes_no_more_than_there_is(lines: list[Charged], discount: int, counts: Counts):
    off = amount_discount(lines, discount, counts)
    assert -sum(off) == min(discount, fees_of(lines, counts))
    assert all(-line.amount_minor <= part <= 0 for line, part in zip(lines, off, strict=True))


@money_property
@given(volumes(), st.lists(bills(), max_size=6))
def test_a_discount_by_volume_comes_to_the_same_in_however_many_bills(discount: VolumeDiscount, year: list[list[Charged]]):
    billed = given = 0
    for lines in year:
        off = discount.taken_off(lines, billed_before_minor=billed, given_minor=given)
        assert all(-line.amount_minor <= part <= 0 for line, part in zip(lines, off, strict=True))
        of_bill = fees_of(lines, discount.counts)
        billed, given = billed + of_bill, given - sum(off)
        owed = discount.due_on(billed) - given
        assert owed == 0 or (owed > 0 and -sum(off) == of_bill), "all of it is given, unless the bill is used up"


@given(volumes(), st.integers(0, 30_000_00), st.integers(0, 30_000_00))
def test_who_is_billed_more_is_given_no_less(discount: VolumeDiscount, one: int, other: int):
    less, more = sorted((one, other))
    assert 0 <= discount.due_on(less) <= discount.due_on(more) <= more


@pytest.mark.parametrize("row", table_under("money.md", "Discounts by volume"), ids=lambda row: f"{row['Steps']} of {row['Off']}")
def test_discounts_by_volume_as_the_document_says(row: dict[str, str]):
    steps = [step.split(" % above ") for step in row["Steps"].split("; ")]
    tiers = tuple(Tier(minor(above), parse_percent(percent)) for percent, above in steps)
    discount = VolumeDiscount(tiers, Reckoning.EVERYTHING if row["Off"] == "everything" else Reckoning.ABOVE)
    found: list[int] = []
    billed: list[int] = []
    for amount in minors(row["Bills of the year"]):
        lines = [Charged(LineKind.TIME, NEW_YEAR, 1, amount)]
        found.append(-sum(discount.taken_off(lines, billed_before_minor=sum(billed), given_minor=sum(found))))
        billed.append(amount)
    assert found == minors(row["Taken off each"])


@pytest.mark.parametrize(
    ("tiers", "words", "field"),
    [
        ([], "one to 20 steps", "tiers"),
        ([(0, 0)], "between 0.01 and 100 percent", "percent_1"),
        ([(0, 10_001)], "between 0.01 and 100 percent", "percent_1"),
        ([(-1, 500)], "zero or above", "above_1"),
        ([(100, 500), (100, 900)], "above the one before", "above_2"),
        ([(100, 500), (50, 900)], "above the one before", "above_2"),
        ([(100, 500), (200, 500)], "more off than the one before", "percent_2"),
        ([(100, 500), (200, 400)], "more off than the one before", "percent_2"),
    ],
)
def test_steps_that_cannot_stand_are_refused(tiers: list[tuple[int, int]], words: str, field: str):
    with pytest.raises(InvalidInput, match=words) as caught:
        check_tiers([Tier(*tier) for tier in tiers])
    assert caught.value.field == field


def test_a_discount_of_nothing_or_of_more_than_everything_is_refused_beside_its_field():
    for points in (0, -5, WHOLE + 1):
        with pytest.raises(InvalidInput) as caught:
            check_percent(points, field="discount")
        assert caught.value.field == "discount"


def test_paying_through_the_last_day_is_early_and_the_day_after_is_not():
    agreed = {"issued_on": NEW_YEAR, "days": 10}
    assert early_payment(1_234_55, 200, **agreed, paid_on=date(2026, 1, 11)) == 24_69
    assert early_payment(1_234_55, 200, **agreed, paid_on=date(2026, 1, 12)) == 0


# ── caps ─────────────────────────────────────────────────────────────────────────────────────────


def counted_by_month(lines: list[Charged], off: tuple[int, ...], cap: Cap) -> dict[date, int]:
    found: dict[date, int] = {}
    for line, part in zip(lines, off, strict=True):
        if cap.holds(line):
            found[month_of(line.dated_on)] = found.get(month_of(line.dated_on), 0) + line.amount_minor + part
    return found


@money_property
@given(bills(), caps)
def test_no_window_is_billed_above_its_cap_and_nothing_below_it_is_cut(lines: list[Charged], cap: Cap):
    found = cut(lines, cap, {})
    assert found.beyond_minor == -sum(found.taken_off)
    for line, part in zip(lines, found.taken_off, strict=True):
        assert -line.amount_minor <= part <= 0
        assert cap.holds(line) or not part
    months = counted_by_month(lines, found.taken_off, cap)
    assert {month: minor for month, minor in found.billed.items() if minor} == {month: minor for month, minor in months.items() if minor}
    if cap.window is Window.MONTH:
        assert all(minor <= cap.limit_minor for minor in months.values())
    elif cap.window is Window.WHOLE:
        assert sum(months.values()) <= cap.limit_minor
        assert not found.beyond_minor or sum(months.values()) == cap.limit_minor
    else:
        first = month_of(cap.begins_on)
        for month in months:
            brought = cap.limit_minor * ((month.year - first.year) * 12 + month.month - first.month + 1)
            assert sum(minor for when, minor in months.items() if when <= month) <= brought


@money_property
@given(bills(), caps, st.randoms())
def test_the_order_in_which_lines_come_does_not_change_what_is_cut_of_each(lines: list[Charged], cap: Cap, chance: random.Random):
    expected = dict(zip([line.place for line in lines], cut(lines, cap, {}).taken_off, strict=True))
    shuffled = chance.sample(lines, len(lines))
    assert dict(zip([line.place for line in shuffled], cut(shuffled, cap, {}).taken_off, strict=True)) == expected


@given(bills(), caps, st.integers(0, 12))
def test_billed_in_two_bills_in_the_order_of_the_days_is_billed_as_in_one(lines: list[Charged], cap: Cap, at: int):
    ordered = sorted(lines, key=lambda line: (line.dated_on, line.place))
    first = cut(ordered[:at], cap, {})
    second = cut(ordered[at:], cap, first.billed)
    assert (*first.taken_off, *second.taken_off) == cut(ordered, cap, {}).taken_off


@given(bills(), bills(), caps)
def test_late_lines_of_earlier_months_take_nothing_that_a_later_month_was_billed(early: list[Charged], late: list[Charged], cap: Cap):
    first = cut(late, cap, {})
    after = cut(early, cap, first.billed)
    for month in after.billed:
        if cap.window is Window.ROLLING:
            brought = cap.limit_minor * ((month.year - cap.begins_on.year) * 12 + month.month - cap.begins_on.month + 1)
            assert sum(minor for when, minor in after.billed.items() if when <= month) <= brought


@pytest.mark.parametrize("row", table_under("money.md", "Caps"), ids=lambda row: f"{row['Cap']}: {row['Lines']}")
def test_caps_as_the_document_says(row: dict[str, str]):
    amount, _, words = row["Cap"].partition(" ")
    window = {"in all": Window.WHOLE, "a month": Window.MONTH, "a month, rolling": Window.ROLLING}[words]
    pairs = [one.split(" ") for one in row["Lines"].split(", ")]
    lines = [Charged(LineKind.TIME, date.fromisoformat(day), place, minor(text)) for place, (day, text) in enumerate(pairs)]
    found = cut(lines, Cap(minor(amount), NEW_YEAR, window), {})
    assert [line.amount_minor + part for line, part in zip(lines, found.taken_off, strict=True)] == minors(row["Billed of each"])


@pytest.mark.parametrize(
    ("window", "billed", "beyond"),
    [
        (Window.WHOLE, {}, 0),
        (Window.WHOLE, {1: 600, 2: 400}, 0),
        (Window.WHOLE, {1: 600, 2: 401}, 1),
        (Window.MONTH, {1: 1_000, 2: 1_000}, 0),
        (Window.MONTH, {1: 1_001, 2: 1_500}, 500),
        (Window.ROLLING, {1: 600, 2: 1_400}, 0),
        (Window.ROLLING, {1: 1_100, 2: 0}, 100),
    ],
)
def test_what_was_billed_beyond_a_cap_is_told(window: Window, billed: dict[int, int], beyond: int):
    assert Cap(1_000, NEW_YEAR, window).beyond({date(2026, month, 1): minor for month, minor in billed.items()}) == beyond


def test_each_threshold_is_passed_once():
    assert passed(1_000, 0, 799, (80, 100)) == []
    assert passed(1_000, 799, 800, (80, 100, 80)) == [80]
    assert passed(1_000, 800, 1_000, (80, 100)) == [100]
    assert passed(1_000, 0, 2_000, (100, 80)) == [80, 100]


def test_the_day_on_which_a_limit_is_reached_follows_the_pace_of_the_last_days():
    today = date(2026, 11, 23)
    ten_days = {today - timedelta(days=9): 400, today: 600}
    assert reached_on(2_000, ten_days, today=today) == date(2026, 12, 3)
    assert reached_on(2_001, ten_days, today=today) == date(2026, 12, 4)
    assert reached_on(1_000, ten_days, today=today) == today
    assert reached_on(2_000, {}, today=today) is None
    assert reached_on(2_000, {today - timedelta(days=90): 500}, today=today) is None
    assert reached_on(10**15, {today - timedelta(days=40): 1}, today=today) is None
