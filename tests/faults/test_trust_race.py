"""Many people reach for the same client money at once, over HTTP, on gunicorn with two workers: nobody takes what is not there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.domain.money import Money
from lexapp.models import Balance, TrustTransaction
from lexapp.queries.journal_export import journal_export
from lexapp.queries.verification import verify
from lexapp.services.trust import deposit_to_trust
from tests.factories import NOW, TODAY, World, make_matter, make_world
from tests.faults.crowd import Answer, headers_of, post_at_once
from tests.live import WebServer
from tests.strangers import strangers_agree
from tests.web.visitor import signed_in

pytestmark = pytest.mark.faults


class Till:
    """A trust ledger of 1,000.00 behind a running server, and the owner of the firm in front of it."""

    def __init__(self, app: Flask, session: Session, server: WebServer) -> None:
        self.session, self.server = session, server
        self.world: World = make_world(session)
        matter = make_matter(session, self.world.owner)
        deposit = deposit_to_trust(
            session, actor=self.world.owner, amount=Money(1_000_00, "USD"), effective_on=TODAY, source="Castellane Treasury",
            method="transfer", matter_id=matter.id, now=NOW,
        )  # fmt: skip
        assert deposit.trust_ledger_id is not None
        self.deposit_id, self.ledger_id = deposit.id, deposit.trust_ledger_id
        self.headers = headers_of(signed_in(app, session, self.world.owner))
        session.rollback()

    def withdraw(self, *keys: str) -> list[Answer]:
        """Everybody disburses 100.00 at the same moment, each under a key."""
        common = {"amount": "100.00", "effective_on": TODAY.isoformat(), "method": "cheque", "payee": "Dunmore Superior Court"}
        path = f"/trust/ledgers/{self.ledger_id}/disbursements"
        return post_at_once(self.server, self.headers, [(path, {**common, "key": key}) for key in keys])

    def reverse(self, movement_id: int, *keys: str) -> list[Answer]:
        given = {"effective_on": TODAY.isoformat(), "reason": "Recorded by mistake"}
        path = f"/trust/movements/{movement_id}/reversal"
        return post_at_once(self.server, self.headers, [(path, {**given, "key": key}) for key in keys])

    def movements(self, kind: str) -> list[int]:
        """Ids of the ledger's movements of a kind."""
        self.session.rollback()
        mine = select(TrustTransaction.id).where(TrustTransaction.trust_ledger_id == self.ledger_id, TrustTransaction.kind == kind)
        found = list(self.session.scalars(mine.order_by(TrustTransaction.id)))
        self.session.rollback()
        return found

    def held_minor(self) -> int:
        self.session.rollback()
        amount = self.session.scalar(select(func.sum(Balance.amount_minor)).where(Balance.trust_ledger_id == self.ledger_id))
        self.session.rollback()
        return -(amount or 0)


@pytest.fixture
def till(app: Flask, session: Session, environ: dict[str, str], tmp_path: Path) -> Iterator[Till]:
    """The books are proved afterwards, by us and by strangers."""
    server = WebServer(environ, workers=2)
    try:
        made = Till(app, session, server)
        yield made
        session.rollback()
        assert verify(session, made.world.firm_id) == []
        assert strangers_agree(journal_export(session, made.world.firm_id), tmp_path)
    finally:
        session.rollback()
        server.close()


def keys(count: int) -> list[str]:
    return [str(uuid4()) for _ in range(count)]


def test_forty_people_withdraw_100_from_1000_and_ten_get_it(till: Till) -> None:
    answers = till.withdraw(*keys(40))
    assert Counter(answer.status for answer in answers) == {303: 10, 422: 30}
    told = [answer.text for answer in answers if answer.status == 422]
    assert all("This trust ledger has no money available on" in text for text in told)
    assert len(till.movements("disbursement")) == 10
    assert till.held_minor() == 0


def test_fifty_repeats_of_one_request_withdraw_once_and_are_answered_alike(till: Till) -> None:
    answers = till.withdraw(*[str(uuid4())] * 50)
    assert Counter((answer.status, answer.location) for answer in answers) == {(303, f"/trust/ledgers/{till.ledger_id}"): 50}
    assert len(till.movements("disbursement")) == 1
    assert till.held_minor() == 900_00


def test_twenty_people_reverse_one_movement_and_one_of_them_does(till: Till) -> None:
    till.withdraw(*keys(1))
    (movement_id,) = till.movements("disbursement")
    answers = till.reverse(movement_id, *keys(20))
    assert Counter(answer.status for answer in answers) == {303: 1, 422: 19}
    assert all("reversed only once" in answer.text for answer in answers if answer.status == 422)
    assert len(till.movements("reversal")) == 1
    assert till.held_minor() == 1_000_00


def test_withdrawals_and_the_return_of_the_deposit_at_once_leave_no_ledger_below_zero(till: Till) -> None:
    """The bank takes the whole deposit back while people withdraw: what they were given first is a shortage due from the firm."""
    common = {"effective_on": TODAY.isoformat()}
    withdrawal = {**common, "amount": "100.00", "method": "cheque", "payee": "Dunmore Superior Court"}
    requests = [(f"/trust/ledgers/{till.ledger_id}/disbursements", {**withdrawal, "key": key}) for key in keys(19)]
    requests.insert(9, (f"/trust/movements/{till.deposit_id}/return", {**common, "reason": "Unpaid cheque", "key": str(uuid4())}))
    answers = post_at_once(till.server, till.headers, requests)
    assert answers[9].status == 303
    assert {answer.status for answer in answers} <= {303, 422}
    assert till.held_minor() == 0
    assert len(till.movements("deposit_return")) == 1
