"""A share of what is won: from the percentages to the settlement statement, the invoice and the money that leaves trust."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest

from lexapp.domain.agreements import AgreedContingency
from lexapp.domain.contingency import STATUTES, Basis, ContingencyTerms, Referral, Stage, Tier
from lexapp.domain.credits import CreditKind, CreditShare
from lexapp.domain.money import Money
from lexapp.domain.periods import Period
from lexapp.queries.contingency import statement_of
from lexapp.queries.matters import ledgers_of
from lexapp.queries.reports.credits import credited
from lexapp.queries.reports.scope import Scope
from lexapp.services import trust
from lexapp.services.contingency import (
    Consent,
    NewClaim,
    RecoveryFacts,
    add_claim,
    approve_statement,
    choose_costs,
    record_recovery,
    settle_statement,
)
from lexapp.services.matter_credits import NewCreditSplit, agree_credit_split
from lexapp.services.payments import record_payment
from tests.engagements import Engagement
from tests.factories import OPENED, TODAY
from tests.trust_money import put_in

THIRD, FORTY = (Tier(0, None, Fraction(1, 3)),), (Tier(0, 100_000_00, Fraction(2, 5)), Tier(100_000_00, None, Fraction(1, 4)))
STAGES = {Stage.BEFORE_SUIT: THIRD, Stage.TRIAL: FORTY}


def terms(basis: Basis, referral: Referral | None = None) -> AgreedContingency:
    return AgreedContingency(terms=ContingencyTerms("USD", basis, STAGES, "Engagement letter of January 2, 2026", referral))


def recover(letter: Engagement, minor: int, stage: Stage, costs: tuple[int, ...] = (), lien: int = 0) -> list[tuple[str, int]]:
    """A recovery that lies in trust, with its costs and a lien, consented to and settled: what goes to whom."""
    received = RecoveryFacts(TODAY, minor, "Harbor Mutual", stage)
    row = record_recovery(matter_id=letter.matter_id, facts=received, **letter.acting)
    row = choose_costs(recovery_id=row.id, version=row.version, expense_entry_ids=costs, **letter.acting)
    if lien:
        claim = NewClaim("lien", "Medicare", lien, "final demand")
        row = add_claim(recovery_id=row.id, version=row.version, claim=claim, **letter.acting)
    row = approve_statement(recovery_id=row.id, version=row.version, given=Consent(TODAY, "signed copy"), **letter.acting)
    letter.session.rollback()
    put_in(letter.session, letter.world, letter.matter, minor)
    settle_statement(recovery_id=row.id, version=row.version, settled_on=TODAY, **letter.acting)
    figures = statement_of(letter.session, row, on=TODAY).figures
    assert figures is not None
    return [(line.part, line.paid_minor) for line in figures.lines]


@pytest.mark.parametrize(("basis", "fee"), [(Basis.GROSS, 53_333_33), (Basis.NET, 52_000_00)])
def test_before_suit_on_the_recovery_or_on_what_costs_leave_of_it(letter: Engagement, basis: Basis, fee: int) -> None:
    """“One third before suit”, of 160,000.00, or of what 4,000.00 of costs leave of it. A referring firm has a quarter of the fee."""
    letter.agree(terms(basis, Referral("Hale & Co.", Fraction(1, 4), OPENED)))
    cost = letter.spend(4_000_00)
    referral = round(fee / 4)
    parts = recover(letter, 160_000_00, Stage.BEFORE_SUIT, (cost.id,), 20_000_00)
    client = 160_000_00 - fee - 4_000_00 - 20_000_00
    assert parts == [("fee", fee - referral), ("referral", referral), ("costs", 4_000_00), ("lien", 20_000_00), ("client", client)]
    assert letter.bill() == {"Castellane Shipping": fee - referral + 4_000_00}
    ours = Money(fee - referral + 4_000_00, "USD")
    out = {"trust_ledger_id": ledger(letter), "effective_on": TODAY}
    trust.apply_trust_to_invoice(invoice_id=letter.issued[0], amount=ours, **out, **letter.acting)
    for payee, minor in (("Hale & Co.", referral), ("Medicare", 20_000_00)):
        told = {"payee": payee, "method": "cheque", "purpose": "Settlement"}
        trust.disburse_trust(amount=Money(minor, "USD"), **told, **out, **letter.acting)
    trust.refund_trust(amount=Money(client, "USD"), method="cheque", **out, **letter.acting)
    assert letter.books() == {"operating_bank": ours.minor, "fee_income": -(fee - referral), "costs_payable": -4_000_00}


def ledger(letter: Engagement) -> int:
    (found,) = ledgers_of(letter.session, firm_id=letter.world.firm_id, matter_id=letter.matter_id)
    return found.id


def test_by_stage_and_amount_over_several_recoveries(letter: Engagement) -> None:
    """“At trial 40 % of the first 100,000.00, 25 % above.” The second recovery goes on in the tiers where the first one ended."""
    letter.agree(terms(Basis.GROSS))
    assert recover(letter, 80_000_00, Stage.TRIAL)[0] == ("fee", 32_000_00)
    assert letter.bill() == {"Castellane Shipping": 32_000_00}
    assert recover(letter, 60_000_00, Stage.TRIAL)[0] == ("fee", 8_000_00 + 10_000_00)
    assert letter.bill() == {"Castellane Shipping": 18_000_00}
    held = {"trust_bank": 140_000_00, "trust_liability": -140_000_00}
    assert letter.books() == {"receivable": 50_000_00, "fee_income": -50_000_00, **held}


@pytest.mark.parametrize(
    ("statute", "is_minor", "stage", "fee"),
    [
        ("ny_474a", False, Stage.TRIAL, 75_000_00 + 62_500_00 + 100_000_00 + 30_000_00),
        ("nj_1_21_7", False, Stage.AFTER_FILING, 250_000_00 + 135_000_00),
        ("nj_1_21_7", True, Stage.AFTER_FILING, 300_000_00),
        ("us_ftca", False, Stage.BEFORE_SUIT, 240_000_00),
    ],
)
def test_a_schedule_of_a_statute_and_its_cap_for_minors(letter: Engagement, statute: str, is_minor: bool, stage: Stage, fee: int) -> None:
    """“The fee that the law allows” of 1,200,000.00; New Jersey has a quarter at most where the client is a minor."""
    letter.agree(AgreedContingency(terms=STATUTES[statute].terms(minor=is_minor), statute=statute))
    assert recover(letter, 1_200_000_00, stage) == [("fee", fee), ("client", 1_200_000_00 - fee)]
    assert letter.bill() == {"Castellane Shipping": fee}
    held = {"trust_bank": 1_200_000_00, "trust_liability": -1_200_000_00}
    assert letter.books() == {"receivable": fee, "fee_income": -fee, **held}


def test_credit_for_what_is_collected(letter: Engagement) -> None:
    """“Ms. Voss brought the client: 60 % of the credit, Ms. Achterberg 40 %.” Of 500.01 that are paid: 300.01 and 200.00."""
    shares = (CreditShare(letter.partner.id, 6_000), CreditShare(letter.associate.id, 4_000))
    split = NewCreditSplit(kind=CreditKind.ORIGINATING, shares=shares, effective_from=OPENED)
    agree_credit_split(matter_id=letter.matter_id, split=split, **letter.acting)
    letter.work(2)
    letter.bill()
    paid = Money(500_01, "USD")
    told = {"payer_id": letter.client_id, "amount": paid, "received_on": TODAY, "method": "transfer"}
    record_payment(allocations={letter.issued[0]: paid}, **told, **letter.acting)
    period = Period(OPENED, TODAY + timedelta(days=1))
    found = [one for one in credited(letter.session, scope=Scope(letter.world.owner), period=period) if one.kind is CreditKind.ORIGINATING]
    assert [(one.timekeeper_id, one.minor) for one in found] == [(letter.partner.id, 300_01), (letter.associate.id, 200_00)]
    assert letter.books() == {"receivable": 499_99, "fee_income": -1_000_00, "operating_bank": 500_01}
