"""Fees that do not count hours: flat, by milestones, by the month, for a result; and what is missing to a minimum."""

from __future__ import annotations

from sqlalchemy import select

from lexapp.domain.agreements import (
    AdvanceRetainer,
    AgreedCap,
    Coverage,
    Covers,
    Due,
    EarnedBasis,
    Flat,
    Hourly,
    HourlyRate,
    Milestones,
    Minimum,
    MonthlyRetainer,
    Part,
    ShareBy,
    SuccessFee,
)
from lexapp.domain.money import Money
from lexapp.domain.reductions import Counts, Window
from lexapp.models import FeeAgreement, MatterTask
from lexapp.queries.trust import earned_transfers
from lexapp.services.fee_agreements import Cancellation, cancel_fee, record_month, record_result
from lexapp.services.matter_tasks import complete_task
from lexapp.services.trust import approve_earned_transfer
from tests.agreed_fees import milestones, reach
from tests.engagements import NOVEMBER, OCTOBER, Engagement
from tests.factories import TODAY
from tests.trust_money import put_in

ALL, ASSESSMENT = Coverage(Covers.ALL), Coverage(Covers.PHASES, ("L100",))
OCTOBER_FIRST = OCTOBER.replace(day=1)


def reached(letter: Engagement, agreement: FeeAgreement, *places: int) -> None:
    for place in places:
        reach(letter.session, letter.world, milestones(letter.session, agreement)[place])
        letter.session.rollback()


def test_a_flat_fee(letter: Engagement) -> None:
    """“2,500.00 for the trademark filing, whatever the time it takes.” Time is recorded and not billed."""
    agreement = letter.agree(Flat(name="Trademark filing", amount_minor=2_500_00, pays_for=ALL))
    letter.work(9)
    letter.spend(350_00)
    reached(letter, agreement, 0)
    assert letter.bill() == {"Castellane Shipping": 2_850_00}
    assert letter.books() == {"receivable": 2_850_00, "fee_income": -2_500_00, "costs_payable": -350_00}


def test_milestones_by_amount_due_on_a_day_and_by_hand(letter: Engagement) -> None:
    """“10,000.00 on November 3, 20,000.00 at the verdict.” Only what is reached is billed."""
    parts = (Part("Complaint", 10_000_00, Due.on_day(NOVEMBER)), Part("Verdict", 20_000_00))
    agreement = letter.agree(Milestones(parts=parts, pays_for=ALL))
    reached(letter, agreement, 0)
    assert letter.bill() == {"Castellane Shipping": 10_000_00}
    reached(letter, agreement, 1)
    assert letter.bill() == {"Castellane Shipping": 20_000_00}
    assert letter.books() == {"receivable": 30_000_00, "fee_income": -30_000_00}


def test_a_milestone_due_by_a_task(letter: Engagement) -> None:
    """“15,000.00 once the answer is filed.” Whoever ticks the task off makes the fee due; nobody reaches it by hand."""
    parts = (Part("Pleadings closed", 15_000_00, Due.when_done("Answer filed")), Part("Verdict", 20_000_00))
    letter.agree(Milestones(parts=parts, pays_for=ALL))
    task = letter.session.scalars(select(MatterTask).where(MatterTask.matter_id == letter.matter_id)).one()
    task_id, version = task.id, task.version
    assert complete_task(task_id=task_id, version=version, **letter.acting).fees == 1
    assert letter.bill() == {"Castellane Shipping": 15_000_00}
    assert letter.books() == {"receivable": 15_000_00, "fee_income": -15_000_00}


def test_milestones_by_percent(letter: Engagement) -> None:
    """“A third each of 1,000.00”: 33.33, 33.33 and 33.34 percent, and the parts make the whole."""
    parts = (Part("Pleadings", 3_333), Part("Discovery", 3_333), Part("Trial", 3_334))
    agreement = letter.agree(Milestones(parts=parts, by=ShareBy.PERCENT, total_minor=1_000_01, pays_for=ALL))
    reached(letter, agreement, 0, 1, 2)
    assert letter.bill() == {"Castellane Shipping": 1_000_01}
    assert [line.amount_minor for line in letter.snapshot().matters[0].fixed_fees] == [333_30, 333_30, 333_41]
    assert letter.books() == {"receivable": 1_000_01, "fee_income": -1_000_01}


def test_a_flat_fee_of_a_matter_that_ends_early(letter: Engagement) -> None:
    """“If the engagement ends early, the part that is earned is owed”: 40 % of 2,500.00."""
    agreement = letter.agree(Flat(name="Trademark filing", amount_minor=2_500_00))
    told = {"term_id": letter.term("flat"), "ended_on": TODAY, "basis": EarnedBasis.SHARE, "reason": "Client withdrew"}
    version = agreement.version
    cancel_fee(agreement_version=version, cancellation=Cancellation(share_basis_points=4_000, **told), **letter.acting)  # type: ignore[arg-type]
    assert letter.bill() == {"Castellane Shipping": 1_000_00}
    assert letter.books() == {"receivable": 1_000_00, "fee_income": -1_000_00}


def test_a_success_fee(letter: Engagement) -> None:
    """“Reduced to 200.00 an hour, and 5 % of what the sale brings above 1,000,000.00”: 5 % of 23,456.78 is 1,172.839."""
    letter.agree(Hourly((HourlyRate("", 200_00),)), SuccessFee(name="Success fee", basis_points=500, threshold_minor=1_000_000_00))
    letter.work(3)
    result = {"fee_term_id": letter.term("success_fee"), "value_minor": 1_023_456_78, "achieved_on": TODAY}
    record_result(**result, **letter.acting)
    assert letter.bill() == {"Castellane Shipping": 600_00 + 1_172_84}
    assert letter.books() == {"receivable": 1_772_84, "fee_income": -1_772_84}


def test_a_hybrid(letter: Engagement) -> None:
    """“200.00 an hour but at most 1,000.00 a month, 5,000.00 for the assessment, 10 % of the recovery above 50,000.00.”"""
    agreement = letter.agree(
        Hourly((HourlyRate("", 200_00),)),
        AgreedCap(limit_minor=1_000_00, window=Window.MONTH, counts=Counts.TIME),
        Flat(name="Early assessment", amount_minor=5_000_00, pays_for=ASSESSMENT),
        SuccessFee(name="Success fee", basis_points=1_000, threshold_minor=50_000_00),
    )
    for hours, on, task in ((4, OCTOBER, "L120"), (6, OCTOBER, "L210"), (3, NOVEMBER, "L210")):
        letter.work(hours, on=on, task_code=task)
    reached(letter, agreement, 0)
    record_result(fee_term_id=letter.term("success_fee"), value_minor=58_000_00, achieved_on=TODAY, **letter.acting)
    assert letter.bill() == {"Castellane Shipping": 1_000_00 + 600_00 + 5_000_00 + 800_00}
    assert letter.books() == {"receivable": 7_400_00, "fee_income": -7_400_00}


def test_a_minimum(letter: Engagement) -> None:
    """“At least 1,500.00 a month.” Two hours were worked in October: 500.00 are missing."""
    letter.agree(Hourly(), Minimum(amount_minor=1_500_00), since=OCTOBER_FIRST)
    letter.work(2, on=OCTOBER)
    record_month(fee_term_id=letter.term("minimum"), month=OCTOBER_FIRST, **letter.acting)
    assert letter.bill() == {"Castellane Shipping": 1_500_00}
    assert [line.amount_minor for line in letter.snapshot().matters[0].fixed_fees] == [500_00]
    assert letter.books() == {"receivable": 1_500_00, "fee_income": -1_500_00}


def test_a_monthly_retainer(letter: Engagement) -> None:
    """“3,000.00 a month for up to ten hours, 310.00 for every hour beyond.” Twelve and a half were worked."""
    paid = {"pays_for": ALL, "hours_hundredths": 10_00, "beyond_minor_per_hour": 310_00}
    letter.agree(MonthlyRetainer(name="General counsel", amount_minor=3_000_00, **paid), since=OCTOBER_FIRST)  # type: ignore[arg-type]
    letter.work(12.5, on=OCTOBER)
    record_month(fee_term_id=letter.term("monthly_retainer"), month=OCTOBER_FIRST, **letter.acting)
    assert letter.bill() == {"Castellane Shipping": 3_000_00 + 775_00}
    assert letter.books() == {"receivable": 3_775_00, "fee_income": -3_775_00}


def test_an_advance_that_a_fee_is_earned_out_of(letter: Engagement) -> None:
    """“An advance of 3,000.00 into trust, kept at 1,000.00.” The flat fee is earned out of it, the invoice asks for the rest again."""
    flat = Flat(name="Trademark filing", amount_minor=2_500_00, pays_for=ALL)
    agreement = letter.agree(flat, AdvanceRetainer(amount_minor=3_000_00, minimum_minor=1_000_00))
    put_in(letter.session, letter.world, letter.matter, 3_000_00)
    letter.session.rollback()
    reached(letter, agreement, 0)
    assert letter.bill() == {"Castellane Shipping": 2_500_00}
    (transfer,) = earned_transfers(letter.session, firm_id=letter.world.firm_id, matter_id=letter.matter_id)
    told = {"transfer_id": transfer.id, "version": transfer.version, "invoice_id": letter.issued[0]}
    approve_earned_transfer(amount=Money(2_500_00, "USD"), effective_on=TODAY, **told, **letter.acting)
    assert letter.books() == {"fee_income": -2_500_00, "operating_bank": 2_500_00, "trust_bank": 500_00, "trust_liability": -500_00}
    letter.spend(20_00)
    letter.bill()
    asked = letter.snapshot().trust[0].replenishment
    assert asked is not None
    assert (asked.agreed_minor, asked.held_minor, asked.requested_minor) == (1_000_00, 500_00, 500_00)
