"""Rates of counted expenses: finer than money, dated, and printed so that it multiplies out."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.errors import InvalidInput
from lexapp.domain.money import Money
from lexapp.domain.unit_rates import UnitRate, parse_unit_rate, price_units, resolve_unit_rate, unit_rate_text, units_text, worth_of


@given(st.integers(1, 10**6), st.integers(1, 10**5))
def test_what_is_printed_multiplies_out_to_units_times_rate_rounded_once(units, rate):
    price = price_units(units, rate, "mile", "USD")
    printed = Money(price.unit_minor, "USD").times_hundredths(price.quantity_hundredths).minor
    assert printed == worth_of(units, rate)
    assert abs(printed - Fraction(units * rate, 10_000)) <= Fraction(1, 2)
    assert bool(price.note) == (rate % 100 != 0)


@given(st.integers(1, 10**9), st.sampled_from(["USD", "JPY", "KWD"]))
def test_a_rate_reads_back_as_it_is_written(rate, currency):
    assert parse_unit_rate(unit_rate_text(rate, currency), currency) == rate


@pytest.mark.parametrize(
    ("typed", "rate", "shown"), [("0.725", 7250, "0.725"), ("0.7", 7000, "0.70"), ("2", 20_000, "2.00"), ("0.7250", 7250, "0.725")]
)
def test_a_rate_is_read_as_typed(typed, rate, shown):
    assert (parse_unit_rate(typed, "USD"), unit_rate_text(rate, "USD")) == (rate, shown)


@pytest.mark.parametrize("typed", ["", "0", "-1", "1e3", "0.00001", ".725", "1,5", "٣", "99999999", "abc"])
def test_what_is_no_rate_is_refused(typed):
    with pytest.raises(InvalidInput):
        parse_unit_rate(typed, "USD")


def test_units_are_said_as_a_person_would():
    assert [units_text(n, "mile") for n in (100, 12_000, 1_250)] == ["1 mile", "120 miles", "12.50 miles"]
    assert price_units(12_050, 7250, "mile", "USD").note == "120.50 miles at 0.725"


def test_the_rate_of_the_day_counts():
    def rate(id_: int, start: date, end: date | None, hundredths: int) -> UnitRate:
        return UnitRate(id=id_, name="Mileage", unit="mile", rate_hundredths=hundredths, effective_from=start, effective_to=end)

    old, new = rate(1, date(2025, 1, 1), date(2025, 12, 31), 7000), rate(2, date(2026, 1, 1), None, 7250)
    found = [resolve_unit_rate([old, new], "Mileage", day) for day in (date(2024, 12, 31), date(2025, 6, 1), date(2026, 1, 1))]
    assert found == [None, old, new]
    assert resolve_unit_rate([old, new], "Copies", date(2026, 1, 1)) is None


START = date(2026, 1, 1)
offsets = st.integers(0, 40)
some_rates = st.lists(st.tuples(offsets, st.none() | offsets, st.sampled_from(["Mileage", "Copies"])), max_size=6).map(
    lambda given: [
        UnitRate(
            id=id_,
            name=name,
            unit="mile",
            rate_hundredths=id_,
            effective_from=START + timedelta(days=begins),
            effective_to=None if lasts is None else START + timedelta(days=begins + lasts),
        )
        for id_, (begins, lasts, name) in enumerate(given, start=1)
    ]
)


@given(some_rates, offsets, st.randoms())
def test_of_rates_that_overlap_the_latest_start_counts_in_whatever_order(rates, day, random):
    on = START + timedelta(days=day)
    found = resolve_unit_rate(rates, "Mileage", on)
    assert found == resolve_unit_rate(random.sample(rates, len(rates)), "Mileage", on)
    in_force = [rate for rate in rates if rate.name == "Mileage" and rate.is_in_force(on)]
    assert (found is None) == (not in_force)
    assert found is None or found.effective_from == max(rate.effective_from for rate in in_force)


@given(some_rates, offsets)
def test_a_rate_of_a_later_day_changes_nothing_before_it(rates, day):
    on = START + timedelta(days=day)
    later = UnitRate(id=99, name="Mileage", unit="mile", rate_hundredths=1, effective_from=on + timedelta(days=1))
    assert resolve_unit_rate([*rates, later], "Mileage", on) == resolve_unit_rate(rates, "Mileage", on)
