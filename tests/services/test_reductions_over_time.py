"""Bills under caps over a while: whatever was drafted, reviewed, voided, drafted again, working it out again changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import record_command, succeed
from lexapp.books.agreed_reductions import lock_matter
from lexapp.database import transaction
from lexapp.domain.agreements import AgreedCap, AgreedDiscount, Term
from lexapp.domain.errors import Refused
from lexapp.domain.reductions import Counts, Window
from lexapp.domain.rounding import round_half_up
from lexapp.models import Client, FixedFeeEntry, Invoice, Matter, PreBill, PreBillLine
from lexapp.queries.verification import verify
from lexapp.services.invoices import issue_invoices, void_invoice
from lexapp.services.pre_bills import (
    LineChange,
    approve_pre_bill,
    discard_pre_bill,
    draft_fee,
    draft_pre_bill,
    edit_line,
    hold_back_line,
    reopen_pre_bill,
    take_back_line,
)
from lexapp.services.pre_bills.reducing import rework
from tests import billing
from tests.agreed_fees import agree
from tests.examples import EXAMPLES
from tests.factories import NOW, TODAY, World, make_client, make_matter, make_world

AGREED: dict[str, tuple[Term, ...]] = {
    "in all": (AgreedCap(limit_minor=1_000_00),),
    "a month": (AgreedDiscount(basis_points=1_000), AgreedCap(limit_minor=700_00, window=Window.MONTH)),
    "rolling": (AgreedDiscount(amount_minor=77_77), AgreedCap(limit_minor=500_01, window=Window.ROLLING, counts=Counts.ALL)),
}
BEGUN = ["work", "work", "draft", "fee", "work", "cost", "draft"]
OFTEN = ["work", "work", "fee", "cost", "draft", "draft", "bill_fee"]
DEEDS = [*OFTEN, "hold", "take_back", "edit", "approve", "reopen", "discard", "issue", "void"]
KINDS = [{"work", "fee", "cost"}, {"draft", "bill_fee"}, {"hold", "take_back", "edit"}, {"approve", "reopen", "discard", "issue", "void"}]
"""Of each of them a walk does some: one in which everything is refused proves nothing."""
SEEDS = range(max(1, EXAMPLES // 500))
"""So that `make faults` walks longer than `make test`."""


class Walk:
    """One matter under review; every deed is a command as its page sends it, on something that stands."""

    def __init__(self, session: Session, world: World, matter: Matter, chance: Random) -> None:
        self.session, self.world, self.matter_id, self.chance = session, world, matter.id, chance
        self.acting = {"actor": world.owner, "now": NOW}

    @property
    def matter(self) -> Matter:
        return self.session.get_one(Matter, self.matter_id)

    def go(self, deed: str) -> bool:
        """False where it was refused."""
        try:
            getattr(self, deed)()
        except Refused:
            return False
        finally:
            self.session.rollback()
        return True

    def work(self) -> None:
        day = date(2026, self.chance.choice([9, 10, 11]), self.chance.choice([1, 3, 9]))
        billing.work_time(self.session, self.world, self.matter, self.chance.choice([33, 77, 120, 200]), on=day)

    def fee(self) -> None:
        billing.charge_fixed_fee(self.session, self.world, self.matter, self.chance.choice([33_33, 100_01]))

    def cost(self) -> None:
        billing.spend(self.session, self.world, self.matter, self.chance.choice([11_11, 50_05]))

    def draft(self) -> None:
        draft_pre_bill(self.session, matter_id=self.matter_id, through_on=TODAY, **self.acting)

    def bill_fee(self) -> None:
        for id_ in self._one(FixedFeeEntry.id):
            draft_fee(self.session, fixed_fee_entry_id=id_, **self.acting)

    def hold(self) -> None:
        for id_, version in self._lines("included"):
            hold_back_line(self.session, line_id=id_, version=version, **self.acting)

    def take_back(self) -> None:
        for id_, version in self._lines("held"):
            take_back_line(self.session, line_id=id_, version=version, **self.acting)

    def edit(self) -> None:
        """A little less time, or none of it."""
        for id_, version in self._lines("included", PreBillLine.kind == "time"):
            line = self.session.get_one(PreBillLine, id_)
            hours, rate = max(line.quantity_hundredths - self.chance.choice([10, 20, 200]), 0), line.rate_minor
            less = line.entry_amount_minor - round_half_up(hours * rate, 100)
            codes = (line.task_code, line.activity_code, line.expense_code)
            change = LineChange(line.narrative, hours, rate, *codes, write_down_minor=less, write_down_reason="Too long")
            self.session.rollback()
            edit_line(self.session, line_id=id_, change=change, version=version, **self.acting)

    def approve(self) -> None:
        self._move(approve_pre_bill, "open")

    def reopen(self) -> None:
        self._move(reopen_pre_bill, "approved")

    def discard(self) -> None:
        self._move(discard_pre_bill, "open", "approved")

    def issue(self) -> None:
        for id_ in self._one(PreBill.id, PreBill.state == "approved"):
            issue_invoices(self.session, pre_bill_ids=[id_], issued_on=TODAY, **self.acting)

    def void(self) -> None:
        for id_ in self._one(Invoice.id, Invoice.voided_on.is_(None)):
            void_invoice(self.session, invoice_id=id_, reason="Wrong address", **self.acting)

    def again(self) -> None:
        """What every change of a line ends with."""
        with transaction(self.session, self.world.firm_id):
            command = record_command(self.session, name="pre_bill.again", inputs={}, key=None, **self.acting)
            lock_matter(self.session, firm_id=self.world.firm_id, matter_id=self.matter_id)
            rework(self.session, command, matter_id=self.matter_id)
            succeed(self.session, command, matter_id=self.matter_id)

    def shown(self) -> list[tuple[int, int, int, str]]:
        """What every line that stands is charged, and why."""
        self.session.rollback()
        lines = self.session.scalars(select(PreBillLine).where(PreBillLine.state == "included").order_by(PreBillLine.id))
        return [(line.id, line.amount_minor, line.agreed_minor, line.agreed_reason) for line in lines]

    def _move(self, move: Callable[..., PreBill], *states: str) -> None:
        for id_ in self._one(PreBill.id, PreBill.state.in_(states)):
            version = billing.version_of(self.session, PreBill, id_)
            self.session.rollback()
            move(self.session, pre_bill_id=id_, version=version, **self.acting)

    def _one(self, column, *conditions) -> Sequence[int]:  # type: ignore[no-untyped-def]
        """One of those that stand so, by chance; nothing where there is none."""
        ids = self.session.scalars(select(column).where(*conditions).order_by(column)).all()
        self.session.rollback()
        return [self.chance.choice(ids)] if ids else []

    def _lines(self, state: str, *conditions) -> list[tuple[int, int]]:  # type: ignore[no-untyped-def]
        is_open = PreBillLine.pre_bill_id.in_(select(PreBill.id).where(PreBill.state == "open"))
        found = [
            (id_, billing.version_of(self.session, PreBillLine, id_))
            for id_ in self._one(PreBillLine.id, is_open, PreBillLine.state == state, *conditions)
        ]
        self.session.rollback()
        return found


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def client(session: Session, world: World) -> Client:
    return make_client(session, world.owner)


@pytest.mark.money_property
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("is_shared", [False, True])
@pytest.mark.parametrize("terms", AGREED)
def test_whatever_was_done_working_it_out_again_gives_the_same(
    session: Session, world: World, client: Client, terms: str, is_shared: bool, seed: int
) -> None:
    matter = make_matter(session, world.owner, client)
    if is_shared:
        insurer = make_client(session, world.owner, "Pemberwick Mutual")
        billing.share_matter(session, world, matter, {client.id: 4_000, insurer.id: 6_000})
    agree(session, world, matter, *AGREED[terms])
    walk = Walk(session, world, matter, Random(f"{terms} {is_shared} {seed}"))
    done: set[str] = set()
    for deed in [*BEGUN, *walk.chance.choices(DEEDS, k=40)]:
        if walk.go(deed):
            done.add(deed)
            before = walk.shown()
            walk.again()
            assert walk.shown() == before, deed
    assert all(done & kind for kind in KINDS), done
    assert verify(session, world.firm_id) == []


def test_released_parts_keep_their_room_whatever_is_drafted_meanwhile(session: Session, world: World, client: Client) -> None:
    """The insurer's invoice is voided, a fee is billed before it is billed again: the insurer is charged what it was."""
    matter = make_matter(session, world.owner, client)
    insurer = make_client(session, world.owner, "Pemberwick Mutual")
    billing.share_matter(session, world, matter, {client.id: 4_000, insurer.id: 6_000})
    agree(session, world, matter, AgreedCap(limit_minor=1_000_00))
    billing.work_time(session, world, matter, 180)
    invoices = {one.payer_id: one for one in billing.issue(session, world, matter)}
    was = invoices[insurer.id].total_minor
    void_invoice(session, actor=world.owner, invoice_id=invoices[insurer.id].id, reason="Wrong address", now=NOW)
    fee = billing.charge_fixed_fee(session, world, matter, 500_00)
    drafted = draft_fee(session, actor=world.owner, fixed_fee_entry_id=fee.id, now=NOW)
    assert sum(line.amount_minor for id_ in drafted for line in billing.lines_of(session, id_)) == 100_00
    session.rollback()
    (again,) = billing.draft(session, world, matter)
    assert [line.amount_minor for line in billing.lines_of(session, again)] == [was] == [540_00]


@pytest.mark.money_property
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("terms", AGREED)
def test_the_order_of_entry_does_not_change_what_two_bills_come_to(
    session: Session, world: World, client: Client, terms: str, seed: int
) -> None:
    chance = Random(f"{terms} {seed}")
    bills = [[(chance.randint(1, 300), date(2026, 9 + number, chance.randint(1, 28))) for _ in range(5)] for number in range(2)]
    totals = []
    for _ in range(2):
        matter = make_matter(session, world.owner, client)
        agree(session, world, matter, *AGREED[terms])
        totals.append([_billed(session, world, matter, chance.sample(work, len(work))) for work in bills])
    assert totals[0] == totals[1]


def _billed(session: Session, world: World, matter: Matter, work: Sequence[tuple[int, date]]) -> int:
    for hundredths, day in work:
        billing.work_time(session, world, matter, hundredths, on=day)
    (id_,) = billing.draft(session, world, matter)
    return sum(line.amount_minor for line in billing.lines_of(session, id_))
