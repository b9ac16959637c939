"""Contingency fees of a matter: terms with dates, stages, recoveries, and the statement from draft to the paid invoice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.domain.contingency import Basis, ContingencyTerms, Referral, Stage, Tier, terms_from
from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import Role
from lexapp.domain.snapshots.coding import decode
from lexapp.domain.snapshots.settlements import SettlementSnapshot
from lexapp.models import AuditEvent, ExpenseEntry, FixedFeeEntry, Matter, Posting, Recovery, RecoveryClaim
from lexapp.queries.contingency import contingency_of_matter, cost_choices, settlement_steps, statement_of, trust_held
from lexapp.services import contingency as service
from lexapp.services import trust
from lexapp.services.contingency import Consent, NewClaim, OwnTerms, RecoveryFacts
from tests.billing import draft, issue, spend
from tests.factories import NOW, OPENED, TODAY, World, make_client, make_matter, make_member, make_world
from tests.trust_money import usd

AGREED = "engagement letter of Jan 2, 2026"
WHEN = Consent(TODAY, "signed copy")


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner, make_client(session, world.owner, "Rosa Diaz"), "Diaz v. Harbor Transit")


def own(percent: Fraction = Fraction(1, 3), *, on: date = OPENED, basis: Basis = Basis.GROSS, referral: Referral | None = None) -> OwnTerms:
    tiers = dict.fromkeys((Stage.BEFORE_SUIT, Stage.AFTER_FILING, Stage.TRIAL), (Tier(0, None, percent),))
    return OwnTerms(on, terms=ContingencyTerms("USD", basis, tiers, AGREED, referral))


def agree(session: Session, world: World, matter: Matter, agreed: OwnTerms | None = None):
    return service.agree_contingency(session, actor=world.owner, matter_id=matter.id, agreed=agreed or own(), now=NOW)


def recover(session: Session, world: World, matter: Matter, amount: int = 10_000_000, stage: Stage = Stage.BEFORE_SUIT) -> Recovery:
    facts = RecoveryFacts(TODAY, amount, "Harbor Mutual", stage)
    return service.record_recovery(session, actor=world.owner, matter_id=matter.id, facts=facts, now=NOW)


def claim(session: Session, world: World, row: Recovery, amount: int, kind: str = "lien", name: str = "Medicare") -> Recovery:
    asked = NewClaim(kind, name, amount, "letter of Oct 1, 2026")
    return service.add_claim(session, actor=world.owner, recovery_id=row.id, version=row.version, claim=asked, now=NOW)


def approve(session: Session, world: World, row: Recovery) -> Recovery:
    session.refresh(row)
    return service.approve_statement(session, actor=world.owner, recovery_id=row.id, version=row.version, given=WHEN, now=NOW)


def settle(session: Session, world: World, row: Recovery) -> Recovery:
    session.refresh(row)
    return service.settle_statement(session, actor=world.owner, recovery_id=row.id, version=row.version, settled_on=TODAY, now=NOW)


def paid(session: Session, row: Recovery) -> list[tuple[str, int]]:
    figures = statement_of(session, row, on=TODAY).figures
    assert figures is not None
    return [(line.part, line.paid_minor) for line in figures.lines]


def test_from_the_agreement_to_the_invoice_paid_out_of_trust_and_the_journal(session, world, matter):
    """33 1/3 % of $100,000.00 with a referral, a cost, a lien and a bill: every cent goes where the statement says."""
    agree(session, world, matter, own(referral=Referral("Hale & Co.", Fraction(1, 4), OPENED)))
    cost = spend(session, world, matter, 412_050)
    row = recover(session, world, matter)
    row = service.choose_costs(session, actor=world.owner, recovery_id=row.id, version=row.version, expense_entry_ids=[cost.id], now=NOW)
    claim(session, world, row, 1_250_000)
    claim(session, world, row, 825_050, "medical", "City Hospital")
    row = approve(session, world, row)
    figures = decode(SettlementSnapshot, row.snapshot).figures
    assert [(line.part, line.paid_minor) for line in figures.lines] == [
        ("fee", 2_500_000),
        ("referral", 833_333),
        ("costs", 412_050),
        ("lien", 1_250_000),
        ("medical", 825_050),
        ("client", 4_179_567),
    ]
    with pytest.raises(NotAllowed, match=r"holds \$0\.00 of \$100,000\.00\. Deposit the recovery into trust first"):
        settle(session, world, row)
    deposited = trust.deposit_to_trust(
        session,
        actor=world.owner,
        matter_id=matter.id,
        amount=usd(10_000_000),
        effective_on=TODAY,
        source="Harbor Mutual",
        method="transfer",
        now=NOW,
    )
    ledger_id = deposited.trust_ledger_id or 0
    row = settle(session, world, row)
    assert [step.done for step in settlement_steps(session, row, figures)] == [True, *[False] * 6]
    (invoice,) = issue(session, world, matter)
    assert (invoice.fees_minor, invoice.costs_minor, invoice.total_minor) == (2_500_000, 412_050, 2_912_050)
    out = {"actor": world.owner, "trust_ledger_id": ledger_id, "effective_on": TODAY, "now": NOW}
    trust.apply_trust_to_invoice(session, invoice_id=invoice.id, amount=usd(2_912_050), **out)
    for payee, amount in (("Hale & Co.", 833_333), ("Medicare", 1_250_000), ("City Hospital", 825_050)):
        trust.disburse_trust(session, amount=usd(amount), payee=payee, method="cheque", purpose="Settlement", **out)
    trust.refund_trust(session, amount=usd(4_179_567), method="cheque", **out)
    steps = settlement_steps(session, row, figures)
    assert [(step.kind, step.done) for step in steps] == [
        ("deposit", True),
        ("bill", True),
        ("apply", True),
        ("disburse", True),
        ("disburse", True),
        ("disburse", True),
        ("refund", True),
    ]
    assert trust_held(session, firm_id=world.firm_id, matter_id=matter.id) == 0
    assert session.scalar(select(func.sum(Posting.amount_minor))) == 0
    done = set(session.scalars(select(AuditEvent.action)))
    assert done >= {"contingency.agreed", "recovery.recorded", "settlement.approved", "settlement.settled", "fixed_fee.recorded"}


def test_the_second_recovery_goes_on_in_the_tiers_where_the_approved_first_one_ended(session, world, matter):
    agree(session, world, matter, OwnTerms(OPENED, statute="ny_474a"))
    first, second = recover(session, world, matter, 20_000_000), recover(session, world, matter, 10_000_000)
    assert paid(session, second)[0] == ("fee", 3_000_000)
    approve(session, world, first)
    assert paid(session, second) == [("fee", 1_500_000 + 1_250_000), ("client", 7_250_000)]


def test_terms_change_from_a_day_and_the_old_ones_stay_readable(session, world, matter):
    first = agree(session, world, matter)
    second = agree(session, world, matter, own(Fraction(2, 5), on=date(2026, 6, 1)))
    session.refresh(first)
    assert (first.effective_to, second.effective_to) == (date(2026, 5, 31), None)
    assert terms_from(first.terms).tiers[Stage.TRIAL][0].percent == Fraction(1, 3)
    found = contingency_of_matter(session, firm_id=world.firm_id, matter_id=matter.id)
    assert [one.id for one in found.agreements] == [second.id, first.id]
    assert (found.holding(date(2026, 5, 31)), found.holding(TODAY)) == (first, second)
    with pytest.raises(InvalidInput, match="start on this day already"):
        agree(session, world, matter, own(on=date(2026, 6, 1)))
    service.remove_contingency(session, actor=world.owner, agreement_id=second.id, version=1, now=NOW)
    assert contingency_of_matter(session, firm_id=world.firm_id, matter_id=matter.id).holding(TODAY) is None


@pytest.mark.parametrize(
    ("agreed", "field"),
    [
        (OwnTerms(OPENED, statute="none"), "statute"),
        (replace(own(), effective_from=date(1900, 1, 1)), "effective_from"),
        (OwnTerms(OPENED, terms=replace(own().terms, source=" ")), "source"),
    ],
)
def test_terms_that_cannot_stand_are_refused_beside_their_field(session, world, matter, agreed, field):
    with pytest.raises(InvalidInput) as refusal:
        agree(session, world, matter, agreed)
    assert refusal.value.field == field


def test_without_terms_or_for_a_stage_without_percentage_the_statement_says_what_to_do(session, world, matter):
    row = recover(session, world, matter)
    assert statement_of(session, row, on=TODAY).problem == "No contingency fee is agreed for the day of this recovery. Add the terms first."
    agree(session, world, matter)
    later = recover(session, world, matter, stage=Stage.APPEAL)
    assert statement_of(session, later, on=TODAY).problem.startswith("The agreement has no percentage on appeal.")
    with pytest.raises(InvalidInput, match="no percentage on appeal"):
        approve(session, world, later)


def test_claims_beyond_the_recovery_are_shown_and_refused_until_they_are_reduced(session, world, matter):
    agree(session, world, matter)
    row = claim(session, world, recover(session, world, matter, 30_000), 25_000)
    assert paid(session, row) == [("fee", 10_000), ("lien", 20_000), ("client", 0)]
    with pytest.raises(InvalidInput, match=r"Claims are \$50\.00 more than the recovery leaves"):
        approve(session, world, row)
    asserted = session.scalars(select(RecoveryClaim)).one()
    row = service.remove_claim(session, actor=world.owner, claim_id=asserted.id, version=row.version, now=NOW)
    row = approve(session, world, claim(session, world, row, 20_000))
    assert (row.status, row.consent) == ("approved", "signed copy")


def test_an_approved_statement_stays_as_it_is_until_it_is_reopened(session, world, matter):
    agree(session, world, matter)
    row = approve(session, world, recover(session, world, matter))
    agree(session, world, matter, own(Fraction(2, 5), on=TODAY))
    assert paid(session, row)[0] == ("fee", 3_333_333)
    with pytest.raises(NotAllowed, match="stays as it is"):
        claim(session, world, row, 1)
    later = approve(session, world, recover(session, world, matter))
    with pytest.raises(NotAllowed, match="approved after this one"):
        service.reopen_statement(session, actor=world.owner, recovery_id=row.id, version=row.version, now=NOW)
    service.reopen_statement(session, actor=world.owner, recovery_id=later.id, version=later.version, now=NOW)
    row = service.reopen_statement(session, actor=world.owner, recovery_id=row.id, version=row.version, now=NOW)
    assert (row.status, row.snapshot, row.consented_on) == ("draft", {}, None)
    again = approve(session, world, row)
    assert again.edition == 2
    assert paid(session, again)[0] == ("fee", 4_000_000)


def test_a_cost_is_paid_once_and_one_that_changed_since_the_consent_is_asked_about_again(session, world, matter):
    agree(session, world, matter)
    cost, other = spend(session, world, matter, 10_000), spend(session, world, matter, 500)
    row, second = recover(session, world, matter), recover(session, world, matter)
    chosen = {"actor": world.owner, "expense_entry_ids": [cost.id], "now": NOW}
    row = service.choose_costs(session, recovery_id=row.id, version=row.version, **chosen)
    assert [choice.entry.id for choice in cost_choices(session, second)] == [other.id]
    with pytest.raises(InvalidInput, match="taken by another recovery"):
        service.choose_costs(session, recovery_id=second.id, version=second.version, **chosen)
    row = approve(session, world, row)
    trust.deposit_to_trust(
        session, actor=world.owner, matter_id=matter.id, amount=usd(10_000_000), effective_on=TODAY, source="X", method="transfer", now=NOW
    )
    with transaction(session, world.firm_id):
        session.get_one(ExpenseEntry, cost.id).adjustment_minor = -100
    with pytest.raises(InvalidInput, match="changed since the client consented"):
        settle(session, world, row)
    assert session.scalar(select(func.count()).select_from(FixedFeeEntry)) == 0


def test_a_cost_on_a_bill_cannot_be_taken_out_of_a_recovery(session, world, matter):
    agree(session, world, matter)
    cost = spend(session, world, matter, 10_000)
    draft(session, world, matter)
    row = recover(session, world, matter)
    assert cost_choices(session, row) == []
    with pytest.raises(InvalidInput, match="was billed"):
        service.choose_costs(session, actor=world.owner, recovery_id=row.id, version=row.version, expense_entry_ids=[cost.id], now=NOW)


def test_a_recovery_taken_back_leaves_its_costs_to_another(session, world, matter):
    agree(session, world, matter)
    cost = spend(session, world, matter, 10_000)
    row = recover(session, world, matter)
    row = service.choose_costs(session, actor=world.owner, recovery_id=row.id, version=row.version, expense_entry_ids=[cost.id], now=NOW)
    service.remove_recovery(session, actor=world.owner, recovery_id=row.id, version=row.version, now=NOW)
    assert len(cost_choices(session, recover(session, world, matter))) == 1
    with pytest.raises(NotFound):
        claim(session, world, session.get_one(Recovery, row.id), 1)


def test_stages_are_reached_in_their_order_and_a_day_can_be_corrected(session, world, matter):
    reach = {"actor": world.owner, "matter_id": matter.id, "now": NOW}
    service.reach_stage(session, stage=Stage.AFTER_FILING, reached_on=date(2026, 3, 2), **reach)
    service.reach_stage(session, stage=Stage.TRIAL, reached_on=date(2026, 9, 1), **reach)
    with pytest.raises(InvalidInput, match="which is later"):
        service.reach_stage(session, stage=Stage.APPEAL, reached_on=date(2026, 8, 1), **reach)
    with pytest.raises(InvalidInput, match="which is earlier"):
        service.reach_stage(session, stage=Stage.AFTER_FILING, reached_on=date(2026, 9, 2), **reach)
    service.reach_stage(session, stage=Stage.AFTER_FILING, reached_on=date(2026, 4, 2), **reach)
    found = contingency_of_matter(session, firm_id=world.firm_id, matter_id=matter.id)
    days = (date(2026, 4, 1), date(2026, 4, 2), TODAY)
    assert [found.stage(day) for day in days] == [Stage.BEFORE_SUIT, Stage.AFTER_FILING, Stage.TRIAL]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (RecoveryFacts(TODAY, 0, "Insurer", Stage.TRIAL), "amount"),
        (RecoveryFacts(TODAY, 10**12, "Insurer", Stage.TRIAL), "amount"),
        (RecoveryFacts(TODAY, 1, " ", Stage.TRIAL), "received_from"),
        (RecoveryFacts(TODAY + timedelta(days=1), 1, "Insurer", Stage.TRIAL), "received_on"),
    ],
)
def test_a_recovery_that_cannot_be_is_refused_beside_its_field(session, world, matter, facts, field):
    with pytest.raises(InvalidInput) as refusal:
        service.record_recovery(session, actor=world.owner, matter_id=matter.id, facts=facts, now=NOW)
    assert refusal.value.field == field


def test_what_changed_meanwhile_is_a_conflict_and_a_repeated_command_happens_once(session, world, matter):
    agree(session, world, matter)
    row = recover(session, world, matter)
    changed = RecoveryFacts(TODAY, 5_000_000, "Harbor Mutual", Stage.TRIAL)
    named = {"actor": world.owner, "recovery_id": row.id, "version": 1, "now": NOW}
    for _ in range(2):
        service.edit_recovery(session, facts=changed, key="edit-it-once", **named)
    with pytest.raises(Conflict):
        service.add_claim(session, claim=NewClaim("lien", "Medicare", 1), **named)
    with pytest.raises(InvalidInput, match="how the client consented"):
        service.approve_statement(session, **{**named, "version": 2}, given=Consent(TODAY, " "))


def test_a_timekeeper_may_neither_agree_nor_approve(session, world, matter):
    agree(session, world, matter)
    row = recover(session, world, matter)
    actor = make_member(session, world.owner, Role.TIMEKEEPER)
    with pytest.raises(NotAllowed):
        service.agree_contingency(session, actor=actor, matter_id=matter.id, agreed=own(), now=NOW)
    with pytest.raises(NotAllowed):
        service.approve_statement(session, actor=actor, recovery_id=row.id, version=1, given=WHEN, now=NOW)
