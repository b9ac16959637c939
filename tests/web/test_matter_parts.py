"""The parts of a matter's page: an address each, the same figures everywhere, and nothing for who may not see it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from lexapp.domain.money import Money
from lexapp.domain.permissions import Role
from lexapp.models import Matter
from lexapp.services.matters import change_matter_status
from lexapp.services.trust import deposit_to_trust
from tests.billing import draft, issue, spend, work_time
from tests.factories import NOW, TODAY, World, make_client, make_matter
from tests.web.visitor import Visitor

Members = Callable[[Role], Visitor]
PARTS = ("", "/time", "/expenses", "/invoices", "/trust", "/timeline")


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.parametrize("part", PARTS)
def test_each_part_is_a_page_and_a_fragment(owner: Visitor, matter: Matter, part: str):
    page = owner.get(f"/matters/{matter.id}{part}").text
    assert "<h1>" in page
    assert page.count('aria-current="page"') >= 2
    fragment = owner.get(f"/matters/{matter.id}{part}", htmx=True).text
    assert fragment.startswith('<div id="part"')
    assert "<h1>" not in fragment


@pytest.mark.parametrize("part", PARTS)
def test_an_outsider_finds_no_part(outsider: Visitor, matter: Matter, part: str):
    assert outsider.get(f"/matters/{matter.id}{part}").status_code == 404


def test_a_part_that_may_not_be_seen_has_no_tab_and_no_page(member: Members, matter: Matter):
    keeper = member(Role.TIMEKEEPER)
    page = keeper.get(f"/matters/{matter.id}").text
    assert f"/matters/{matter.id}/time" in page
    for part in ("trust", "invoices"):
        assert f"/matters/{matter.id}/{part}" not in page
        assert keeper.get(f"/matters/{matter.id}/{part}").status_code == 403


def test_the_unbilled_figure_is_the_sum_of_the_rows_that_it_opens(session: Session, world: World, owner: Visitor, matter: Matter):
    work_time(session, world, matter, 120)
    work_time(session, world, matter, 300, status="non_billable")
    draft(session, world, matter)
    work_time(session, world, matter, 80, by=world.associate, rate=30_000)
    assert "$ 840 .00" in text_of(owner.get(f"/matters/{matter.id}").text)
    rows = text_of(owner.get(f"/matters/{matter.id}/time?status=to_invoice").text)
    assert "2 entries 2.00 $ 840.00" in rows
    assert "0.80 $ 240.00" in text_of(owner.get(f"/matters/{matter.id}/time?status=to_invoice&timekeeper={world.associate.id}").text)


def test_expenses_count_in_the_unbilled_figure_and_its_age(session: Session, world: World, owner: Visitor, matter: Matter):
    spend(session, world, matter, 25_00)
    assert "1 expense, oldest" in text_of(owner.get(f"/matters/{matter.id}").text)
    assert "$ 25.00" in text_of(owner.get(f"/matters/{matter.id}/expenses?status=to_invoice").text)


def test_only_the_invoices_in_a_state_are_shown(session: Session, world: World, owner: Visitor, matter: Matter):
    work_time(session, world, matter, 100)
    (invoice,) = issue(session, world, matter)
    assert str(invoice.number) in owner.get(f"/matters/{matter.id}/invoices?state=unpaid").text
    assert str(invoice.number) not in owner.get(f"/matters/{matter.id}/invoices?state=paid", htmx=True).text
    assert "No such invoice" in owner.get(f"/matters/{matter.id}/invoices?state=void").text


def test_client_money_shows_its_movements(session: Session, world: World, owner: Visitor, matter: Matter):
    assert "No client money" in owner.get(f"/matters/{matter.id}/trust").text
    deposit_to_trust(
        session, actor=world.owner, amount=Money(1_000_00, "USD"), effective_on=TODAY, source="Castellane", method="transfer",
        matter_id=matter.id, now=NOW,
    )  # fmt: skip
    page = text_of(owner.get(f"/matters/{matter.id}/trust").text)
    assert "Deposit" in page
    assert "$ 1,000 .00" in page


def test_a_closed_matter_takes_no_work(session: Session, world: World, owner: Visitor, matter: Matter):
    assert 'id="quick-entry"' in owner.get(f"/matters/{matter.id}/time").text
    change_matter_status(session, actor=world.owner, matter_id=matter.id, version=matter.version, action="close")
    page = owner.get(f"/matters/{matter.id}/time").text
    assert 'id="quick-entry"' not in page
    assert "Add time" not in page
    assert "Reopen matter" in page


def test_time_added_on_the_matter_without_script_comes_back_to_it(owner: Visitor, world: World, matter: Matter):
    form = {"key": "0b5fe7a2-0077", "quick": "y", "worked_on": "today", "matter_id": str(matter.id), "recorded_seconds": "1.2"}
    form |= {"timekeeper_id": str(world.partner.id), "narrative": "Drafted the answer", "billing_status": "billable"}
    here = f"http://localhost/matters/{matter.id}/time"
    answer = owner.post(f"/time?matter={matter.id}&period=all", form, headers={"Referer": here})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/matters/{matter.id}/time")
    assert "Drafted the answer" in owner.get(f"/matters/{matter.id}/time").text


def test_a_client_with_a_long_name_fits_everywhere(session: Session, world: World, owner: Visitor):
    client = make_client(session, world.owner, "Ä" * 200)
    matter = make_matter(session, world.owner, client, "Ö" * 200)
    for part in PARTS:
        assert "Ö" * 200 in owner.get(f"/matters/{matter.id}{part}").text
