"""The screens of payments: recorded and applied, listed by what is left of them, taken off, refunded, reversed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Role
from lexapp.models import Allocation, Invoice, Matter, Payment
from lexapp.queries.verification import verify
from tests.factories import TODAY, World, make_client, make_matter
from tests.issued_invoices import make_invoice
from tests.web.reading import text_of
from tests.web.visitor import Visitor

KEY = "0f3c1d5e-payment"


@pytest.fixture
def matter(session: Session, world: World) -> Iterator[Matter]:
    yield make_matter(session, world.owner)
    session.rollback()
    assert verify(session, world.firm_id) == []


@pytest.fixture
def older(session: Session, world: World, matter: Matter) -> Invoice:
    return make_invoice(session, world, (matter, 300_00), issued_on=TODAY - timedelta(days=60))


@pytest.fixture
def newer(session: Session, world: World, matter: Matter, older: Invoice) -> Invoice:
    return make_invoice(session, world, (matter, 500_00), issued_on=TODAY - timedelta(days=10))


def sent(matter: Matter, amount: str = "400.00", **more: str) -> dict[str, str]:
    day = {"received_on": "2026-11-20", "method": "cheque", "reference": "Check 4411", "key": KEY}
    return {"payer_id": str(matter.client_id), "amount": amount, **day, **more}


@pytest.fixture
def payment(session: Session, owner: Visitor, matter: Matter, older: Invoice) -> int:
    """400.00, of which 300.00 is applied to the older invoice."""
    owner.post("/payments", sent(matter, **{f"invoice_{older.id}": "300.00", "key": "0f3c1d5e-first"}))
    session.rollback()
    return session.scalars(select(Payment.id)).one()


def count(session: Session, model: type[Payment | Allocation] = Payment) -> int:
    session.rollback()
    return session.scalar(select(func.count(model.id))) or 0


def value_of(html: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*? value="([^"]*)"', html)
    assert found, name
    return found[1]


def test_without_a_payer_it_asks_who_paid_and_shows_who_owes(owner: Visitor, older: Invoice) -> None:
    page = text_of(owner.get("/payments/new"))
    assert "Who owes" in page
    assert "Castellane" in page
    assert "$300.00" in page


def test_an_invoice_brings_its_amount_along(owner: Visitor, older: Invoice, newer: Invoice) -> None:
    html = owner.get(f"/payments/new?invoice_id={newer.id}").get_data(as_text=True)
    assert value_of(html, "amount") == "500.00"
    assert value_of(html, f"invoice_{newer.id}") == "500.00"
    assert value_of(html, f"invoice_{older.id}") == ""
    assert html.index(older.number) < html.index(newer.number)


def test_the_boxes_are_filled_oldest_first_without_script(session: Session, owner: Visitor, matter: Matter, newer: Invoice) -> None:
    older_id = newer.id - 1
    answer = owner.post("/payments", sent(matter, fill="y", **{f"invoice_{newer.id}": "1", f"invoice_{older_id}": "x"}))
    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert (value_of(html, f"invoice_{older_id}"), value_of(html, f"invoice_{newer.id}")) == ("300.00", "100.00")
    assert count(session) == 0


def test_a_double_press_records_once(session: Session, owner: Visitor, matter: Matter, older: Invoice) -> None:
    form = sent(matter, **{f"invoice_{older.id}": "300.00"})
    answers = [owner.post("/payments", form) for _ in range(2)]
    made = session.scalars(select(Payment.id)).one()
    assert [answer.headers["Location"] for answer in answers] == [f"/payments/{made}"] * 2
    assert (count(session), count(session, Allocation)) == (1, 1)
    assert owner.post("/payments", {**form, "amount": "401.00"}).status_code == 422


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"amount": ""}, "Type the amount that came"),
        ({"amount": "1e3"}, "1e3"),
        ({"amount": "-5"}, "without a minus"),
        ({"received_on": "2099-01-01"}, "Money is recorded when it moves"),
        ({"method": "barter"}, "Choose one of the list"),
        ({"invoice": "300.01"}, "owes"),
        ({"amount": "200", "invoice": "300"}, "more than the"),
        ({"invoice": "many"}, "many"),
        ({"bank_account": "999999"}, "bank account"),
        ({"key": "?"}, "lost its number"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_stays(
    session: Session, owner: Visitor, matter: Matter, older: Invoice, typed: dict[str, str], sentence: str
) -> None:
    box = {f"invoice_{older.id}": typed.get("invoice", "")}
    typed = {name: value for name, value in typed.items() if name != "invoice"}
    answer = owner.post("/payments", sent(matter, **{**box, **typed}), htmx=True)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in html
    assert html.lstrip().startswith('<div id="payment-form"')
    assert value_of(html, "reference") == "Check 4411"
    assert count(session) == 0


def test_invoices_of_somebody_else_take_nothing(session: Session, world: World, owner: Visitor, matter: Matter, outsider: Visitor) -> None:
    other = make_matter(session, world.owner, make_client(session, world.owner, "Northmere Biologics"))
    theirs = make_invoice(session, world, (other, 100_00))
    answer = owner.post("/payments", sent(matter, **{f"invoice_{theirs.id}": "100.00"}))
    assert answer.status_code == 422
    assert "belongs to another payer" in text_of(answer)
    assert owner.post("/payments", sent(matter, invoice_99999="1.00")).status_code == 404
    assert outsider.post("/payments", sent(matter)).status_code == 404
    assert outsider.get(f"/payments/new?payer_id={matter.client_id}").status_code == 404
    assert outsider.get(f"/payments/new?invoice_id={theirs.id}").status_code == 404
    assert count(session) == 0


def test_the_page_of_a_payment_says_where_it_went_and_what_is_left(owner: Visitor, payment: int, older: Invoice) -> None:
    page = text_of(owner.get(f"/payments/{payment}"))
    for words in (older.number, "Check 4411", "$100.00", "Not applied", "Take off", "Refund…", "Marguerite Voss"):
        assert words in page


def test_credit_is_applied_later_and_once(session: Session, owner: Visitor, payment: int, newer: Invoice) -> None:
    html = owner.get(f"/payments/{payment}/allocations/new").get_data(as_text=True)
    assert value_of(html, f"invoice_{newer.id}") == "100.00"
    form = {f"invoice_{newer.id}": "100.00", "effective_on": "2026-11-21", "key": KEY}
    assert [owner.post(f"/payments/{payment}/allocations", form).status_code for _ in range(2)] == [303, 303]
    assert count(session, Allocation) == 2
    again = owner.post(f"/payments/{payment}/allocations", {**form, "key": "0f3c1d5e-more"}, htmx=True)
    assert again.status_code == 422
    assert "more than the $0.00" in text_of(again)
    nothing = owner.post(f"/payments/{payment}/allocations", {"effective_on": "2026-11-21", "key": "0f3c1d5e-none"})
    assert "Enter an amount beside at least one invoice" in text_of(nothing)


def test_what_was_applied_is_taken_off_once(session: Session, owner: Visitor, payment: int) -> None:
    allocation = session.scalars(select(Allocation.id)).one()
    answers = [owner.post(f"/payments/allocations/{allocation}/removal", {"key": KEY}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert count(session, Allocation) == 2
    assert "Taken off again" in text_of(owner.get(f"/payments/{payment}"))
    assert owner.post(f"/payments/allocations/{allocation}/removal", {"key": "0f3c1d5e-other"}).status_code == 403


def test_only_what_is_not_applied_is_refunded(session: Session, owner: Visitor, payment: int) -> None:
    assert value_of(owner.get(f"/payments/{payment}/refunds/new").get_data(as_text=True), "amount") == "100.00"
    form = {"amount": "100.01", "refunded_on": "2026-11-21", "method": "cheque", "key": KEY}
    refused = owner.post(f"/payments/{payment}/refunds", form, htmx=True)
    assert refused.status_code == 422
    assert "Only $100.00" in text_of(refused)
    answers = [owner.post(f"/payments/{payment}/refunds", {**form, "amount": "100"}) for _ in range(2)]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert count(session) == 2
    assert "Gives back" in text_of(owner.get(answers[0].headers["Location"]))
    assert "Refund" in text_of(owner.get("/payments?show=refund"))


def test_a_reversal_asks_why_and_opens_the_invoice_again(session: Session, owner: Visitor, payment: int, older: Invoice) -> None:
    assert "$300.00 is taken off the invoices" in text_of(owner.get(f"/payments/{payment}/reversal/new"))
    form = {"reversed_on": "2026-11-21", "reason": "", "key": KEY}
    refused = owner.post(f"/payments/{payment}/reversal", form, htmx=True)
    assert refused.status_code == 422
    assert "Say why the payment is reversed" in text_of(refused)
    form["reason"] = "The bank returned the check"
    assert [owner.post(f"/payments/{payment}/reversal", form).status_code for _ in range(2)] == [303, 303]
    assert (count(session), count(session, Allocation)) == (2, 2)
    page = text_of(owner.get(f"/payments/{payment}"))
    assert "Reversed" in page
    assert "Take off" not in page
    assert owner.post(f"/payments/{payment}/reversal", {**form, "key": "0f3c1d5e-twice"}).status_code == 422


def test_the_list_is_narrowed_by_what_is_left_how_it_came_and_who_paid(owner: Visitor, payment: int, matter: Matter) -> None:
    for narrowed in ("", "?show=unapplied", "?show=cheque", "?q=4411", f"?payer={matter.client_id}", "?q=castellane+check"):
        page = text_of(owner.get(f"/payments{narrowed}", htmx=True))
        assert "1 payment" in page
        assert "100.00" in page
    for narrowed in ("?show=trust", "?show=refund", "?q=nobody", "?payer=99999"):
        assert "No such payment" in text_of(owner.get(f"/payments{narrowed}"))
    for odd in ("?show=odd", "?page=-1", "?page=999", "?payer=x", "?q=%25%00_"):
        assert owner.get(f"/payments{odd}").status_code == 200


def test_an_empty_list_says_how_to_begin(owner: Visitor) -> None:
    assert "No payment yet" in text_of(owner.get("/payments"))


def test_another_firm_finds_no_payment(session: Session, outsider: Visitor, payment: int) -> None:
    allocation = session.scalars(select(Allocation.id)).one()
    for part in ("", "/allocations/new", "/refunds/new", "/reversal/new"):
        assert outsider.get(f"/payments/{payment}{part}").status_code == 404
    for part in ("/allocations", "/refunds", "/reversal"):
        assert outsider.post(f"/payments/{payment}{part}", {"key": KEY}).status_code == 404
    assert outsider.post(f"/payments/allocations/{allocation}/removal", {"key": KEY}).status_code == 404
    assert "Castellane" not in text_of(outsider.get("/payments"))
    assert (count(session), count(session, Allocation)) == (1, 1)


def test_who_may_see_may_not_always_record(session: Session, member: Callable[[Role], Visitor], payment: int, matter: Matter) -> None:
    manager = member(Role.BILLING_MANAGER)
    page = text_of(manager.get(f"/payments/{payment}"))
    assert "Applied to" in page
    assert "Take off" not in page
    assert manager.post("/payments", sent(matter)).status_code == 403
    assert manager.post(f"/payments/{payment}/refunds", {"key": KEY}).status_code == 403
    assert member(Role.TIMEKEEPER).get("/payments").status_code == 403
    assert count(session) == 1
