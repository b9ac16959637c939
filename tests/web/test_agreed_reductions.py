"""Discounts and caps at a browser: written as terms of a fee agreement."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.models import FeeTerm, Matter
from tests.factories import World, make_matter
from tests.web.reading import text_of
from tests.web.visitor import Visitor

TYPED = {
    "key": "key-agreement-1",
    "version": "1",
    "effective_from": "2026-01-02",
    "term_1_kind": "discount",
    "term_1_by": "percent",
    "term_1_off": "10",
    "term_1_counts": "fees",
    "term_2_kind": "cap",
    "term_2_limit_minor": "5,000",
    "term_2_window": "month",
    "term_2_counts": "all",
    "term_2_phase": "",
    "term_2_beyond": "hard",
    "term_2_since": "2026-01-01",
}


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def test_a_discount_and_a_cap_are_written_and_read_back_into_the_form(session: Session, matter: Matter, owner: Visitor) -> None:
    home = f"/matters/{matter.id}/fee-agreement"
    assert owner.post(home, TYPED).status_code == 303
    session.rollback()
    assert [term.kind for term in session.scalars(select(FeeTerm).order_by(FeeTerm.position))] == ["discount", "cap"]
    shown = text_of(owner.get(home))
    assert "10 % off fees." in shown
    assert "At most $5,000.00 a month of fees and expenses, for work from Jan 1, 2026 on." in shown
    assert "What goes beyond is not billed." in shown
    again = owner.get(f"{home}/new").get_data(as_text=True)
    for text in ('value="10"', 'value="5,000.00"', 'value="Jan 1, 2026"'):
        assert text in again


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"term_1_off": "101"}, "A discount lies between 0.01 and 100 percent, for example 10 or 12.5."),
        ({"term_1_off": "-10"}, "A discount lies between 0.01 and 100 percent, for example 10 or 12.5."),
        ({"term_1_off": ""}, "A discount lies between 0.01 and 100 percent, for example 10 or 12.5."),
        ({"term_1_by": "amount", "term_1_off": "0"}, "Type an amount above zero."),
        ({"term_2_limit_minor": "0"}, "Write an amount above zero."),
        ({"term_2_limit_minor": "-5"}, "Write the amount without a minus."),
        ({"term_2_since": "yesteryear"}, "is not a date"),
        ({"term_2_window": "decade"}, "Choose one of the list."),
    ],
)
def test_what_cannot_be_agreed_is_refused_beside_its_field(
    session: Session, matter: Matter, owner: Visitor, changed: dict[str, str], sentence: str
) -> None:
    answer = owner.post(f"/matters/{matter.id}/fee-agreement", TYPED | changed)
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert session.scalars(select(FeeTerm)).all() == []
