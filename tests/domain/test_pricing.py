import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.errors import InvalidInput
from lexapp.domain.money import Money, MoneyError, total
from lexapp.domain.pricing import LineKind, PricedLine, line_amount, line_totals, spread_discount, write_down

quantities = st.integers(0, 2400)
rates = st.integers(0, 200_000).map(lambda minor: Money(minor, "USD"))


def usd(minor):
    return Money(minor, "USD")


@given(quantities, rates, st.data())
def test_a_possible_write_down_leaves_quantity_times_rate(quantity, rate, data):
    worth = rate.times_hundredths(quantity)
    left = rate.times_hundredths(data.draw(st.integers(0, quantity)))
    if left == worth:
        return
    written = write_down(quantity, rate, worth - left)
    assert rate.times_hundredths(written.remaining_hundredths) == left
    assert written.remaining_hundredths + written.removed_hundredths == quantity
    assert written.removed_hundredths > 0


@given(st.integers(1, 2400), st.integers(200, 200_000), st.data())
def test_an_impossible_write_down_names_amounts_that_are_possible_and_nearest(quantity, rate_minor, data):
    rate = usd(rate_minor)
    amount = usd(data.draw(st.integers(1, max(rate.times_hundredths(quantity).minor, 1))))
    possible = {(rate.times_hundredths(quantity) - rate.times_hundredths(left)).minor for left in range(quantity)}
    if amount.minor in possible:
        assert rate.times_hundredths(quantity) - rate.times_hundredths(write_down(quantity, rate, amount).remaining_hundredths) == amount
    else:
        with pytest.raises(InvalidInput) as refusal:
            write_down(quantity, rate, amount)
        above = min(each for each in possible if each > amount.minor)
        below = max((each for each in possible if each < amount.minor), default=None)
        assert str(usd(above)) in refusal.value.message
        assert below is None or f"{usd(below)} (" in refusal.value.message
        assert refusal.value.field == "write_down"


@pytest.mark.parametrize("minor", [0, -1])
def test_a_write_down_takes_something_off(minor):
    with pytest.raises(InvalidInput, match=r"^Type an amount above zero\.$"):
        write_down(200, usd(35000), usd(minor))


@pytest.mark.parametrize(("quantity", "rate_minor"), [(0, 35000), (200, 0)])
def test_a_line_that_is_worth_nothing_cannot_be_written_down(quantity, rate_minor):
    with pytest.raises(InvalidInput, match=r"^The line is worth \$0\.00\. Write down at most that\.$"):
        write_down(quantity, usd(rate_minor), usd(1))


def test_an_adjustment_takes_no_more_than_the_line_is_worth():
    assert line_amount(200, usd(35000), usd(-70000)) == usd(0)
    with pytest.raises(InvalidInput) as refusal:
        line_amount(200, usd(35000), usd(-70001))
    assert str(refusal.value) == ("The adjustment takes more off than the line is worth. Type at most $700.00 as a reduction.")
    assert refusal.value.field == "adjustment"


def test_an_adjustment_may_add_to_a_line():
    assert line_amount(100, usd(100), usd(50)) == usd(150)


def test_an_adjustment_in_another_currency_is_a_programming_mistake():
    with pytest.raises(MoneyError):
        line_amount(100, usd(100), Money(1, "EUR"))


LINES = st.lists(
    st.builds(
        lambda kind, quantity, rate, part: PricedLine(kind, quantity, rate, -rate.times_hundredths(quantity).of_ratio(part, 100)),
        st.sampled_from(LineKind),
        quantities,
        rates,
        st.integers(0, 100),
    ),
    max_size=12,
)


@given(LINES)
def test_totals_are_sums_of_what_is_shown_by_kind_and_by_column(lines):
    sums = line_totals(lines, "USD")
    assert sums.total == total((line.amount for line in lines), "USD")
    assert sums.fees + sums.fixed_fees + sums.expenses == sums.total
    assert sums.gross + sums.adjustments == sums.total
    assert all(line.gross + line.adjustment == line.amount for line in lines)


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=12).filter(any), st.data())
def test_a_discount_is_spread_in_full_and_makes_no_line_negative(minors, data):
    discount = usd(data.draw(st.integers(0, sum(minors))))
    parts = spread_discount(discount, [usd(minor) for minor in minors])
    assert total(parts, "USD") == -discount
    assert all(-minor <= part.minor <= 0 for part, minor in zip(parts, minors, strict=True))
