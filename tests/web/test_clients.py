"""Clients and contacts at a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.domain.money import Money
from lexapp.domain.permissions import Role
from lexapp.models import Client, Contact
from lexapp.services.payments import record_payment
from tests.billing import issue, work_time
from tests.factories import World, local_today, make_client, make_matter
from tests.web.visitor import Visitor

Members = Callable[[Role], Visitor]
KEY = "0b5fe7a2-0001"
RIGHT = {"key": KEY, "name": "Pemberwick Mutual Insurance Company", "kind": "organisation", "version": "1"}
NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "${7*7}",
    "</textarea>",
    "=1+1",
    "🏳️‍🌈",
    "Z͑ͫ̓a",
    "{% raw %}",
]


def the_client(session: Session) -> Client:
    session.rollback()
    return session.scalars(select(Client).order_by(Client.id.desc())).first()  # type: ignore[return-value]


def test_the_list_finds_by_number_and_by_any_word_of_the_name(session: Session, world: World, owner: Visitor):
    make_client(session, world.owner, "Halvorsen Dairy Cooperative")
    other = make_client(session, world.owner, "Northmere Biologics, Inc.")
    for typed in ("dairy", "HALV coop", "ve"):
        page = owner.get("/clients", query_string={"q": typed}).text
        assert "Halvorsen" in page
    assert "Halvorsen" not in owner.get("/clients", query_string={"q": "biologics"}).text
    assert "Northmere" in owner.get("/clients", query_string={"q": other.number}).text
    assert "No client is called that" in owner.get("/clients", query_string={"q": "dairy biologics"}).text


def test_a_search_answers_htmx_with_the_list_alone(session: Session, world: World, owner: Visitor):
    make_client(session, world.owner, "Halvorsen Dairy Cooperative")
    answer = owner.get("/clients?q=halv", htmx=True)
    assert answer.text.lstrip().startswith('<div id="client-list"')


@pytest.mark.parametrize(
    "query",
    [
        "sort=id%20desc%3B%20drop",
        "sort=-nope",
        "page=-1",
        "page=1000000000000",
        "page=x",
        "q=%25%25%25%25",
        "q=%00%F3",
        "q=" + "a" * 5000,
        "q=a&q=b",
        "q[]=1",
        "show=everything",
        "_external=1&_scheme=javascript&endpoint=x",
        "&".join(f"x{n}=1" for n in range(1000)),
    ],
)
def test_a_list_shrugs_at_an_address_that_makes_no_sense(session: Session, world: World, owner: Visitor, query: str):
    make_client(session, world.owner)
    assert owner.get(f"/clients?{query}").status_code == 200
    assert owner.get(f"/matters?{query}&status=zzz&responsible=-1&practice=99999999999999999999").status_code == 200


def test_the_list_is_paged_and_sorted_both_ways(session: Session, world: World, owner: Visitor):
    for n in range(51):
        make_client(session, world.owner, f"Client {n:02}")
    first, second = owner.get("/clients").text, owner.get("/clients?page=2").text
    assert "1–50 of 51" in first
    assert "Client 50" not in first
    assert "51–51 of 51" in second
    assert "Client 50" in owner.get("/clients?sort=-name").text
    assert "sort=-name" in owner.get("/clients?sort=name").text
    assert "51–51 of 51" in owner.get("/clients?page=99").text


def test_a_client_is_added_once_and_shown(session: Session, world: World, owner: Visitor):
    assert owner.get("/clients/new").status_code == 200
    for _ in range(2):
        answer = owner.post("/clients", RIGHT)
        assert answer.status_code == 303
    assert session.scalar(select(func.count(Client.id))) == 1
    page = owner.get(answer.headers["Location"])
    assert "Pemberwick Mutual Insurance Company" in page.text
    assert "Client 00001 since" in page.text


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("name", "", "Write the client’s name."),
        ("name", "   ", "Write the client’s name."),
        ("name", "x" * 201, "201 characters"),
        ("name", "a\u202eb", "U+202E"),
        ("name", "a\x00b", "U+0000"),
        ("number", "9" * 41, "41 characters"),
        ("email", "a@b", "whole e-mail address"),
        ("email", "a@b.test\r\nBcc: c@d.test", "line break"),
        ("kind", "ghost", "Choose one of the list."),
    ],
)
def test_what_cannot_be_is_told_beside_its_field_and_stays_typed(
    session: Session, world: World, owner: Visitor, field: str, value: str, told: str
):
    answer = owner.post("/clients", RIGHT | {"phone": "+1 555 0100", field: value})
    assert answer.status_code == 422
    assert told in answer.text
    assert f'id="client-{field}-error"' in answer.text or field == "kind"
    assert "+1 555 0100" in answer.text
    assert session.scalar(select(func.count(Client.id))) == 0


@pytest.mark.parametrize("text", NASTY)
def test_any_text_is_kept_and_shown_as_text(session: Session, world: World, owner: Visitor, text: str):
    shown = owner.get(owner.post("/clients", RIGHT | {"name": text, "address": text}).headers["Location"])
    assert shown.status_code == 200
    assert the_client(session).name == text.strip()
    assert "<script>alert" not in shown.text
    assert "<img src=x" not in shown.text
    assert ">49<" not in shown.text
    assert owner.get("/clients").status_code == 200
    assert owner.get("/clients/options").status_code == 200


def test_a_taken_number_is_told_beside_the_number(session: Session, world: World, owner: Visitor):
    taken = make_client(session, world.owner).number
    answer = owner.post("/clients", RIGHT | {"number": taken}, htmx=True)
    assert answer.status_code == 422
    assert f"Another client has the number {taken}" in answer.text
    assert answer.text.lstrip().startswith('<div id="client-form"')


def test_a_stale_form_gets_409_with_both_versions(session: Session, world: World, owner: Visitor):
    client = make_client(session, world.owner, "Before")
    id_ = client.id
    first = {"key": "key-first-1", "name": "Theirs", "kind": "person", "version": "1"}
    assert owner.post(f"/clients/{id_}", first).status_code == 303
    mine = RIGHT | {"name": "Mine"}
    answer = owner.post(f"/clients/{id_}", mine)
    assert answer.status_code == 409
    assert "Theirs" in answer.text
    stands = answer.text.partition("Stands now")[2].partition("</dl>")[0]
    assert "Theirs" in stands
    assert "Phone" not in stands
    assert 'value="Mine"' in answer.text
    assert 'name="version" value="2"' in answer.text
    assert owner.post(f"/clients/{id_}", mine | {"version": "2"}).status_code == 303
    assert the_client(session).name == "Mine"


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30, "1 OR 1=1"])
def test_a_version_that_is_no_number_is_stale(session: Session, world: World, owner: Visitor, version: str):
    id_ = make_client(session, world.owner).id
    assert owner.post(f"/clients/{id_}", RIGHT | {"version": version}).status_code == 409


def test_a_client_with_open_matters_stays(session: Session, world: World, owner: Visitor):
    matter = make_matter(session, world.owner)
    id_ = matter.client_id
    answer = owner.post(f"/clients/{id_}/archiving", {"version": "1"}, follow_redirects=True)
    assert "Close it first" in answer.text
    assert not the_client(session).is_archived


def test_an_archived_client_leaves_the_list_and_comes_back(session: Session, world: World, owner: Visitor):
    id_ = make_client(session, world.owner, "Quiet Client").id
    assert owner.post(f"/clients/{id_}/archiving").status_code == 409
    owner.post(f"/clients/{id_}/archiving", {"version": "1"})
    assert "Quiet Client" not in owner.get("/clients/options").text
    assert "Quiet Client" in owner.get("/clients?show=archived").text
    owner.post(f"/clients/{id_}/restoration?version=2")
    assert "Quiet Client" in owner.get("/clients").text


def test_contacts_are_added_changed_and_put_away(session: Session, world: World, owner: Visitor):
    id_ = make_client(session, world.owner).id
    assert owner.get(f"/clients/{id_}/contacts/new").status_code == 200
    right = {"key": KEY, "name": "Ada Lindqvist", "email": "ada@castellane.test", "receives_invoices": "y", "version": "1"}
    assert owner.post(f"/clients/{id_}/contacts", right).status_code == 303
    contact = session.scalars(select(Contact)).one()
    contact_id = contact.id
    assert "Ada Lindqvist" in owner.get(f"/clients/{id_}").text
    wrong = owner.post(f"/contacts/{contact_id}", right | {"key": "key-second", "email": ""})
    assert wrong.status_code == 422
    assert "Invoices are sent by e-mail" in wrong.text
    assert owner.post(f"/contacts/{contact_id}", right | {"key": "key-third1", "title": "Counsel"}).status_code == 303
    assert owner.post(f"/contacts/{contact_id}", right | {"key": "key-fourth", "title": "Partner"}).status_code == 409
    owner.post(f"/contacts/{contact_id}/archiving", {"version": "2"})
    assert "Ada Lindqvist" not in owner.get(f"/clients/{id_}").text
    owner.post(f"/contacts/{contact_id}/restoration?version=3")
    assert "Ada Lindqvist" in owner.get(f"/clients/{id_}").text


def test_a_timekeeper_reads_and_changes_nothing(session: Session, world: World, member: Members):
    id_ = make_client(session, world.owner).id
    visitor = member(Role.TIMEKEEPER)
    assert visitor.get("/clients").status_code == 200
    page = visitor.get(f"/clients/{id_}")
    assert page.status_code == 200
    assert "Edit" not in page.text
    for path in ("/clients/new", f"/clients/{id_}/edit", f"/clients/{id_}/contacts/new"):
        assert visitor.get(path).status_code == 403
    assert visitor.post("/clients", RIGHT).status_code == 403
    assert visitor.post(f"/clients/{id_}/archiving").status_code == 403


def test_an_outsider_finds_nothing(session: Session, world: World, outsider: Visitor):
    client = make_client(session, world.owner, "Secret Client")
    id_, number = client.id, client.number
    for path in (f"/clients/{id_}", f"/clients/{id_}/edit", f"/clients/{id_}/contacts/new"):
        assert outsider.get(path).status_code == 404
    for path in (f"/clients/{id_}", f"/clients/{id_}/archiving", f"/clients/{id_}/restoration", f"/clients/{id_}/contacts"):
        assert outsider.post(path, RIGHT).status_code == 404
    for path in ("/clients", "/clients/options", f"/clients/options?q={number}", f"/clients?q={number}"):
        assert "Secret Client" not in outsider.get(path).text


def test_a_stranger_is_asked_to_sign_in(stranger: Visitor):
    assert stranger.get("/clients").status_code == 303


@pytest.mark.parametrize("path", ["/clients/0", "/clients/9223372036854775808", "/clients/-1", "/clients/1%20OR%201=1", "/clients/../x"])
def test_an_id_that_no_record_can_have_is_not_there(world: World, owner: Visitor, path: str):
    assert owner.get(path).status_code == 404


def test_a_client_has_parts_for_matters_invoices_and_payments(session: Session, world: World, owner: Visitor, member: Members):
    matter = make_matter(session, world.owner)
    work_time(session, world, matter)
    (invoice,) = issue(session, world, matter, issued_on=local_today())
    number, here = invoice.number, f"/clients/{matter.client_id}"
    part_of_it = Money(100_00, "USD")
    how = {"payer_id": matter.client_id, "method": "transfer", "received_on": local_today(), "reference": "Wire 7741"}
    record_payment(session, actor=world.owner, amount=part_of_it, allocations={invoice.id: part_of_it}, **how)  # type: ignore[arg-type]
    for part, words in {"": "Contacts", "/matters": "Port Authority claims", "/invoices": number, "/payments": "Wire 7741"}.items():
        assert words in owner.get(here + part).text
        assert owner.get(here + part, htmx=True).text.lstrip().startswith('<div id="part"')
    assert "Part-paid" in owner.get(f"{here}/invoices?state=unpaid").text
    assert number not in owner.get(f"{here}/invoices?state=paid").text
    timekeeper = member(Role.TIMEKEEPER)
    assert [timekeeper.get(here + part).status_code for part in ("", "/matters", "/payments")] == [200, 200, 403]
    assert f"{here}/payments" not in timekeeper.get(here).text
