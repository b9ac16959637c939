"""Hard costs and the client's trust money: paid out of it and never billed, or advanced, billed and paid by it like fees."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.domain.errors import InsufficientTrustFunds, InvalidInput, NotAllowed, Refused
from lexapp.domain.permissions import Role
from lexapp.models import Account, ExpenseEntry, Matter, Posting, TrustTransaction
from lexapp.queries.unbilled import unbilled_matters
from lexapp.services.expense_categories import CategoryTerms, add_expense_category
from lexapp.services.expense_entries import Expense, discard_expense, edit_expense, record_expense
from lexapp.services.trust import CostPayment, pay_cost_from_trust
from tests import billing, trust_money
from tests.factories import NOW, TODAY, World, make_matter, make_member, make_world


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def record(session: Session, world: World, matter: Matter, minor: int = 435_00, **more: Any) -> ExpenseEntry:
    said = Expense(matter.id, TODAY, minor, code="E112", description="Filing fee", vendor="Clerk of the court", **more)
    return record_expense(session, actor=world.owner, expense=said, now=NOW)


def pay(session: Session, world: World, entry: ExpenseEntry, ledger_id: int, **more: Any) -> TrustTransaction:
    said = {"payee": "Clerk of the court", "method": "cheque", "authority": "Engagement letter, clause 4"} | more
    payment = CostPayment(trust_ledger_id=ledger_id, effective_on=TODAY, **said)
    return pay_cost_from_trust(session, actor=world.owner, entry_id=entry.id, version=entry.version, payment=payment, now=NOW)


def balance(session: Session, role: str) -> int:
    query = select(func.coalesce(func.sum(Posting.amount_minor), 0)).join(Account, Account.id == Posting.account_id)
    return int(session.scalar(query.where(Account.role == role)) or 0)


def unbilled(session: Session, world: World) -> int:
    return sum(row.expenses_minor for row in unbilled_matters(session, firm_id=world.firm_id, through_on=TODAY))


def test_a_cost_paid_from_trust_is_owed_by_nobody_and_never_billed(session: Session, world: World, matter: Matter) -> None:
    ledger_id = trust_money.put_in(session, world, matter, 1_000_00).trust_ledger_id or 0
    entry = record(session, world, matter)
    paid = pay(session, world, entry, ledger_id, reference="Cheque 1041")
    assert (paid.kind, paid.amount_minor, paid.counterparty, paid.authority) == (
        "disbursement",
        -435_00,
        "Clerk of the court",
        "Engagement letter, clause 4",
    )
    assert (entry.trust_transaction_id, entry.journal_entry_id, trust_money.held(session, ledger_id)) == (paid.id, None, 565_00)
    assert (balance(session, "advanced_costs"), balance(session, "costs_payable"), unbilled(session, world)) == (0, 0, 0)
    for deed in (
        lambda: pay(session, world, entry, ledger_id),
        lambda: discard_expense(session, actor=world.owner, entry_id=entry.id, version=entry.version, now=NOW),
        lambda: edit_expense(
            session, actor=world.owner, entry_id=entry.id, version=entry.version, expense=Expense(matter.id, TODAY, 1), now=NOW
        ),
    ):
        with pytest.raises(NotAllowed) as error:
            deed()
        assert error.value.code == "expense_paid_from_trust"


def test_reversing_the_payment_lets_the_firm_owe_and_bill_it_again(session: Session, world: World, matter: Matter) -> None:
    ledger_id = trust_money.put_in(session, world, matter, 1_000_00).trust_ledger_id or 0
    entry = record(session, world, matter)
    paid = pay(session, world, entry, ledger_id)
    trust_money.reverse(session, world, paid.id)
    assert (entry.trust_transaction_id, trust_money.held(session, ledger_id), unbilled(session, world)) == (None, 1_000_00, 435_00)
    assert (balance(session, "advanced_costs"), balance(session, "costs_payable")) == (435_00, -435_00)
    assert pay(session, world, entry, ledger_id).id != paid.id


def test_trust_pays_no_more_than_it_holds_and_for_its_own_matter_only(session: Session, world: World, matter: Matter) -> None:
    ledger_id = trust_money.put_in(session, world, matter, 400_00).trust_ledger_id or 0
    entry = record(session, world, matter)
    with pytest.raises(InsufficientTrustFunds):
        pay(session, world, entry, ledger_id)
    other = make_matter(session, world.owner, name="Berth lease")
    elsewhere = trust_money.put_in(session, world, other, 900_00).trust_ledger_id or 0
    with pytest.raises(InvalidInput) as error:
        pay(session, world, entry, elsewhere)
    assert error.value.field == "trust_ledger_id"
    assert (entry.trust_transaction_id, balance(session, "advanced_costs")) == (None, 435_00)


@pytest.mark.parametrize(
    ("more", "field"), [({"authority": " "}, "authority"), ({"method": "cash"}, "method"), ({"payee": "Cash"}, "payee")]
)
def test_what_is_missing_is_refused_beside_its_field(
    session: Session, world: World, matter: Matter, more: dict[str, str], field: str
) -> None:
    ledger_id = trust_money.put_in(session, world, matter, 1_000_00).trust_ledger_id or 0
    with pytest.raises(Refused) as error:
        pay(session, world, record(session, world, matter), ledger_id, **more)
    assert error.value.field == field


def test_an_own_cost_one_that_waits_and_one_on_a_pre_bill_are_not_paid_from_trust(session: Session, world: World, matter: Matter) -> None:
    ledger_id = trust_money.put_in(session, world, matter, 5_000_00).trust_ledger_id or 0
    with pytest.raises(NotAllowed, match="own cost"):
        pay(session, world, record(session, world, matter, kind="soft"), ledger_id)
    terms = CategoryTerms(name="Expert", approval_above_minor=1_000_00)
    expert = add_expense_category(session, actor=world.owner, terms=terms, now=NOW)
    with pytest.raises(NotAllowed, match="waits for its approval"):
        pay(session, world, record(session, world, matter, 2_400_00, category_id=expert.id), ledger_id)
    taken = record(session, world, matter)
    billing.draft_one(session, world, matter)
    with pytest.raises(NotAllowed, match="pre-bill"):
        pay(session, world, taken, ledger_id)
    manager = make_member(session, world.owner, Role.BILLING_MANAGER)
    with pytest.raises(NotAllowed):
        pay(session, replace(world, owner=manager), taken, ledger_id)


def test_an_advanced_cost_is_billed_and_paid_from_trust_like_fees(session: Session, world: World, matter: Matter) -> None:
    ledger_id = trust_money.put_in(session, world, matter, 1_000_00).trust_ledger_id or 0
    billing.work_time(session, world, matter)
    record(session, world, matter)
    invoice = billing.issue(session, world, matter)[0]
    assert invoice.total_minor == 1_035_00
    trust_money.apply(session, world, ledger_id, invoice.id, 1_000_00)
    assert (trust_money.held(session, ledger_id), balance(session, "receivable"), balance(session, "advanced_costs")) == (0, 35_00, 0)
