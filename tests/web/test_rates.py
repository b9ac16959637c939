"""Rates at a browser: agreeing, ending, removing, and putting new ones on unbilled entries."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lexapp.books.time_entries import Work
from lexapp.domain.agreements import Hourly, HourlyRate
from lexapp.domain.permissions import Actor, Role
from lexapp.models import Firm, Matter, Rate, TimeEntry
from lexapp.services.time_entries import record_time
from tests.agreed_fees import agree
from tests.factories import NOW, TODAY, World, make_matter, make_member, make_rate, make_timekeeper
from tests.web.visitor import Visitor

Members = Callable[[Role], Visitor]
RIGHT = {"key": "key-rate-01", "rate": "720", "effective_from": "Mar 3, 2026", "classification": "PARTNR"}


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def rates_of(session: Session, matter_id: int) -> list[tuple[int, date, date | None]]:
    session.rollback()
    columns = (Rate.rate_minor_per_hour, Rate.effective_from, Rate.effective_to)
    mine = select(*columns).where(Rate.matter_id == matter_id, Rate.removed_at.is_(None))
    return [tuple(row) for row in session.execute(mine.order_by(Rate.effective_from))]


def test_a_rate_is_agreed_for_a_matter_and_ends_the_one_before(session: Session, world: World, owner: Visitor, matter: Matter):
    id_ = matter.id
    assert "Port Authority claims" in owner.get(f"/rates/new?matter={id_}").text
    assert owner.post("/rates", RIGHT | {"matter": id_}).status_code == 303
    later = RIGHT | {"matter": id_, "key": "key-rate-02", "rate": "755.50", "effective_from": "2026-11-01"}
    assert owner.post("/rates", later).status_code == 303
    assert rates_of(session, id_) == [(72_000, date(2026, 3, 3), date(2026, 10, 31)), (75_550, date(2026, 11, 1), None)]
    page = owner.get(f"/rates?matter={id_}").text
    assert "Matter, a class" in page
    assert "755.50" in page
    assert "720.00" not in page
    assert "720.00" in owner.get(f"/rates?matter={id_}&past=yes").text
    assert "755.50" in owner.get(f"/matters/{id_}").text


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("rate", "", "Write the rate per hour."),
        ("rate", "-1", "without a minus"),
        ("rate", "0.001", "rate-rate-error"),
        ("rate", "NaN", "rate-rate-error"),
        ("rate", "１２３", "rate-rate-error"),
        ("rate", "999999999999999.99", "rate-rate-error"),
        ("effective_from", "", "Write the first day."),
        ("effective_from", "2026-13-01", "This is not a date"),
        ("effective_to", "2026-03-02", "The last day lies before the first"),
        ("classification", "CHIEF", "Choose one of the list."),
        ("timekeeper_id", "999999", "Pick the timekeeper out of the list."),
        ("activity_code", "A999", "Choose one of the list."),
    ],
)
def test_what_cannot_be_is_told_and_stays_typed(
    session: Session, world: World, owner: Visitor, matter: Matter, field: str, value: str, told: str
):
    sent = RIGHT | {"matter": matter.id, field: value}
    if field == "timekeeper_id":
        del sent["classification"]
    if field == "activity_code":
        del sent["matter"]
    answer = owner.post("/rates", sent)
    assert answer.status_code == 422
    assert told in answer.text
    assert rates_of(session, matter.id) == []


def test_a_rate_for_nobody_in_the_whole_firm_is_refused(world: World, owner: Visitor):
    answer = owner.post("/rates", RIGHT | {"classification": ""})
    assert answer.status_code == 422
    assert "Say what the rate is for" in answer.text
    assert 'id="rate-timekeeper_id-error"' in answer.text


def test_a_rate_for_a_timekeeper_and_a_class_at_once_is_refused_beside_them(world: World, owner: Visitor):
    answer = owner.post("/rates", RIGHT | {"timekeeper_id": world.associate.id})
    assert answer.status_code == 422
    assert "not for two of them together" in answer.text
    assert 'id="rate-timekeeper_id-error"' in answer.text


def test_every_rate_of_the_firm_is_listed_strongest_first_by_level(session: Session, world: World, owner: Visitor, matter: Matter):
    make_rate(session, world.owner, "client", 60_000, client_id=matter.client_id)
    make_rate(session, world.owner, "activity", 15_000, activity_code="A112")
    page = owner.get("/rates").text
    assert page.index("Client, everybody") < page.index("A112 Billable Travel Time") < page.index("Ines Achterberg")
    only = owner.get("/rates?level=activity", htmx=True).text
    assert "A112" in only
    assert "Ines Achterberg" not in only
    assert owner.get("/rates?level=;drop&past=1&page=-3&matter=x").status_code == 200


def test_a_rate_is_ended_and_removed(session: Session, world: World, owner: Visitor, matter: Matter):
    rate = make_rate(session, world.owner, "matter", 10_000, date(2026, 3, 3), matter_id=matter.id)
    id_, matter_id = rate.id, matter.id
    assert owner.get(f"/rates/{id_}/ending").status_code == 200
    wrong = owner.post(f"/rates/{id_}/ending", {"key": "key-end-01", "effective_to": "Mar 2, 2026"})
    assert wrong.status_code == 422
    assert "Write that day or a later one" in wrong.text
    assert owner.post(f"/rates/{id_}/ending", {"key": "key-end-01", "effective_to": "Jun 30, 2026"}).status_code == 303
    assert rates_of(session, matter_id)[0][2] == date(2026, 6, 30)
    stale = owner.post(f"/rates/{id_}/ending", {"key": "key-end-02", "effective_to": "May 31, 2026", "version": "1"})
    assert (stale.status_code, "Stands now" in stale.text, "Jun 30, 2026" in stale.text) == (409, True, True)
    assert owner.post(f"/rates/{id_}/removal").status_code == 409
    assert owner.post(f"/rates/{id_}/removal", {"version": "2"}).status_code == 303
    assert rates_of(session, matter_id) == []
    assert owner.post(f"/rates/{id_}/removal", {"version": "3"}).status_code == 404


def entry(session: Session) -> TimeEntry:
    session.rollback()
    return session.scalars(select(TimeEntry)).one()


def test_new_rates_reach_unbilled_entries_only_after_their_effect_was_shown(session: Session, world: World, owner: Visitor, matter: Matter):
    id_ = matter.id
    record_time(session, actor=world.owner, work=Work(id_, world.partner.id, TODAY, 5_400, "Drafted"), now=NOW)
    assert "Nothing would change" in owner.get(f"/rates/application?matter={id_}").text
    owner.post("/rates", RIGHT | {"matter": id_})
    assert entry(session).rate_minor_per_hour == 50_000
    page = owner.get(f"/rates/application?matter={id_}").text
    assert "750.00" in page
    assert "1,080.00" in page
    assert "330.00" in page
    sent = {"key": "key-apply-1", "matter": id_, "entries": "1", "difference": "33000"}
    stale = owner.post("/rates/application", sent | {"difference": "1"})
    assert stale.status_code == 409
    assert entry(session).amount_minor == 75_000
    assert owner.post("/rates/application", sent).status_code == 303
    changed = entry(session)
    assert (changed.rate_minor_per_hour, changed.amount_minor, changed.version) == (72_000, 108_000, 2)
    assert str(changed.rate_reason["reason"]).startswith("matter rate for partners")
    assert "New rates put on 1 unbilled entries" in owner.get(f"/matters/{id_}").text


def test_an_entry_without_a_rate_leads_to_a_rate_that_covers_it_and_on_to_its_effect(session: Session, world: World, owner: Visitor):
    newcomer = make_timekeeper(session, world.owner, "Nia New", "PARALG")
    matter = make_matter(session, world.owner)
    record_time(session, actor=world.owner, work=Work(matter.id, newcomer.id, date(2026, 11, 2), 3_600, "Drafted"), now=NOW)
    link = re.search(r'href="(/rates/new[^"]+)">No rate yet', owner.get("/time?period=all").text)
    assert link
    form = owner.get(html.unescape(link[1])).text
    assert re.search(rf'value="{newcomer.id}" selected', form)
    assert 'value="Jan 1, 2025"' in form
    sent = {"key": "key-rate-11", "rate": "300", "effective_from": "Jan 1, 2025", "timekeeper_id": str(newcomer.id)}
    added = owner.post("/rates", sent)
    assert added.headers["Location"].endswith("/rates/application")
    assert "1 entry without a rate can take it" in owner.get("/rates/application").text
    listed = owner.get("/rates").text
    assert "Nia New" in listed
    assert "In force" in listed


def test_a_typed_rate_stays(session: Session, world: World, owner: Visitor, matter: Matter):
    id_ = matter.id
    record_time(session, actor=world.owner, work=Work(id_, world.partner.id, TODAY, 3_600, "Drafted", rate_minor=12_300), now=NOW)
    owner.post("/rates", RIGHT | {"matter": id_})
    assert "Nothing would change" in owner.get(f"/rates/application?matter={id_}").text


def test_the_outsider_and_the_timekeeper_change_no_rate(session: Session, world: World, outsider: Visitor, member: Members, matter: Matter):
    rate = make_rate(session, world.owner, "matter", 98_700, matter_id=matter.id)
    id_, matter_id = rate.id, matter.id
    assert "987.00" not in outsider.get("/rates").text
    for path in (
        f"/rates?matter={matter_id}",
        f"/rates/new?matter={matter_id}",
        f"/rates/{id_}/ending",
        f"/rates/application?matter={matter_id}",
    ):
        assert outsider.get(path).status_code == 404
    assert outsider.post("/rates", RIGHT | {"matter": matter_id}).status_code == 404
    assert outsider.post(f"/rates/{id_}/removal").status_code == 404
    timekeeper = member(Role.TIMEKEEPER)
    assert timekeeper.get("/rates").status_code == 200
    for path in ("/rates/new", "/rates/application", f"/rates/{id_}/ending"):
        assert timekeeper.get(path).status_code == 403
    assert timekeeper.post(f"/rates/{id_}/removal").status_code == 403
    assert len(rates_of(session, matter_id)) == 1


def test_a_timekeeper_sees_the_rates_of_their_own_work_only(
    session: Session, world: World, sign_in: Callable[[Actor], Visitor], matter: Matter
):
    id_, client_id = matter.id, matter.client_id
    agreed = {"matter_timekeeper": {"timekeeper_id": world.partner.id}, "matter_class": {"classification": "PARTNR"}, "matter": {}}
    for minor, (level, keys) in zip((71_100, 72_200, 73_300), agreed.items(), strict=True):
        make_rate(session, world.owner, level, minor, matter_id=id_, **keys)
    pages = (f"/rates?matter={id_}", f"/matters/{id_}", f"/clients/{client_id}", "/rates")
    associate = sign_in(make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id))
    assert "733.00" in associate.get(pages[0]).text
    for page in pages:
        told = associate.get(page).text
        assert "711.00" not in told
        assert "722.00" not in told
    partner = sign_in(make_member(session, world.owner, Role.TIMEKEEPER, world.partner.id))
    assert all(amount in partner.get(pages[0]).text for amount in ("711.00", "722.00", "733.00"))


def test_what_happened_to_a_client_and_a_matter_is_told_as_far_as_one_may_see_it(
    session: Session, world: World, owner: Visitor, member: Members, matter: Matter
):
    id_, client_id = matter.id, matter.client_id
    owner.post("/rates", RIGHT | {"matter": id_})
    for page in (f"/matters/{id_}", f"/clients/{client_id}"):
        assert "Rate added: " in owner.get(page).text
        assert "Rate added: " not in member(Role.TIMEKEEPER).get(page).text


def test_the_effect_of_new_rates_says_what_closed_days_keep(session: Session, world: World, owner: Visitor, matter: Matter):
    id_ = matter.id
    record_time(session, actor=world.owner, work=Work(id_, world.partner.id, TODAY, 5_400, "Drafted"), now=NOW)
    make_rate(session, world.owner, "matter", 10_000, matter_id=id_)
    session.execute(update(Firm).values(time_closed_through=TODAY))
    session.commit()
    page = owner.get(f"/rates/application?matter={id_}").text
    assert "1 entry of a closed day keeps its rate" in page
    assert "Every other unbilled entry" in page


def test_a_rate_of_a_fee_agreement_leads_to_it_only_for_who_may_read_it(
    session: Session, world: World, owner: Visitor, matter: Matter, sign_in: Callable[[Actor], Visitor]
):
    agree(session, world, matter, Hourly((HourlyRate("PARTNR", 450_00),)))
    there = f'href="/matters/{matter.id}/fee-agreement'
    partner = sign_in(make_member(session, world.owner, Role.TIMEKEEPER, world.partner.id))
    session.rollback()
    seen = partner.get("/rates").text
    assert "by its fee agreement" in seen
    assert there not in seen
    assert there in owner.get("/rates").text
