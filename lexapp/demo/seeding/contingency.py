"""A malpractice case on a statute's contingency fee: one recovery settled, a second one whose statement is a draft."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from lexapp.demo.seeding.cast import CURRENCY
from lexapp.demo.seeding.people import Seeded, at
from lexapp.domain.agreements import AgreedContingency
from lexapp.domain.contingency import STATUTES, Referral, Stage
from lexapp.domain.money import Money
from lexapp.models import Recovery
from lexapp.services import contingency as service
from lexapp.services.clients import ClientFacts, add_client
from lexapp.services.contingency import Consent, NewClaim, RecoveryFacts
from lexapp.services.expense_entries import Expense, record_expense
from lexapp.services.fee_agreements import NewAgreement, agree_fees
from lexapp.services.matters import MatterFacts, open_matter
from lexapp.services.trust import deposit_to_trust

COSTS = (
    (1_845_000, "Expert testimony, Dr. A. Fenwick", "Fenwick Medical Consulting"),
    (312_075, "Deposition transcripts", "Calloway Reporting"),
)


def add_contingency(seeded: Seeded, now: datetime) -> None:
    """All of it before the plan's newest day."""
    session, actor, last = seeded.session, seeded.actor, seeded.plan.last_day
    opened = max(seeded.plan.first_day, last - timedelta(days=240))
    matter_id = _open(seeded, opened)
    referral = Referral("Hale & Winslow LLP", Fraction(1, 4), opened)
    term = AgreedContingency(terms=STATUTES["ny_474a"].terms(referral=referral), statute="ny_474a")
    agree_fees(session, actor=actor, agreement=NewAgreement(matter_id=matter_id, effective_from=opened, terms=(term,)), now=at(opened))
    for stage, days in ((Stage.AFTER_FILING, 150), (Stage.TRIAL, 40)):
        on = max(opened, last - timedelta(days=days))
        service.reach_stage(session, actor=actor, matter_id=matter_id, stage=stage, reached_on=on, now=at(last))
    _first(seeded, matter_id, last - timedelta(days=12))
    second = _recover(seeded, matter_id, last - timedelta(days=2), 26_000_000, "Calverton Physicians Mutual")
    claim = NewClaim("lien", "Medicare", 2_480_000, "conditional payment letter of this month")
    service.add_claim(session, actor=actor, recovery_id=second.id, version=second.version, claim=claim, now=now)


def _open(seeded: Seeded, opened: date) -> int:
    facts = ClientFacts(name="Rosa Delacroix", kind="person", email="rosa@delacroix.test", address="88 Mill Street\nAlbany, NY 12207")
    client = add_client(seeded.session, actor=seeded.actor, facts=facts, now=at(opened))
    named = MatterFacts(
        name="Delacroix v. Calverton Hospital, a share by statute",
        practice_area="Litigation",
        responsible_timekeeper_id=seeded.timekeepers[0],
        opened_on=opened,
    )
    return open_matter(seeded.session, actor=seeded.actor, client_id=client.id, facts=named, now=at(opened)).id


def _recover(seeded: Seeded, matter_id: int, on: date, amount_minor: int, payer: str) -> Recovery:
    facts = RecoveryFacts(on, amount_minor, payer, Stage.TRIAL)
    return service.record_recovery(seeded.session, actor=seeded.actor, matter_id=matter_id, facts=facts, now=at(on))


def _first(seeded: Seeded, matter_id: int, on: date) -> None:
    """Costs, a lien and a bill come out of it; the client consents, the money is in trust, the fee waits to be billed."""
    session, actor, later = seeded.session, seeded.actor, on + timedelta(days=4)
    paid = [_cost(seeded, matter_id, on - timedelta(days=30 + 9 * place), *cost) for place, cost in enumerate(COSTS)]
    row = _recover(seeded, matter_id, on, 78_000_000, "Calverton Hospital Insurance Trust")
    acting: dict[str, Any] = {"actor": actor, "recovery_id": row.id, "now": at(later)}
    row = service.choose_costs(session, version=row.version, expense_entry_ids=paid, **acting)
    claims = (
        NewClaim("lien", "Medicare", 4_120_833, "final demand"),
        NewClaim("medical", "Albany Rehabilitation Center", 1_290_410, "reduced by their letter"),
    )
    for claim in claims:
        row = service.add_claim(session, version=row.version, claim=claim, **acting)
    row = service.approve_statement(session, version=row.version, given=Consent(later, "signed copy"), **acting)
    deposit_to_trust(
        session,
        actor=actor,
        matter_id=matter_id,
        amount=Money(row.amount_minor, CURRENCY),
        effective_on=on,
        source=row.received_from,
        method="transfer",
        reference="W90417",
        purpose="Settlement",
        now=at(later),
    )
    service.settle_statement(session, version=row.version, settled_on=later, **acting)


def _cost(seeded: Seeded, matter_id: int, on: date, amount_minor: int, description: str, vendor: str) -> int:
    expense = Expense(matter_id, on, amount_minor, code="E119", description=description, vendor=vendor)
    return record_expense(seeded.session, actor=seeded.actor, expense=expense, now=at(on)).id
