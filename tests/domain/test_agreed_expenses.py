"""The term of an agreement that says what is added to expenses."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.agreements import AT_COST, AgreedMarkUp, Agreement, CategoryMarkUp, Expenses, Hourly, agreed_mark_up
from tests.agreement_terms import EXPENSES, refusal

REPORTER = CategoryMarkUp(4, "Court reporter", 1_500)


@given(EXPENSES, st.one_of(st.none(), st.integers(1, 50)))
def test_a_category_has_its_own_mark_up_or_the_one_of_all(term, category):
    term.check("USD")
    own = {one.category_id: one.basis_points for one in term.by_category}
    assert term.mark_up_of(category) == own.get(category, term.basis_points)


def test_without_a_term_expenses_are_charged_at_cost():
    hourly = Agreement(1, date(2026, 1, 1), None, (Hourly(),))
    assert agreed_mark_up(None, 4) == agreed_mark_up(hourly, 4) == AT_COST
    agreed = Agreement(2, date(2026, 1, 1), None, (Hourly(), Expenses(basis_points=500, by_category=(REPORTER,))))
    assert [agreed_mark_up(agreed, category) for category in (None, 4)] == [AgreedMarkUp(500, 1), AgreedMarkUp(1_500, 1)]


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ([Expenses(basis_points=10_001)], "term_1_percent"),
        ([Expenses(basis_points=-1)], "term_1_percent"),
        ([Expenses(by_category=(CategoryMarkUp(1, "Copies", 10_001),))], "term_1_percent_1"),
        ([Expenses(by_category=(REPORTER, REPORTER))], "term_1_category_2"),
        ([Expenses(), Hourly(), Expenses()], "term_3_kind"),
    ],
)
def test_a_mark_up_that_cannot_be_is_refused_beside_its_field(terms, field):
    assert refusal(*terms)[0] == field


def test_a_mark_up_says_itself():
    term = Expenses(basis_points=1_000, by_category=(REPORTER, CategoryMarkUp(7, "Postage", 0)))
    assert term.sentences("USD") == (
        "What is paid to others is charged at cost plus 10 %.",
        "Court reporter at cost plus 15 %; Postage at cost.",
    )
    assert Expenses().sentences("USD") == ("What is paid to others is charged at cost.",)
