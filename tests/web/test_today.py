"""The first page of each role: what it looks after, tied to the lists behind it, and what a new firm does first."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from lexapp.domain.money import Money
from lexapp.domain.permissions import Role
from lexapp.services.payments import record_payment
from tests.billing import draft, issue, work_time
from tests.factories import World, local_today, make_matter
from tests.web.visitor import Visitor

Members = Callable[[Role], Visitor]


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def today_of(visitor: Visitor) -> str:
    return text_of(visitor.get("/today").text)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CLIENT_CONTACT])
def test_every_role_has_a_first_page_in_a_firm_without_anything(member: Members, role: Role):
    answer = member(role).get("/today")
    assert answer.status_code == 200
    assert "<h1>" in answer.text


def test_a_new_firm_is_told_what_to_do_first(owner: Visitor, session: Session, world: World):
    page = today_of(owner)
    assert "From nothing to the first invoice" in page
    assert "2 of " in page, "the small firm of the tests has rates and an account"
    matter = make_matter(session, world.owner)
    assert "4 of " in today_of(owner)
    work_time(session, world, matter, on=local_today())
    assert "5 of " in today_of(owner)
    issue(session, world, matter, issued_on=local_today())
    assert "From nothing to the first invoice" not in today_of(owner)


def test_the_owners_figures_are_those_of_the_lists(session: Session, world: World, owner: Visitor):
    matter = make_matter(session, world.owner)
    work_time(session, world, matter, 100, on=local_today())
    (invoice,) = issue(session, world, matter, issued_on=local_today())
    work_time(session, world, matter, 60, on=local_today())
    part = Money(200_00, "USD")
    record_payment(
        session, actor=world.owner, payer_id=invoice.payer_id, amount=part, received_on=local_today(), method="cheque",
        allocations={invoice.id: part},
    )  # fmt: skip
    page = today_of(owner)
    assert "Billed this month $ 500 .00" in page
    assert "Collected this month $ 200 .00" in page
    assert "Work in progress $ 300 .00" in page
    assert "Owed to the firm $ 300 .00" in page
    assert "$ 300 .00" in text_of(owner.get("/invoices").text)
    assert "0.60 $ 300.00" in text_of(owner.get("/time?status=to_invoice&period=all").text)


def test_the_billing_manager_sees_what_is_ready_to_bill(session: Session, world: World, member: Members):
    manager = member(Role.BILLING_MANAGER)
    assert "Nothing to bill" in today_of(manager)
    matter = make_matter(session, world.owner, name="Berth logs")
    work_time(session, world, matter, 100, on=local_today())
    draft(session, world, matter, local_today())
    page = today_of(manager)
    assert "Pre-bills to review 1 $500.00" in page
    assert "Berth logs" in page


def test_the_bookkeeper_sees_money_that_is_not_applied_and_ledgers_that_are_low(session: Session, world: World, member: Members):
    matter = make_matter(session, world.owner, name="Berth logs")
    matter_id, client_id = matter.id, matter.client_id
    assert client_id is not None
    record_payment(
        session, actor=world.owner, payer_id=client_id, amount=Money(75_00, "USD"), received_on=local_today(), method="cheque",
        allocations={},
    )  # fmt: skip
    found = session.get_one(type(matter), matter_id)
    found.trust_minimum_minor = 1_000_00
    session.commit()
    page = today_of(member(Role.BOOKKEEPER))
    assert "Payments not applied $ 75 .00 1 payment" in page
    assert "Berth logs: $1,000.00 below $1,000.00" in page
    assert "Nothing is overdue" in page
    assert "not yet run" in page


def test_the_assistant_completes_what_others_left_out(session: Session, world: World, member: Members):
    matter = make_matter(session, world.owner, name="Berth logs")
    work_time(session, world, matter, 100, on=local_today(), narrative="")
    page = today_of(member(Role.ASSISTANT))
    assert "Berth logs" in page
    assert "Narrative" in page


def test_the_auditor_sees_the_head_of_the_journal(session: Session, world: World, member: Members):
    auditor = member(Role.AUDITOR)
    assert "No journal entry yet" in today_of(auditor)
    matter = make_matter(session, world.owner)
    work_time(session, world, matter, 100, on=local_today())
    issue(session, world, matter, issued_on=local_today())
    assert "Newest entry 1" in today_of(auditor)


def test_a_timekeeper_sees_nothing_of_the_firms_money(session: Session, world: World, member: Members):
    work_time(session, world, make_matter(session, world.owner, name="Berth logs"), 100, on=local_today())
    page = today_of(member(Role.TIMEKEEPER))
    assert "Work in progress" not in page
    assert "Berth logs" not in page
