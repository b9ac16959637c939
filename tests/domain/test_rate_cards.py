"""Cards between a client's own rates and the activity's; percentages of the firm's rates; what is placed among dated rows."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.errors import InvalidInput, InvariantBroken
from lexapp.domain.money import Money
from lexapp.domain.rate_books import RateBook
from lexapp.domain.rate_cards import Assignment, CardRate, check_change, placed, raised, rules_of_cards
from lexapp.domain.rates import CARD_LEVELS, RateLevel, RateQuery, RateRule, change_words, resolve_rate

NEW_YEAR = date(2026, 1, 1)
CLIENT, CARD, PERSON = 2, 5, 3


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def card_rate(
    minor: int = 40_000, *, start: date = NEW_YEAR, end: date | None = None, name: str = "Harbor 2026", **more: object
) -> CardRate:
    values = {"id": 1, "card_id": CARD, "rate": usd(minor), "effective_from": start, "effective_to": end, "name": name}
    return CardRate(**(values | more))  # type: ignore[arg-type]


def less(hundredths: int, **more: object) -> CardRate:
    return card_rate(0, change_hundredths=-hundredths, **more)  # type: ignore[arg-type]


def has_card(start: date = NEW_YEAR, end: date | None = None, client: int = CLIENT) -> Assignment:
    return Assignment(card_id=CARD, client_id=client, effective_from=start, effective_to=end)


def own(minor: int, level: RateLevel = RateLevel.TIMEKEEPER, start: date = NEW_YEAR, **scopes: object) -> RateRule:
    keys = {RateLevel.TIMEKEEPER: {"timekeeper_id": PERSON}, RateLevel.CLASS: {"timekeeper_class": "PT"}}
    keys |= {RateLevel.ACTIVITY: {"activity_code": "A104"}, RateLevel.CLIENT: {"client_id": CLIENT}}
    return RateRule(id=9, level=level, rate=usd(minor), effective_from=start, **(scopes or keys[level]))  # type: ignore[arg-type]


def query(on: date = date(2026, 6, 1), **changes: object) -> RateQuery:
    scopes = {"matter_id": 1, "client_id": CLIENT, "timekeeper_id": PERSON, "timekeeper_class": "PT", "activity_code": None}
    return RateQuery(on=on, **(scopes | changes))  # type: ignore[arg-type]


def test_a_card_beats_the_firms_rates_and_says_its_name() -> None:
    rules = [own(50_000), own(30_000, RateLevel.CLASS), *rules_of_cards([card_rate()], [has_card()])]
    decision = resolve_rate(rules, query())
    assert decision.rate == usd(40_000)
    assert decision.reason == "rate card Harbor 2026 since Jan 1, 2026, beats timekeeper’s own rate and class rate for this class"
    assert decision.as_json()["winner"]["card_id"] == CARD


def test_a_clients_own_rate_beats_its_card_and_says_so() -> None:
    decision = resolve_rate([own(45_000, RateLevel.CLIENT), *rules_of_cards([card_rate()], [has_card()])], query())
    assert decision.reason == "client rate since Jan 1, 2026, beats rate card Harbor 2026"


def test_on_a_card_the_timekeeper_beats_the_class_and_that_everybody() -> None:
    rates = [card_rate(1), card_rate(2, timekeeper_class="PT"), card_rate(3, timekeeper_id=PERSON)]
    decision = resolve_rate(rules_of_cards(rates, [has_card()]), query())
    assert decision.winner is not None
    assert [rule.rate.minor for rule in (decision.winner, *decision.beaten)] == [3, 2, 1]


@pytest.mark.parametrize(
    ("on", "rate"),
    [
        (date(2026, 2, 28), None),
        (date(2026, 3, 1), 40_000),
        (date(2026, 6, 30), 40_000),
        (date(2026, 7, 1), 42_000),
        (date(2026, 9, 30), 42_000),
        (date(2026, 10, 1), None),
    ],
)
def test_a_card_holds_while_the_client_has_it_with_the_rate_of_the_day(on: date, rate: int | None) -> None:
    rates = [card_rate(end=date(2026, 6, 30)), card_rate(42_000, start=date(2026, 7, 1))]
    found = resolve_rate(rules_of_cards(rates, [has_card(date(2026, 3, 1), date(2026, 9, 30))]), query(on)).rate
    assert found == (None if rate is None else usd(rate))


def test_the_reason_says_since_when_the_client_has_the_card() -> None:
    decision = resolve_rate(rules_of_cards([card_rate()], [has_card(date(2026, 3, 1))]), query())
    assert decision.reason == "rate card Harbor 2026 since Mar 1, 2026"


def test_nobody_elses_client_gets_the_card() -> None:
    assert resolve_rate(rules_of_cards([card_rate()], [has_card(client=77)]), query()).rate is None
    assert resolve_rate(rules_of_cards([card_rate()], [has_card()]), query(client_id=None)).rate is None


def test_a_percentage_is_worked_out_of_the_firms_own_rate_of_the_day_and_explained() -> None:
    rules = [own(50_005), own(30_000, RateLevel.CLASS), *rules_of_cards([less(1_000)], [has_card()])]
    decision = resolve_rate(rules, query())
    assert decision.rate == usd(45_005)
    reason = "rate card Harbor 2026, 10 % under the timekeeper’s own rate since Jan 1, 2026, beats timekeeper’s own rate and class rate"
    assert decision.reason.startswith(reason)
    assert decision.as_json()["winner"]["change_hundredths"] == -1_000


def test_a_percentage_takes_the_rate_of_the_activity_before_that_of_the_person() -> None:
    rules = [own(50_000), own(20_000, RateLevel.ACTIVITY), *rules_of_cards([less(1_000)], [has_card()])]
    assert resolve_rate(rules, query(activity_code="A104")).rate == usd(18_000)


def test_a_percentage_of_no_rate_is_no_rate() -> None:
    decision = resolve_rate(rules_of_cards([less(1_000)], [has_card()]), query())
    assert (decision.rate, decision.winner) == (None, None)


def test_a_percentage_never_counts_a_clients_own_rate() -> None:
    rules = [own(10_000, RateLevel.CLIENT), own(50_000), *rules_of_cards([less(5_000)], [has_card()])]
    decision = resolve_rate(rules, query())
    assert decision.rate == usd(10_000)
    assert decision.beaten[0].rate == usd(25_000)


@pytest.mark.parametrize(
    ("hundredths", "words"), [(-1_000, "10 % under"), (-750, "7.5 % under"), (25, "0.25 % above"), (10_000, "100 % above")]
)
def test_a_change_reads_as_a_percentage(hundredths: int, words: str) -> None:
    assert change_words(hundredths) == words


@pytest.mark.parametrize("hundredths", [0, -10_000, 10_001, -20_000])
def test_an_absurd_change_is_refused(hundredths: int) -> None:
    with pytest.raises(InvalidInput, match="Write"):
        check_change(hundredths, field="change")


def test_a_rate_of_a_card_is_not_for_a_person_and_a_class_at_once() -> None:
    with pytest.raises(InvariantBroken):
        card_rate(timekeeper_id=1, timekeeper_class="PT").given(has_card())


def test_what_is_placed_ends_the_one_before_and_is_ended_by_the_next() -> None:
    rows = [has_card(NEW_YEAR), has_card(date(2026, 9, 1), date(2026, 12, 31))]
    found = placed(rows, has_card(date(2026, 5, 1)))
    spans = sorted((row.effective_from, row.effective_to) for row in found)
    assert spans == [
        (NEW_YEAR, date(2026, 4, 30)),
        (date(2026, 5, 1), date(2026, 8, 31)),
        (date(2026, 9, 1), date(2026, 12, 31)),
    ]


DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))
CHANGES = st.none() | st.integers(-9_999, 10_000).filter(bool)
CARD_RATES = st.lists(
    st.builds(
        lambda number, minor, change, start, length, whom: card_rate(
            0 if change is not None else minor,
            id=number,
            change_hundredths=change,
            start=start,
            end=None if length is None else start + timedelta(days=length),
            **whom,
        ),
        st.integers(1, 10**6),
        st.integers(0, 100_000),
        CHANGES,
        DAYS,
        st.none() | st.integers(0, 400),
        st.sampled_from([{}, {"timekeeper_id": PERSON}, {"timekeeper_class": "PT"}]),
    ),
    max_size=5,
    unique_by=lambda each: each.id,
)
ASSIGNMENTS = st.lists(
    st.builds(
        lambda start, length: has_card(start, None if length is None else start + timedelta(days=length)),
        DAYS,
        st.none() | st.integers(0, 400),
    ),
    max_size=3,
)
OWN = st.lists(
    st.builds(lambda level, minor, start: own(minor, level, start), st.sampled_from(list(RateLevel)[-3:]), st.integers(0, 100_000), DAYS),
    max_size=3,
    unique_by=lambda each: (each.level, each.effective_from),
)


@given(CARD_RATES, ASSIGNMENTS, OWN, DAYS, st.randoms())
def test_the_order_of_cards_and_rates_never_matters(
    rates: list[CardRate], assignments: list[Assignment], owned: list[RateRule], on: date, chance: object
) -> None:
    rules = rules_of_cards(rates, assignments) + owned
    decision = resolve_rate(rules, query(on))
    shuffled = list(rules)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert resolve_rate(shuffled, query(on)).rate == decision.rate
    assert resolve_rate(rules, query(on)) == decision


@given(CARD_RATES, ASSIGNMENTS, OWN, DAYS, st.integers(0, 100_000))
def test_a_card_never_beats_a_clients_own_rate(
    rates: list[CardRate], assignments: list[Assignment], owned: list[RateRule], on: date, minor: int
) -> None:
    theirs = own(minor, RateLevel.CLIENT, date(2020, 1, 1))
    decision = resolve_rate([*rules_of_cards(rates, assignments), *owned, theirs], query(on))
    assert decision.winner is theirs


@given(CARD_RATES, ASSIGNMENTS, OWN, st.lists(DAYS, max_size=5))
def test_a_book_that_remembers_answers_like_the_core(
    rates: list[CardRate], assignments: list[Assignment], owned: list[RateRule], days: list[date]
) -> None:
    rules = rules_of_cards(rates, assignments) + owned
    book = RateBook(rules)
    for on in (*days, *days):
        for asked in (query(on), query(on, typed=usd(7))):
            assert book.resolve(asked) == resolve_rate(rules, asked)


@given(CARD_RATES, ASSIGNMENTS, OWN, DAYS)
def test_a_percentage_is_within_half_a_minor_unit_of_its_exact_value(
    rates: list[CardRate], assignments: list[Assignment], owned: list[RateRule], on: date
) -> None:
    decision = resolve_rate(rules_of_cards(rates, assignments) + owned, query(on))
    base = next((rule for rule in decision.beaten if rule.level not in CARD_LEVELS), None)
    winner = decision.winner
    if winner is not None and winner.change_hundredths is not None:
        assert base is not None
        exact = Fraction(base.rate.minor * (10_000 + winner.change_hundredths), 10_000)
        assert abs(winner.rate.minor - exact) <= Fraction(1, 2)


@given(st.lists(st.builds(has_card, DAYS), max_size=4, unique_by=lambda each: each.effective_from), DAYS)
def test_of_placed_rows_one_is_in_force_on_every_day(rows: list[Assignment], start: date) -> None:
    standing: list[Assignment] = []
    for row in [*(row for row in rows if row.effective_from != start), has_card(start)]:
        standing = placed(standing, row)
    first = min(row.effective_from for row in standing)
    turns = {row.effective_from for row in standing}
    for on in turns | {day - timedelta(days=1) for day in turns} | {date(2030, 1, 1)}:
        in_force = [row for row in standing if row.effective_from <= on <= (row.effective_to or date.max)]
        assert len(in_force) == (on >= first)


@given(st.integers(0, 10**9), st.integers(-9_999, 10_000), st.sampled_from([1, 100, 500, 1_000]))
def test_a_raised_rate_is_a_whole_number_of_steps_and_the_nearest(minor: int, change: int, step: int) -> None:
    found = raised(usd(minor), change, step_minor=step)
    assert found.minor % step == 0
    assert abs(found.minor - Fraction(minor * (10_000 + change), 10_000)) <= Fraction(step, 2)
