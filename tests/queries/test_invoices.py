"""What lists and figures say about invoices, as of a date; and that the books prove themselves after billing."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from lexapp.domain.money import Money
from lexapp.models import Invoice, Matter
from lexapp.queries.invoices import InvoiceFilter, age_buckets, list_invoices, open_by_payer_and_matter
from lexapp.queries.verification import verify
from lexapp.services.invoices import void_invoice
from lexapp.services.payments import record_payment
from tests.billing import issue, share_matter, work_time
from tests.factories import NOW, TODAY, World, make_client, make_matter, make_world


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def billed(session: Session, world: World, matter: Matter, on: date, hundredths: int = 100) -> Invoice:
    """An invoice of so many hundredths of an hour at 500.00, issued on a day and due 30 days later."""
    work_time(session, world, matter, hundredths, on=on)
    return issue(session, world, matter, issued_on=on)[0]


def pay(session: Session, world: World, invoice: Invoice, minor: int, on: date) -> None:
    amount = Money(minor, "USD")
    applied = {invoice.id: amount}
    given = {"payer_id": invoice.payer_id, "amount": amount, "received_on": on, "method": "cheque", "allocations": applied}
    record_payment(session, actor=world.owner, now=NOW, **given)  # type: ignore[arg-type]


def states(session: Session, world: World, today: date, **wanted: object) -> list[tuple[str, int]]:
    found = list_invoices(session, firm_id=world.firm_id, wanted=InvoiceFilter(**wanted), today=today)  # type: ignore[arg-type]
    assert found.count == len(found.rows)
    assert found.open_minor == sum(row.open_minor for row in found.rows)
    return [(row.state.value, row.open_minor) for row in found.rows]


def test_the_state_of_an_invoice_moves_with_money_and_time(session: Session, world: World, matter: Matter) -> None:
    invoice = billed(session, world, matter, date(2026, 9, 1))
    pay(session, world, invoice, 20_000, date(2026, 9, 20))
    pay(session, world, invoice, 30_000, date(2026, 11, 10))
    assert states(session, world, date(2026, 9, 10)) == [("open", 50_000)]
    assert states(session, world, date(2026, 9, 25)) == [("part_paid", 30_000)]
    assert states(session, world, date(2026, 10, 2)) == [("overdue", 30_000)]
    assert states(session, world, date(2026, 11, 10)) == [("paid", 0)]


def test_each_filter_finds_its_own(session: Session, world: World, matter: Matter) -> None:
    other = make_matter(session, world.owner, name="Lien foreclosure")
    part = billed(session, world, matter, TODAY)
    pay(session, world, part, 1_000, TODAY)
    late = billed(session, world, other, date(2026, 9, 1), 40)
    gone = billed(session, world, other, TODAY, 20)
    void_invoice(session, actor=world.owner, invoice_id=gone.id, reason="Mistake", now=NOW)
    assert states(session, world, TODAY, state="void") == [("void", 0)]
    assert states(session, world, TODAY, state="part_paid") == [("part_paid", 49_000)]
    assert states(session, world, TODAY, state="overdue") == [("overdue", 20_000)]
    assert states(session, world, TODAY, state="open") == []
    assert states(session, world, TODAY, state="unpaid") == [("part_paid", 49_000), ("overdue", 20_000)]
    assert len(states(session, world, TODAY, payer_id=late.payer_id)) == 2
    assert len(states(session, world, TODAY, matter_id=matter.id)) == 1
    assert len(states(session, world, TODAY, text="FORECLOSURE")) == 2
    assert states(session, world, TODAY, text="%") == []


def test_what_is_open_is_sorted_by_age(session: Session, world: World, matter: Matter) -> None:
    for month, hundredths in ((11, 100), (10, 10), (9, 20), (7, 40)):
        billed(session, world, matter, date(2026, month, 10), hundredths)
    found = [(bucket.count, bucket.open_minor) for bucket in age_buckets(session, firm_id=world.firm_id, on=TODAY)]
    assert found == [(1, 50_000), (1, 5_000), (1, 10_000), (1, 20_000)]
    other = make_world(session, "Other LLP")
    assert sum(bucket.count for bucket in age_buckets(session, firm_id=other.firm_id, on=TODAY)) == 0


def test_the_receivable_of_a_matter_is_by_payer(session: Session, world: World, matter: Matter) -> None:
    invoice = billed(session, world, matter, date(2026, 9, 1))
    pay(session, world, invoice, 20_000, date(2026, 9, 20))
    key = (invoice.payer_id, matter.id)
    open_on = {
        on: open_by_payer_and_matter(session, firm_id=world.firm_id, matter_ids=[matter.id], on=on)
        for on in (date(2026, 8, 1), date(2026, 9, 2), TODAY)
    }
    assert list(open_on.values()) == [{}, {key: 50_000}, {key: 30_000}]


def test_the_books_prove_themselves_after_billing_splitting_and_voiding(session: Session, world: World, matter: Matter) -> None:
    other = make_client(session, world.owner, "Pemberwick Mutual")
    assert matter.client_id is not None
    share_matter(session, world, matter, {matter.client_id: 3_333, other.id: 6_667})
    for hundredths, rate in ((10, 25_005), (33, 33_335), (7, 19_999)):
        work_time(session, world, matter, hundredths, rate)
    first, _ = issue(session, world, matter)
    void_invoice(session, actor=world.owner, invoice_id=first.id, reason="Mistake", now=NOW)
    issue(session, world, matter)
    assert [finding.sentence for finding in verify(session, world.firm_id)] == []
