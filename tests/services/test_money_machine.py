"""Random days at the bookkeeper's desk: whatever is asked in whatever order, the books prove themselves after every step.

A second, simple set of books stands beside: for each ledger the list of its movements, for each invoice what it owes. It predicts
which trust commands may happen, and the service must agree in both directions.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import open_amounts
from lexapp.domain.errors import Refused
from lexapp.domain.money import Money
from lexapp.models import Allocation, Balance, Invoice, Payment, TrustTransaction
from lexapp.queries.verification import verify
from lexapp.services import payments, trust
from lexapp.services.invoices import void_invoice
from tests.databases import SqliteDatabase
from tests.factories import NOW, TODAY, make_client, make_matter, make_world
from tests.issued_invoices import make_invoice

DAYS = st.integers(0, 4).map(lambda back: TODAY - timedelta(days=back))
AMOUNTS = st.integers(1, 9).map(lambda tens: tens * 10_00)
MATTERS = st.integers(0, 3)
PICKS = st.integers(0, 1_000)
Points = list[tuple[date, int, int]]


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def stays_above_zero(points: Points) -> bool:
    total = 0
    for _, _, amount in sorted(points):
        total += amount
        if total < 0:
            return False
    return True


class Desk(RuleBasedStateMachine):
    database: SqliteDatabase

    def __init__(self) -> None:
        super().__init__()
        self.database.clean()
        self.session = Session(self.database.engine, autoflush=False)
        self.world = make_world(self.session)
        clients = [make_client(self.session, self.world.owner) for _ in range(2)]
        self.matters = [make_matter(self.session, self.world.owner, client) for client in (*clients, *clients)]
        self.matter_ids = [matter.id for matter in self.matters]
        self.matter_of: dict[int, int] = {}
        self.points: dict[int, Points] = {place: [] for place in range(4)}
        self.movements: list[int] = []
        self.invoices: list[tuple[int, dict[int, int], date]] = []
        self.receipts: list[int] = []

    def teardown(self) -> None:
        self.session.close()

    # ── what the second books say ────────────────────────────────────────────────────────────────

    def may_move(self, place: int, on: date, amount: int) -> bool:
        later = max((sequence for _, sequence, _ in self.points[place]), default=0) + 1
        return amount > 0 or stays_above_zero([*self.points[place], (on, later, amount)])

    def attempt(self, expected: bool | None, command: Callable[..., Any], **given: Any) -> Any:
        """Run a command; `expected` None means that only the invariants judge it."""
        done, refusal = None, None
        try:
            done = command(self.session, actor=self.world.owner, now=NOW, **given)
        except Refused as error:
            refusal = str(error)
        assert expected is None or expected == (refusal is None), f"{command.__name__} {given}: {refusal}"
        return done

    def note(self, movement: TrustTransaction | None) -> None:
        """Read back every movement that the command wrote."""
        if movement is None:
            return
        same_entry = select(TrustTransaction).where(TrustTransaction.journal_entry_id == movement.journal_entry_id)
        for row in self.session.scalars(same_entry):
            if row.trust_ledger_id is not None:
                self.points[self.matter_of[row.trust_ledger_id]].append((row.effective_on, row.id, row.amount_minor))
            self.movements.append(row.id)

    def ledger(self, place: int) -> int | None:
        return next((ledger_id for ledger_id, of in self.matter_of.items() if of == place), None)

    # ── trust ────────────────────────────────────────────────────────────────────────────────────

    @rule(place=MATTERS, amount=AMOUNTS, on=DAYS)
    def deposit(self, place: int, amount: int, on: date) -> None:
        given = {"matter_id": self.matters[place].id, "amount": usd(amount), "effective_on": on, "source": "Somebody", "method": "cheque"}
        made = self.attempt(True, trust.deposit_to_trust, **given)
        self.matter_of[made.trust_ledger_id] = place
        self.note(made)

    @precondition(lambda self: self.matter_of)
    @rule(place=MATTERS, amount=AMOUNTS, on=DAYS)
    def refund(self, place: int, amount: int, on: date) -> None:
        ledger_id = self.ledger(place)
        if ledger_id is not None:
            given = {"trust_ledger_id": ledger_id, "amount": usd(amount), "effective_on": on, "method": "cheque"}
            self.note(self.attempt(self.may_move(place, on, -amount), trust.refund_trust, **given))

    @precondition(lambda self: self.matter_of)
    @rule(place=MATTERS, to=MATTERS, amount=AMOUNTS, on=DAYS)
    def transfer(self, place: int, to: int, amount: int, on: date) -> None:
        ledger_id = self.ledger(place)
        if ledger_id is None:
            return
        allowed = place != to and place % 2 == to % 2 and self.may_move(place, on, -amount)
        given = {"trust_ledger_id": ledger_id, "target_matter_id": self.matters[to].id, "amount": usd(amount), "effective_on": on}
        moved = self.attempt(allowed, trust.transfer_trust, authority="Letter of the client", **given)
        if moved is not None:
            into = self.session.get_one(TrustTransaction, moved.other_side_id)
            self.matter_of[into.trust_ledger_id or 0] = to
        self.note(moved)

    @precondition(lambda self: self.invoices and self.matter_of)
    @rule(place=MATTERS, pick=PICKS, amount=AMOUNTS, on=DAYS)
    def apply_trust(self, place: int, pick: int, amount: int, on: date) -> None:
        ledger_id = self.ledger(place)
        if ledger_id is None:
            return
        invoice_id, owed, issued_on = self.invoices[pick % len(self.invoices)]
        allowed = owed.get(place, 0) >= amount and on >= issued_on and self.may_move(place, on, -amount)
        given = {"trust_ledger_id": ledger_id, "invoice_id": invoice_id, "amount": usd(amount), "effective_on": on}
        moved = self.attempt(allowed, trust.apply_trust_to_invoice, **given)
        self.note(moved)
        if moved is not None:
            owed[place] -= amount

    @precondition(lambda self: self.movements)
    @rule(pick=PICKS, on=DAYS)
    def reverse_movement(self, pick: int, on: date) -> None:
        given = {"trust_transaction_id": self.movements[pick % len(self.movements)], "effective_on": on, "reason": "A mistake"}
        self.note(self.attempt(None, trust.reverse_trust_transaction, **given))
        self.read_owed()

    @precondition(lambda self: self.movements)
    @rule(pick=PICKS, on=DAYS)
    def return_by_bank(self, pick: int, on: date) -> None:
        given = {"trust_transaction_id": self.movements[pick % len(self.movements)], "effective_on": on, "reason": "Unpaid"}
        self.note(self.attempt(None, trust.return_deposit, **given))

    @rule(amount=AMOUNTS)
    def cover(self, amount: int) -> None:
        self.note(self.attempt(None, trust.cover_shortage, amount=usd(amount), effective_on=TODAY))

    # ── invoices and payments ────────────────────────────────────────────────────────────────────

    @rule(place=MATTERS, both=st.booleans(), amount=AMOUNTS, on=DAYS)
    def issue(self, place: int, both: bool, amount: int, on: date) -> None:
        """For one matter, or for both matters of its client."""
        places = [place, (place + 2) % 4] if both else [place]
        charges = [(self.matters[one], amount + number) for number, one in enumerate(places)]
        invoice = make_invoice(self.session, self.world, *charges, issued_on=on)
        self.invoices.append((invoice.id, {one: amount + number for number, one in enumerate(places)}, on))

    @precondition(lambda self: self.invoices)
    @rule(pick=PICKS, amount=AMOUNTS, applied=AMOUNTS, on=DAYS)
    def pay(self, pick: int, amount: int, applied: int, on: date) -> None:
        invoice_id, owed, _ = self.invoices[pick % len(self.invoices)]
        payer_id = self.session.get_one(Invoice, invoice_id).payer_id
        given = {"payer_id": payer_id, "amount": usd(amount), "received_on": on, "method": "cheque"}
        allowed = applied <= amount and applied <= sum(owed.values())
        made = self.attempt(allowed, payments.record_payment, allocations={invoice_id: usd(applied)}, **given)
        if made is not None:
            self.receipts.append(made.id)
        self.read_owed()

    @precondition(lambda self: self.receipts)
    @rule(pick=PICKS, amount=AMOUNTS, invoice=PICKS)
    def apply_credit(self, pick: int, amount: int, invoice: int) -> None:
        payment_id = self.receipts[pick % len(self.receipts)]
        invoice_id = self.invoices[invoice % len(self.invoices)][0]
        self.attempt(None, payments.allocate_payment, payment_id=payment_id, allocations={invoice_id: usd(amount)})
        self.read_owed()

    @rule(pick=PICKS)
    def take_off(self, pick: int) -> None:
        ids = list(self.session.scalars(select(Allocation.id).order_by(Allocation.id)))
        if ids:
            self.attempt(None, payments.unapply_allocation, allocation_id=ids[pick % len(ids)])
        self.read_owed()

    @precondition(lambda self: self.receipts)
    @rule(pick=PICKS, amount=AMOUNTS)
    def refund_payment(self, pick: int, amount: int) -> None:
        payment_id = self.receipts[pick % len(self.receipts)]
        self.attempt(None, payments.refund_payment, payment_id=payment_id, amount=usd(amount), refunded_on=TODAY, method="cheque")

    @rule(pick=PICKS)
    def bounce(self, pick: int) -> None:
        ids = list(self.session.scalars(select(Payment.id).order_by(Payment.id)))
        if ids:
            self.attempt(None, payments.reverse_payment, payment_id=ids[pick % len(ids)], reversed_on=TODAY, reason="Unpaid")
        self.read_owed()

    @precondition(lambda self: self.invoices)
    @rule(pick=PICKS)
    def void(self, pick: int) -> None:
        invoice_id, owed, _ = self.invoices[pick % len(self.invoices)]
        if self.attempt(None, void_invoice, invoice_id=invoice_id, reason="Wrong payer") is not None:
            owed.clear()

    def read_owed(self) -> None:
        """What payments did to invoices is taken over; `verify` holds it against the journal."""
        self.session.rollback()
        amounts = open_amounts(self.session, firm_id=self.world.firm_id, invoice_ids=[id_ for id_, _, _ in self.invoices])
        by_matter = {matter_id: place for place, matter_id in enumerate(self.matter_ids)}
        for id_, owed, _ in self.invoices:
            owed.update({by_matter[matter_id]: minor for (invoice_id, matter_id), minor in amounts.items() if invoice_id == id_})

    # ── what always holds ────────────────────────────────────────────────────────────────────────

    @invariant()
    def the_books_prove_themselves(self) -> None:
        self.session.rollback()
        assert verify(self.session, self.world.firm_id) == []

    @invariant()
    def both_sets_of_books_agree(self) -> None:
        query = select(Balance.trust_ledger_id, -Balance.amount_minor).where(Balance.trust_ledger_id.in_(list(self.matter_of)))
        held = {self.matter_of[ledger_id or 0]: amount for ledger_id, amount in self.session.execute(query)}
        for place, points in self.points.items():
            assert stays_above_zero(points)
            assert held.get(place, 0) == sum(amount for _, _, amount in points)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_whatever_a_bookkeeper_does_the_books_prove_themselves(database: SqliteDatabase, engine: str) -> None:
    bound = type("BoundDesk", (Desk,), {"database": database})
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        bound, settings=settings(max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=checks, derandomize=True)
    )
