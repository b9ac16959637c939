"""The rule that rounds an entry: found by one precedence, on the entry's own day, with its reason; and its figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.errors import InvalidInput, InvariantBroken
from lexapp.domain.rounding import Direction, IncrementRule
from lexapp.domain.rounding_rules import USUAL, RoundingLevel, RoundingQuery, RoundingRule, kept_rounding, resolve_rounding

START = date(2026, 1, 1)
MATTER, CLIENT = 7, 3
CODES = (None, "A103", "A106")
LEVELS = tuple(RoundingLevel)

increments = st.builds(
    IncrementRule, st.sampled_from([60, 360, 600, 900, 3600]), st.sampled_from(list(Direction)), st.sampled_from([0, 360, 1800])
)


def keys_of(level: RoundingLevel, *, ours: bool = True) -> dict[str, int]:
    place = {RoundingLevel.MATTER: ("matter_id", MATTER), RoundingLevel.CLIENT: ("client_id", CLIENT)}.get(level)
    return {place[0]: place[1] if ours else place[1] + 1} if place else {}


@st.composite
def some_rules(draw: st.DrawFn) -> list[RoundingRule]:
    found = []
    for id_ in range(1, draw(st.integers(0, 12)) + 1):
        level, begins = draw(st.sampled_from(LEVELS)), START + timedelta(days=draw(st.integers(0, 40)))
        lasts = draw(st.none() | st.integers(0, 40))
        ends = None if lasts is None else begins + timedelta(days=lasts)
        values = {"increment": draw(increments), "activity_code": draw(st.sampled_from(CODES)), "per_day": draw(st.booleans())}
        place = keys_of(level, ours=draw(st.booleans()))
        found.append(RoundingRule(id=id_, level=level, effective_from=begins, effective_to=ends, **values, **place))
    return found


queries = st.builds(
    RoundingQuery,
    on=st.integers(0, 60).map(lambda day: START + timedelta(days=day)),
    matter_id=st.just(MATTER),
    client_id=st.just(CLIENT),
    activity_code=st.sampled_from(CODES),
)


@given(some_rules(), queries, st.randoms())
def test_the_order_of_the_rules_does_not_matter(rules, query, random):
    shuffled = random.sample(rules, len(rules))
    assert resolve_rounding(rules, query) == resolve_rounding(shuffled, query)


@given(some_rules(), queries)
def test_the_winner_is_in_force_and_nothing_in_force_is_stronger(rules, query):
    decision = resolve_rounding(rules, query)
    in_force = [rule for rule in rules if rule.applies_to(query)]
    if decision.winner is None:
        assert not in_force
        assert (decision.increment, decision.per_day) == (USUAL, False)
        return
    best = min((LEVELS.index(rule.level), rule.activity_code is None) for rule in in_force)
    assert (LEVELS.index(decision.winner.level), decision.winner.activity_code is None) == best
    assert decision.winner.effective_from <= query.on <= (decision.winner.effective_to or query.on)
    assert len(decision.beaten) == len(in_force) - 1


@given(some_rules(), queries, increments)
def test_a_rule_that_starts_later_changes_nothing_before_its_day(rules, query, increment):
    later = RoundingRule(
        id=99, level=RoundingLevel.MATTER, increment=increment, effective_from=query.on + timedelta(days=1), matter_id=MATTER
    )
    assert resolve_rounding([*rules, later], query) == resolve_rounding(rules, query)


@given(some_rules(), queries)
def test_what_is_kept_reads_back_as_what_was_decided(rules, query):
    decision = resolve_rounding(rules, query)
    kept = kept_rounding(decision.as_json())
    assert kept is not None
    assert (kept.increment, kept.per_day) == (decision.increment, decision.per_day)
    assert kept.rule_id == (decision.winner.id if decision.winner else 0)


def test_the_matters_rule_goes_first_and_within_it_the_one_for_the_activity():
    def rule(id_: int, level: RoundingLevel, code: str | None = None) -> RoundingRule:
        return RoundingRule(id=id_, level=level, increment=USUAL, effective_from=START, activity_code=code, **keys_of(level))

    firm, client = rule(1, RoundingLevel.FIRM), rule(2, RoundingLevel.CLIENT)
    special, matter = rule(3, RoundingLevel.CLIENT, "A103"), rule(4, RoundingLevel.MATTER)
    query = RoundingQuery(on=START, matter_id=MATTER, client_id=CLIENT, activity_code="A103")
    assert resolve_rounding([firm, client, special, matter], query).winner == matter
    found = resolve_rounding([firm, client, special], query)
    assert found.reason == "client’s rule for A103 since Jan 1, 2026, beats the client’s rule and the firm’s rule"
    assert resolve_rounding([firm, client, special], replace(query, activity_code="A106")).winner == client


def test_an_entry_that_was_billed_elsewhere_keeps_no_rule():
    assert kept_rounding({}) is None
    assert kept_rounding(None) is None


def test_a_rule_that_makes_no_sense_cannot_be_made():
    with pytest.raises(InvariantBroken):
        RoundingRule(id=1, level=RoundingLevel.MATTER, increment=USUAL, effective_from=START, client_id=CLIENT)
    with pytest.raises(InvalidInput):
        RoundingRule(id=1, level=RoundingLevel.FIRM, increment=USUAL, effective_from=START, effective_to=START - timedelta(days=1))
