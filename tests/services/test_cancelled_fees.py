"""Fixed fees that end before their work is done."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.agreements import EarnedBasis
from lexapp.domain.errors import Refused
from lexapp.models import FeeAgreement, FeeTerm
from lexapp.services.fee_agreements import (
    Cancellation,
    cancel_fee,
    preview_cancellation,
)
from lexapp.services.pre_bills import draft_pre_bill
from tests.agreed_fees import FLAT, STEPS, agree, fees, milestones, reach, refused
from tests.factories import NOW, TODAY, make_matter, make_world


def ending(session: Session, agreement: FeeAgreement, basis: EarnedBasis, share: int = 0) -> Cancellation:
    term_id = session.scalars(select(FeeTerm.id).where(FeeTerm.fee_agreement_id == agreement.id)).one()
    return Cancellation(term_id=term_id, ended_on=TODAY, basis=basis, share_basis_points=share, reason="Client withdrew")


def test_a_cancelled_schedule_keeps_what_was_reached_and_cancels_the_rest(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    agreement = agree(session, world, matter, STEPS)
    reach(session, world, milestones(session, agreement)[0])
    told = ending(session, agreement, EarnedBasis.REACHED)
    assert preview_cancellation(session, actor=world.owner, cancellation=told).earned_minor == 250_000
    cancel_fee(session, actor=world.owner, agreement_version=agreement.version, cancellation=told, now=NOW)
    assert fees(session, matter) == [250_000]
    assert [one.cancelled_at is None for one in milestones(session, agreement)] == [True, False, False]


@pytest.mark.parametrize(("share", "recorded"), [(4_000, [100_000]), (0, []), (10_000, [250_000])])
def test_a_cancelled_flat_fee_bills_its_earned_share(session: Session, share: int, recorded: list[int]) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    agreement = agree(session, world, matter, FLAT)
    told = ending(session, agreement, EarnedBasis.SHARE, share)
    part = cancel_fee(session, actor=world.owner, agreement_version=agreement.version, cancellation=told, now=NOW)
    assert (part.earned_minor, part.to_return_minor) == (sum(recorded), 0)
    assert fees(session, matter) == recorded
    again = refused(lambda: cancel_fee(session, actor=world.owner, agreement_version=agreement.version, cancellation=told, now=NOW))
    assert isinstance(again, Refused)
    assert fees(session, matter) == recorded


def test_what_was_recorded_beyond_the_earned_part_gives_way_and_what_was_billed_is_to_be_returned(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    agreement = agree(session, world, matter, STEPS)
    first, second, _ = milestones(session, agreement)
    reach(session, world, first)
    draft_pre_bill(session, actor=world.owner, matter_id=matter.id, through_on=TODAY, now=NOW)
    reach(session, world, second)
    told = ending(session, agreement, EarnedBasis.SHARE, 2_000)
    part = cancel_fee(session, actor=world.owner, agreement_version=agreement.version, cancellation=told, now=NOW)
    assert (part.earned_minor, part.to_bill_minor, part.to_return_minor) == (200_000, 0, 50_000)
    assert fees(session, matter) == [250_000]


def test_a_cancellation_says_why(session: Session) -> None:
    world = make_world(session)
    agreement = agree(session, world, make_matter(session, world.owner), FLAT)
    told = ending(session, agreement, EarnedBasis.REACHED)
    silent = Cancellation(term_id=told.term_id, ended_on=TODAY, basis=told.basis)
    error = refused(lambda: cancel_fee(session, actor=world.owner, agreement_version=1, cancellation=silent, now=NOW))
    assert error.field == "reason"
