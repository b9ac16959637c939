"""Texts with places to fill in."""

from __future__ import annotations

import pytest

from lexapp.domain.errors import InvalidInput
from lexapp.domain.placeholders import check_places, fill


def test_places_are_filled_once_and_what_fills_them_is_not_looked_at_again():
    assert fill("{number} for {payer}: {total}", {"number": "INV-1", "payer": "{total}", "total": "$5.00"}) == "INV-1 for {total}: $5.00"


@pytest.mark.parametrize("text", ["", "No places", "{number}{number}", "a brace alone\n{", "}{", "{{number}"])
def test_texts_that_can_be_filled_pass(text: str):
    check_places(text, field="mail_body")
    assert "{number}" not in fill(text, {"number": "1"})


@pytest.mark.parametrize("text", ["{nummer}", "{}", "{ number }", "{number.__class__}", "{0}", "{number!r}"])
def test_a_place_that_nothing_fills_is_refused_with_those_that_are(text: str):
    with pytest.raises(InvalidInput, match=r"\{number\}, \{payer\}") as refusal:
        check_places(text, field="mail_subject")
    assert refusal.value.field == "mail_subject"
