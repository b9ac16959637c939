"""The screens of invoices: issued from approved pre-bills, listed by what they are today, sent, voided, downloaded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from lexapp.config import Settings
from lexapp.database import transaction
from lexapp.domain.ledes import parse_1998b
from lexapp.domain.money import Money
from lexapp.domain.permissions import Role
from lexapp.integrations.storage import open_storage
from lexapp.models import BillingRun, Client, Invoice, Matter, OutboxMessage
from lexapp.services.documents import record_document
from lexapp.services.invoices import issue_invoices
from lexapp.services.payments import record_payment
from lexapp.workflows.billing_runs import run_next_chunk
from tests.billing import approved, issue, work_time
from tests.factories import NOW, TODAY, World, local_today, make_matter
from tests.trust_money import put_in
from tests.web.reading import text_of
from tests.web.visitor import Visitor


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def invoice(session: Session, world: World, matter: Matter) -> int:
    work_time(session, world, matter)
    return issue(session, world, matter)[0].id


@pytest.fixture
def ready(session: Session, world: World, matter: Matter) -> int:
    """An approved pre-bill of 600.00."""
    work_time(session, world, matter)
    return approved(session, world, matter)[0]


def count(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count(Invoice.id))) or 0


def test_issuing_shows_what_and_asks_when(owner: Visitor, ready: int) -> None:
    page = text_of(owner.get(f"/invoices/new?ids={ready}"))
    assert "Issue for $600.00" in page
    assert "Invoice date" in page
    assert "No approved pre-bill here" in text_of(owner.get("/invoices/new?ids=x&ids=99999"))


def test_a_double_press_issues_once(session: Session, owner: Visitor, ready: int) -> None:
    form = {"ids": str(ready), "issued_on": "2026-11-23", "due_on": "2026-12-23", "send": "y", "key": "0f3c1d5e-key-1"}
    answers = [owner.post("/invoices", form) for _ in range(2)]
    assert count(session) == 1
    made = session.scalars(select(Invoice.id)).one()
    assert [answer.headers["Location"] for answer in answers] == [f"/invoices/{made}"] * 2
    assert sorted(session.scalars(select(OutboxMessage.kind))) == ["invoice.document", "invoice.mail"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"issued_on": ""}, "Type the date that stands on the invoice"),
        ({"issued_on": "soon"}, "This is not a date"),
        ({"issued_on": "2099-01-01"}, "Choose a date up to today"),
        ({"due_on": "2026-11-01"}, "cannot be due before it is issued"),
    ],
)
def test_wrong_dates_are_told_beside_their_field(
    session: Session, owner: Visitor, ready: int, typed: dict[str, str], sentence: str
) -> None:
    form = {"ids": str(ready), "issued_on": "2026-11-23", "due_on": "", "key": "0f3c1d5e-key-2", **typed}
    answer = owner.post("/invoices", form, htmx=True)
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert count(session) == 0


def test_a_payer_without_an_address_cannot_be_sent_to(session: Session, world: World, owner: Visitor, ready: int) -> None:
    with transaction(session, world.firm_id):
        session.execute(update(Client).values(email=""))
    form = {"ids": str(ready), "issued_on": "2026-11-23", "send": "y", "key": "0f3c1d5e-key-3"}
    assert "has no e-mail address" in text_of(owner.post("/invoices", form))
    assert count(session) == 0


def test_many_become_a_run_that_shows_its_progress(session: Session, world: World, owner: Visitor, ready: int) -> None:
    other = make_matter(session, world.owner)
    work_time(session, world, other)
    ids = [str(ready), str(approved(session, world, other)[0])]
    answer = owner.post("/invoices", {"ids": ids, "issued_on": "2026-11-23", "key": "0f3c1d5e-key-4"})
    run = session.scalars(select(BillingRun.id)).one()
    assert answer.headers["Location"] == f"/billing-runs/{run}"
    assert 'hx-trigger="every 2s"' in owner.get(f"/billing-runs/{run}").get_data(as_text=True)
    assert "0 of 2 issued" in text_of(owner.get("/invoices"))
    run_next_chunk(session, firm_id=world.firm_id, run_id=run, now=NOW)
    done = owner.get(f"/billing-runs/{run}", htmx=True)
    assert "2 of 2 issued" in text_of(done)
    assert "hx-trigger" not in done.get_data(as_text=True)
    assert count(session) == 2


def test_the_list_says_what_each_is_today(session: Session, world: World, owner: Visitor, matter: Matter) -> None:
    today = local_today()
    work_time(session, world, matter)
    new = issue(session, world, matter, issued_on=today)[0].number
    long_ago = today - timedelta(days=4000)
    work_time(session, world, matter, 20, on=long_ago)
    old = issue(session, world, matter, issued_on=long_ago)[0].number
    page = text_of(owner.get("/invoices"))
    assert new in page
    assert "days overdue" in page
    late = text_of(owner.get("/invoices?state=overdue", htmx=True))
    assert old in late
    assert "1 invoice" in late
    assert new not in late
    assert "No such invoice" in text_of(owner.get("/invoices?state=void"))
    assert new in text_of(owner.get("/invoices?q=port+auth"))
    for odd in ("?state=odd", "?page=-1", "?page=999", "?payer=x", "?q=%25%00_"):
        assert owner.get(f"/invoices{odd}").status_code == 200


def test_an_invoice_shows_its_frozen_lines_and_that_its_pdf_is_being_made(owner: Visitor, invoice: int) -> None:
    answer = owner.get(f"/invoices/{invoice}")
    for words in ("INV-2026-0001", "Draft motion to compel", "600.00", "The PDF is being made", "Nothing was paid yet"):
        assert words in text_of(answer)
    assert owner.get(f"/invoices/{invoice}/document").status_code == 404
    assert "Draft motion" not in text_of(owner.get(f"/invoices/{invoice}", htmx=True))


def test_history_is_printed_when_somebody_asks(session: Session, world: World, owner: Visitor, ready: int) -> None:
    (invoice_id,) = issue_invoices(session, actor=world.owner, pre_bill_ids=[ready], issued_on=TODAY, print_now=False, now=NOW)
    assert "Not printed yet" in text_of(owner.get(f"/invoices/{invoice_id}"))
    for _ in range(2):
        owner.post(f"/invoices/{invoice_id}/document")
    assert session.scalars(select(OutboxMessage.kind)).all() == ["invoice.document"]
    assert "The PDF is being made" in text_of(owner.get(f"/invoices/{invoice_id}"))


def test_the_ledes_file_is_read_back(owner: Visitor, invoice: int) -> None:
    answer = owner.get(f"/invoices/{invoice}/ledes")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="INV-2026-0001.ledes.txt"'
    (read,) = parse_1998b(answer.get_data(as_text=True))
    assert (read.number, str(read.total), len(read.lines)) == ("INV-2026-0001", "600.00", 1)


def test_an_invoice_is_sent_again(session: Session, owner: Visitor, invoice: int) -> None:
    for _ in range(2):
        owner.post(f"/invoices/{invoice}/sendings", {"key": "0f3c1d5e-key-5"})
    session.rollback()
    assert session.scalar(select(func.count()).where(OutboxMessage.kind == "invoice.mail")) == 1
    assert "On its way" in text_of(owner.get(f"/invoices/{invoice}"))


def test_a_void_asks_why_and_returns_the_work(session: Session, owner: Visitor, invoice: int) -> None:
    refused = owner.post(f"/invoices/{invoice}/void", {"reason": "", "key": "0f3c1d5e-key-6"})
    assert refused.status_code == 422
    assert "Say why the invoice is voided" in text_of(refused)
    assert owner.post(f"/invoices/{invoice}/void", {"reason": "Wrong payer", "key": "0f3c1d5e-key-7"}).status_code == 303
    page = text_of(owner.get(f"/invoices/{invoice}"))
    assert "Void" in page
    assert "Wrong payer" in page
    assert "Port Authority claims" in text_of(owner.get("/pre-bills/new?through_on=2026-11-30"))


def test_a_voided_document_says_so_by_its_name(settings: Settings, session: Session, world: World, owner: Visitor, invoice: int) -> None:
    digest = open_storage(settings.storage_url).put(b"%PDF-1.7 as issued", firm_id=world.firm_id)
    named = {"kind": "invoice_pdf", "subject": ("invoice", invoice), "file_name": "INV-2026-0001.pdf", "media_type": "application/pdf"}
    record_document(session, firm_id=world.firm_id, **named, size_bytes=18, sha256=digest, created_at=NOW, now=NOW)
    session.rollback()
    issued = owner.get(f"/invoices/{invoice}/document")
    assert "INV-2026-0001.pdf" in issued.headers["Content-Disposition"]
    owner.post(f"/invoices/{invoice}/void", {"reason": "Wrong payer", "key": "0f3c1d5e-key-7"})
    voided = owner.get(f"/invoices/{invoice}/document")
    assert "INV-2026-0001 VOID.pdf" in voided.headers["Content-Disposition"]
    assert voided.data == issued.data
    assert "this document was issued before" in text_of(owner.get(f"/invoices/{invoice}"))


def test_a_paid_invoice_says_at_once_what_keeps_it_from_being_voided(session: Session, world: World, owner: Visitor, invoice: int) -> None:
    assert 'name="reason"' in owner.get(f"/invoices/{invoice}").get_data(as_text=True)
    payer = session.get_one(Invoice, invoice).payer_id
    some = Money(10_000, "USD")
    given = {"amount": some, "received_on": TODAY, "method": "cheque", "reference": "4411", "allocations": {invoice: some}}
    made = record_payment(session, actor=world.owner, now=NOW, payer_id=payer, **given).id
    session.rollback()
    page = owner.get(f"/invoices/{invoice}")
    html = page.get_data(as_text=True)
    assert 'name="reason"' not in html
    assert "Take them off first, then void the invoice." in text_of(page)
    assert "Check 4411" in text_of(page)
    assert html.count(f'href="/payments/{made}"') == 2


def test_trust_money_that_could_pay_is_one_press_away(
    session: Session, world: World, matter: Matter, owner: Visitor, member: Callable[[Role], Visitor], invoice: int
) -> None:
    assert "in trust" not in text_of(owner.get(f"/invoices/{invoice}"))
    ledger_id = put_in(session, world, matter, 100_000).trust_ledger_id
    put_in(session, world, make_matter(session, world.owner), 5_000)
    session.rollback()
    answer = owner.get(f"/invoices/{invoice}")
    assert "$1,000.00 in trust" in text_of(answer)
    assert f'href="/trust/ledgers/{ledger_id}/applications/new?invoice_id={invoice}"' in answer.get_data(as_text=True)
    assert text_of(answer).count("in trust") == 1
    assert "in trust" not in text_of(member(Role.AUDITOR).get(f"/invoices/{invoice}"))
    owner.post(f"/invoices/{invoice}/void", {"reason": "Wrong payer", "key": "0f3c1d5e-key-8"})
    assert "in trust" not in text_of(owner.get(f"/invoices/{invoice}"))


def test_another_firm_finds_no_invoice(outsider: Visitor, invoice: int, ready: int) -> None:
    for part in ("", "/ledes", "/document"):
        assert outsider.get(f"/invoices/{invoice}{part}").status_code == 404
    for part in ("sendings", "void"):
        assert outsider.post(f"/invoices/{invoice}/{part}", {"reason": "x", "key": "0f3c1d5e-key-8"}).status_code == 404
    assert "INV-2026-0001" not in text_of(outsider.get("/invoices"))
    assert "No approved pre-bill here" in text_of(outsider.get(f"/invoices/new?ids={ready}"))


def test_who_may_see_may_not_always_act(session: Session, member: Callable[[Role], Visitor], invoice: int) -> None:
    bookkeeper = member(Role.BOOKKEEPER)
    assert bookkeeper.get(f"/invoices/{invoice}").status_code == 200
    assert bookkeeper.post(f"/invoices/{invoice}/void", {"reason": "x", "key": "0f3c1d5e-key-9"}).status_code == 403
    assert member(Role.TIMEKEEPER).get(f"/invoices/{invoice}").status_code == 403
    session.rollback()
    assert session.get_one(Invoice, invoice).voided_on is None
