"""Rate cards: given to clients with dates, foretold before they are saved, put on unbilled work by a command."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.domain.errors import Conflict, InvalidInput, KeyReused, NotAllowed, NotFound
from lexapp.domain.permissions import Role
from lexapp.domain.rate_cards import Assignment
from lexapp.models import AuditEvent, Client, ClientRateCard, Matter, Rate, RateCard, TimeEntry
from lexapp.services.card_assignments import end_given_card, give_card, take_card_back, what_if_given
from lexapp.services.rate_applications import RateScope, apply_rates, preview_rates
from lexapp.services.rate_cards import NewCard, copy_card, create_card, edit_card, retire_card
from lexapp.services.rates import NewRate, add_rate, what_if_added
from lexapp.services.time_entries import Work, record_time
from tests import billing
from tests.factories import NOW, OPENED, TODAY, World, make_client, make_matter, make_member, make_rate, make_world

MARCH, NEXT_YEAR = date(2026, 3, 1), date(2027, 1, 1)
HARBOR = NewCard(name="Harbor 2026", effective_from=OPENED, class_rates=(("PARTNR", 45_000), ("ASSOC", 27_000)))
LESS_TEN = NewCard(name="Standard less 10 %", effective_from=OPENED, change_hundredths=-1_000)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def card(session: Session, world: World, new: NewCard = HARBOR) -> RateCard:
    return create_card(session, actor=world.owner, card=new, now=NOW)


def given(card: RateCard, matter: Matter, start: date = OPENED, end: date | None = None) -> Assignment:
    assert matter.client_id is not None
    return Assignment(card_id=card.id, client_id=matter.client_id, effective_from=start, effective_to=end)


def hour(session: Session, world: World, matter: Matter, on: date = TODAY, **more: object) -> TimeEntry:
    work = Work(matter.id, world.partner.id, on, 3_600, "Drafted", **more)  # type: ignore[arg-type]
    return record_time(session, actor=world.owner, work=work, now=NOW)


def spans(session: Session, client_id: int | None) -> list[tuple[int, date, date | None]]:
    columns = (ClientRateCard.rate_card_id, ClientRateCard.effective_from, ClientRateCard.effective_to)
    mine = (ClientRateCard.client_id == client_id, ClientRateCard.removed_at.is_(None))
    return [tuple(row) for row in session.execute(select(*columns).where(*mine).order_by(ClientRateCard.effective_from))]


def last_event(session: Session) -> AuditEvent:
    return session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()


def test_time_of_a_client_is_worth_what_its_card_says_and_the_entry_says_so(session: Session, world: World, matter: Matter) -> None:
    give_card(session, actor=world.owner, assignment=given(card(session, world), matter, MARCH), now=NOW)
    entry = hour(session, world, matter)
    assert entry.amount_minor == 45_000
    reason = "rate card Harbor 2026 for partners since Mar 1, 2026, beats timekeeper’s own rate"
    assert entry.rate_reason["reason"] == reason
    assert hour(session, world, matter, date(2026, 2, 27)).amount_minor == 50_000
    assert hour(session, world, make_matter(session, world.owner)).amount_minor == 50_000


def test_a_percentage_card_follows_the_firms_rates(session: Session, world: World, matter: Matter) -> None:
    give_card(session, actor=world.owner, assignment=given(card(session, world, LESS_TEN), matter), now=NOW)
    entry = hour(session, world, matter)
    assert entry.amount_minor == 45_000
    assert str(entry.rate_reason["reason"]).startswith(
        "rate card Standard less 10 %, 10 % under the timekeeper’s own rate since Jan 2, 2026"
    )
    add_rate(session, actor=world.owner, rate=NewRate(rate_minor_per_hour=60_005, effective_from=TODAY, timekeeper_id=world.partner.id))
    assert hour(session, world, matter).amount_minor == 54_005


def test_a_clients_own_rate_beats_its_card(session: Session, world: World, matter: Matter) -> None:
    give_card(session, actor=world.owner, assignment=given(card(session, world), matter), now=NOW)
    make_rate(session, world.owner, "client", 40_000, client_id=matter.client_id)
    entry = hour(session, world, matter)
    assert entry.amount_minor == 40_000
    beaten = "client rate since Jan 2, 2026, beats rate card Harbor 2026 for partners and timekeeper’s own rate"
    assert entry.rate_reason["reason"] == beaten


def test_the_next_card_of_a_client_ends_the_one_before(session: Session, world: World, matter: Matter) -> None:
    first, second = card(session, world), card(session, world, LESS_TEN)
    give_card(session, actor=world.owner, assignment=given(first, matter), now=NOW)
    give_card(session, actor=world.owner, assignment=given(second, matter, NEXT_YEAR), now=NOW)
    give_card(session, actor=world.owner, assignment=given(second, matter, MARCH), now=NOW)
    day = date(2026, 2, 28)
    assert spans(session, matter.client_id) == [
        (first.id, OPENED, day),
        (second.id, MARCH, date(2026, 12, 31)),
        (second.id, NEXT_YEAR, None),
    ]
    with pytest.raises(InvalidInput, match="gets a card on this day already"):
        give_card(session, actor=world.owner, assignment=given(first, matter, MARCH), now=NOW)


def test_what_a_card_would_do_is_foretold_and_then_done_once(session: Session, world: World, matter: Matter) -> None:
    for on in (date(2026, 2, 27), TODAY):
        hour(session, world, matter, on)
    hour(session, world, matter, rate_minor=12_345)
    hour(session, world, make_matter(session, world.owner))
    assignment = given(card(session, world), matter, MARCH)
    foretold = what_if_given(session, actor=world.owner, assignment=assignment, now=NOW)
    assert [(effect.old_amount_minor, effect.new_amount_minor) for effect in foretold.effects] == [(50_000, 45_000)]
    assert foretold.effects[0].entry.client_name == session.get_one(Client, matter.client_id).name
    scope = RateScope(client_id=matter.client_id)
    assert preview_rates(session, actor=world.owner, scope=scope, now=NOW).effects == []
    give_card(session, actor=world.owner, assignment=assignment, now=NOW)
    shown = preview_rates(session, actor=world.owner, scope=scope, now=NOW)
    assert [effect.decision.reason for effect in shown.effects] == [effect.decision.reason for effect in foretold.effects]
    values = {"scope": RateScope(rate_card_id=assignment.card_id), "entries": 1, "difference_minor": -5_000, "now": NOW}
    for _ in range(2):
        assert apply_rates(session, actor=world.owner, **values, key="put-on-1") == 1  # type: ignore[arg-type]
    assert last_event(session).subject_kind == "rate_card"
    assert preview_rates(session, actor=world.owner, scope=scope, now=NOW).effects == []
    amounts = session.scalars(select(TimeEntry.amount_minor).where(TimeEntry.matter_id == matter.id).order_by(TimeEntry.id)).all()
    assert amounts == [50_000, 45_000, 12_345]


def test_what_a_pre_bill_has_taken_is_not_foretold_to_change(session: Session, world: World, matter: Matter) -> None:
    billing.work_time(session, world, matter, 100, 50_000)
    billing.draft(session, world, matter)
    assert what_if_given(session, actor=world.owner, assignment=given(card(session, world), matter), now=NOW).effects == []


def test_a_new_rate_of_a_card_is_foretold_for_those_who_have_it(session: Session, world: World, matter: Matter) -> None:
    made = card(session, world)
    give_card(session, actor=world.owner, assignment=given(made, matter), now=NOW)
    hour(session, world, matter)
    hour(session, world, make_matter(session, world.owner))
    new = NewRate(rate_minor_per_hour=46_000, effective_from=MARCH, rate_card_id=made.id, classification="PARTNR")
    foretold = what_if_added(session, actor=world.owner, rate=new, now=NOW)
    assert [effect.difference_minor for effect in foretold.effects] == [1_000]
    add_rate(session, actor=world.owner, rate=new, now=NOW)
    done = preview_rates(session, actor=world.owner, scope=RateScope(rate_card_id=made.id), now=NOW)
    assert [effect.difference_minor for effect in done.effects] == [1_000]
    with pytest.raises(InvalidInput, match="starts on this day already"):
        what_if_added(session, actor=world.owner, rate=new, now=NOW)


def test_a_card_is_copied_with_its_rates_and_their_days(session: Session, world: World, matter: Matter) -> None:
    made = card(session, world)
    add_rate(session, actor=world.owner, rate=NewRate(rate_minor_per_hour=1, effective_from=NEXT_YEAR, rate_card_id=made.id), now=NOW)
    copy = copy_card(session, actor=world.owner, card_id=made.id, name="Harbor 2027", key="copy-1", now=NOW)
    assert copy_card(session, actor=world.owner, card_id=made.id, name="Harbor 2027", key="copy-1", now=NOW).id == copy.id
    columns = (Rate.level, Rate.classification, Rate.rate_minor_per_hour, Rate.effective_from, Rate.effective_to)
    rates = [session.execute(select(*columns).where(Rate.rate_card_id == one.id).order_by(Rate.id)).all() for one in (made, copy)]
    assert rates[0] == rates[1]
    assert len(rates[0]) == 3
    assert copy.copied_from_id == made.id
    with pytest.raises(InvalidInput, match="Another card has this name"):
        copy_card(session, actor=world.owner, card_id=made.id, name="HARBOR  2027", now=NOW)


def test_a_retired_card_ends_everywhere_and_stays_readable(session: Session, world: World, matter: Matter) -> None:
    made, other = card(session, world), make_matter(session, world.owner)
    give_card(session, actor=world.owner, assignment=given(made, matter), now=NOW)
    give_card(session, actor=world.owner, assignment=given(made, other, NEXT_YEAR), now=NOW)
    last = date(2026, 11, 30)
    assert retire_card(session, actor=world.owner, card_id=made.id, version=1, last_day=last, key="retire-1", now=NOW) == 2
    assert retire_card(session, actor=world.owner, card_id=made.id, version=1, last_day=last, key="retire-1", now=NOW) == 2
    assert spans(session, matter.client_id) == [(made.id, OPENED, last)]
    assert spans(session, other.client_id) == []
    assert hour(session, world, matter).amount_minor == 45_000
    with pytest.raises(InvalidInput, match="This card is retired"):
        give_card(session, actor=world.owner, assignment=given(made, other), now=NOW)
    with pytest.raises(InvalidInput, match="This card is retired"):
        add_rate(session, actor=world.owner, rate=NewRate(rate_minor_per_hour=1, effective_from=TODAY, rate_card_id=made.id), now=NOW)
    with pytest.raises(Conflict):
        retire_card(session, actor=world.owner, card_id=made.id, version=1, last_day=last, now=NOW)
    assert copy_card(session, actor=world.owner, card_id=made.id, name="Again", now=NOW).retired_on is None


def test_a_card_is_ended_for_a_client_or_taken_back(session: Session, world: World, matter: Matter) -> None:
    row = give_card(session, actor=world.owner, assignment=given(card(session, world), matter), now=NOW)
    with pytest.raises(InvalidInput, match="The card starts on Jan 2, 2026"):
        end_given_card(session, actor=world.owner, assignment_id=row.id, version=1, last_day=date(2025, 12, 31), now=NOW)
    end_given_card(session, actor=world.owner, assignment_id=row.id, version=1, last_day=MARCH, now=NOW)
    assert hour(session, world, matter).amount_minor == 50_000
    event = last_event(session)
    take_card_back(session, actor=world.owner, assignment_id=row.id, version=2, now=NOW)
    event = last_event(session)
    assert (event.action, event.subject_kind, event.subject_id) == ("rate_card.taken_back", "client", matter.client_id)
    assert spans(session, matter.client_id) == []
    with pytest.raises(NotFound):
        take_card_back(session, actor=world.owner, assignment_id=row.id, version=3, now=NOW)


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (NewCard(name=" ", effective_from=OPENED, rate_minor_per_hour=1), "name"),
        (NewCard(name="x" * 81, effective_from=OPENED, rate_minor_per_hour=1), "name"),
        (NewCard(name="A", effective_from=OPENED), "rate"),
        (NewCard(name="A", effective_from=OPENED, rate_minor_per_hour=-1), "rate"),
        (NewCard(name="A", effective_from=OPENED, rate_minor_per_hour=10**16), "rate"),
        (NewCard(name="A", effective_from=OPENED, class_rates=(("PIRATE", 1),)), "classification"),
        (NewCard(name="A", effective_from=OPENED, rate_minor_per_hour=1, change_hundredths=-1_000), "percent"),
        (NewCard(name="A", effective_from=OPENED, change_hundredths=-10_000), "percent"),
    ],
)
def test_a_card_that_cannot_be_is_refused_beside_its_field(session: Session, world: World, new: NewCard, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        card(session, world, new)
    assert refused.value.field == field
    assert session.scalars(select(RateCard)).all() == []


def test_a_command_is_done_once_and_a_name_stands_once(session: Session, world: World) -> None:
    made = create_card(session, actor=world.owner, card=HARBOR, key="create-1", now=NOW)
    assert create_card(session, actor=world.owner, card=HARBOR, key="create-1", now=NOW).id == made.id
    with pytest.raises(KeyReused):
        create_card(session, actor=world.owner, card=LESS_TEN, key="create-1", now=NOW)
    other = card(session, world, LESS_TEN)
    with pytest.raises(InvalidInput, match="Another card has this name"):
        edit_card(session, actor=world.owner, card_id=other.id, version=1, name="harbor 2026", note="", now=NOW)
    edited = edit_card(session, actor=world.owner, card_id=other.id, version=1, name="Less ten", note="By letter", now=NOW)
    assert (edited.name, edited.note, edited.version) == ("Less ten", "By letter", 2)


def test_only_who_agrees_rates_writes_cards_and_another_firms_are_not_there(session: Session, world: World, matter: Matter) -> None:
    made = card(session, world)
    clerk = make_member(session, world.owner, Role.BOOKKEEPER)
    with pytest.raises(NotAllowed):
        create_card(session, actor=clerk, card=LESS_TEN, now=NOW)
    with pytest.raises(NotAllowed):
        give_card(session, actor=clerk, assignment=given(made, matter), now=NOW)
    with pytest.raises(NotAllowed):
        what_if_given(session, actor=clerk, assignment=given(made, matter), now=NOW)
    with transaction(session, world.firm_id):
        stranger = Assignment(card_id=made.id, client_id=10**9, effective_from=OPENED)
    with pytest.raises(InvalidInput, match="Pick the client out of the list"):
        give_card(session, actor=world.owner, assignment=stranger, now=NOW)
    with pytest.raises(NotFound):
        copy_card(session, actor=world.owner, card_id=10**9, name="Another", now=NOW)
    assert make_client(session, world.owner).id != matter.client_id
