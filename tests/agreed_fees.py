"""The fee agreements of a matter for tests of whole firms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.agreements import (
    Coverage,
    Covers,
    Due,
    Flat,
    Hourly,
    Milestones,
    Minimum,
    MonthlyRetainer,
    Part,
    ShareBy,
    SuccessFee,
    Term,
)
from lexapp.domain.errors import Refused
from lexapp.models import FeeAgreement, FeeTerm, FixedFeeEntry, Matter, Milestone
from lexapp.services.fee_agreements import NewAgreement, agree_fees, reach_milestone, record_result
from lexapp.services.fee_templates import TemplateFacts, add_template
from lexapp.services.trust import prepare_earned_transfer
from tests.credits import share_credit
from tests.factories import NOW, OPENED, TODAY, World

Words = Callable[[str], str]


def seed_fee_agreements(session: Session, world: World, matter: Matter, words: Words) -> None:
    """One that is over, one with milestones of which one is reached and one is not, a template, and a credit that is shared."""
    share_credit(session, world, matter, [(world.partner, 6_000), (world.associate, 4_000)])
    before = NewAgreement(matter_id=matter.id, effective_from=OPENED, terms=(Hourly(),), note=words("By phone"))
    agree_fees(session, actor=world.owner, agreement=before)
    parts = (Part(words("Complaint")[:200], 10_000), Part(words("Trial")[:200], 20_000, Due.when_done(words("Verdict")[:200])))
    success = SuccessFee(name=words("Success fee")[:200], basis_points=1_000)
    terms = (
        Milestones(parts=parts, pays_for=Coverage(Covers.PHASES, ("L100",))),
        success,
        Minimum(amount_minor=10**9, is_monthly=False),
        MONTHLY,
    )
    since = OPENED + timedelta(days=1)
    agreement = agree_fees(session, actor=world.owner, agreement=NewAgreement(matter_id=matter.id, effective_from=since, terms=terms))
    query = select(Milestone.id).where(Milestone.fee_agreement_id == agreement.id).order_by(Milestone.id)
    reach_milestone(session, actor=world.owner, milestone_id=session.scalars(query).all()[0], version=1, reached_on=since)
    told = {"value_minor": 500_000, "achieved_on": since, "note": words("Sale")[:150]}
    for _ in range(2):
        record_result(session, actor=world.owner, fee_term_id=_success_of(session, agreement), **told)  # type: ignore[arg-type]
    add_template(session, actor=world.owner, facts=TemplateFacts(name=words("Filing")[:200], terms=(Hourly(),)))


def _success_of(session: Session, agreement: FeeAgreement) -> int:
    mine = (FeeTerm.fee_agreement_id == agreement.id, FeeTerm.kind == "success_fee")
    return session.scalars(select(FeeTerm.id).where(*mine)).one()


def seed_earned_transfer(session: Session, world: World, matter: Matter) -> None:
    """The transfer of the matter's fee, prepared."""
    fee = session.scalars(select(FixedFeeEntry.id).where(FixedFeeEntry.matter_id == matter.id)).first() or 0
    session.rollback()
    prepare_earned_transfer(session, actor=world.owner, fixed_fee_entry_id=fee)


MONTHLY = MonthlyRetainer(name="Counsel", amount_minor=10_000)
FLAT = Flat(name="Trademark filing", amount_minor=250_000)
STEPS = Milestones(
    parts=(Part("Complaint", 2_500, Due.when_done("Complaint filed")), Part("Discovery", 2_500, Due.on_day(TODAY)), Part("Trial", 5_000)),
    by=ShareBy.PERCENT,
    total_minor=1_000_001,
)


def agree(session: Session, world: World, matter: Matter, *terms: Term, since: date = OPENED, **given: Any) -> FeeAgreement:
    new = NewAgreement(matter_id=matter.id, effective_from=since, terms=terms, **given)
    return agree_fees(session, actor=world.owner, agreement=new, now=NOW)


def milestones(session: Session, agreement: FeeAgreement) -> list[Milestone]:
    query = select(Milestone).where(Milestone.fee_agreement_id == agreement.id).order_by(Milestone.fee_term_id, Milestone.position)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def reach(session: Session, world: World, milestone: Milestone, on: date = TODAY) -> FixedFeeEntry:
    done = reach_milestone(session, actor=world.owner, milestone_id=milestone.id, version=milestone.version, reached_on=on, now=NOW)
    return session.get_one(FixedFeeEntry, done.fixed_fee_entry_id)


def fees(session: Session, matter: Matter) -> list[int]:
    query = select(FixedFeeEntry.amount_minor).where(FixedFeeEntry.matter_id == matter.id, FixedFeeEntry.discarded_at.is_(None))
    return list(session.scalars(query.order_by(FixedFeeEntry.id)))


def refused(deed: Any) -> Refused:
    with pytest.raises(Refused) as error:
        deed()
    return error.value
