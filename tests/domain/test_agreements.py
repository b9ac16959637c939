import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.agreements import (
    COVERED_PHASES,
    KINDS,
    AgreedCap,
    AgreedDiscount,
    Agreement,
    CategoryMarkUp,
    Coverage,
    Covers,
    Due,
    DueBy,
    EarnedBasis,
    Expenses,
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
    earned_part,
    read_term,
    read_terms,
    term_kind,
    write_terms,
)
from lexapp.domain.errors import InvalidInput, InvariantBroken
from lexapp.domain.reductions import Counts, Window

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40).filter(str.strip)
DAYS = st.dates(date(1980, 1, 1), date(2150, 1, 1))
DUES = st.one_of(st.just(Due()), DAYS.map(Due.on_day), WORDS.map(Due.when_done))
PHASES = st.lists(st.sampled_from(sorted(COVERED_PHASES)), min_size=1, unique=True).map(lambda some: Coverage(Covers.PHASES, tuple(some)))
COVERAGES = st.one_of(st.just(Coverage()), st.just(Coverage(Covers.ALL)), PHASES)
AMOUNTS = st.integers(1, 10**9)


def numbered(shares, dues, by, total=None, pays_for=Coverage()):  # noqa: B008
    parts = tuple(Part(f"Step {n}", share, due) for n, (share, due) in enumerate(zip(shares, dues, strict=False), 1))
    return Milestones(parts=parts, by=by, total_minor=total, pays_for=pays_for)


def percents(cuts):
    points = sorted({0, 10_000, *cuts})
    return [after - before for before, after in itertools.pairwise(points)]


FLATS = st.builds(Flat, name=WORDS, amount_minor=AMOUNTS, due=DUES, pays_for=COVERAGES)
PLAIN_DUES = st.lists(st.one_of(st.just(Due()), DAYS.map(Due.on_day)), min_size=24, max_size=24)
BY_AMOUNT = st.builds(numbered, st.lists(AMOUNTS, min_size=1, max_size=24), PLAIN_DUES, st.just(ShareBy.AMOUNTS), st.none(), COVERAGES)
BY_PERCENT = st.builds(
    numbered,
    st.lists(st.integers(1, 9_999), max_size=20).map(percents),
    PLAIN_DUES,
    st.just(ShareBy.PERCENT),
    st.integers(10_000, 10**9),
    COVERAGES,
)
COUNTED = st.sampled_from(Counts)
CAPS = st.builds(
    AgreedCap,
    limit_minor=AMOUNTS,
    window=st.sampled_from(Window),
    counts=COUNTED,
    phase=st.sampled_from(["", *COVERED_PHASES]),
    is_hard=st.booleans(),
    since=st.none() | DAYS,
)
DISCOUNTS = st.builds(AgreedDiscount, basis_points=st.integers(1, 10_000), counts=COUNTED) | st.builds(
    AgreedDiscount, amount_minor=AMOUNTS, counts=COUNTED
)
POINTS = st.integers(0, 10_000)
OWN = st.lists(st.builds(CategoryMarkUp, st.integers(1, 50), WORDS, POINTS), max_size=24, unique_by=lambda one: one.category_id)
EXPENSES = st.builds(Expenses, basis_points=POINTS, by_category=OWN.map(tuple))
HOURLY = st.builds(
    lambda rates: Hourly(tuple(HourlyRate(code, minor) for code, minor in rates.items())),
    st.dictionaries(st.sampled_from(["", "PARTNR", "ASSOC", "PARALG", "ADJSTR"]), st.integers(1, 200_000), max_size=4),
)
TERMS = st.one_of(HOURLY, FLATS, BY_AMOUNT, BY_PERCENT, CAPS, DISCOUNTS, EXPENSES)


@given(st.lists(TERMS, max_size=6))
def test_terms_are_read_back_as_they_were_written(terms):
    assert read_terms(write_terms(terms)) == tuple(terms)


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


def refusal(*terms):
    with pytest.raises(InvalidInput) as refused:
        check_terms(terms, "USD")
    return refused.value.field, refused.value.message


def milestones(*parts, **given):
    return Milestones(parts=parts, **given)


HALF = Part("Filing", 5_000)


@pytest.mark.parametrize(
    ("terms", "field", "sentence"),
    [
        ([], "add", "Add at least one term: by the hour, a flat fee, milestones."),
        ([Hourly()] * 13, "add", "An agreement has at most 12 terms. Put some together."),
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


@given(st.integers(1, 10**9), st.data())
def test_what_is_earned_and_what_is_not_make_the_fee(agreed, data):
    recorded = data.draw(st.integers(0, agreed))
    basis = data.draw(st.sampled_from(EarnedBasis))
    worked, share = data.draw(st.integers(0, 10**10)), data.draw(st.integers(0, 10_000))
    part = earned_part(agreed, recorded_minor=recorded, basis=basis, worked_minor=worked, share_basis_points=share)
    assert 0 <= part.earned_minor <= agreed
    assert part.earned_minor + part.unearned_minor == agreed
    assert part.recorded_minor + part.to_bill_minor - part.to_return_minor == part.earned_minor
    assert not (part.to_bill_minor and part.to_return_minor)


@pytest.mark.parametrize(
    ("basis", "earned", "to_bill", "to_return"),
    [
        (EarnedBasis.REACHED, 250_000, 0, 0),
        (EarnedBasis.WORK, 180_000, 0, 70_000),
        (EarnedBasis.SHARE, 400_000, 150_000, 0),
    ],
)
def test_the_earned_part_of_a_fee_of_10_000_of_which_2_500_is_recorded(basis, earned, to_bill, to_return):
    part = earned_part(1_000_000, recorded_minor=250_000, basis=basis, worked_minor=180_000, share_basis_points=4_000)
    assert (part.earned_minor, part.to_bill_minor, part.to_return_minor) == (earned, to_bill, to_return)


def test_a_share_beyond_the_whole_is_refused():
    with pytest.raises(InvalidInput, match="between 0 and 100"):
        earned_part(100, recorded_minor=0, basis=EarnedBasis.SHARE, share_basis_points=10_001)


def test_a_kind_is_registered_once_and_an_unknown_one_is_not_read():
    class Again(Term):
        kind, label = "flat", "Flat again"

    with pytest.raises(InvariantBroken):
        term_kind(Again)
    with pytest.raises(InvariantBroken):
        read_term("barter", {})
    assert {"hourly", "flat", "milestones", "cap", "discount", "expenses"} <= set(KINDS)
