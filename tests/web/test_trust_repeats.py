"""Every money form of trust, pressed twice: one effect, and the second press is answered like the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.models import Invoice, Matter, TrustTransaction
from lexapp.queries.verification import verify
from tests.factories import World, make_matter
from tests.issued_invoices import make_invoice
from tests.trust_money import put_in, refund
from tests.web.visitor import Visitor

ON = {"effective_on": "2026-11-23", "key": "0f3c1d5e-repeat"}


@dataclass(frozen=True, slots=True)
class Desk:
    """1,000.00 in trust for a matter with an invoice of the same amount, and a second matter of the client."""

    session: Session
    world: World
    deposit: TrustTransaction
    invoice: Invoice
    other: Matter

    @property
    def ledger(self) -> str:
        return f"/trust/ledgers/{self.deposit.trust_ledger_id}"

    @property
    def account(self) -> str:
        return f"/trust/accounts/{self.world.trust.id}"

    @property
    def movement(self) -> str:
        return f"/trust/movements/{self.deposit.id}"

    def movements(self) -> int:
        self.session.rollback()
        return self.session.scalar(select(func.count(TrustTransaction.id))) or 0


@pytest.fixture
def desk(session: Session, world: World) -> Iterator[Desk]:
    matter = make_matter(session, world.owner)
    other = make_matter(session, world.owner, matter.client, name="Second matter")
    invoice = make_invoice(session, world, (matter, 1_000_00))
    yield Desk(session, world, put_in(session, world, matter, 1_000_00), invoice, other)
    session.rollback()
    assert verify(session, world.firm_id) == []


Sending = Callable[[Desk], tuple[str, dict[str, str]]]
ALL = {"amount": "1000.00", "method": "cheque", "payee": "Dunmore Superior Court"}
SENDINGS: dict[str, tuple[Sending, int]] = {
    "deposit": (lambda d: ("/trust/deposits", {"matter": str(d.other.id), "amount": "5", "source": "X", "method": "cheque"}), 1),
    "application": (lambda d: (f"{d.ledger}/applications", {"invoice": str(d.invoice.id), "amount": "1000.00"}), 1),
    "refund": (lambda d: (f"{d.ledger}/refunds", ALL), 1),
    "disbursement": (lambda d: (f"{d.ledger}/disbursements", ALL), 1),
    "transfer": (lambda d: (f"{d.ledger}/transfers", {"target": str(d.other.id), "amount": "1000", "authority": "Letter of Nov 20"}), 2),
    "reversal": (lambda d: (f"{d.movement}/reversal", {"reason": "Recorded twice"}), 1),
    "return": (lambda d: (f"{d.movement}/return", {"reason": "Unpaid check"}), 1),
    "firm funds": (lambda d: (f"{d.account}/firm-funds", {"amount": "50"}), 1),
    "bank charge": (lambda d: (f"{d.account}/charges", {"amount": "15"}), 1),
}


@pytest.mark.parametrize("name", list(SENDINGS))
def test_a_form_pressed_twice_moves_money_once(owner: Visitor, desk: Desk, name: str) -> None:
    sending, added = SENDINGS[name]
    path, given = sending(desk)
    answers = [owner.post(path, {**given, **ON}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert desk.movements() == 1 + added


def test_a_cover_pressed_twice_pays_the_shortage_once(owner: Visitor, desk: Desk) -> None:
    assert desk.deposit.trust_ledger_id is not None
    refund(desk.session, desk.world, desk.deposit.trust_ledger_id, 400_00)
    owner.post(f"{desk.movement}/return", {"reason": "Unpaid check", **ON})
    given = {"amount": "400.00", "effective_on": "2026-11-23", "key": "0f3c1d5e-covers"}
    answers = [owner.post(f"{desk.account}/covers", given) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert desk.movements() == 4


@pytest.mark.parametrize("name", list(SENDINGS))
def test_the_same_key_with_another_date_is_refused(owner: Visitor, desk: Desk, name: str) -> None:
    sending, added = SENDINGS[name]
    path, given = sending(desk)
    owner.post(path, {**given, **ON})
    later = owner.post(path, {**given, **ON, "effective_on": "2026-11-24", "reference": "Another"}, htmx=True)
    assert later.status_code == 422
    assert "already sent with other values" in later.get_data(as_text=True)
    assert desk.movements() == 1 + added
