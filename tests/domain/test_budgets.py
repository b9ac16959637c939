"""What a budget may be, what counts towards its limits, and the day on which one is reached."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.budgets import (
    CODES,
    Beyond,
    Budget,
    BudgetPart,
    Limit,
    Measure,
    Spent,
    check_thresholds,
    code_name,
    phase_of,
    read_thresholds,
    standing_of,
)
from lexapp.domain.errors import InvalidInput
from lexapp.domain.reductions import Counts

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)


def budget(**given: object) -> Budget:
    return Budget(**{"effective_from": TODAY, "amount_minor": 5_000_00} | given)  # type: ignore[arg-type]


def field_of(made: Budget) -> str | None:
    with pytest.raises(InvalidInput) as error:
        made.check("USD")
    return error.value.field


def time(minor: int, task: str = "L110", on: date = TODAY, hundredths: int = 100) -> Spent:
    return Spent(on, True, task, minor, 0, hundredths)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"amount_minor": None}, "amount_minor"),
        ({"amount_minor": 0}, "amount_minor"),
        ({"amount_minor": -1}, "amount_minor"),
        ({"amount_minor": 10**15}, "amount_minor"),
        ({"hours_hundredths": 0}, "hours_hundredths"),
        ({"hours_hundredths": 10_000_001}, "hours_hundredths"),
        ({"parts": (BudgetPart("L100", 0),)}, "L100_amount"),
        ({"parts": (BudgetPart("L100", None, -1),)}, "L100_hours"),
        ({"parts": (BudgetPart("L100", 3_000_00), BudgetPart("L200", 2_000_01))}, "amount_minor"),
        ({"amount_minor": None, "parts": (BudgetPart("L100", None, 1_00),)}, "amount_minor"),
        ({"parts": (BudgetPart("L100", 1_000_00), BudgetPart("L110", 600_00), BudgetPart("L120", 400_01))}, "L100_amount"),
        ({"parts": (BudgetPart("L110", 3_000_00), BudgetPart("L210", 2_000_01))}, "amount_minor"),
        ({"parts": (BudgetPart("L100", 1_00), BudgetPart("L100", 1_00))}, "L100_amount"),
        ({"parts": (BudgetPart("X1", 1_00),)}, "X1_amount"),
        ({"thresholds": ()}, "thresholds"),
        ({"thresholds": (0,)}, "thresholds"),
        ({"thresholds": (501,)}, "thresholds"),
        ({"thresholds": (50, 50)}, "thresholds"),
        ({"thresholds": tuple(range(1, 10))}, "thresholds"),
        ({"effective_to": TODAY - DAY}, "effective_to"),
        ({"effective_to": TODAY, "counts_from": TODAY + DAY}, "effective_to"),
        ({"effective_from": date(1800, 1, 1)}, "effective_from"),
        ({"note": "x" * 4_001}, "note"),
    ],
)
def test_what_cannot_be_a_budget_is_refused_beside_its_field(given: dict[str, object], field: str) -> None:
    assert field_of(budget(**given)) == field


def test_a_budget_of_phases_and_tasks_that_fit_is_taken() -> None:
    parts = (BudgetPart("L100", 2_000_00, 10_00), BudgetPart("L110", 2_000_00), BudgetPart("L210", 3_000_00))
    made = budget(parts=parts, hours_hundredths=20_00, thresholds=(1, 500), effective_to=TODAY)
    made.check("USD")
    assert [(one.code, one.measure.value, one.most) for one in made.limits] == [
        ("", "money", 5_000_00),
        ("", "hours", 20_00),
        ("L100", "money", 2_000_00),
        ("L100", "hours", 10_00),
        ("L110", "money", 2_000_00),
        ("L210", "money", 3_000_00),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [("50, 75, 90, 100", (50, 75, 90, 100)), ("90 50", (50, 90)), (" 80% ", (80,)), ("50;75%", (50, 75))],
)
def test_thresholds_are_read_as_they_are_typed(text: str, found: tuple[int, ...]) -> None:
    assert read_thresholds(text) == found


@pytest.mark.parametrize("text", ["", "half", "50, x", "-5", "12.5", "٥٠", "501", "0", "50 50", "99999999"])
def test_thresholds_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as error:
        read_thresholds(text)
    assert error.value.field == "thresholds"


def test_one_threshold_twice_is_named() -> None:
    with pytest.raises(InvalidInput, match="75 stands here twice"):
        check_thresholds((75, 50, 75))


def test_tasks_count_to_themselves_their_phase_and_the_whole() -> None:
    spent = [time(10), time(20, "L120"), time(40, "L210"), time(80, ""), time(160, "A999")]
    sums = {code: sum(Limit(Measure.MONEY, 1, code).by_day(spent).values()) for code in ("", "L100", "L110", "L210", "L300")}
    assert sums == {"": 310, "L100": 30, "L110": 10, "L210": 40, "L300": 0}
    assert phase_of("L120") == phase_of("L100") == "L100"
    assert phase_of("A101") == ""
    assert (code_name("L300"), code_name("Z")) == ("Discovery", "Z")
    assert list(CODES)[:2] == ["L100", "L110"]


def test_expenses_count_only_where_they_are_meant_and_have_no_hours() -> None:
    cost = Spent(TODAY, False, "", 500, 500, 0)
    assert Limit(Measure.MONEY, 1).by_day([cost]) == {}
    assert Limit(Measure.MONEY, 1, counts=Counts.ALL).by_day([cost]) == {TODAY: 500}
    assert Limit(Measure.MONEY, 1, "L100", Counts.ALL).by_day([cost]) == {}
    assert Limit(Measure.HOURS, 1, counts=Counts.ALL).by_day([cost, time(9)]) == {TODAY: 100}
    assert Limit(Measure.MONEY, 1, counts=Counts.ALL).billed([cost]) == 500


def test_only_work_of_its_days_counts() -> None:
    limit = Limit(Measure.MONEY, 100, first=TODAY, last=TODAY)
    assert limit.by_day([time(1, on=TODAY - DAY), time(2), time(4, on=TODAY + DAY)]) == {TODAY: 2}


# 1,000 a week for four weeks through today: 2,000 are left, and two weeks of 1,000 are needed.
def test_the_forecast_goes_on_at_the_pace_of_the_last_weeks() -> None:
    spent = [time(1_000_00, on=TODAY - 27 * DAY + week * 7 * DAY) for week in range(4)]
    found = standing_of(Limit(Measure.MONEY, 6_000_00), spent, TODAY)
    assert found.pace is not None
    assert (found.spent, found.left, found.percent) == (4_000_00, 2_000_00, 66)
    assert (found.pace.days, found.pace.a_week) == (28, 1_000_00)
    assert found.reached_on == TODAY + 14 * DAY


def test_work_that_cannot_go_on_after_the_last_day_reaches_nothing() -> None:
    spent = [time(1_000_00, on=TODAY - 6 * DAY)]
    assert standing_of(Limit(Measure.MONEY, 9_000_00, last=TODAY + 7 * DAY), spent, TODAY).reached_on is None
    assert standing_of(Limit(Measure.MONEY, 1_500_00, last=TODAY + 7 * DAY), spent, TODAY).reached_on == TODAY + 4 * DAY


def test_nothing_of_late_leaves_no_pace_and_what_is_reached_is_reached_today() -> None:
    old = [time(500, on=TODAY - 80 * DAY)]
    found = standing_of(Limit(Measure.MONEY, 1_000), old, TODAY)
    assert (found.reached_on, found.pace, found.is_reached) == (None, None, False)
    over = standing_of(Limit(Measure.MONEY, 400), old, TODAY)
    assert (over.reached_on, over.is_reached, over.percent, over.left) == (TODAY, True, 125, -100)


def test_percents_are_never_more_than_what_is_reached() -> None:
    assert standing_of(Limit(Measure.MONEY, 1_000), [time(999)], TODAY).percent == 99
    assert standing_of(Limit(Measure.MONEY, 1_000), [time(999)], TODAY).reached((50, 100)) == [50]


@given(st.lists(st.tuples(st.integers(1, 10**7), st.sampled_from(["L110", "L120", "L210", ""]), st.integers(0, 90)), max_size=20))
def test_the_order_of_work_changes_nothing_and_phases_never_exceed_the_whole(work: list[tuple[int, str, int]]) -> None:
    spent = [time(minor, task, TODAY - days * DAY) for minor, task, days in work]
    made = budget(parts=(BudgetPart("L100", 1_000_00), BudgetPart("L200", 1_000_00)), beyond=Beyond.BLOCK)
    found = [standing_of(limit, spent, TODAY) for limit in made.limits]
    assert found == [standing_of(limit, spent[::-1], TODAY) for limit in made.limits]
    assert found[1].spent + found[2].spent <= found[0].spent == sum(one.minor for one in spent)
    for one in found:
        assert (one.reached((100,)) == [100]) is one.is_reached
        assert one.reached_on is None or one.reached_on >= TODAY
