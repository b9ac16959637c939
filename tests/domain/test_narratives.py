"""What is wrong with the words of a narrative, whatever they are, and the codes that they speak of."""

from __future__ import annotations

from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.code_words import MOST, suggested_codes
from lexapp.domain.narratives import PhraseSet, count_tasks, vague_spans
from lexapp.domain.utbms import lookup

_PARTS = ("review", "file", "call", "with", "client", ";", ",", "and", ".", "\n", "draft", "\u0301", "\u200b", "attention", "to", "ß", "İ")
ANY_TEXT = st.text(max_size=300) | st.lists(st.sampled_from(_PARTS), max_size=60).map(" ".join)
# Each 100,000 characters of what costs most to read: towers of marks, one endless word, beginnings of phrases that never end.
HEAVY = {
    "sentences": "review file; call with client, " * 3_200,
    "marks": "\u0301" * 100_000,
    "letters": "a" * 100_000,
    "hyphens": "a-" * 50_000,
    "beginnings": "continued attention " * 5_000,
    "joins": "and " * 25_000,
    "fillers": "to the and " * 9_000,
    "separators": "; " * 50_000,
    "lines": "\r\n" * 50_000,
    "verbs": "review " * 14_000,
    "wide": "\U0001f468\u200d\U0001f469\u200d\U0001f467 " * 16_000,
}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Attention to file", ["Attention to file"]),
        ("Draft lease; ATTENTION  to scheduling", ["ATTENTION  to"]),
        ("Review file", ["Review file"]),
        ("Review of various e-mails, etc.", ["various", "etc"]),
        ("Legal research", ["Legal research"]),
        ("Legal research re notice under local rule 26.3", []),
        ("Review documents re berth logs", []),
        ("Telephone call with client", ["Telephone call with client"]),
        ("Telephone call with client re berth logs", []),
        ("Follow\u2011up", ["Follow\u2011up"]),
        ("Misc\u00adellaneous drafting of exhibits", ["Misc\u00adellaneous"]),
        ("ＶＡＲＩＯＵＳ letters to counsel", ["ＶＡＲＩＯＵＳ"]),
        ("Reviewing the variously marked drafts", []),
        ("", []),
    ],
)
def test_vague_words_are_found_with_their_place(text: str, found: list[str]) -> None:
    assert [span.text for span in vague_spans(text)] == found


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("C++", "Review C++ code", ["C++"]),
        ("C++", "Mark Exhibit C, C# and C+", []),
        ("c#", "Port C#.", ["C#"]),
        ("100%", "Certain to 100%, in 100 cases", ["100%"]),
        ("C", "Exhibit C and C++", ["C"]),
        ("review", "Review+reply", ["Review"]),
    ],
)
def test_signs_at_its_end_make_another_word(phrase: str, text: str, found: list[str]) -> None:
    assert [span.text for span in PhraseSet([(phrase, "")]).spans(text)] == found


@pytest.mark.parametrize(
    ("text", "tasks"),
    [
        ("Review and revise draft; call with client re: logs; review logs; e-mail to D. Oyelaran; attention to scheduling", 5),
        ("Draft motion to compel; legal research re: proportionality under local rule 26.3; attention to file", 3),
        ("Research lease law and draft memo", 2),
        ("Attend hearing and report to client", 2),
        ("Review lease. Call client.\nDraft letter to landlord.", 3),
        ("Review and revise responses to second set of requests for production (RFP 14–31)", 1),
        ("Draft, revise and finalize brief", 1),
        ("Prepare for and attend hearing", 1),
        ("Review letter, email and memo", 1),
        ("Call Smith and Jones re lease", 1),
        ("Review complaint; answer; exhibits", 1),
        ("Dictamen sobre el contrato; otrosí", 0),
        ("", 0),
    ],
)
def test_tasks_are_counted_by_their_verbs_and_shared_objects_once(text: str, tasks: int) -> None:
    assert count_tasks(text) == tasks


@given(ANY_TEXT, st.lists(st.text(max_size=20), max_size=8))
def test_any_text_is_read_and_what_is_found_stands_where_it_is_said(text: str, phrases: list[str]) -> None:
    for spans in (list(vague_spans(text)), list(PhraseSet((phrase, "") for phrase in phrases).spans(text))):
        assert all(text[span.start : span.end] == span.text and span.start < span.end for span in spans)
        assert all(before.end <= after.start for before, after in pairwise(spans))
    assert 0 <= count_tasks(text) <= len(text) + 1


@given(ANY_TEXT)
def test_what_is_suggested_is_a_code_of_the_published_sets(text: str) -> None:
    for name in ("task_code", "activity_code", "expense_code"):
        found = suggested_codes(text, name)
        assert len(found) <= MOST
        assert all(lookup(code.code) == code for code in found)


@pytest.mark.parametrize("name", HEAVY)
def test_a_hundred_thousand_characters_are_read_at_once(name: str) -> None:
    began = process_time()
    list(vague_spans(HEAVY[name]))
    count_tasks(HEAVY[name])
    list(PhraseSet([("review the file again", "")]).spans(HEAVY[name]))
    for field in ("task_code", "activity_code", "expense_code"):
        suggested_codes(HEAVY[name], field)
    assert process_time() - began < 3


@pytest.mark.parametrize(
    ("text", "field", "code"),
    [
        ("Draft motion to compel further answers to interrogatories", "task_code", "L350"),
        ("Draft second set of interrogatories", "task_code", "L310"),
        ("Prepare exhibits for deposition of harbor master", "task_code", "L330"),
        ("Draft expert report outline", "task_code", "L340"),
        ("Draft motion to compel", "activity_code", "A103"),
        ("Filing fee, motion to dismiss", "expense_code", "E112"),
        ("Court reporter, deposition of Lindqvist", "expense_code", "E115"),
        ("Mileage to Albany and back", "expense_code", "E109"),
    ],
)
def test_the_words_suggest_a_code(text: str, field: str, code: str) -> None:
    assert suggested_codes(text, field)[0].code == code


def test_words_that_say_nothing_suggest_nothing() -> None:
    assert suggested_codes("Amend clause 14", "task_code") == suggested_codes("", "activity_code") == ()
