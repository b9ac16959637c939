"""Rates out of the database: the same precedence as the pure core, in one query."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from lexapp.books.rates import RateBook, query_of, rate_rules, resolve_entry_rate, resolve_entry_rates
from lexapp.domain.money import Money
from lexapp.domain.rates import resolve_rate
from lexapp.models import Firm, Matter
from tests.counting import counted_statements
from tests.factories import TODAY, World, make_matter, make_rate, make_world


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def test_the_stronger_rate_wins_and_says_what_it_beats(session: Session, world: World, matter: Matter) -> None:
    make_rate(session, world.owner, "matter_class", 72_000, date(2026, 3, 3), matter_id=matter.id, classification="PARTNR")
    make_rate(session, world.owner, "client", 74_000, date(2026, 2, 1), client_id=matter.client_id)
    firm = session.get_one(Firm, world.firm_id)
    found = resolve_entry_rate(session, firm=firm, matter=matter, timekeeper=world.partner, activity_code="", on=TODAY)
    assert found.rate == Money(72_000, "USD")
    assert found.reason == "matter rate for partners since Mar 3, 2026, beats client rate and timekeeper’s own rate"


def test_a_timekeepers_name_stands_in_the_reason(session: Session, world: World, matter: Matter) -> None:
    make_rate(session, world.owner, "matter_timekeeper", 60_000, matter_id=matter.id, timekeeper_id=world.partner.id)
    firm = session.get_one(Firm, world.firm_id)
    found = resolve_entry_rate(session, firm=firm, matter=matter, timekeeper=world.partner, activity_code="A103", on=TODAY)
    assert found.reason.startswith("matter rate for Marguerite Voss since Jan 2, 2026")


def test_a_typed_rate_beats_everything(session: Session, world: World, matter: Matter) -> None:
    firm = session.get_one(Firm, world.firm_id)
    typed = Money(1_00, "USD")
    found = resolve_entry_rate(session, firm=firm, matter=matter, timekeeper=world.partner, activity_code="", on=TODAY, typed=typed)
    assert found.rate == typed


def test_before_every_rate_there_is_none(session: Session, world: World, matter: Matter) -> None:
    firm = session.get_one(Firm, world.firm_id)
    found = resolve_entry_rate(session, firm=firm, matter=matter, timekeeper=world.partner, activity_code="", on=date(2025, 1, 1))
    assert found.rate is None
    assert "no rate is in force" in found.reason


def test_many_entries_take_one_query_and_answer_like_the_core(session: Session, world: World, matter: Matter) -> None:
    other = make_matter(session, world.owner, name="Other")
    make_rate(session, world.owner, "matter", 10_000, matter_id=matter.id)
    make_rate(session, world.owner, "client_class", 20_000, client_id=other.client_id, classification="ASSOC")
    make_rate(session, world.owner, "activity", 15_000, activity_code="A112")
    make_rate(session, world.owner, "class", 5_000, classification="PARTNR")
    people = (world.partner, world.associate)
    queries = [query_of(m, t, activity_code=a, on=TODAY) for m in (matter, other) for t in people for a in ("", "A112", "A103")]
    rules = rate_rules(session, firm_id=world.firm_id, currency="USD")
    with counted_statements(session) as statements:
        found = resolve_entry_rates(session, firm_id=world.firm_id, currency="USD", queries=queries)
    assert len(statements) == 1
    assert found == [resolve_rate(rules, query) for query in queries]
    assert [RateBook(rules).resolve(query) for query in queries] == found


def test_the_rates_of_other_matters_are_not_loaded(session: Session, world: World, matter: Matter) -> None:
    other = make_matter(session, world.owner, name="Other")
    make_rate(session, world.owner, "matter", 10_000, matter_id=other.id)
    rules = rate_rules(session, firm_id=world.firm_id, currency="USD", matter_ids=[matter.id])
    assert {rule.matter_id for rule in rules} == {None}
