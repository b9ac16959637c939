"""A contingency fee of a firm that has everything: terms, stages, and three recoveries: a draft, an approved and a settled one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.contingency import Basis, ContingencyTerms, Referral, Stage, Tier
from lexapp.domain.money import Money
from lexapp.models import ExpenseEntry, Matter, Recovery
from lexapp.services import contingency as service
from lexapp.services.contingency import Consent, NewClaim, OwnTerms, RecoveryFacts
from lexapp.services.trust import deposit_to_trust
from tests.factories import OPENED, World

TYPED_TERMS = {
    **{("contingency.agree", f"percent_{stage.value}_{n}"): "" for stage in Stage for n in range(4)},
    **{("contingency.agree", f"up_to_{n}"): "" for n in range(4)},
    ("contingency.agree", "referral_percent"): "25",
}
"""What the form of terms holds beside a schedule that is chosen."""


def seed_contingency(session: Session, world: World, matter: Matter, words: Callable[[str], str], *, today: date) -> None:
    """`words` as in tests.two_firms."""
    actor, matter_id = world.owner, matter.id
    tiers = dict.fromkeys(Stage, (Tier(0, None, Fraction(1, 3)),))
    referral = Referral(words("Hale & Co."), Fraction(1, 4), OPENED)
    terms = ContingencyTerms("USD", Basis.GROSS, tiers, words("Engagement letter"), referral)
    service.agree_contingency(session, actor=actor, matter_id=matter_id, agreed=OwnTerms(OPENED, terms=terms))
    service.reach_stage(session, actor=actor, matter_id=matter_id, stage=Stage.AFTER_FILING, reached_on=OPENED)
    received = {"amount": Money(2_000_000, "USD"), "effective_on": today, "source": words("Insurer"), "method": "transfer"}
    deposit_to_trust(session, actor=actor, matter_id=matter_id, **received)  # type: ignore[arg-type]
    settled = _approved(session, world, matter_id, words, today)
    service.settle_statement(session, actor=actor, recovery_id=settled.id, version=settled.version, settled_on=today)
    _approved(session, world, matter_id, words, today)
    row = _recovery(session, world, matter_id, words, today)
    costs = session.scalars(select(ExpenseEntry.id).where(ExpenseEntry.firm_id == world.firm_id, ExpenseEntry.matter_id == matter_id)).all()
    service.choose_costs(session, actor=actor, recovery_id=row.id, version=row.version, expense_entry_ids=costs[:1])


def _recovery(session: Session, world: World, matter_id: int, words: Callable[[str], str], today: date) -> Recovery:
    facts = RecoveryFacts(today, 1_000_000, words("Insurer"), Stage.AFTER_FILING)
    row = service.record_recovery(session, actor=world.owner, matter_id=matter_id, facts=facts)
    claim = NewClaim("lien", words("Lienholder"), 50_000, words("final demand"))
    return service.add_claim(session, actor=world.owner, recovery_id=row.id, version=row.version, claim=claim)


def _approved(session: Session, world: World, matter_id: int, words: Callable[[str], str], today: date) -> Recovery:
    row = _recovery(session, world, matter_id, words, today)
    given = Consent(today, words("signed copy"))
    return service.approve_statement(session, actor=world.owner, recovery_id=row.id, version=row.version, given=given)
