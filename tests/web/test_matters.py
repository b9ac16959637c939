"""Matters at a browser: list, search field, page, changing, payers, states."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.books.time_entries import Work
from lexapp.domain.permissions import Role
from lexapp.models import Matter
from lexapp.services.time_entries import record_time as record
from tests.factories import NOW, TODAY, World, make_client, make_matter, make_rate
from tests.web.visitor import Visitor

Members = Callable[[Role], Visitor]
CLOSE = {"version": "1", "key": "key-close-01"}
RIGHT = {"key": "0b5fe7a2-0002", "name": "Port Authority claims", "opened_on": "Mar 3, 2026", "begins": "open", "version": "1"}


@pytest.fixture
def record_time(session: Session, world: World) -> Callable[[int, int], None]:
    """Record the partner's time of today on a matter, in seconds."""

    def run(matter_id: int, seconds: int) -> None:
        record(session, actor=world.owner, work=Work(matter_id, world.partner.id, TODAY, seconds, "Drafted the answer"), now=NOW)

    return run


def the_matter(session: Session) -> Matter:
    session.rollback()
    return session.scalars(select(Matter).order_by(Matter.id.desc())).first()  # type: ignore[return-value]


def test_a_matter_is_opened_with_the_next_number(session: Session, world: World, owner: Visitor):
    client = make_client(session, world.owner)
    assert client.name.replace("&", "&amp;") in owner.get(f"/matters/new?client={client.id}").text
    sent = RIGHT | {"client_id": str(client.id), "practice_area": "Maritime", "responsible_timekeeper_id": str(world.partner.id)}
    answer = owner.post("/matters", sent)
    assert answer.status_code == 303
    page = owner.get(answer.headers["Location"]).text
    assert "2026-0001" in page
    assert "Maritime" in page
    assert "Marguerite Voss" in page
    assert "100%" in page


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("client_id", "", "Pick the client."),
        ("client_id", "999999", "Pick the client out of the list."),
        ("client_id", "1 OR 1=1", "Pick one of the list"),
        ("client_id", "9223372036854775808", "Pick one of the list"),
        ("name", "", "Write what the matter is about."),
        ("opened_on", "Feb 30", "This is not a date"),
        ("opened_on", "1/1/20261", "This is not a date"),
        ("opened_on", "Nov 3, 2062", "more than 5 years ahead"),
        ("opened_on", "1900-01-01", "out of range"),
        ("responsible_timekeeper_id", "999999", "Pick a timekeeper out of the list."),
        ("trust_minimum", "1e3", "trust_minimum-error"),
        ("trust_minimum", "-5", "trust_minimum-error"),
        ("trust_minimum", "NaN", "trust_minimum-error"),
        ("begins", "closed", "Choose one of the list."),
        ("description", "x" * 2001, "2,001 characters"),
    ],
)
def test_what_cannot_be_is_told_beside_its_field(session: Session, world: World, owner: Visitor, field: str, value: str, told: str):
    client = make_client(session, world.owner)
    answer = owner.post("/matters", RIGHT | {"client_id": str(client.id), "client_matter_number": "CV-26-00418", field: value})
    assert answer.status_code == 422
    assert told in answer.text
    assert "CV-26-00418" in answer.text
    assert session.scalar(select(func.count(Matter.id)).where(Matter.is_internal.is_(False))) == 0


def test_the_list_is_filtered_and_searched(session: Session, world: World, owner: Visitor):
    claims = make_matter(session, world.owner)
    dairy = make_matter(session, world.owner, make_client(session, world.owner, "Halvorsen Dairy"), "Water rights")
    client_id, number, id_ = dairy.client_id, dairy.number, claims.id
    owner.post(f"/matters/{id_}/closure", CLOSE)
    for query in ({"q": "dairy water"}, {"q": number}, {"status": "open"}, {"client": client_id}):
        page = owner.get("/matters", query_string=query).text
        assert "Water rights" in page
        assert "Port Authority claims" not in page
    assert "Port Authority claims" in owner.get("/matters?status=closed").text
    assert "No matter fits" in owner.get(f"/matters?responsible={world.partner.id}").text
    assert owner.get("/matters?client=999999").status_code == 404


def test_options_find_by_number_name_and_client_and_leave_closed_ones_out_for_time(session: Session, world: World, owner: Visitor):
    claims = make_matter(session, world.owner)
    number, id_ = claims.number, claims.id
    for typed in (number, "authority", "castell claims"):
        found = owner.get("/matters/options", query_string={"q": typed}, htmx=True).text
        assert f'data-value="{id_}"' in found
        assert "Castellane" in found
    owner.post(f"/matters/{id_}/closure", CLOSE)
    assert f'data-value="{id_}"' in owner.get("/matters/options").text
    assert f'data-value="{id_}"' not in owner.get("/matters/options?for=time").text
    assert "Nobody" not in owner.get("/matters/options?q=zzz").text


def test_the_page_shows_unbilled_work_with_the_rate_and_its_reason(
    session: Session, world: World, owner: Visitor, record_time: Callable[..., None]
):
    matter = make_matter(session, world.owner)
    make_rate(session, world.owner, "matter_class", 72_000, matter_id=matter.id, classification="PARTNR")
    id_ = matter.id
    record_time(id_, 5_400)
    page = owner.get(f"/matters/{id_}").text
    assert "1.50" in page
    assert "1,080.00" in page
    assert "Matter rate for partners" in page
    assert "Timekeeper’s own rate" in page


def test_a_timekeeper_sees_their_own_unbilled_work_and_no_bank(
    session: Session, world: World, member: Members, record_time: Callable[..., None]
):
    id_ = make_matter(session, world.owner).id
    record_time(id_, 3_600)
    page = member(Role.TIMEKEEPER).get(f"/matters/{id_}").text
    assert "Nothing: all work on this matter that you recorded" in page
    assert "500.00" not in page
    assert "Trust ledger" not in page
    assert "Edit" not in page


def test_a_refused_form_still_names_the_client_that_was_picked(session: Session, world: World, owner: Visitor):
    client = make_client(session, world.owner, name="Harbor & Sons")
    refused = owner.post("/matters", {"client_id": client.id, "name": "", "opened_on": "2026-11-02", "key": "key-named-1"})
    assert refused.status_code == 422
    assert f'<option value="{client.id}" selected>Harbor &amp; Sons</option>' in refused.text
    assert "Number " + str(client.id) not in refused.text


def test_a_stale_form_gets_409_with_both_versions(session: Session, world: World, owner: Visitor):
    id_ = make_matter(session, world.owner).id
    assert owner.get(f"/matters/{id_}/edit").status_code == 200
    assert owner.post(f"/matters/{id_}", RIGHT | {"name": "Theirs", "key": "key-first-2"}).status_code == 303
    answer = owner.post(f"/matters/{id_}", RIGHT | {"name": "Mine"}, htmx=True)
    assert answer.status_code == 409
    assert "Theirs" in answer.text
    assert 'value="Mine"' in answer.text
    assert the_matter(session).name == "Theirs"


def test_a_matter_is_closed_and_reopened_and_not_closed_twice(session: Session, world: World, owner: Visitor):
    id_ = make_matter(session, world.owner).id
    assert "No time can be recorded" in owner.get(f"/matters/{id_}/closure").text
    assert owner.post(f"/matters/{id_}/closure", {"key": "key-close-00"}).status_code == 409
    assert owner.post(f"/matters/{id_}/closure", CLOSE).status_code == 303
    assert "already closed" in owner.post(f"/matters/{id_}/closure", CLOSE | {"key": "key-close-02"}).text
    assert the_matter(session).status == "closed"
    assert owner.post(f"/matters/{id_}/reopening").status_code == 409
    assert "Matter reopened" in owner.post(f"/matters/{id_}/reopening", {"version": "2"}, follow_redirects=True).text
    assert owner.post(f"/matters/{id_}/opening", {"version": "3"}).status_code == 403
    assert the_matter(session).status == "open"


def test_another_firms_client_cannot_become_payer_or_client(session: Session, world: World, outsider: Visitor, owner: Visitor):
    mine = make_client(session, world.owner).id
    answer = outsider.post("/matters", RIGHT | {"client_id": str(mine)})
    assert answer.status_code == 422
    assert "Pick the client out of the list." in answer.text


def test_an_outsider_finds_nothing(session: Session, world: World, outsider: Visitor):
    id_ = make_matter(session, world.owner, name="Secret matter").id
    for path in ("", "/edit", "/payers"):
        assert outsider.get(f"/matters/{id_}{path}").status_code == 404
    for path in ("", "/payers", "/closure", "/reopening", "/opening"):
        assert outsider.post(f"/matters/{id_}{path}", RIGHT).status_code == 404
    for path in ("/matters", "/matters/options", "/matters/options?q=secret"):
        assert "Secret matter" not in outsider.get(path).text


def test_a_timekeeper_may_not_change_matters(session: Session, world: World, member: Members):
    id_ = make_matter(session, world.owner).id
    visitor = member(Role.TIMEKEEPER)
    assert visitor.get("/matters").status_code == 200
    for path in ("/matters/new", f"/matters/{id_}/edit", f"/matters/{id_}/payers"):
        assert visitor.get(path).status_code == 403
    for path in ("/matters", f"/matters/{id_}", f"/matters/{id_}/payers", f"/matters/{id_}/closure"):
        assert visitor.post(path, RIGHT).status_code == 403
    assert the_matter(session).status == "open"


def test_the_internal_matter_has_a_page_without_payers(session: Session, world: World, owner: Visitor):
    internal = session.scalars(select(Matter.id).where(Matter.is_internal)).one()
    page = owner.get(f"/matters/{internal}")
    assert page.status_code == 200
    assert "Payers" not in page.text
    assert owner.get(f"/matters/{internal}/edit").status_code == 200
    assert "always open" in owner.post(f"/matters/{internal}/closure", CLOSE).text
