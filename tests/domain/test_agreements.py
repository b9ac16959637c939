from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.agreements import (
    KINDS,
    Agreement,
    Coverage,
    Covers,
    Due,
    DueBy,
    Flat,
    Hourly,
    HourlyRate,
    Milestones,
    Part,
    ShareBy,
    Term,
    agreement_on,
    check_terms,
    covering_term,
    read_term,
    read_terms,
    term_kind,
    write_terms,
)
from lexapp.domain.errors import InvalidInput, InvariantBroken
from tests.agreement_terms import BY_AMOUNT, BY_PERCENT, DAYS, FLATS, TERMS, numbered, refusal
from tests.examples import money_property


@given(st.lists(TERMS, max_size=6))
def test_terms_are_read_back_as_they_were_written(terms):
    assert read_terms(write_terms(terms)) == tuple(terms)


@money_property
@given(st.one_of(FLATS, BY_AMOUNT, BY_PERCENT))
def test_the_fees_of_a_schedule_are_what_was_agreed_and_none_is_nothing(term):
    term.check("USD")
    agreed = term.amount_minor if isinstance(term, Flat) else term.whole_minor
    assert sum(fee.amount_minor for fee in term.schedule) == agreed
    assert all(fee.amount_minor > 0 for fee in term.schedule)


@given(TERMS)
def test_every_term_says_itself_in_sentences(term):
    sentences = term.sentences("USD")
    assert sentences
    assert all(sentence.endswith(".") for sentence in sentences)


def test_agreed_rates_are_said_for_each_class():
    named = Hourly((HourlyRate("PARTNR", 45_000), HourlyRate("ASSOC", 30_050))).sentences("USD")
    assert named == (
        "Time is billed by the hour: partners at $450.00, associates at $300.50.",
        "Who is not named here is billed at the usual rate.",
    )
    assert Hourly((HourlyRate("", 40_000),)).sentences("USD") == ("Time is billed by the hour: everybody at $400.00.",)


def test_a_share_that_does_not_come_out_even_goes_by_largest_remainder():
    term = numbered([3_333, 3_333, 3_334], [Due()] * 3, ShareBy.PERCENT, total=10_000_01)
    assert [fee.amount_minor for fee in term.schedule] == [333_300, 333_300, 333_401]
    third = numbered([5_000, 2_500, 2_500], [Due()] * 3, ShareBy.PERCENT, total=101)
    assert [fee.amount_minor for fee in third.schedule] == [51, 25, 25]


def milestones(*parts, **given):
    return Milestones(parts=parts, **given)


HALF = Part("Filing", 5_000)


@pytest.mark.parametrize(
    ("terms", "field", "sentence"),
    [
        ([], "add", "Add at least one term: by the hour, a flat fee, milestones."),
        ([Hourly()] * 13, "add", "An agreement has at most 12 terms. Put some together, or take one out."),
        ([Hourly(), Hourly()], "term_2_kind", "Time by the hour is agreed above already. Take one of the two out."),
        ([Hourly((HourlyRate("PARTNR", 0),))], "term_1_rate_1_minor", "Write an amount above zero."),
        ([Hourly((HourlyRate("", 1), HourlyRate("BARON", 1)))], "term_1_rate_2_class", "Choose the class out of the list."),
        (
            [Hourly((HourlyRate("ASSOC", 1), HourlyRate("ASSOC", 2)))],
            "term_1_rate_2_class",
            "This rate is written above already. Leave one of the two out.",
        ),
        ([Flat(name=" ", amount_minor=1)], "term_1_name", "Write what the fee is for. It stands on the invoice."),
        ([Flat(name="Will", amount_minor=0)], "term_1_amount_minor", "Write an amount above zero."),
        ([Flat(name="Will", amount_minor=-5)], "term_1_amount_minor", "Write an amount above zero."),
        (
            [Flat(name="Will", amount_minor=10**12)],
            "term_1_amount_minor",
            "That is more than 1,000,000,000.00 USD, the most one can write here. Check it.",
        ),
        ([Flat(name="Will", amount_minor=1, due=Due(DueBy.DATE))], "term_1_due_on", "Write the day on which it is due."),
        (
            [Flat(name="Will", amount_minor=1, due=Due.on_day(date(3000, 1, 1)))],
            "term_1_due_on",
            "Check the year: it must lie between 1970 and 2199.",
        ),
        (
            [Flat(name="Will", amount_minor=1, due=Due.when_done(" "))],
            "term_1_due_task",
            "Write what has to be done first, such as: complaint filed.",
        ),
        (
            [Flat(name="Will", amount_minor=1, pays_for=Coverage(Covers.PHASES))],
            "term_1_phases",
            "Choose the phases that the fee covers, or let it cover all work.",
        ),
        (
            [Flat(name="Will", amount_minor=1, pays_for=Coverage(Covers.PHASES, ("L999",)))],
            "term_1_phases",
            "Choose phases out of the list, each once.",
        ),
        (
            [Hourly(), milestones()],
            "term_2_part_1_name",
            "Write at least one milestone: what is reached, how much it is, when it is due.",
        ),
        (
            [milestones(HALF, HALF)],
            "term_1_part_2_name",
            "This milestone stands here twice. Name them apart, or take one out.",
        ),
        (
            [milestones(Part("A", 1, Due.when_done("Trial")), Part("B", 1, Due.when_done("trial ")))],
            "term_1_part_2_due_task",
            "Another milestone waits for the same. Put the two together, or write what tells them apart.",
        ),
        (
            [milestones(HALF, by=ShareBy.PERCENT)],
            "term_1_total_minor",
            "Write the whole fee that the percentages divide.",
        ),
        (
            [milestones(HALF, by=ShareBy.PERCENT, total_minor=100)],
            "term_1_part_1_share",
            "The milestones add up to 50 %: 50 % is missing. They must make 100 %.",
        ),
        (
            [milestones(HALF, Part("Trial", 6_000), by=ShareBy.PERCENT, total_minor=100)],
            "term_1_part_2_share",
            "The milestones add up to 110 %: 10 % is too much. They must make 100 %.",
        ),
        (
            [milestones(Part("A", 9_999), Part("B", 1), by=ShareBy.PERCENT, total_minor=100)],
            "term_1_part_2_share",
            "This share of the total comes to nothing. Write a larger one, or take the milestone out.",
        ),
        (
            [milestones(HALF, Part("Trial", 6_000), total_minor=10_000)],
            "term_1_total_minor",
            "The milestones add up to $110.00, not to $100.00. Correct one of them, or leave the total empty.",
        ),
        (
            [Flat(name="Will", amount_minor=1), Hourly()],
            "term_1_covers",
            "“Flat fee” covers all time, so nothing is left to bill by the hour. Name the phases that it covers.",
        ),
        (
            [Flat(name="Will", amount_minor=1), milestones(HALF)],
            "term_2_covers",
            "“Flat fee” covers this time already. Name what each of the two covers.",
        ),
        (
            [
                Flat(name="Start", amount_minor=1, pays_for=Coverage(Covers.PHASES, ("L100", "L200"))),
                Flat(name="Discovery", amount_minor=1, pays_for=Coverage(Covers.PHASES, ("L300", "L200"))),
            ],
            "term_2_phases",
            "Pre-Trial Pleadings and Motions (L200) is covered by another term. Leave it out of one.",
        ),
    ],
)
def test_what_cannot_be_agreed_is_refused_beside_its_field(terms, field, sentence):
    assert refusal(*terms) == (field, sentence)


def test_terms_of_a_hybrid_matter_hold_together():
    phase = Flat(name="Case assessment", amount_minor=750_000, pays_for=Coverage(Covers.PHASES, ("L100",)))
    extra = Flat(name="Opinion letter", amount_minor=100_000, pays_for=Coverage())
    terms = (Hourly(), phase, extra)
    check_terms(terms, "USD")
    agreement = Agreement(1, date(2026, 1, 1), None, terms)
    assert covering_term(agreement, "L110") == 1
    assert covering_term(agreement, "l110") == 1
    assert covering_term(agreement, "L210") is None
    assert covering_term(agreement, "") is None
    assert covering_term(None, "L110") is None


@given(st.lists(TERMS, min_size=1, max_size=6), st.sampled_from(["", "L110", "L240", "L330", "A103", "nonsense"]))
def test_time_is_covered_once_or_billed_by_the_hour(terms, code):
    try:
        check_terms(terms, "USD")
    except InvalidInput:
        return
    covering = [position for position, term in enumerate(terms) if term.coverage.holds(code)]
    assert len(covering) <= 1
    assert covering_term(Agreement(1, date(2026, 1, 1), None, tuple(terms)), code) == (covering[0] if covering else None)


@given(st.lists(DAYS, min_size=1, max_size=6, unique=True), DAYS, st.randoms())
def test_the_agreement_of_a_day_is_the_last_that_began_whatever_their_order(starts, day, random):
    starts.sort()
    ends = [start - timedelta(days=1) for start in starts[1:]] + [None]
    agreements = [Agreement(n, start, end, (Hourly(),)) for n, (start, end) in enumerate(zip(starts, ends, strict=True), 1)]
    random.shuffle(agreements)
    began = [start for start in starts if start <= day]
    found = agreement_on(agreements, day)
    assert (found.effective_from if found else None) == (began[-1] if began else None)


def test_a_kind_is_registered_once_and_an_unknown_one_is_not_read():
    class Again(Term):
        kind, label = "flat", "Flat again"

    with pytest.raises(InvariantBroken):
        term_kind(Again)
    with pytest.raises(InvariantBroken):
        read_term("barter", {})
    assert {"hourly", "flat", "milestones", "cap", "discount", "expenses"} <= set(KINDS)
