"""Rate cards at a browser: written, given to clients after a look at the effect, raised, copied, retired."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.time_entries import Work
from lexapp.domain.permissions import Role
from lexapp.models import ClientRateCard, Matter, Rate, RateCard, TimeEntry
from lexapp.services.time_entries import record_time
from tests.cards import give_card, make_card
from tests.factories import NOW, TODAY, World, make_matter, make_rate
from tests.web.visitor import Visitor

Members = Callable[[Role], Visitor]
WRITTEN = {"key": "key-card-01", "name": "Harbor 2026", "effective_from": "Jan 2, 2026", "rate_PARTNR": "450", "rate_ASSOC": "270"}


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    made = make_matter(session, world.owner)
    record_time(session, actor=world.owner, work=Work(made.id, world.partner.id, TODAY, 5_400, "Drafted"), now=NOW)
    return made


@pytest.fixture
def card(session: Session, world: World) -> RateCard:
    made = make_card(session, world.owner)
    make_rate(session, world.owner, "card_class", 45_000, rate_card_id=made.id, classification="PARTNR")
    return made


def all_of(session: Session, model: type) -> list[object]:
    session.rollback()
    return list(session.scalars(select(model)))


def test_a_card_is_written_with_a_rate_for_each_class(session: Session, owner: Visitor):
    form = owner.get("/rate-cards/new").text
    assert "Partner" in form
    assert "Associate" in form
    answer = owner.post("/rate-cards", WRITTEN)
    assert answer.status_code == 303
    page = owner.get(answer.headers["Location"]).text
    assert "450.00" in page
    assert "270.00" in page
    assert "Nobody has it" in page
    assert "Harbor 2026" in owner.get("/rate-cards").text
    again = owner.post("/rate-cards", WRITTEN | {"key": "key-card-02"})
    assert again.status_code == 422
    assert "Another card has this name" in again.text


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": ""}, "Write the card’s name"),
        ({"rate_PARTNR": "", "rate_ASSOC": ""}, "Write at least one rate"),
        ({"rate_PARTNR": "-1"}, "without a minus"),
        ({"percent": "110"}, "between 0 and 100"),
        ({"percent": "ten"}, "at most two decimals"),
        ({"percent": "10", "rate": "400"}, "not both"),
        ({"way": "sideways", "percent": "10"}, "Choose one of the list"),
        ({"effective_from": ""}, "Write the first day"),
    ],
)
def test_what_a_card_cannot_be_stands_beside_its_field(session: Session, owner: Visitor, changes: dict[str, str], told: str):
    answer = owner.post("/rate-cards", WRITTEN | changes)
    assert answer.status_code == 422
    assert told in answer.text
    assert all_of(session, RateCard) == []


def test_the_effect_is_seen_before_the_client_has_the_card(session: Session, owner: Visitor, matter: Matter, card: RateCard):
    sent = {"key": "key-give-01", "client_id": str(matter.client_id), "rate_card_id": str(card.id), "effective_from": "Mar 1, 2026"}
    client_id = matter.client_id
    looked = owner.post("/client-rate-cards", sent | {"act": "look"})
    assert looked.status_code == 200
    for shown in ("Nothing is saved yet", "750.00", "675.00", "(75.00)", "Port Authority claims", "<svg"):
        assert shown in looked.text
    assert all_of(session, ClientRateCard) == []
    assert owner.post("/client-rate-cards", sent).status_code == 303
    assert "Harbor 2026" in owner.get(f"/clients/{client_id}").text
    preview = owner.get(f"/rates/application?card={card.id}").text
    assert "Rate card Harbor 2026 for partners since Mar 1, 2026" in preview
    apply = {"key": "key-apply-1", "card": str(card.id), "entries": "1", "difference": "-7500"}
    assert owner.post("/rates/application", apply).headers["Location"].endswith(f"/rate-cards/{card.id}")
    session.rollback()
    assert session.scalars(select(TimeEntry.amount_minor)).all() == [67_500]
    assert "Rate card Harbor 2026 given" in owner.get(f"/clients/{client_id}").text


def test_two_cards_on_one_day_are_refused_beside_the_day(session: Session, world: World, owner: Visitor, matter: Matter, card: RateCard):
    sent = {"client_id": str(matter.client_id), "rate_card_id": str(card.id), "effective_from": "Mar 1, 2026"}
    assert owner.post("/client-rate-cards", sent | {"key": "key-give-01"}).status_code == 303
    for act in ({"act": "look"}, {}):
        answer = owner.post("/client-rate-cards", sent | {"key": "key-give-02"} | act)
        assert answer.status_code == 422
        assert "gets a card on this day already" in answer.text


def test_a_rate_of_a_card_is_looked_at_added_ended_and_removed(
    session: Session, world: World, owner: Visitor, matter: Matter, card: RateCard
):
    card_id = card.id
    client = matter.client_id
    session.rollback()
    owner.post(
        "/client-rate-cards", {"key": "key-g-0001", "client_id": str(client), "rate_card_id": str(card_id), "effective_from": "Jan 2, 2026"}
    )
    sent = {"key": "key-rate-01", "classification": "PARTNR", "percent": "20", "way": "under", "effective_from": "Jun 1, 2026"}
    looked = owner.post(f"/rate-cards/{card_id}/rates", sent | {"act": "look"})
    assert looked.status_code == 200
    assert "600.00" in looked.text
    assert owner.post(f"/rate-cards/{card_id}/rates", sent).status_code == 303
    assert "20 % under the firm’s own rate" in owner.get(f"/rate-cards/{card_id}").text
    rates = all_of(session, Rate)
    rate_id = max(rate.id for rate in rates)  # type: ignore[attr-defined]
    assert "20 % under" in owner.get(f"/rates/{rate_id}/ending").text
    ended = owner.post(f"/rates/{rate_id}/ending", {"key": "key-end-01", "effective_to": "Jul 1, 2026"})
    assert ended.headers["Location"].endswith(f"/rate-cards/{card_id}")
    empty = owner.post(f"/rate-cards/{card_id}/rates", {"key": "key-rate-02", "effective_from": "Jun 1, 2026"})
    assert empty.status_code == 422
    assert "Write an amount per hour, or a percentage." in empty.text
    assert owner.post(f"/rates/{rate_id}/removal", {"version": "2"}).status_code == 303


def test_many_rates_are_listed_first_and_raised_in_one_go(session: Session, owner: Visitor, matter: Matter):
    sent = {"key": "key-up-0001", "whose": "firm", "percent": "5", "way": "above", "step": "500", "effective_from": "2026-11-01"}
    looked = owner.post("/rate-increases", sent).text
    for shown in ("Marguerite Voss", "500.00", "525.00", "Raise 2 rates", "787.50"):
        assert shown in looked
    hidden = dict(re.findall(r'name="(rates|total)" value="(\d+)"', looked))
    assert hidden == {"rates": "2", "total": "84000"}
    assert owner.post("/rate-increases", sent | {"rates": "2", "total": "1"}).status_code == 409
    assert owner.post("/rate-increases", sent | hidden).status_code == 303
    rows = [(rate.rate_minor_per_hour, rate.effective_to) for rate in all_of(session, Rate)]  # type: ignore[attr-defined]
    assert sorted(rows, key=str) == sorted(
        [(50_000, date(2026, 10, 31)), (30_000, date(2026, 10, 31)), (52_500, None), (31_500, None)], key=str
    )
    again = owner.post("/rate-increases", sent | {"key": "key-up-0002"}).text
    assert "2 rates begin on that very day and stay" in again
    assert owner.post("/rate-increases", sent | {"percent": "0"}).status_code == 422


def test_a_card_is_renamed_copied_and_retired(session: Session, world: World, owner: Visitor, matter: Matter, card: RateCard):
    card_id = card.id
    give_card(session, world.owner, card, session.get_one(Matter, matter.id).client)
    facts = {"key": "key-edit-01", "version": "1", "name": "Harbor panel", "note": "By letter"}
    assert owner.post(f"/rate-cards/{card_id}", facts).status_code == 303
    assert owner.post(f"/rate-cards/{card_id}", facts | {"key": "key-edit-02", "name": "Other"}).status_code == 409
    assert owner.post(f"/rate-cards/{card_id}/copies", {"key": "key-copy-01", "name": "Harbor 2027"}).status_code == 303
    retired = {"key": "key-ret-001", "version": "2", "last_day": "Nov 30, 2026"}
    assert "1 client has" in owner.get(f"/rate-cards/{card_id}/retirement").text
    assert owner.post(f"/rate-cards/{card_id}/retirement", retired | {"version": "1"}).status_code == 409
    assert owner.post(f"/rate-cards/{card_id}/retirement", retired).status_code == 303
    page = owner.get(f"/rate-cards/{card_id}").text
    assert "Retired" in page
    assert "450.00" in page
    assert "Give to a client" not in page


def test_others_of_the_firm_read_and_strangers_find_nothing(
    session: Session, world: World, owner: Visitor, outsider: Visitor, member: Members, matter: Matter, card: RateCard
):
    card_id = card.id
    make_rate(session, world.owner, "card_timekeeper", 98_700, rate_card_id=card_id, timekeeper_id=world.partner.id)
    session.rollback()
    for path in (
        f"/rate-cards/{card_id}",
        f"/rate-cards/{card_id}/edit",
        f"/rate-cards/{card_id}/rates/new",
        f"/rates/application?card={card_id}",
    ):
        assert outsider.get(path).status_code == 404
    assert "Harbor" not in outsider.get("/rate-cards").text
    clerk = member(Role.BOOKKEEPER)
    assert "987.00" in clerk.get(f"/rate-cards/{card_id}").text
    for path in ("/rate-cards/new", "/client-rate-cards/new", "/rate-increases/new", f"/rate-cards/{card_id}/edit"):
        assert clerk.get(path).status_code == 403
    assert clerk.post("/rate-cards", WRITTEN).status_code == 403
    timekeeper = member(Role.TIMEKEEPER)
    assert "987.00" not in timekeeper.get(f"/rate-cards/{card_id}").text
