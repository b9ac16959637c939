import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.derivations import Does, Rule, Step, follow
from lexapp.domain.errors import InvariantBroken
from lexapp.domain.pre_bills import split_amount, split_time
from lexapp.domain.rounding import Direction, IncrementRule, billed_hundredths, round_half_up

TENTH = IncrementRule(360, Direction.UP, 0)
AMOUNTS = st.integers(0, 10**8)


def time(seconds: int, rate: int) -> list[Step]:
    quantity = billed_hundredths(seconds, TENTH)
    worth = round_half_up(quantity * rate, 100)
    return [
        Step(Does.SECONDS, "Recorded", seconds),
        Step(Does.QUANTITY, "Billed time", quantity, increment=TENTH),
        Step(Does.RATE, "Rate", rate, rules=[Rule("Client rate", figure=rate), Rule("Class rate", figure=1, won=False)]),
        Step(Does.PRODUCT, "Worth", worth),
    ]


@given(st.integers(0, 86_400), AMOUNTS, AMOUNTS)
def test_time_comes_to_its_amount_and_any_figure_that_is_off_is_found(seconds, rate, off):
    steps = time(seconds, rate)
    worth = steps[-1].figure
    whole = [*steps, Step(Does.ADDS, "Written down", -off), Step(Does.IS, "Charged", worth - off)]
    assert follow(whole) == worth - off
    for place in (1, 2, 3, 5):
        wrong = list(whole)
        wrong[place] = Step(**{name: getattr(whole[place], name) for name in Step.__slots__} | {"figure": whole[place].figure + 1})
        with pytest.raises(InvariantBroken, match=whole[place].label):
            follow(wrong)


@given(st.integers(1, 2_400), st.integers(1, 10**6), st.integers(1, 9_999))
def test_the_share_of_a_payer_follows_from_the_whole(quantity, rate, points):
    worth = round_half_up(quantity * rate, 100)
    start = [Step(Does.QUANTITY, "Billed time", quantity), Step(Does.RATE, "Rate", rate), Step(Does.PRODUCT, "Worth", worth)]
    for part, mine in zip(split_time(quantity, rate, worth, (points, 10_000 - points)), (points, 10_000 - points), strict=True):
        share = Step(Does.SHARES_TIME, "Share", part.quantity_hundredths, points=mine)
        product = Step(Does.PRODUCT, "Worth", round_half_up(part.quantity_hundredths * rate, 100))
        odd = Step(Does.ADDS, "Odd cent", part.amount_minor - product.figure)
        assert follow([*start, share, product, odd, Step(Does.IS, "Charged", part.amount_minor)]) == part.amount_minor
    for part, mine in zip(split_amount(100, worth, worth, 0, (points, 10_000 - points)), (points, 10_000 - points), strict=True):
        share = Step(Does.SHARES_MONEY, "Share", part.amount_minor, points=mine)
        assert follow([Step(Does.STARTS, "Fee", worth), share, Step(Does.IS, "Charged", part.amount_minor)]) == part.amount_minor


def test_work_without_charge_comes_to_nothing_and_nothing_else():
    assert follow([*time(3_600, 10_000), Step(Does.FREES, "Not charged", 0), Step(Does.IS, "Charged", 0)]) == 0
    with pytest.raises(InvariantBroken, match="Not charged"):
        follow([*time(3_600, 10_000), Step(Does.FREES, "Not charged", 1)])
    with pytest.raises(InvariantBroken, match="Worth"):
        follow([Step(Does.PRODUCT, "Worth", 0)])
