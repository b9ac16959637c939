"""Which passwords are refused, each with a sentence that says what to do."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.errors import InvalidInput
from lexapp.domain.passwords import LONGEST, SHORTEST, check_password

PERSONAL = ("Marguerite Voss", "marguerite@brannockvoss.example", "Brannock Voss LLP")


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("short", "at least 12"),
        ("x" * 300, "Keep it to 256"),
        ("aaaaaaaaaaaaaa", "repeats itself"),
        ("abcxyabcxyabcxy", "repeats itself"),
        ("Password1234!", "first that somebody would guess"),
        ("P@ssw0rd2024", "first that somebody would guess"),
        ("correct horse battery staple", "first that somebody would guess"),
        ("qwertyuiop[]12", "first that somebody would guess"),
        ("987654321098", "first that somebody would guess"),
        ("Summer2026summer", "first that somebody would guess"),
        ("marguerite.voss1", "name"),
        ("BrannockVossLLP!", "name"),
    ],
)
def test_what_is_guessed_first_is_refused(password, told):
    with pytest.raises(InvalidInput, match=told) as refused:
        check_password(password, personal=PERSONAL)
    assert refused.value.field == "password"


@pytest.mark.parametrize("password", ["harbor lamp onion 4", "velvet-canyon-19x", "Tr0ub4dor&3xx", "ωμέγα λάμπα ναύς 7", "مصباح ميناء بصل"])
def test_what_nobody_guesses_is_taken_without_rules_about_signs(password):
    check_password(password, personal=PERSONAL)


@given(st.text(min_size=0, max_size=400))
def test_any_text_is_taken_or_refused_with_a_sentence(password):
    told = refusal(password)
    assert told.endswith(".") if told else SHORTEST <= len(unicodedata.normalize("NFKC", password)) <= LONGEST


def refusal(password):
    try:
        check_password(password, personal=PERSONAL)
    except InvalidInput as error:
        return str(error)
    return ""
