"""Client money applied to invoices, reversed, returned by the bank, short and covered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.domain.errors import InsufficientTrustFunds, InvalidInput, NotAllowed, NotFound
from lexapp.models import Allocation, Matter, Payment, TrustTransaction
from lexapp.queries.verification import verify
from lexapp.services import trust
from lexapp.services.bank_accounts import close_bank_account
from tests.factories import NOW, TODAY, World, make_matter, make_world
from tests.issued_invoices import make_invoice, void_invoice
from tests.trust_money import apply, held, put_in, refund, reverse, usd

DAY = timedelta(days=1)


@pytest.fixture
def world(session: Session) -> Iterator[World]:
    made = make_world(session)
    yield made
    session.rollback()
    assert verify(session, made.firm_id) == []


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


Deposit = Callable[..., TrustTransaction]


@pytest.fixture
def deposit(session: Session, world: World, matter: Matter) -> Deposit:
    return partial(put_in, session, world, matter)


def test_an_application_pays_the_invoice_and_its_reversal_takes_it_back(
    session: Session, world: World, deposit: Deposit, matter: Matter
) -> None:
    ledger_id = deposit(100_00).trust_ledger_id or 0
    invoice = make_invoice(session, world, (matter, 80_00))
    moved = apply(session, world, ledger_id, invoice.id, 80_00)
    receipt = session.scalars(select(Payment)).one()
    assert (receipt.method, receipt.payer_id, receipt.trust_transaction_id) == ("trust", matter.client_id, moved.id)
    assert held(session, ledger_id) == 20_00
    assert session.scalar(select(func.sum(Allocation.amount_minor))) == 80_00
    with pytest.raises(NotAllowed, match="Nothing is due"):
        apply(session, world, ledger_id, invoice.id, 1)
    back = reverse(session, world, moved.id)
    assert (back.direction, back.kind, held(session, ledger_id)) == ("in", "reversal", 100_00)
    assert session.scalar(select(func.sum(Allocation.amount_minor))) == 0
    with pytest.raises(NotAllowed, match="only once"):
        reverse(session, world, moved.id)
    with pytest.raises(NotAllowed, match="correction cannot be reversed"):
        reverse(session, world, back.id)


def test_an_invoice_of_another_matter_voided_or_owing_less_takes_no_trust_money(
    session: Session, world: World, deposit: Deposit, matter: Matter
) -> None:
    ledger_id = deposit(100_00, TODAY - 5 * DAY).trust_ledger_id or 0
    other = make_invoice(session, world, (make_matter(session, world.owner), 10_00))
    with pytest.raises(NotAllowed, match="no charges for this matter"):
        apply(session, world, ledger_id, other.id, 1_00)
    invoice = make_invoice(session, world, (matter, 10_00))
    with pytest.raises(InvalidInput, match=r"owes \$10\.00"):
        apply(session, world, ledger_id, invoice.id, 10_01)
    with pytest.raises(InvalidInput, match="was issued on Nov 23"):
        apply(session, world, ledger_id, invoice.id, 1_00, TODAY - DAY)
    void_invoice(session, world, invoice)
    with pytest.raises(NotAllowed, match="is void"):
        apply(session, world, ledger_id, invoice.id, 1_00)
    with pytest.raises(NotFound):
        apply(session, world, ledger_id, 999_999, 1_00)


def test_a_clients_own_ledger_pays_no_invoice(session: Session, world: World, deposit: Deposit, matter: Matter) -> None:
    of_client = deposit(10_00, matter_id=None, client_id=matter.client_id)
    invoice = make_invoice(session, world, (matter, 10_00))
    with pytest.raises(NotAllowed, match="Only the trust ledger of a matter"):
        apply(session, world, of_client.trust_ledger_id or 0, invoice.id, 1_00)


def test_only_the_matters_share_of_an_invoice_is_paid_from_its_ledger(
    session: Session, world: World, deposit: Deposit, matter: Matter
) -> None:
    second = make_matter(session, world.owner, matter.client)
    invoice = make_invoice(session, world, (matter, 30_00), (second, 70_00))
    ledger_id = deposit(100_00).trust_ledger_id or 0
    with pytest.raises(InvalidInput, match=r"owes \$30\.00"):
        apply(session, world, ledger_id, invoice.id, 30_01)
    apply(session, world, ledger_id, invoice.id, 30_00)
    assert session.scalars(select(Allocation.matter_id)).all() == [matter.id]


def test_a_spent_deposit_is_not_reversed_but_can_be_returned_by_the_bank(session: Session, world: World, deposit: Deposit) -> None:
    made = deposit(100_00)
    ledger_id = made.trust_ledger_id or 0
    refund(session, world, ledger_id, 70_00)
    with pytest.raises(InsufficientTrustFunds, match="record a returned deposit"):
        reverse(session, world, made.id)
    returned = give_back(session, world, made.id)
    assert (returned.amount_minor, returned.bank_amount_minor, held(session, ledger_id)) == (-30_00, -100_00, 0)
    with pytest.raises(NotAllowed, match="only once"):
        give_back(session, world, made.id)
    with pytest.raises(InvalidInput, match=r"shortage is \$70\.00"):
        cover(session, world, 70_01)
    assert cover(session, world, 70_00).trust_ledger_id is None
    with pytest.raises(NotAllowed, match="no shortage"):
        cover(session, world, 1)


def test_what_the_bank_does_to_a_closed_account_is_settled_there(session: Session, world: World, deposit: Deposit) -> None:
    made = deposit(500_00)
    refund(session, world, made.trust_ledger_id or 0, 500_00)
    account_id = made.bank_account_id
    close_bank_account(session, actor=world.owner, bank_account_id=account_id, now=NOW)
    given: dict[str, Any] = {"actor": world.owner, "bank_account_id": account_id, "effective_on": TODAY, "now": NOW}
    give_back(session, world, made.id)
    trust.record_bank_charge(session, amount=usd(15_00), **given)
    trust.cover_shortage(session, amount=usd(515_00), **given)
    with pytest.raises(NotAllowed, match="no shortage"):
        trust.cover_shortage(session, amount=usd(1), **given)
    with pytest.raises(NotAllowed, match="Choose an open trust account"):
        trust.add_firm_funds(session, amount=usd(1), **given)
    with pytest.raises(NotAllowed, match="Choose an open trust account"):
        deposit(1_00, bank_account_id=account_id)


def give_back(session: Session, world: World, id_: int) -> TrustTransaction:
    return trust.return_deposit(session, actor=world.owner, trust_transaction_id=id_, effective_on=TODAY, reason="Unpaid cheque", now=NOW)


def cover(session: Session, world: World, minor: int) -> TrustTransaction:
    return trust.cover_shortage(session, actor=world.owner, amount=usd(minor), effective_on=TODAY, now=NOW)


def test_a_wholly_spent_deposit_is_returned_without_touching_the_ledger(session: Session, world: World, deposit: Deposit) -> None:
    made = deposit(100_00)
    refund(session, world, made.trust_ledger_id or 0, 100_00)
    returned = give_back(session, world, made.id)
    assert (returned.amount_minor, returned.bank_amount_minor, returned.number) == (0, -100_00, 2)


def test_bank_charges_fall_on_firm_funds_and_then_on_the_firm(session: Session, world: World, deposit: Deposit) -> None:
    deposit(500_00)
    added = trust.add_firm_funds(session, actor=world.owner, amount=usd(10_00), effective_on=TODAY, now=NOW)
    charged = charge(session, world, 15_00)
    assert (charged.amount_minor, charged.bank_amount_minor) == (-10_00, -15_00)
    covered = cover(session, world, 5_00)
    with pytest.raises(NotAllowed, match="Reverse the cover first"):
        reverse(session, world, charged.id)
    reverse(session, world, covered.id)
    reverse(session, world, charged.id)
    reverse(session, world, added.id)
    assert held(session, added.trust_ledger_id or 0) == 0


def charge(session: Session, world: World, minor: int) -> TrustTransaction:
    return trust.record_bank_charge(session, actor=world.owner, amount=usd(minor), effective_on=TODAY, now=NOW)


def test_clients_money_pays_no_bank_charge_even_when_the_firm_has_none_there(session: Session, world: World, deposit: Deposit) -> None:
    made = deposit(500_00)
    charge(session, world, 15_00)
    assert held(session, made.trust_ledger_id or 0) == 500_00
