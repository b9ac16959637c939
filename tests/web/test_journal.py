"""The journal in the browser: entries, filters, accounts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.money import Money
from lexapp.domain.permissions import Role
from lexapp.models import Account, JournalEntry, Matter
from lexapp.services import payments, trust
from tests.factories import NOW, TODAY, World, make_matter
from tests.issued_invoices import make_invoice
from tests.web.visitor import Visitor


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    """With an invoice of 300.00, paid with 200.00 from trust and 50.00 by the client."""
    made = make_matter(session, world.owner)
    invoice = make_invoice(session, world, (made, 300_00))
    at = {"actor": world.owner, "now": NOW}
    deposit = trust.deposit_to_trust(
        session, matter_id=made.id, amount=Money(500_00, "USD"), effective_on=TODAY, source="Client", method="transfer", **at
    )
    ledger_id = deposit.trust_ledger_id or 0
    trust.apply_trust_to_invoice(
        session, trust_ledger_id=ledger_id, invoice_id=invoice.id, amount=Money(200_00, "USD"), effective_on=TODAY, **at
    )
    payments.record_payment(
        session,
        payer_id=made.client_id or 0,
        amount=Money(50_00, "USD"),
        received_on=TODAY,
        method="cheque",
        allocations={invoice.id: Money(50_00, "USD")},
        **at,
    )
    return made


def test_entries_show_their_postings_newest_first(owner: Visitor, matter: Matter) -> None:
    page = owner.get("/journal").get_data(as_text=True)
    titles = ["Payment applied", "Payment received", "Earned-fee transfer", "Trust deposit", "Invoice issued"]
    places = [page.rindex(f">{title}</a>") for title in titles]
    assert places == sorted(places)
    assert "Invoices receivable" in page


def test_filters_narrow_the_list(session: Session, owner: Visitor, matter: Matter) -> None:
    receivable = session.scalars(select(Account.id).where(Account.role == "receivable")).one()
    counts = {
        "": 5,
        "?event=trust.applied": 1,
        f"?account={receivable}": 3,
        f"?matter={matter.id}": 4,
        "?from=2026-11-24": 0,
        "?through=2026-11-23": 5,
        "?from=rubbish&event=rubbish&account=x": 5,
    }
    for query, count in counts.items():
        answer = owner.get(f"/journal{query}", htmx=True)
        assert answer.get_data(as_text=True).count('class="table-group"') == count, query
    assert owner.get("/journal?matter=999999").status_code == 404


def test_an_entry_leads_to_its_accounts_and_its_payment(session: Session, owner: Visitor, matter: Matter) -> None:
    entry = session.scalars(select(JournalEntry).where(JournalEntry.event_code == "payment.received")).one()
    page = owner.get(f"/journal/entries/{entry.id}").get_data(as_text=True)
    assert f"/payments/{entry.subject_id}" in page
    assert "/journal?account=" in page
    assert entry.hash[:16] in page


def test_the_trial_balance_is_even(owner: Visitor, matter: Matter) -> None:
    page = owner.get("/journal/accounts").get_data(as_text=True)
    total = page[page.index("<tfoot") :]
    assert total.count("1,300.00") == 2
    assert total.count("600.00") == 2
    before = owner.get("/journal/accounts?through=2026-11-01", htmx=True).get_data(as_text=True)
    assert before[before.index("<tfoot") :].count("600.00") == 0


def test_who_may_see_the_journal(member: Callable[[Role], Visitor], outsider: Visitor, session: Session, matter: Matter) -> None:
    assert member(Role.AUDITOR).get("/journal").status_code == 200
    assert member(Role.BILLING_MANAGER).get("/journal").status_code == 403
    entry_id = session.scalars(select(JournalEntry.id)).first()
    assert outsider.get(f"/journal/entries/{entry_id}").status_code == 404
    assert "Port Authority" not in outsider.get("/journal").get_data(as_text=True)
