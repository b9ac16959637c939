"""Caps of payers beside discounts by volume and caps of the matter: nobody is charged beyond one, and nobody's part moves to another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.reductions import Tier, VolumeDiscount, YearlyDiscount
from lexapp.domain.splits import Arrangement, Counted, PayerTerms
from lexapp.models import Client, Matter, PreBill
from lexapp.queries.payers import billed_by_payer
from lexapp.queries.verification import verify
from lexapp.services.client_discounts import NewDiscount, agree_discount
from lexapp.services.pre_bills import discard_pre_bill
from tests.billing import agree as agree_payers
from tests.billing import draft, issue, lines_of, version_of, work_time
from tests.factories import NOW, OPENED, World, make_client, make_matter, make_world


@pytest.fixture
def world(session: Session) -> Iterator[World]:
    made = make_world(session)
    yield made
    session.rollback()
    assert verify(session, made.firm_id) == []


@pytest.fixture
def insurer(session: Session, world: World) -> Client:
    return make_client(session, world.owner, "Pemberwick Mutual")


@pytest.fixture
def matter(session: Session, world: World, insurer: Client) -> Matter:
    """Its client has a higher number than the insurer."""
    return make_matter(session, world.owner)


def charged(session: Session, matter: Matter) -> dict[int, int]:
    """What each payer is charged on bills that stand."""
    session.rollback()
    found: dict[int, int] = {}
    for bill in session.scalars(select(PreBill).where(PreBill.matter_id == matter.id).order_by(PreBill.id)):
        for line in lines_of(session, bill.id):
            if line.state == "included":
                found[line.payer_id] = found.get(line.payer_id, 0) + line.amount_minor
    return found


def insured(session: Session, world: World, matter: Matter, insurer_id: int, cap_minor: int) -> None:
    """The insurer pays 80 % of the fees up to a cap, the client the rest."""
    client_id = matter.client_id or 0
    terms = Arrangement((PayerTerms(insurer_id, fees=8_000, cap_minor=cap_minor), PayerTerms(client_id)), client_id)
    agree_payers(session, world, matter, terms)


def by_volume(session: Session, world: World, matter: Matter, above_minor: int) -> None:
    terms = YearlyDiscount(VolumeDiscount((Tier(above_minor, 1_000),)))
    discount = NewDiscount(client_id=matter.client_id or 0, terms=terms, effective_from=OPENED)
    agree_discount(session, actor=world.owner, discount=discount, now=NOW)


def discard(session: Session, world: World, id_: int) -> None:
    discard_pre_bill(session, actor=world.owner, pre_bill_id=id_, version=version_of(session, PreBill, id_), now=NOW)


def test_a_discount_by_volume_leaves_no_room_below_a_payers_cap(session: Session, world: World, matter: Matter, insurer: Client):
    """Taken back when the first bill is discarded, it charges the insurer the cap and no more."""
    other = make_matter(session, world.owner, session.get_one(Client, matter.client_id))
    insured(session, world, matter, insurer.id, 800_00)
    by_volume(session, world, matter, 1_000_00)
    work_time(session, world, other, 200)
    (first,) = draft(session, world, other)
    work_time(session, world, matter, 200)
    draft(session, world, matter)
    assert charged(session, matter) == {insurer.id: 720_00, matter.client_id: 180_00}
    work_time(session, world, matter, 100)
    draft(session, world, matter)
    assert charged(session, matter) == {insurer.id: 720_00, matter.client_id: 180_00 + 450_00}
    assert billed_by_payer(session, firm_id=world.firm_id, matter_ids=[matter.id])[matter.id].of(insurer.id)[Counted.FEES] == 800_00
    discard(session, world, first)
    assert charged(session, matter)[insurer.id] == 800_00


@pytest.mark.parametrize("is_first", [True, False])
def test_the_clients_part_passes_a_step_within_a_draft(session: Session, world: World, matter: Matter, insurer: Client, is_first: bool):
    """Whichever of the two has the higher number."""
    late = make_client(session, world.owner, "Quillon Indemnity")
    payer_id = insurer.id if is_first else late.id
    insured(session, world, matter, payer_id, 500_00)
    by_volume(session, world, matter, 1_000_00)
    work_time(session, world, matter, 300)
    draft(session, world, matter)
    assert charged(session, matter) == {payer_id: 500_00, matter.client_id: 950_00}
    work_time(session, world, matter, 100)
    issue(session, world, matter)
    assert charged(session, matter) == {payer_id: 500_00, matter.client_id: 950_00 + 450_00}
