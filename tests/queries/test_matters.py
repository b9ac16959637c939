"""Matters and clients as they stand: unbilled, owed, in trust, and what happened."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.money import Money
from lexapp.models import Matter, PreBillLine
from lexapp.queries.clients import client_options, client_rows, count_clients
from lexapp.queries.matters import MatterFilter, count_matters, invoices_of, ledgers_of, matter_options, matter_rows, unbilled_work
from lexapp.queries.search import like_pattern
from lexapp.queries.standing import Shown
from lexapp.queries.timeline import client_timeline, matter_timeline
from lexapp.services.invoices import void_invoice
from lexapp.services.payments import record_payment
from lexapp.services.trust import deposit_to_trust
from tests.billing import charge_fixed_fee, draft_one, issue, spend, work_time
from tests.counting import counted_statements
from tests.factories import NOW, TODAY, World, make_client, make_matter, make_world

EVERYTHING = Shown(unbilled=True, invoices=True, trust=True)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def row_of(session: Session, world: World, matter: Matter) -> tuple[int | None, int | None, int | None]:
    (row,) = matter_rows(session, firm_id=world.firm_id, wanted=MatterFilter(client_id=matter.client_id), shown=EVERYTHING)
    return row.standing.unbilled_minor, row.standing.open_minor, row.standing.trust_minor


def test_work_is_unbilled_until_its_invoice_stands_and_again_when_it_is_voided(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter, 120)
    work_time(session, world, matter, 100, status="non_billable")
    spend(session, world, matter, 25_00)
    charge_fixed_fee(session, world, matter, 100_00)
    assert row_of(session, world, matter) == (725_00, 0, 0)
    work = unbilled_work(session, firm_id=world.firm_id, matter_id=matter.id)
    assert (work.quantity_hundredths, work.amount_minor, work.entries, work.expenses.count) == (120, 725_00, 3, 1)
    (invoice,) = issue(session, world, matter)
    assert row_of(session, world, matter) == (0, 725_00, 0)
    void_invoice(session, actor=world.owner, invoice_id=invoice.id, reason="Wrong payer", now=NOW)
    assert row_of(session, world, matter) == (725_00, 0, 0)


def test_work_on_an_open_pre_bill_is_unbilled_still(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter, 100)
    draft_one(session, world, matter)
    assert session.scalar(select(PreBillLine.state)) == "included"
    assert row_of(session, world, matter) == (500_00, 0, 0)


def test_what_is_paid_is_not_owed(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter, 100)
    (invoice,) = issue(session, world, matter)
    part = Money(200_00, "USD")
    record_payment(
        session, actor=world.owner, payer_id=invoice.payer_id, amount=part, received_on=TODAY, method="cheque",
        allocations={invoice.id: part}, now=NOW,
    )  # fmt: skip
    assert row_of(session, world, matter) == (0, 300_00, 0)
    (line,) = invoices_of(session, firm_id=world.firm_id, matter_id=matter.id)
    assert (line.total_minor, line.paid_minor, line.open_minor) == (500_00, 200_00, 300_00)
    assert line.days_overdue(line.due_on) == 0
    assert line.days_overdue(line.due_on + timedelta(days=11)) == 11
    (client,) = client_rows(session, firm_id=world.firm_id, shown=EVERYTHING)
    assert (client.standing.open_minor, client.open_matters) == (300_00, 1)


def test_client_money_is_shown_by_ledger_matter_and_client(session: Session, world: World, matter: Matter) -> None:
    deposit_to_trust(
        session, actor=world.owner, amount=Money(1_000_00, "USD"), effective_on=TODAY, source="Castellane", method="transfer",
        matter_id=matter.id, now=NOW,
    )  # fmt: skip
    assert row_of(session, world, matter)[2] == 1_000_00
    (ledger,) = ledgers_of(session, firm_id=world.firm_id, matter_id=matter.id)
    assert (ledger.bank_account_name, ledger.balance_minor) == ("IOLTA", 1_000_00)
    (client,) = client_rows(session, firm_id=world.firm_id, shown=EVERYTHING)
    assert client.standing.trust_minor == 1_000_00


def test_unbilled_work_of_one_timekeeper_shows_nothing_of_others(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter, 100)
    work_time(session, world, matter, 200, 30_000, by=world.associate)
    spend(session, world, matter, 25_00)
    mine = unbilled_work(session, firm_id=world.firm_id, matter_id=matter.id, timekeeper_id=world.associate.id)
    assert [line.name for line in mine.lines] == ["Ines Achterberg"]
    assert mine.amount_minor == 600_00


def test_figures_that_may_not_be_seen_are_not_read(session: Session, world: World, matter: Matter) -> None:
    firm_id, wanted = world.firm_id, MatterFilter(client_id=matter.client_id)
    with counted_statements(session) as statements:
        (row,) = matter_rows(session, firm_id=firm_id, wanted=wanted, shown=Shown(False, False, False))
    assert (row.standing.unbilled_minor, row.standing.open_minor, row.standing.trust_minor) == (None, None, None)
    assert len(statements) == 1


def test_a_long_list_takes_as_many_statements_as_a_short_one(session: Session, world: World) -> None:
    counts = []
    for _ in range(2):
        for _ in range(10):
            make_matter(session, world.owner)
        with counted_statements(session) as statements:
            matter_rows(session, firm_id=world.firm_id, wanted=MatterFilter(), shown=EVERYTHING)
        counts.append(len(statements))
    assert counts == [2, 2]


@pytest.mark.parametrize("typed", ["100%", "a_b", "back\\slash", "engström"])
def test_what_is_typed_is_looked_for_as_it_stands(session: Session, world: World, typed: str) -> None:
    make_client(session, world.owner, f"Client {typed.upper()} & Sons")
    make_client(session, world.owner, "Another 1000 aXb backslash onu")
    assert count_clients(session, firm_id=world.firm_id, words=[typed.lower()]) == 1
    assert [one.name for one in client_options(session, firm_id=world.firm_id, words=[typed.lower()])] == [f"Client {typed.upper()} & Sons"]


def test_a_pattern_escapes_what_has_a_meaning_in_it() -> None:
    assert like_pattern("5%_x") == "%5\\%\\_x%"


def test_options_begin_with_what_was_worked_on_last(session: Session, world: World) -> None:
    matters = [make_matter(session, world.owner, name=f"Matter {n}") for n in range(3)]
    work_time(session, world, matters[1], by=world.associate)
    ids = [one.id for one in matter_options(session, firm_id=world.firm_id, words=[], timekeeper_id=world.associate.id)]
    assert ids[0] == matters[1].id
    assert len(ids) == 4


def test_a_filter_and_its_count_agree(session: Session, world: World, matter: Matter) -> None:
    make_matter(session, world.owner, make_client(session, world.owner, "Halvorsen Dairy"), "Water rights")
    for wanted, expected in (
        (MatterFilter(words=["dairy", "water"]), 1),
        (MatterFilter(words=["water", "castellane"]), 0),
        (MatterFilter(client_id=matter.client_id), 1),
        (MatterFilter(status="closed"), 0),
        (MatterFilter(), 3),
    ):
        assert count_matters(session, firm_id=world.firm_id, wanted=wanted) == expected
        assert len(matter_rows(session, firm_id=world.firm_id, wanted=wanted, shown=EVERYTHING)) == expected


KINDS = ("client", "matter", "pre_bill", "invoice", "trust_transaction")


def test_the_timeline_tells_of_invoices_by_their_number(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter, 100)
    (invoice,) = issue(session, world, matter)
    told = [(event.action, event.subject) for event in matter_timeline(session, firm_id=world.firm_id, matter_id=matter.id, kinds=KINDS)]
    assert ("invoice.issued", invoice.number) in told
    assert ("pre_bill.approved", None) in told
    of_payer = client_timeline(session, firm_id=world.firm_id, client_id=invoice.payer_id, kinds=KINDS)
    assert "invoice.issued" in {event.action for event in of_payer}
    only = matter_timeline(session, firm_id=world.firm_id, matter_id=matter.id, kinds=["pre_bill"])
    assert {event.subject_kind for event in only} == {"pre_bill"}
    assert matter_timeline(session, firm_id=world.firm_id, matter_id=matter.id, kinds=[]) == []
