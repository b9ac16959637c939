"""Client money: in, out, applied, corrected; every test ends with books that prove themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.domain.errors import InsufficientTrustFunds, InvalidInput, KeyReused, NotAllowed, NotFound
from lexapp.domain.money import Money
from lexapp.domain.permissions import Role
from lexapp.models import Matter, TrustLedger, TrustTransaction
from lexapp.queries.verification import verify
from lexapp.services import trust
from lexapp.services.matters import change_matter_status
from tests.databases import Database
from tests.factories import NOW, TODAY, World, make_client, make_matter, make_member, make_trust_ledger, make_world
from tests.trust_money import held, put_in, refund, reverse, usd

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


def test_the_first_deposit_opens_the_ledger_and_the_second_finds_it(session: Session, deposit: Deposit, matter: Matter) -> None:
    first, second = deposit(100_00), deposit(50_00)
    assert first.trust_ledger_id == second.trust_ledger_id
    assert (first.number, second.number) == (1, 2)
    assert held(session, first.trust_ledger_id or 0) == 150_00
    ledger = session.get_one(TrustLedger, first.trust_ledger_id)
    assert (ledger.kind, ledger.matter_id, ledger.client_id) == ("matter", matter.id, matter.client_id)


def test_money_of_nobody_yet_and_of_a_client_has_its_own_ledger(session: Session, deposit: Deposit, matter: Matter) -> None:
    of_client = deposit(10_00, matter_id=None, client_id=matter.client_id)
    of_nobody = deposit(20_00, matter_id=None)
    kinds = [session.get_one(TrustLedger, one.trust_ledger_id).kind for one in (of_client, of_nobody)]
    assert kinds == ["client", "unidentified"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"source": " "}, "source"),
        ({"method": "barter"}, "method"),
        ({"on": TODAY + DAY}, "effective_on"),
        ({"on": date(2025, 12, 31)}, "effective_on"),
        ({"minor": 0}, "amount"),
        ({"minor": -1}, "amount"),
    ],
)
def test_a_deposit_that_cannot_be_names_its_field(session: Session, deposit: Deposit, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        deposit(**({"minor": 1_00} | changes))
    assert refusal.value.field == field
    assert session.scalar(select(func.count(TrustLedger.id)).where(TrustLedger.kind == "matter")) == 0


def test_another_currency_is_refused(session: Session, world: World, matter: Matter) -> None:
    with pytest.raises(InvalidInput, match="USD"):
        trust.deposit_to_trust(
            session,
            actor=world.owner,
            matter_id=matter.id,
            amount=Money(1, "EUR"),
            effective_on=TODAY,
            source="Somebody",
            method="transfer",
            now=NOW,
        )


def test_a_closed_matter_and_the_firms_own_take_no_deposit(session: Session, world: World, deposit: Deposit, matter: Matter) -> None:
    internal = session.scalars(select(Matter).where(Matter.is_internal)).one()
    with pytest.raises(NotAllowed, match="own matter"):
        deposit(1_00, matter_id=internal.id)
    with transaction(session, world.firm_id):
        session.execute(update(Matter).where(Matter.id == matter.id).values(status="closed", closed_on=TODAY))
    with pytest.raises(NotAllowed, match="Reopen it"):
        deposit(1_00)
    with pytest.raises(NotFound):
        deposit(1_00, matter_id=999_999)


def test_a_matter_is_not_closed_while_a_deposit_arrives(database: Database, session: Session, world: World) -> None:
    matters = [make_matter(session, world.owner) for _ in range(4)]
    for matter in matters:
        session.refresh(matter)
        session.expunge(matter)
    session.rollback()

    def come(matter: Matter, gate: Barrier) -> bool:
        with Session(database.engine, autoflush=False) as own:
            gate.wait()
            try:
                put_in(own, world, matter, 500_00)
            except NotAllowed:
                return False
        return True

    def close(matter: Matter, gate: Barrier) -> bool:
        with Session(database.engine, autoflush=False) as own:
            gate.wait()
            try:
                change_matter_status(own, actor=world.owner, matter_id=matter.id, action="close", version=1, now=NOW)
            except NotAllowed:
                return False
        return True

    for matter in matters:
        gate = Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            done = [pool.submit(act, matter, gate) for act in (come, close)]
        assert sorted(one.result() for one in done) == [False, True]


def test_the_same_key_deposits_once_and_refuses_another_amount(session: Session, deposit: Deposit) -> None:
    one, again = deposit(100_00, key="key-12345"), deposit(100_00, key="key-12345")
    assert one.id == again.id
    with pytest.raises(KeyReused):
        deposit(100_01, key="key-12345")
    assert held(session, one.trust_ledger_id or 0) == 100_00


def test_a_refund_and_a_disbursement_leave_with_their_own_numbers(session: Session, world: World, deposit: Deposit) -> None:
    ledger_id = deposit(100_00).trust_ledger_id or 0
    back = refund(session, world, ledger_id, 30_00)
    out = trust.disburse_trust(
        session,
        actor=world.owner,
        trust_ledger_id=ledger_id,
        amount=usd(20_00),
        effective_on=TODAY,
        payee="Dunmore Superior Court",
        method="cheque",
        reference="2207",
        purpose="Jury fee",
        now=NOW,
    )
    assert (back.number, out.number) == (1, 2)
    assert (back.kind, back.counterparty.startswith("Castellane"), out.counterparty) == ("refund", True, "Dunmore Superior Court")
    assert held(session, ledger_id) == 50_00


def test_a_refusal_names_what_is_available_and_when(session: Session, world: World, deposit: Deposit) -> None:
    ledger_id = deposit(100_00).trust_ledger_id or 0
    with pytest.raises(InsufficientTrustFunds, match=r"\$100\.00 available on Nov 23, 2026"):
        refund(session, world, ledger_id, 100_01)
    assert held(session, ledger_id) == 100_00


def test_a_withdrawal_before_its_deposit_is_refused_and_before_a_later_one_limited(
    session: Session, world: World, deposit: Deposit
) -> None:
    ledger_id = deposit(100_00, TODAY - 2 * DAY).trust_ledger_id or 0
    with pytest.raises(InsufficientTrustFunds, match="no money available on Nov 20"):
        refund(session, world, ledger_id, 1, TODAY - 3 * DAY)
    refund(session, world, ledger_id, 80_00, TODAY)
    with pytest.raises(InsufficientTrustFunds, match=r"Only \$20\.00 can leave this trust ledger on Nov 22"):
        refund(session, world, ledger_id, 21_00, TODAY - DAY)


@pytest.mark.parametrize("payee", ["cash", "Bearer", "Brannock Voss LLP", ""])
def test_trust_money_never_goes_to_cash_bearer_or_the_firm(session: Session, world: World, deposit: Deposit, payee: str) -> None:
    ledger_id = deposit(100_00).trust_ledger_id or 0
    with pytest.raises(InvalidInput) as refusal:
        trust.disburse_trust(
            session,
            actor=world.owner,
            trust_ledger_id=ledger_id,
            amount=usd(1_00),
            effective_on=TODAY,
            payee=payee,
            method="cheque",
            now=NOW,
        )
    assert refusal.value.field == "payee"
    with pytest.raises(InvalidInput, match="never leaves in cash"):
        refund(session, world, ledger_id, 1_00, method="cash")


def transfer(session: Session, world: World, ledger_id: int, minor: int, **target: Any) -> TrustTransaction:
    given: dict[str, Any] = {"authority": "Letter of 20 November"} | target
    return trust.transfer_trust(
        session, actor=world.owner, trust_ledger_id=ledger_id, amount=usd(minor), effective_on=TODAY, now=NOW, **given
    )


def test_a_transfer_names_its_other_side_has_no_number_and_is_reversed_whole(
    session: Session, world: World, deposit: Deposit, matter: Matter
) -> None:
    source_id = deposit(100_00, matter_id=None, client_id=matter.client_id).trust_ledger_id or 0
    out = transfer(session, world, source_id, 60_00, target_matter_id=matter.id)
    into = session.get_one(TrustTransaction, out.other_side_id)
    assert (into.other_side_id, into.amount_minor, into.number, out.number) == (out.id, 60_00, None, None)
    assert (held(session, source_id), held(session, into.trust_ledger_id or 0)) == (40_00, 60_00)
    reverse(session, world, into.id)
    assert (held(session, source_id), held(session, into.trust_ledger_id or 0)) == (100_00, 0)
    with pytest.raises(NotAllowed, match="only once"):
        reverse(session, world, out.id)


def test_money_moves_neither_to_another_client_nor_without_authority(
    session: Session, world: World, deposit: Deposit, matter: Matter
) -> None:
    ledger_id = deposit(100_00).trust_ledger_id or 0
    stranger = make_client(session, world.owner, "Northmere LLC")
    with pytest.raises(NotAllowed, match="never moves to the ledger of another"):
        transfer(session, world, ledger_id, 1_00, target_client_id=stranger.id)
    with pytest.raises(InvalidInput, match="authority"):
        transfer(session, world, ledger_id, 1_00, target_client_id=matter.client_id, authority="ok")
    with pytest.raises(InvalidInput, match="already there"):
        transfer(session, world, ledger_id, 1_00, target_matter_id=matter.id)
    unknown = deposit(5_00, matter_id=None).trust_ledger_id or 0
    assert transfer(session, world, unknown, 5_00, target_client_id=stranger.id).kind == "transfer_out"


def test_a_reversal_wants_a_reason_and_a_day_that_can_be(session: Session, world: World, deposit: Deposit) -> None:
    made = deposit(100_00, TODAY - DAY)
    for changes in ({"reason": " "}, {"on": TODAY - 2 * DAY}, {"on": TODAY + DAY}):
        with pytest.raises(InvalidInput):
            reverse(session, world, made.id, **changes)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        reverse(session, world, 999_999)


def test_who_may_not_is_refused(session: Session, world: World, deposit: Deposit) -> None:
    ledger_id = deposit(100_00).trust_ledger_id or 0
    manager = make_member(session, world.owner, Role.BILLING_MANAGER)
    with pytest.raises(NotAllowed, match="billing manager"):
        trust.refund_trust(session, actor=manager, trust_ledger_id=ledger_id, amount=usd(1), effective_on=TODAY, method="cheque", now=NOW)


def test_a_ledger_of_another_firm_is_not_found(session: Session, world: World) -> None:
    other = make_world(session, "Quillfeather & Lind")
    theirs = make_trust_ledger(session, other, make_matter(session, other.owner))
    with pytest.raises(NotFound):
        refund(session, world, theirs.id, 1_00)
