import json
from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.errors import InvalidInput, InvariantBroken
from lexapp.domain.money import Money
from lexapp.domain.rates import RateLevel, RateQuery, RateRule, resolve_rate, supersede

NEW_YEAR = date(2026, 1, 1)
SCOPES = {
    RateLevel.MATTER_TIMEKEEPER: {"matter_id": 1, "timekeeper_id": 3},
    RateLevel.MATTER_CLASS: {"matter_id": 1, "timekeeper_class": "PT"},
    RateLevel.MATTER: {"matter_id": 1},
    RateLevel.CLIENT_TIMEKEEPER: {"client_id": 2, "timekeeper_id": 3},
    RateLevel.CLIENT_CLASS: {"client_id": 2, "timekeeper_class": "PT"},
    RateLevel.CLIENT: {"client_id": 2},
    RateLevel.CARD_TIMEKEEPER: {"client_id": 2, "timekeeper_id": 3, "card_id": 5},
    RateLevel.CARD_CLASS: {"client_id": 2, "timekeeper_class": "PT", "card_id": 5},
    RateLevel.CARD: {"client_id": 2, "card_id": 5},
    RateLevel.ACTIVITY: {"activity_code": "A104"},
    RateLevel.TIMEKEEPER: {"timekeeper_id": 3},
    RateLevel.CLASS: {"timekeeper_class": "PT"},
}
LEVELS = list(SCOPES)


def usd(minor):
    return Money(minor, "USD")


def rule(level, *, minor=10000, number=1, start=NEW_YEAR, end=None, name="", **scopes):
    return RateRule(id=number, level=level, rate=usd(minor), effective_from=start, effective_to=end, name=name, **(scopes or SCOPES[level]))


def query(on=date(2026, 6, 1), typed=None, **changes):
    scopes = {"matter_id": 1, "client_id": 2, "timekeeper_id": 3, "timekeeper_class": "PT", "activity_code": "A104"}
    return RateQuery(on=on, typed=typed, **(scopes | changes))


EVERY_RULE = [rule(level, minor=10000 + position, number=position) for position, level in enumerate(LEVELS, start=1)]


@pytest.mark.parametrize("strongest", range(len(LEVELS)))
def test_the_strongest_level_wins_whatever_the_order_of_the_rules(strongest):
    for rules in (EVERY_RULE[strongest:], EVERY_RULE[strongest:][::-1]):
        decision = resolve_rate(rules, query())
        assert decision.winner is EVERY_RULE[strongest]
        assert decision.rate == usd(10001 + strongest)
        assert list(decision.beaten) == EVERY_RULE[strongest + 1 :]


def test_the_levels_stand_in_the_order_of_the_design():
    assert list(RateLevel) == [RateLevel.TYPED, *LEVELS]


def test_a_rate_typed_on_the_entry_beats_all():
    decision = resolve_rate(EVERY_RULE, query(typed=usd(5)))
    assert decision.rate == usd(5)
    assert decision.winner.level is RateLevel.TYPED
    assert list(decision.beaten) == EVERY_RULE
    assert decision.reason.startswith("rate typed on the entry, beats matter rate for this timekeeper, ")


def test_a_typed_zero_is_a_rate():
    assert resolve_rate(EVERY_RULE, query(typed=usd(0))).rate == usd(0)


@pytest.mark.parametrize("level", LEVELS)
def test_a_rule_for_somebody_or_something_else_does_not_apply(level):
    for scope, value in SCOPES[level].items():
        if scope == "card_id":
            continue
        stranger = 99 if isinstance(value, int) else "XX"
        assert resolve_rate([rule(level)], query(**{scope: stranger})).winner is None
        assert resolve_rate([rule(level)], query(**{scope: None})).winner is None


@pytest.mark.parametrize(
    ("on", "applies"),
    [(date(2025, 12, 31), False), (NEW_YEAR, True), (date(2026, 3, 31), True), (date(2026, 4, 1), False), (date(2026, 2, 28), True)],
)
def test_a_rule_is_in_force_from_its_first_day_through_its_last(on, applies):
    found = resolve_rate([rule(RateLevel.MATTER, end=date(2026, 3, 31))], query(on))
    assert (found.rate is not None) is applies


def test_of_two_rules_of_one_level_the_latest_start_wins_and_the_reason_says_so():
    older = rule(RateLevel.MATTER_CLASS, minor=100, number=1, start=date(2025, 1, 1), name="partners")
    newer = rule(RateLevel.MATTER_CLASS, minor=200, number=2, name="partners")
    client = rule(RateLevel.CLIENT, minor=300, number=3)
    for rules in permutations([older, newer, client]):
        decision = resolve_rate(rules, query())
        assert decision.winner is newer
        assert decision.beaten == (older, client)
        assert decision.reason == "matter rate for partners since Jan 1, 2026, the latest of 2 in force, beats client rate"


def test_of_two_rules_that_start_together_the_one_entered_last_wins():
    first, second = rule(RateLevel.CLIENT, minor=1, number=7), rule(RateLevel.CLIENT, minor=2, number=8)
    assert resolve_rate([first, second], query()).winner is second
    assert resolve_rate([second, first], query()).winner is second


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ([rule(RateLevel.MATTER)], "matter rate since Jan 1, 2026"),
        (
            [rule(RateLevel.MATTER_CLASS, name="partners"), rule(RateLevel.CLIENT)],
            "matter rate for partners since Jan 1, 2026, beats client rate",
        ),
        (
            [rule(RateLevel.CLIENT_TIMEKEEPER, name="A. Arnsley"), rule(RateLevel.CLASS, name="partners"), rule(RateLevel.TIMEKEEPER)],
            "client rate for A. Arnsley since Jan 1, 2026, beats timekeeper’s own rate and class rate for partners",
        ),
        ([rule(RateLevel.ACTIVITY, name="A104 Review")], "activity rate for A104 Review since Jan 1, 2026"),
        ([rule(RateLevel.CLIENT_CLASS)], "client rate for this class since Jan 1, 2026"),
        ([rule(RateLevel.TIMEKEEPER, start=date(2024, 2, 29))], "timekeeper’s own rate since Feb 29, 2024"),
        ([], "no rate is in force on Jun 1, 2026: add one for the timekeeper or the class"),
    ],
)
def test_the_reason_says_which_rule_won_since_when_and_what_it_beat(rules, reason):
    assert resolve_rate(rules, query()).reason == reason


def test_a_decision_is_kept_as_plain_data():
    decision = resolve_rate([rule(RateLevel.MATTER, number=4), rule(RateLevel.CLASS, minor=9, number=5, name="partners")], query())
    assert json.loads(json.dumps(decision.as_json())) == {
        "winner": {"level": "matter", "rate_minor": 10000, "since": "2026-01-01", "name": "", "id": 4},
        "beaten": [{"level": "class", "rate_minor": 9, "since": "2026-01-01", "name": "partners", "id": 5}],
        "reason": "matter rate since Jan 1, 2026, beats class rate for partners",
    }
    assert resolve_rate([], query(typed=usd(1))).as_json()["winner"] == {
        "level": "typed",
        "rate_minor": 1,
        "since": None,
        "name": "",
        "id": None,
    }
    assert resolve_rate([], query()).as_json()["winner"] is None


def test_a_rate_that_ends_leaves_room_for_its_successor():
    old = supersede(rule(RateLevel.MATTER, minor=1, number=1), date(2026, 6, 30))
    new = rule(RateLevel.MATTER, minor=2, number=2, start=date(2026, 7, 1))
    assert resolve_rate([old, new], query(date(2026, 6, 30))).winner is old
    assert resolve_rate([old, new], query(date(2026, 7, 1))).winner is new
    assert resolve_rate([old, new], query(date(2026, 7, 1))).beaten == ()


def test_a_rule_cannot_end_before_it_starts():
    with pytest.raises(InvalidInput, match=r"^The last day is before the first\. Change one of the two\.$"):
        rule(RateLevel.MATTER, end=date(2025, 12, 31))


def test_a_rate_cannot_be_negative():
    with pytest.raises(InvalidInput, match=r"^A rate cannot be negative\. Type 0 for work without charge\.$"):
        rule(RateLevel.MATTER, minor=-1)
    with pytest.raises(InvalidInput, match="cannot be negative"):
        resolve_rate([], query(typed=usd(-1)))


@pytest.mark.parametrize("level", LEVELS)
def test_a_rule_is_tied_to_what_its_level_says_and_to_nothing_else(level):
    with pytest.raises(InvariantBroken):
        RateRule(id=1, level=level, rate=usd(1), effective_from=NEW_YEAR)
    for scope in {"matter_id", "client_id", "timekeeper_id"} - set(SCOPES[level]):
        with pytest.raises(InvariantBroken):
            rule(level, **(SCOPES[level] | {scope: 1}))


RULES = st.lists(
    st.builds(
        lambda level, start, length, minor, number: rule(
            level, minor=minor, number=number, start=start, end=None if length is None else start + timedelta(days=length)
        ),
        st.sampled_from(LEVELS),
        st.dates(date(2025, 1, 1), date(2026, 12, 31)),
        st.none() | st.integers(0, 400),
        st.integers(0, 100_000),
        st.integers(1, 10**6),
    ),
    max_size=8,
    unique_by=lambda each: each.id,
)


@given(RULES, st.dates(date(2025, 1, 1), date(2027, 12, 31)), st.randoms())
def test_the_order_of_the_rules_never_matters_and_no_stronger_rule_is_beaten(rules, on, chance):
    decision = resolve_rate(rules, query(on))
    shuffled = list(rules)
    chance.shuffle(shuffled)
    assert resolve_rate(shuffled, query(on)) == decision
    in_force = [each for each in rules if each.effective_from <= on <= (each.effective_to or on)]
    assert len(in_force) == len(decision.beaten) + (decision.winner is not None)
    if decision.winner:
        assert LEVELS.index(decision.winner.level) == min(LEVELS.index(each.level) for each in in_force)
        same = [each for each in in_force if each.level is decision.winner.level]
        assert decision.winner.effective_from == max(each.effective_from for each in same)
