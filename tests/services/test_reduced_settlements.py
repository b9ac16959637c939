"""A statement that the client consents to is what is billed: nothing agreed takes anything off its fee."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy.orm import Session

from lexapp.domain.agreements import AgreedDiscount, Hourly
from lexapp.domain.contingency import Basis, ContingencyTerms, Stage, Tier
from lexapp.domain.errors import InvalidInput
from lexapp.domain.reductions import Counts
from lexapp.services import contingency
from lexapp.services.contingency import Consent, OwnTerms, RecoveryFacts
from tests.agreed_fees import agree
from tests.factories import NOW, OPENED, TODAY, make_matter, make_world

THIRD = ContingencyTerms("USD", Basis.GROSS, {stage: (Tier(0, None, Fraction(1, 3)),) for stage in Stage}, "engagement letter")


def test_a_statement_that_a_discount_would_change_is_refused_with_what_to_do(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    acting: dict[str, Any] = {"actor": world.owner, "now": NOW}
    contingency.agree_contingency(session, matter_id=matter.id, agreed=OwnTerms(OPENED, terms=THIRD), **acting)
    facts = RecoveryFacts(TODAY, 10_000_000, "Calverton Hospital", Stage.BEFORE_SUIT)
    row = contingency.record_recovery(session, matter_id=matter.id, facts=facts, **acting)
    agree(session, world, matter, Hourly(), AgreedDiscount(basis_points=1_000))
    given = {"recovery_id": row.id, "version": row.version, "given": Consent(TODAY, "signed copy"), **acting}
    session.rollback()
    with pytest.raises(InvalidInput, match="count time only"):
        contingency.approve_statement(session, **given)
    agree(session, world, matter, Hourly(), AgreedDiscount(basis_points=1_000, counts=Counts.TIME), since=TODAY)
    assert contingency.approve_statement(session, **given).status == "approved"
