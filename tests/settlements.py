"""Recoveries with their settlement statements for tests: approved, and settled."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from lexapp.domain.agreements import AgreedCap
from lexapp.domain.contingency import Basis, ContingencyTerms, Stage, Tier
from lexapp.domain.reductions import Counts
from lexapp.domain.splits import Arrangement, PayerTerms
from lexapp.models import Matter, Recovery
from lexapp.services import contingency
from lexapp.services.contingency import Consent, OwnTerms, RecoveryFacts
from tests import billing
from tests.factories import NOW, OPENED, TODAY, World, make_client, make_matter
from tests.trust_money import put_in

THIRD = ContingencyTerms("USD", Basis.GROSS, {stage: (Tier(0, None, Fraction(1, 3)),) for stage in Stage}, "engagement letter")
FEE, COST, TIME = 3_333_334, 25_000, 60_000
CAPS = [
    (AgreedCap(limit_minor=100), True),
    (AgreedCap(limit_minor=10**9), True),
    (AgreedCap(limit_minor=100, is_hard=False), False),
    (AgreedCap(limit_minor=10**9, counts=Counts.TIME), False),
    (AgreedCap(limit_minor=10**9, phase="L100"), False),
    (AgreedCap(limit_minor=10**9, counts=Counts.ALL), True),
]
"""Caps, and whether they count the fee of a statement."""


def matter_with_terms(session: Session, world: World) -> Matter:
    """With a third of what is recovered as the fee, and time that is billed by the hour beside it."""
    found = make_matter(session, world.owner)
    terms = OwnTerms(OPENED, terms=THIRD)
    contingency.agree_contingency(session, actor=world.owner, matter_id=found.id, agreed=terms, now=NOW)
    billing.work_time(session, world, found)
    return found


def recovered(session: Session, world: World, matter: Matter, *cost_ids: int) -> Recovery:
    acting: dict[str, Any] = {"actor": world.owner, "now": NOW}
    facts = RecoveryFacts(TODAY, 10_000_001, "Calverton Hospital", Stage.BEFORE_SUIT)
    row = contingency.record_recovery(session, matter_id=matter.id, facts=facts, **acting)
    return contingency.choose_costs(session, recovery_id=row.id, version=row.version, expense_entry_ids=cost_ids, **acting)


def approve(session: Session, world: World, row: Recovery) -> Recovery:
    session.refresh(row)
    given = {"recovery_id": row.id, "version": row.version, "given": Consent(TODAY, "signed copy")}
    return contingency.approve_statement(session, actor=world.owner, now=NOW, **given)


def settle(session: Session, world: World, matter: Matter, row: Recovery) -> int:
    """The fixed fee of it."""
    session.rollback()
    put_in(session, world, matter, row.amount_minor)
    session.refresh(row)
    given = {"recovery_id": row.id, "version": row.version, "settled_on": TODAY}
    return contingency.settle_statement(session, actor=world.owner, now=NOW, **given).fixed_fee_entry_id or 0


def settled(session: Session, world: World, matter: Matter) -> int:
    cost = billing.spend(session, world, matter, COST)
    return settle(session, world, matter, approve(session, world, recovered(session, world, matter, cost.id)))


def charged(session: Session, pre_bill_id: int) -> dict[str, int]:
    session.rollback()
    return {line.kind: line.amount_minor for line in billing.lines_of(session, pre_bill_id) if line.state == "included"}


def shared(session: Session, world: World, matter: Matter, client: PayerTerms) -> None:
    """The insurer pays all time, and what the client does not."""
    insurer = make_client(session, world.owner, "Pemberwick Mutual")
    other = PayerTerms(insurer.id, 10_000, 10_000 - client.fixed_fees, 10_000 - client.expenses)
    billing.agree(session, world, matter, Arrangement((client, other), insurer.id))
