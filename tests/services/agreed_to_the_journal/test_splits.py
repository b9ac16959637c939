"""Several payers of one matter: each one's invoice, what the parts come to, and one journal for all of them."""

from __future__ import annotations

import pytest

from lexapp.domain.errors import Refused
from lexapp.domain.splits import Arrangement, PayerTerms
from lexapp.services.fixed_fees import FixedFee, record_fixed_fees
from lexapp.services.invoices import void_invoice
from lexapp.services.payers import agree_payers
from tests.engagements import JULY, NOVEMBER, OCTOBER, Engagement
from tests.factories import OPENED

CLIENT, INSURER, PARENT = "Castellane Shipping", "Harbor Mutual", "Castellane plc"


def test_shares_by_percent_divide_every_cent(letter: Engagement) -> None:
    """“The insurer and the parent 33.33 % each, the client the rest”, of an hour and of an opinion at 366.67.

    Hours are divided in hundredths, so that each invoice multiplies out: 0.33, 0.33, 0.34. The fee is divided in cents.
    """
    insurer, parent = letter.new_client(INSURER), letter.new_client(PARENT)
    thirds = [PayerTerms(payer, 3_333, 3_333, 3_333) for payer in (insurer, parent)]
    letter.share(*thirds, PayerTerms(letter.client_id), remainder=letter.client_id)
    letter.work(1, rate_minor=366_67)
    record_fixed_fees(fees=[FixedFee(letter.matter_id, NOVEMBER, 366_67, "Opinion")], **letter.acting)
    assert letter.bill() == {INSURER: 121_00 + 122_21, PARENT: 121_00 + 122_21, CLIENT: 124_67 + 122_25}
    proof = [[row.fees_minor + row.fixed_fees_minor for row in letter.snapshot_of(id_).split] for id_ in letter.issued]
    assert proof == [[243_21, 243_21, 246_92]] * 3
    assert letter.books() == {"receivable": 733_34, "fee_income": -733_34}


def test_fees_to_the_insurer_and_expenses_to_the_client(letter: Engagement) -> None:
    """“The insurer pays the fees, the client the expenses.”"""
    insurer = letter.new_client(INSURER)
    letter.share(PayerTerms(insurer, fees=10_000, fixed_fees=10_000), PayerTerms(letter.client_id, expenses=10_000))
    letter.work(2)
    letter.spend(120_05)
    assert letter.bill() == {INSURER: 1_000_00, CLIENT: 120_05}
    assert letter.books() == {"receivable": 1_120_05, "fee_income": -1_000_00, "costs_payable": -120_05}


def test_a_fixed_amount_a_month(letter: Engagement) -> None:
    """“The parent pays the first 800.00 of every month, the client the rest.”"""
    parent = letter.new_client(PARENT)
    letter.share(PayerTerms(parent, monthly_minor=800_00), PayerTerms(letter.client_id), remainder=letter.client_id)
    for on in (OCTOBER, NOVEMBER):
        letter.work(2, on=on)
    assert letter.bill() == {PARENT: 1_600_00, CLIENT: 400_00}
    assert letter.books() == {"receivable": 2_000_00, "fee_income": -2_000_00}


def test_a_rule_of_its_own_for_the_time_of_a_task(letter: Engagement) -> None:
    """“Half of the fees; of the cover dispute (L110) nothing.”"""
    insurer = letter.new_client(INSURER)
    letter.share(PayerTerms(insurer, 5_000, 5_000, tasks={"L110": 0}), PayerTerms(letter.client_id), remainder=letter.client_id)
    letter.work(2, task_code="L210")
    letter.work(1, task_code="L110")
    assert letter.bill() == {INSURER: 500_00, CLIENT: 1_000_00}
    assert letter.books() == {"receivable": 1_500_00, "fee_income": -1_500_00}


def test_a_cap_whose_overflow_has_an_order(letter: Engagement) -> None:
    """“The insurer 80 % up to 1,000.00, beyond that the parent up to 500.00, beyond that the client.” 80 % of 2,000.00 is 1,600.00."""
    insurer, parent = letter.new_client(INSURER), letter.new_client(PARENT)
    letter.share(
        PayerTerms(insurer, 8_000, cap_minor=1_000_00, overflow_payer_id=parent),
        PayerTerms(parent, cap_minor=500_00, overflow_payer_id=letter.client_id),
        PayerTerms(letter.client_id),
        remainder=letter.client_id,
    )
    for _ in range(4):
        letter.work(1)
    assert letter.bill() == {INSURER: 1_000_00, PARENT: 500_00, CLIENT: 500_00}
    assert letter.books() == {"receivable": 2_000_00, "fee_income": -2_000_00}


def test_shares_that_change_on_a_day(letter: Engagement) -> None:
    """“Half each; from July on the insurer pays a quarter.” Work is divided by what was agreed for its own day."""
    insurer = letter.new_client(INSURER)
    for points, since in ((5_000, OPENED), (2_500, JULY)):
        letter.share(PayerTerms(insurer, points, points, points), PayerTerms(letter.client_id), remainder=letter.client_id, since=since)
    letter.work(2, on=JULY.replace(month=6))
    letter.work(2, on=JULY)
    assert letter.bill() == {INSURER: 500_00 + 250_00, CLIENT: 500_00 + 750_00}
    assert letter.books() == {"receivable": 2_000_00, "fee_income": -2_000_00}


def test_nobody_but_the_client_is_billed_without_their_consent(letter: Engagement) -> None:
    """“The insurer pays the fees”, which the insurer has not said yet."""
    insurer = letter.new_client(INSURER)
    arrangement = Arrangement((PayerTerms(insurer, 10_000, 10_000), PayerTerms(letter.client_id, expenses=10_000)))
    agree_payers(matter_id=letter.matter_id, version=letter.matter.version, effective_from=OPENED, arrangement=arrangement, **letter.acting)
    letter.work(1)
    with pytest.raises(Refused, match="consent"):
        letter.bill()
    assert letter.books() == {}


def test_one_payers_part_is_voided_and_billed_again_alone(letter: Engagement) -> None:
    """“Fixed fee of 1,000.01, half each”: the insurer’s half is voided; its account is empty, the client’s stays as it was."""
    insurer = letter.new_client(INSURER)
    letter.share(PayerTerms(insurer, 5_000, 5_000, 5_000), PayerTerms(letter.client_id), remainder=letter.client_id)
    record_fixed_fees(fees=[FixedFee(letter.matter_id, NOVEMBER, 1_000_01, "Opinion")], **letter.acting)
    billed = letter.bill()
    assert sum(billed.values()) == 1_000_01
    theirs = letter.issued[list(billed).index(INSURER)]
    void_invoice(invoice_id=theirs, reason="Claim number missing", **letter.acting)
    assert letter.books() == {"receivable": billed[CLIENT], "fee_income": -billed[CLIENT]}
    assert letter.bill() == {INSURER: billed[INSURER]}
    assert letter.books() == {"receivable": 1_000_01, "fee_income": -1_000_01}
