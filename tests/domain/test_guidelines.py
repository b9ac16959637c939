"""Guidelines as dated rules: which hold on a day, and what they find in what was written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.errors import InvalidInput
from lexapp.domain.guidelines import USUAL, Guideline, Rule, Weight, Written, check, in_force, most_allowed, refusals

JUNE = date(2026, 6, 1)
PEMBERWICK = Guideline(
    id=1,
    source="Pemberwick",
    client_id=1,
    effective_from=JUNE,
    least=10,
    most=60,
    length=Weight.REFUSE,
    blocks=Weight.REFUSE,
    forbidden_words=("overhead", "word processing"),
    codes=frozenset(("task_code", "activity_code", "expense_code")),
    quotes={"blocks": "One task per line (5.1).", "codes": "Lines carry UTBMS codes (2)."},
)
CODED = {"task_code": "L350", "activity_code": "A103"}
PLAIN = Written(narrative="Draft motion to compel", seconds=7200, codes=CODED)


def rules(*guidelines: Guideline, written: Written) -> list[Rule]:
    return [one.rule for one in check(guidelines, written)]


def test_what_follows_the_guideline_has_no_findings() -> None:
    assert check([PEMBERWICK], PLAIN) == check([USUAL], PLAIN) == ()


def test_a_finding_says_what_to_do_and_quotes_the_guideline() -> None:
    [finding] = check([PEMBERWICK], replace(PLAIN, narrative="Draft motion to compel; call client re motion; review reply"))
    assert (finding.rule, finding.field, finding.is_refused) == (Rule.BLOCKS, "narrative", True)
    assert finding.whole == "Block billing: three tasks in one entry. Write an entry for each. Pemberwick: “One task per line (5.1).”"


def test_several_tasks_in_a_short_or_unmeasured_entry_are_no_block() -> None:
    blocks = replace(PLAIN, narrative="Draft motion; call client re motion")
    assert rules(PEMBERWICK, written=blocks) == [Rule.BLOCKS]
    assert rules(PEMBERWICK, written=replace(blocks, seconds=1800)) == rules(PEMBERWICK, written=replace(blocks, seconds=None)) == []
    assert rules(USUAL, written=blocks) == []


def test_compulsory_codes_are_refused_beside_their_field_when_missing_or_unknown() -> None:
    found = refusals(check([PEMBERWICK], replace(PLAIN, codes={"activity_code": "ZZ9"})))
    assert {one.field: one.sentence for one in found} == {
        "activity_code": "ZZ9 is not an activity code that Pemberwick knows. Choose one of the list.",
        "task_code": "Pemberwick asks for a task code. Choose one.",
    }
    assert [one.field for one in check([PEMBERWICK], Written(kind="expense", narrative="Filing fee, motion"))] == ["expense_code"]
    assert check([PEMBERWICK], Written(kind="fixed_fee", narrative="Incorporation of a company")) == ()
    assert rules(PEMBERWICK, written=replace(PLAIN, codes={}, is_billed=False)) == []


def test_length_is_counted_in_characters_and_only_the_greatest_may_refuse() -> None:
    wide = Written(narrative="é" * 61, codes=CODED)
    [finding] = check([PEMBERWICK], wide)
    assert (finding.weight, finding.sentence) == (Weight.REFUSE, "61 characters: Pemberwick takes at most 60. Take 1 out.")
    assert check([PEMBERWICK], replace(wide, narrative="é" * 60)) == ()
    assert check([PEMBERWICK], replace(wide, is_billed=False)) == ()
    assert [one.weight for one in check([PEMBERWICK], replace(wide, narrative="  "))] == [Weight.WARN]
    assert (most_allowed([PEMBERWICK, USUAL]), most_allowed([USUAL])) == (60, 0)


def test_forbidden_words_are_whole_words_in_any_case() -> None:
    found = check([PEMBERWICK], replace(PLAIN, narrative="OVERHEADS and Overhead for Word  Processing"))
    assert [(one.start, one.end) for one in found] == [(14, 22), (27, 43)]


def test_a_client_may_allow_what_the_usual_guideline_warns_of() -> None:
    vague = Written(narrative="Attention to file")
    assert rules(USUAL, written=vague) == [Rule.VAGUE]
    assert rules(replace(PEMBERWICK, vague=Weight.ALLOW, codes=frozenset()), written=vague) == []


def test_the_matters_own_goes_instead_of_its_clients_and_those_of_payers_hold_together() -> None:
    payer = replace(PEMBERWICK, id=2, client_id=2, source="Castellane")
    matter = replace(PEMBERWICK, id=3, client_id=None, matter_id=5, source="Port claims")
    assert [one.id for one in in_force([payer, PEMBERWICK], on=JUNE)] == [2, 1]
    assert [one.id for one in in_force([payer, matter, PEMBERWICK], on=JUNE)] == [3]
    assert in_force([payer, matter], on=JUNE - timedelta(days=1)) == (USUAL,)
    ended = replace(PEMBERWICK, effective_to=JUNE)
    newer = replace(PEMBERWICK, id=9, effective_from=JUNE + timedelta(days=30))
    assert [one.id for one in in_force([PEMBERWICK, newer], on=JUNE + timedelta(days=31))] == [9]
    assert in_force([ended], on=JUNE + timedelta(days=1)) == (USUAL,)
    same = check([payer, replace(payer, id=4, client_id=4, source="Delta", most=60, length=Weight.WARN)], Written(narrative="x" * 80))
    assert [one.rule for one in same].count(Rule.LENGTH) == 1


def test_a_guideline_never_ends_before_it_starts() -> None:
    with pytest.raises(InvalidInput):
        replace(PEMBERWICK, effective_to=JUNE - timedelta(days=1))


@given(
    st.text(max_size=200),
    st.sampled_from(("time", "expense", "fixed_fee", "other")),
    st.none() | st.integers(0, 100_000),
    st.lists(st.text(max_size=12), max_size=5),
    st.dictionaries(st.sampled_from(("task_code", "activity_code")), st.text(max_size=6)),
)
def test_any_writing_is_checked_and_refusals_come_first(
    text: str, kind: str, seconds: int | None, words: list[str], codes: dict[str, str]
) -> None:
    guideline = replace(PEMBERWICK, forbidden_words=tuple(words), vague=Weight.REFUSE)
    found = check([guideline, USUAL], Written(narrative=text, kind=kind, seconds=seconds, codes=codes))
    assert all(0 <= one.start <= one.end <= len(text) and one.sentence for one in found)
    assert [one.is_refused for one in found] == sorted((one.is_refused for one in found), reverse=True)
