"""The discounts of a client on its page: agreed, refused beside the field, ended, removed; a stranger finds nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Role
from lexapp.models import Client, ClientDiscount
from tests.factories import World, make_client
from tests.web.reading import text_of
from tests.web.visitor import Visitor

KEY = "discount-1"


@pytest.fixture
def client(session: Session, world: World) -> Client:
    return make_client(session, world.owner)


def volume(**typed: str) -> dict[str, str]:
    said = {"effective_from": "2026-01-01", "reckoning": "above", "counts": "fees", "first_month": "1", "key": KEY}
    return said | {"above_1": "100,000", "percent_1": "10"} | typed


def agree(owner: Visitor, client: Client, **typed: str) -> int:
    return owner.post(f"/clients/{client.id}/volume-discounts", volume(**typed)).status_code


def test_ten_percent_above_a_hundred_thousand_a_year_is_agreed(session: Session, owner: Visitor, client: Client):
    assert agree(owner, client, above_2="250k", percent_2="12.5") == 303
    page = text_of(owner.get(f"/clients/{client.id}/discounts"))
    assert "10 % above $100,000.00, 12.50 % above $250,000.00 a year." in page
    assert "In force" in page
    assert session.scalars(select(ClientDiscount.terms)).one()["tiers"] == [[100_000_00, 1_000], [250_000_00, 1_250]]


def test_two_percent_within_ten_days_is_agreed(owner: Visitor, client: Client):
    typed = {"percent": "2", "days": "10", "effective_from": "2026-01-01", "key": KEY}
    assert owner.post(f"/clients/{client.id}/early-payment-discounts", typed).status_code == 303
    assert "2 % if an invoice is paid whole within 10 days." in text_of(owner.get(f"/clients/{client.id}/discounts"))


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"above_1": "", "percent_1": ""}, "above_1", "Write at least one step"),
        ({"percent_1": "0"}, "percent_1", "between 0.01 and 100"),
        ({"percent_1": "101"}, "percent_1", "between 0.01 and 100"),
        ({"percent_1": "ten"}, "percent_1", "between 0.01 and 100"),
        ({"percent_1": ""}, "percent_1", "how many percent"),
        ({"above_2": "100,000", "percent_2": "12"}, "above_2", "each amount once"),
        ({"above_2": "50,000", "percent_2": "12"}, "above_2", "Put them in order"),
        ({"above_2": "200,000", "percent_2": "9"}, "percent_2", "takes more off"),
        ({"above_3": "200,000", "percent_3": "12"}, "above_2", "no empty line"),
        ({"above_1": "-5"}, "above_1", "without a minus"),
        ({"first_month": "13"}, "first_month", "one of the list"),
        ({"effective_to": "2025-12-31"}, "effective_to", "before the first"),
        ({"effective_from": ""}, "effective_from", "Write the first day"),
    ],
)
def test_steps_that_cannot_stand_are_refused_beside_their_field(
    session: Session, owner: Visitor, client: Client, typed: dict[str, str], field: str, words: str
):
    answer = owner.post(f"/clients/{client.id}/volume-discounts", volume(**typed))
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    error = html[html.index(f'id="volume-{field}-error"') :][:400]
    assert words in error
    assert session.scalars(select(ClientDiscount.id)).all() == []


@pytest.mark.parametrize(
    ("percent", "days", "field"),
    [("0", "10", "percent"), ("120", "10", "percent"), ("2", "0", "days"), ("2", "1000", "days"), ("2", "x", "days")],
)
def test_early_payment_of_nothing_or_in_a_thousand_days_is_refused(owner: Visitor, client: Client, percent: str, days: str, field: str):
    typed = {"percent": percent, "days": days, "effective_from": "2026-01-01", "key": KEY}
    answer = owner.post(f"/clients/{client.id}/early-payment-discounts", typed)
    assert answer.status_code == 422
    assert f'id="early-{field}-error"' in answer.get_data(as_text=True)


def test_another_from_the_same_day_is_refused_and_what_was_typed_stays(owner: Visitor, client: Client):
    agree(owner, client)
    html = owner.post(f"/clients/{client.id}/volume-discounts", volume(percent_1="7.5", key="discount-2")).get_data(as_text=True)
    assert "starts on this day already" in html
    assert 'value="7.5"' in html


def test_it_is_ended_and_removed(session: Session, owner: Visitor, client: Client):
    agree(owner, client)
    row = session.scalars(select(ClientDiscount)).one()
    session.rollback()
    ending = f"/client-discounts/{row.id}/ending"
    assert "End discount by volume" in text_of(owner.get(ending))
    assert owner.post(ending, {"effective_to": "2025-01-01", "version": "1", "key": "ending-0e1"}).status_code == 422
    assert owner.post(ending, {"effective_to": "2026-06-30", "version": "1", "key": "ending-0e2"}).status_code == 303
    assert owner.post(ending, {"effective_to": "2026-05-30", "version": "1", "key": "ending-0e3"}).status_code == 409
    assert owner.post(f"/client-discounts/{row.id}/removal", {"version": "2"}).status_code == 303
    assert "No discount yet" in text_of(owner.get(f"/clients/{client.id}/discounts"))


def test_a_timekeeper_reads_and_agrees_nothing_and_a_stranger_finds_nothing(
    owner: Visitor, member: Callable[[Role], Visitor], outsider: Visitor, client: Client
):
    agree(owner, client)
    timekeeper = member(Role.TIMEKEEPER)
    assert timekeeper.get(f"/clients/{client.id}/discounts").status_code == 200
    assert timekeeper.get(f"/clients/{client.id}/volume-discounts/new").status_code == 403
    for path in (f"/clients/{client.id}/discounts", f"/clients/{client.id}/early-payment-discounts/new"):
        assert outsider.get(path).status_code == 404
