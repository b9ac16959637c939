"""Caps and discounts as terms of an agreement: what they say, and what cannot be agreed."""

from datetime import date

import pytest

from lexapp.domain.agreements import AgreedCap, AgreedDiscount, Hourly, check_terms
from lexapp.domain.errors import InvalidInput
from lexapp.domain.reductions import Counts, Window


@pytest.mark.parametrize(
    ("terms", "field", "sentence"),
    [
        ([AgreedCap(limit_minor=0)], "term_1_limit_minor", "Write an amount above zero."),
        (
            [AgreedCap(limit_minor=10**12)],
            "term_1_limit_minor",
            "That is more than 1,000,000,000.00 USD, the most one can write here. Check it.",
        ),
        ([AgreedCap(limit_minor=1, phase="L999")], "term_1_phase", "Choose a phase out of the list."),
        ([AgreedCap(limit_minor=1, since=date(3000, 1, 1))], "term_1_since", "Check the year: it must lie between 1970 and 2199."),
        (
            [AgreedCap(limit_minor=5, phase="L100"), AgreedCap(limit_minor=5), AgreedCap(limit_minor=9, phase="L100")],
            "term_3_limit_minor",
            "Another cap counts the same work. Keep the lower one.",
        ),
        ([AgreedDiscount()], "term_1_off", "Write an amount above zero."),
        ([AgreedDiscount(amount_minor=-1)], "term_1_off", "Write an amount above zero."),
        ([AgreedDiscount(basis_points=10_001)], "term_1_off", "A discount lies between 0.01 and 100 percent."),
        ([AgreedDiscount(basis_points=-1)], "term_1_off", "A discount lies between 0.01 and 100 percent."),
    ],
)
def test_what_cannot_be_agreed_is_refused_beside_its_field(terms, field, sentence):
    with pytest.raises(InvalidInput) as refused:
        check_terms(terms, "USD")
    assert (refused.value.field, refused.value.message) == (field, sentence)


@pytest.mark.parametrize(
    ("term", "sentences"),
    [
        (AgreedCap(limit_minor=5_000_00), ["At most $5,000.00 of fees.", "What goes beyond is not billed."]),
        (
            AgreedCap(limit_minor=5_000_00, window=Window.ROLLING, counts=Counts.ALL, phase="L300", is_hard=False, since=date(2026, 1, 1)),
            [
                "At most $5,000.00 a month of fees and expenses for Discovery (L300), for work from Jan 1, 2026 on."
                " What a month leaves unused is there for the later ones.",
                "What goes beyond is billed with a warning.",
            ],
        ),
        (AgreedDiscount(basis_points=1_250), ["12.50 % off fees."]),
        (AgreedDiscount(amount_minor=100_00, counts=Counts.TIME), ["$100.00 off the time by the hour of each invoice."]),
    ],
)
def test_caps_and_discounts_say_what_they_take_off(term, sentences):
    assert list(term.sentences("USD")) == sentences


def test_a_cap_in_all_counts_the_whole_matter_and_one_by_the_month_what_is_done_from_the_agreement_on():
    first, since = date(2026, 3, 15), date(2026, 3, 1)
    assert AgreedCap(limit_minor=1).cap(first).begins_on == date.min
    assert AgreedCap(limit_minor=1, window=Window.MONTH).cap(first).begins_on == first
    assert AgreedCap(limit_minor=1, window=Window.ROLLING, since=since).cap(first).begins_on == since
    assert Hourly().cap(first) is None
    assert Hourly().discount is None
