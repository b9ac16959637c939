"""Settings, bank accounts and timekeepers at a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm
from lexapp.domain.permissions import Role
from lexapp.models import Account, AuditEvent, BankAccount, Firm, Timekeeper, TrustLedger
from tests.factories import World, local_today, make_matter
from tests.trust_money import put_in
from tests.web.visitor import Visitor

Members = Callable[[Role], Visitor]
FIRM = {"key": "key-set-001", "version": "1", "name": "Brannock Voss LLP", "address": "1 Quay Street\r\nDunmore", "website": "bv.test"}
INVOICES = {
    "key": "key-set-002",
    "version": "1",
    "payment_terms_days": "14",
    "paper": "a4",
    "invoice_theme": "ledger",
    "payment_instructions": "To bv.test",
}
TIME = {
    "key": "key-set-003",
    "version": "1",
    "phone_matters_offline": "y",
}
NUMBERS = {
    "key": "key-set-004",
    "version": "1",
    "matter_number_pattern": "M{yy}-{number:03}",
    "invoice_number_pattern": "{year}/{number:05}",
    "credit_note_number_pattern": "C{yy}-{number:04}",
}
PARTS = {"/settings": FIRM, "/settings/invoices": INVOICES, "/settings/time": TIME, "/settings/numbers": NUMBERS}
PERSON = {"key": "key-person-1", "version": "1", "name": "Tomasz Wray-Fitzalan", "code": "TWF", "initials": "", "classification": "PARALG"}
ACCOUNT = {"key": "key-bank-001", "kind": "trust", "name": "IOLTA Larkfield", "account_last4": "4471", "opened_on": "Mar 3, 2026"}


def firm_of(session: Session, world: World) -> Firm:
    session.rollback()
    return session.get_one(Firm, world.firm_id)


def test_settings_are_saved_and_shown(session: Session, world: World, owner: Visitor):
    for version, (path, typed) in enumerate(PARTS.items(), start=1):
        assert owner.get(path).status_code == 200
        assert owner.post(path, typed | {"version": str(version)}).status_code == 303
    firm = firm_of(session, world)
    assert (firm.payment_terms_days, firm.phone_matters_offline, firm.paper, firm.address) == (14, True, "a4", "1 Quay Street\nDunmore")
    page = owner.get("/settings/numbers").text
    assert "-001" in page
    assert 'name="version" value="5"' in page
    assert owner.post("/settings", FIRM | {"key": "key-set-009", "name": "Other"}).status_code == 409
    assert firm_of(session, world).name == "Brannock Voss LLP"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("payment_terms_days", ""),
        ("payment_terms_days", "-1"),
        ("payment_terms_days", "366"),
        ("payment_terms_days", "3.5"),
        ("payment_terms_days", "３０"),
        ("matter_number_pattern", "{year}"),
        ("matter_number_pattern", "{number.__class__}"),
        ("invoice_number_pattern", "<b>{number}</b>"),
        ("paper", "napkin"),
        ("invoice_theme", "../../etc/passwd"),
        ("email", "x"),
        ("tax_number", "x" * 61),
    ],
)
def test_a_setting_that_cannot_be_is_told_beside_its_field(session: Session, world: World, owner: Visitor, field: str, value: str):
    path = next((path for path, typed in PARTS.items() if field in typed), "/settings")
    answer = owner.post(path, PARTS[path] | {field: value})
    assert answer.status_code == 422
    name = path.rpartition("/")[2].removeprefix("settings") or "firm"
    assert f'id="{name}-{field}-error"' in answer.text
    assert firm_of(session, world).version == 1


def test_a_trust_account_is_opened_with_its_own_ledgers_once(session: Session, world: World, owner: Visitor):
    assert owner.get("/settings/bank-accounts/new").status_code == 200
    for _ in range(2):
        assert owner.post("/settings/bank-accounts", ACCOUNT).status_code == 303
    session.rollback()
    account = session.scalars(select(BankAccount).where(BankAccount.name == "IOLTA Larkfield")).one()
    assert session.scalar(select(func.count(TrustLedger.id)).where(TrustLedger.bank_account_id == account.id)) == 2
    page = owner.get("/settings/bank-accounts").text
    assert "4471" in page
    assert owner.post(f"/settings/bank-accounts/{account.id}/default").status_code == 303
    session.rollback()
    assert session.scalar(select(BankAccount.is_default).where(BankAccount.name == "IOLTA Larkfield"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "Operating"),
        ("kind", "offshore"),
        ("account_last4", "12"),
        ("account_last4", "12a4"),
        ("opened_on", "Jan 1, 2099"),
    ],
)
def test_a_bank_account_that_cannot_be_is_not_opened(session: Session, world: World, owner: Visitor, field: str, value: str):
    answer = owner.post("/settings/bank-accounts", ACCOUNT | {"bank_name": "Larkfield Bank", field: value})
    assert answer.status_code == 422
    assert "Larkfield Bank" in answer.text
    assert session.scalar(select(func.count(BankAccount.id))) == 2


def test_a_timekeeper_is_added_changed_and_leaves(session: Session, world: World, owner: Visitor):
    assert owner.get("/timekeepers/new").status_code == 200
    assert owner.post("/timekeepers", PERSON).status_code == 303
    session.rollback()
    row = session.scalars(select(Timekeeper).where(Timekeeper.code == "TWF")).one()
    id_ = row.id
    assert row.initials == "TW"
    assert owner.get(f"/timekeepers/{id_}/edit").status_code == 200
    assert owner.post(f"/timekeepers/{id_}", PERSON | {"key": "key-person-2", "classification": "LGLAST"}).status_code == 303
    stale = owner.post(f"/timekeepers/{id_}", PERSON | {"key": "key-person-3"})
    assert stale.status_code == 409
    assert "Legal assistant" in stale.text
    page = owner.get("/timekeepers").text
    assert "Legal assistant" in page
    assert "No rate" in page
    assert "500.00" in page
    owner.post(f"/timekeepers/{id_}/deactivation", {"version": "2"})
    assert "Left" in owner.get("/timekeepers").text
    assert "Tomasz" not in owner.get("/matters/new").text
    owner.post(f"/timekeepers/{id_}/reactivation?version=3")
    assert "Tomasz" in owner.get("/matters/new").text


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("code", ""), ("code", "x" * 21), ("classification", ""), ("classification", "FLTFEE"), ("initials", "TOOLONG")],
)
def test_a_timekeeper_that_cannot_be_is_not_added(session: Session, world: World, owner: Visitor, field: str, value: str):
    answer = owner.post("/timekeepers", PERSON | {field: value})
    assert answer.status_code == 422
    assert f'id="timekeeper-{field}-error"' in answer.text
    assert session.scalar(select(func.count(Timekeeper.id))) == 2


def test_a_taken_id_is_told_beside_it(world: World, owner: Visitor):
    answer = owner.post("/timekeepers", PERSON | {"code": world.partner.code}, htmx=True)
    assert answer.status_code == 422
    assert "exists already" in answer.text


def test_only_who_may_changes_the_office(world: World, member: Members):
    manager = member(Role.BILLING_MANAGER)
    assert manager.get("/timekeepers").status_code == 200
    for path in (*PARTS, "/settings/bank-accounts", "/settings/bank-accounts/new", "/timekeepers/new"):
        assert manager.get(path).status_code == 403
    for path in (*PARTS, "/settings/bank-accounts", "/timekeepers", f"/settings/bank-accounts/{world.trust.id}/default"):
        assert manager.post(path, FIRM | PERSON).status_code == 403


@pytest.fixture
def ids(world: World) -> tuple[int, int]:
    """The partner's id and the trust account's, read while the session is still the firm's."""
    return world.partner.id, world.trust.id


def test_an_outsider_reaches_no_timekeeper_and_no_account(ids: tuple[int, int], outsider: Visitor):
    person, account = ids
    assert "IOLTA" not in outsider.get("/settings/bank-accounts").text
    assert outsider.get(f"/timekeepers/{person}/edit").status_code == 404
    for path in (f"/timekeepers/{person}", f"/timekeepers/{person}/deactivation", f"/settings/bank-accounts/{account}/default"):
        assert outsider.post(path, PERSON).status_code == 404


def test_an_account_is_renamed_with_its_accounts_in_the_books(session: Session, world: World, owner: Visitor, outsider: Visitor):
    scope_to_firm(session, world.firm_id)
    url = f"/settings/bank-accounts/{world.operating.id}"
    details = {
        "name": "Operating, Larkfield",
        "bank_name": "Larkfield Bank",
        "account_last4": "7001",
        "payment_details": "Routing: 000 765 432",
    }
    assert "Operating" in owner.get(f"{url}/edit").text
    assert owner.post(url, details).status_code == 303
    session.rollback()
    scope_to_firm(session, world.firm_id)
    account = session.get_one(BankAccount, world.operating.id)
    assert {name: getattr(account, name) for name in details} == details
    names = session.scalars(select(Account.name).where(Account.bank_account_id == account.id)).all()
    assert names == ["Operating bank account: Operating, Larkfield"]
    changed = session.scalars(select(AuditEvent).where(AuditEvent.action == "bank_account.changed")).one()
    assert (changed.before or {})["name"] == "Operating"
    session.rollback()
    assert outsider.get(f"{url}/edit").status_code == 404
    assert outsider.post(url, details).status_code == 404


def test_an_account_that_somebody_changed_meanwhile_is_compared(session: Session, world: World, owner: Visitor):
    url = f"/settings/bank-accounts/{world.operating.id}"
    assert owner.post(url, {"version": "1", "name": "Operating", "bank_name": "Larkfield Bank"}).status_code == 303
    late = {"version": "1", "name": "Operating", "bank_name": "Quayside Savings"}
    answer = owner.post(url, late)
    assert (answer.status_code, "Larkfield Bank" in answer.text, "Quayside Savings" in answer.text) == (409, True, True)
    assert 'name="version" value="2"' in answer.text
    assert owner.post(url, late | {"version": "2"}).status_code == 303
    session.rollback()
    found = session.execute(select(BankAccount.bank_name, BankAccount.version).where(BankAccount.id == world.operating.id)).one()
    assert tuple(found) == ("Quayside Savings", 3)


@pytest.mark.parametrize(("field", "value"), [("name", ""), ("name", "IOLTA"), ("account_last4", "77")])
def test_an_account_is_not_changed_into_what_it_cannot_be(session: Session, world: World, owner: Visitor, field: str, value: str):
    with_name = {"name": session.scalar(select(BankAccount.name).where(BankAccount.id == world.trust.id)) or ""} if value == "IOLTA" else {}
    sent = {"name": "Operating", "bank_name": "Larkfield Bank", field: value} | with_name
    answer = owner.post(f"/settings/bank-accounts/{world.operating.id}", sent)
    assert (answer.status_code, "Larkfield Bank" in answer.text) == (422, True)


def test_an_account_is_closed_only_when_it_holds_nothing(session: Session, world: World, owner: Visitor, outsider: Visitor):
    owner.post("/settings/bank-accounts", ACCOUNT)
    scope_to_firm(session, world.firm_id)
    second = session.scalars(select(BankAccount.id).where(BankAccount.name == "IOLTA Larkfield")).one()
    session.rollback()
    put_in(session, world, make_matter(session, world.owner), 50_000)
    session.rollback()
    refused = owner.post(f"/settings/bank-accounts/{world.trust.id}/closure")
    assert "still holds $500.00 in the books" in refused.text
    assert owner.post(f"/settings/bank-accounts/{second}/closure").status_code == 303
    assert f"Closed {local_today():%b}" in owner.get("/settings/bank-accounts").text
    session.rollback()
    assert session.scalar(select(BankAccount.closed_at).where(BankAccount.id == second)) is not None
    assert session.scalar(select(BankAccount.closed_at).where(BankAccount.id == world.trust.id)) is None
    assert session.scalar(select(func.count()).where(AuditEvent.action == "bank_account.closed")) == 1
    session.rollback()
    assert outsider.post(f"/settings/bank-accounts/{world.trust.id}/closure").status_code == 404


def test_the_default_account_that_is_closed_hands_on_its_place(session: Session, world: World, owner: Visitor):
    owner.post("/settings/bank-accounts", ACCOUNT)
    assert owner.post(f"/settings/bank-accounts/{world.trust.id}/closure").status_code == 303
    session.rollback()
    default = select(BankAccount.name).where(BankAccount.firm_id == world.firm_id, BankAccount.is_default, BankAccount.kind == "trust")
    assert session.scalars(default).all() == ["IOLTA Larkfield"]


def test_what_a_numbering_pattern_prints_is_shown_while_it_is_typed(owner: Visitor):
    typed = {"matter_number_pattern": "M-{number:03}", "invoice_number_pattern": "{year}"}
    answer = owner.get("/settings/numbers/examples", htmx=True, query_string=typed).text
    assert answer.lstrip().startswith('<dl id="number-examples"')
    assert "<b>M-001</b>" in answer
    assert "Write {number}" in answer
    assert "<b>M-001</b>" in owner.get("/settings/numbers/examples", query_string=typed).text
