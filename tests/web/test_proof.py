"""Proving again who sits there before client money leaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.domain.money import Money
from lexapp.models import TrustTransaction, UserSession
from lexapp.services import trust
from tests.factories import PASSWORD, World, local_today, make_matter
from tests.web.codes import set_up
from tests.web.visitor import Visitor


@pytest.fixture
def refund(session: Session, world: World) -> tuple[str, dict[str, str]]:
    """A form that sends client money back."""
    matter, today = make_matter(session, world.owner), local_today()
    told = {"effective_on": today, "source": "Client", "method": "cheque"}
    made = trust.deposit_to_trust(session, actor=world.owner, amount=Money(100_00, "USD"), matter_id=matter.id, **told)  # type: ignore[arg-type]
    form = {"key": "refund-key-1", "amount": "40", "effective_on": today.isoformat(), "method": "cheque", "payee": "Client"}
    return f"/trust/ledgers/{made.trust_ledger_id}/refunds", form


def withdrawals(session: Session) -> int:
    session.rollback()
    return len(session.scalars(select(TrustTransaction).where(TrustTransaction.amount_minor < 0)).all())


def let_proof_grow_old(session: Session) -> None:
    with transaction(session):
        session.execute(update(UserSession).values(created_at=datetime.now(UTC) - timedelta(minutes=11), proved_at=None))


def test_client_money_leaves_at_once_after_a_fresh_sign_in(session: Session, owner: Visitor, refund: tuple[str, dict[str, str]]):
    assert owner.post(*refund).status_code == 303
    assert withdrawals(session) == 1


def test_later_the_password_is_asked_for_and_what_was_filled_in_is_kept(
    session: Session, owner: Visitor, refund: tuple[str, dict[str, str]]
):
    let_proof_grow_old(session)
    url, form = refund
    page = owner.post(url, form).get_data(as_text=True)
    assert "Trust money is about to move." in page
    assert 'name="amount" value="40"' in page
    assert withdrawals(session) == 0
    assert "This is not your password" in owner.post(url, form | {"proof_password": "wrong"}).get_data(as_text=True)
    assert owner.post(url, form | {"proof_password": PASSWORD}).status_code == 303
    assert withdrawals(session) == 1
    assert owner.post(url, form | {"key": "refund-key-2"}).status_code == 303, "ten minutes without asking again"


def test_a_reversal_a_returned_deposit_and_a_bank_charge_ask_too(
    session: Session, world: World, owner: Visitor, refund: tuple[str, dict[str, str]]
):
    let_proof_grow_old(session)
    deposit_id = session.scalars(select(TrustTransaction.id)).one()
    on = {"effective_on": local_today().isoformat(), "key": "proof-key-1"}
    charge = (f"/trust/accounts/{world.trust.id}/charges", on | {"amount": "12", "reference": "Statement"})
    why = on | {"reason": "Entered twice"}
    for url, form in (charge, (f"/trust/movements/{deposit_id}/return", why), (f"/trust/movements/{deposit_id}/reversal", why)):
        assert "Trust money is about to move." in owner.post(url, form).text
        assert withdrawals(session) == 0
    url, form = charge
    assert owner.post(url, form | {"proof_password": PASSWORD}).status_code == 303


def test_who_has_codes_proves_with_one(session: Session, owner: Visitor, refund: tuple[str, dict[str, str]]):
    totp, _ = set_up(owner)
    let_proof_grow_old(session)
    url, form = refund
    assert "One-time code" in owner.post(url, form).get_data(as_text=True)
    assert owner.post(url, form | {"proof_password": PASSWORD}).status_code == 422
    assert owner.post(url, form | {"proof_code": totp.now()}).status_code == 303
    assert withdrawals(session) == 1


def test_wrong_proofs_are_slowed_down(session: Session, owner: Visitor, refund: tuple[str, dict[str, str]]):
    let_proof_grow_old(session)
    url, form = refund
    answers = [owner.post(url, form | {"proof_password": "wrong"}).status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]
    assert withdrawals(session) == 0
