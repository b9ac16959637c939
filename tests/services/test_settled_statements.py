"""What a settlement statement fixed stays as the client consented to it, whatever is done or agreed after it is settled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.agreements import AgreedCap, Hourly, Term
from lexapp.domain.errors import InvalidInput, NotAllowed
from lexapp.domain.reductions import EarlyDiscount
from lexapp.domain.splits import PayerTerms
from lexapp.models import Matter, TrustLedger
from lexapp.queries.verification import verify
from lexapp.services.client_discounts import NewDiscount, agree_discount
from lexapp.services.expense_entries import Expense, discard_expense, edit_expense
from lexapp.services.fee_agreements import remove_agreement
from lexapp.services.fixed_fees import FixedFee, discard_fixed_fee, edit_fixed_fee
from lexapp.services.trust import CostPayment, pay_cost_from_trust
from tests import billing
from tests.agreed_fees import agree
from tests.billing import WORKED
from tests.factories import NOW, OPENED, TODAY, World, make_world
from tests.settlements import CAPS, COST, FEE, TIME, approve, charged, matter_with_terms, recovered, settle, settled, shared


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return matter_with_terms(session, world)


def test_what_a_statement_fixed_is_neither_changed_nor_discarded_by_hand(session: Session, world: World, matter: Matter) -> None:
    cost_id = billing.spend(session, world, matter, COST).id
    fee_id = settle(session, world, matter, approve(session, world, recovered(session, world, matter, cost_id)))
    acting: dict[str, Any] = {"actor": world.owner, "now": NOW, "version": 1}
    expense = Expense(matter.id, TODAY, 9_900)
    ledger_id = session.scalars(select(TrustLedger.id).where(TrustLedger.matter_id == matter.id)).one()
    payment = CostPayment(trust_ledger_id=ledger_id, effective_on=TODAY, payee="Clerk", method="cheque", authority="Clause 4")
    deeds: list[Callable[[], object]] = [
        lambda: edit_fixed_fee(session, entry_id=fee_id, fee=FixedFee(matter.id, TODAY, FEE + 1), **acting),
        lambda: discard_fixed_fee(session, entry_id=fee_id, **acting),
        lambda: edit_expense(session, entry_id=cost_id, expense=expense, **acting),
        lambda: discard_expense(session, entry_id=cost_id, **acting),
        lambda: pay_cost_from_trust(session, entry_id=cost_id, payment=payment, **acting),
    ]
    for deed in deeds:
        session.rollback()
        with pytest.raises(NotAllowed, match="write it down on its pre-bill"):
            deed()
    (id_,) = billing.draft(session, world, matter)
    assert charged(session, id_) == {"fixed_fee": FEE, "expense": COST, "time": TIME}


@pytest.mark.parametrize(("cap", "is_refused"), CAPS)
def test_a_cap_agreed_after_settling_leaves_what_was_settled(
    session: Session, world: World, matter: Matter, cap: Term, is_refused: bool
) -> None:
    settled(session, world, matter)
    session.rollback()
    if not is_refused:
        agree(session, world, matter, Hourly(), cap)
    else:
        with pytest.raises(InvalidInput, match="what a settled statement fixed") as told:
            agree(session, world, matter, Hourly(), cap)
        assert told.value.field == "term_2_limit_minor"
        agree(session, world, matter, Hourly(), cap, since=TODAY + timedelta(days=1))
    (id_,) = billing.draft(session, world, matter)
    assert charged(session, id_) == {"fixed_fee": FEE, "expense": COST, "time": TIME}
    assert verify(session, world.firm_id) == []


def test_an_agreement_whose_cap_would_come_back_over_a_settled_fee_is_not_taken_back(
    session: Session, world: World, matter: Matter
) -> None:
    agree(session, world, matter, Hourly(), AgreedCap(limit_minor=10**9))
    instead = agree(session, world, matter, Hourly(), since=WORKED)
    given = {"agreement_id": instead.id, "version": instead.version}
    settled(session, world, matter)
    session.rollback()
    with pytest.raises(NotAllowed, match="what a settled statement fixed"):
        remove_agreement(session, actor=world.owner, now=NOW, **given)


@pytest.mark.parametrize(("fixed_fees", "expenses", "is_refused"), [(10_000, 10_000, False), (5_000, 10_000, True), (10_000, 0, True)])
def test_payers_agreed_after_settling_leave_the_settled_fee_to_the_client(
    session: Session, world: World, matter: Matter, fixed_fees: int, expenses: int, is_refused: bool
) -> None:
    settled(session, world, matter)
    terms = PayerTerms(matter.client_id or 0, 0, fixed_fees, expenses)
    session.rollback()
    if is_refused:
        with pytest.raises(InvalidInput, match="Choose a later day") as told:
            shared(session, world, matter, terms)
        assert told.value.field == "effective_from"
        session.rollback()
    else:
        shared(session, world, matter, terms)
    drafts = [charged(session, id_) for id_ in billing.draft(session, world, matter)]
    time = {"time": TIME}
    fixed = {"fixed_fee": FEE, "expense": COST}
    assert sorted(drafts, key=len) == ([{**fixed, **time}] if is_refused else [time, fixed])


@pytest.mark.parametrize("is_settled", [False, True])
def test_a_settled_invoice_offers_nothing_for_paying_early(session: Session, world: World, matter: Matter, is_settled: bool) -> None:
    discount = NewDiscount(client_id=matter.client_id or 0, terms=EarlyDiscount(200, 10), effective_from=OPENED)
    agree_discount(session, actor=world.owner, discount=discount, now=NOW)
    if is_settled:
        settled(session, world, matter)
    (invoice,) = billing.issue(session, world, matter)
    assert invoice.early_discount_minor == (0 if is_settled else TIME * 2 // 100)
    assert verify(session, world.firm_id) == []
