"""What takes off what the others make: caps and budgets, and discounts of a matter and of a client."""

from __future__ import annotations

import pytest

from lexapp.domain.agreements import AgreedCap, AgreedDiscount, Hourly
from lexapp.domain.budgets import Beyond, Budget, BudgetPart
from lexapp.domain.errors import Refused
from lexapp.domain.money import Money
from lexapp.domain.reductions import Counts, EarlyDiscount, Reckoning, Tier, VolumeDiscount, Window, YearlyDiscount
from lexapp.services.budgets import release_hold, set_budget
from lexapp.services.client_discounts import NewDiscount, agree_discount
from lexapp.services.payments import record_payment
from tests.budgets import holds
from tests.engagements import JULY, NOVEMBER, OCTOBER, Engagement
from tests.factories import OPENED, TODAY

OCTOBER_FIRST = OCTOBER.replace(day=1)


def test_a_hard_cap_cuts_and_the_invoice_says_so(letter: Engagement) -> None:
    """“Fees of no more than 2,000.00 in all; expenses beside it.” Five hours are 2,500.00."""
    letter.agree(Hourly(), AgreedCap(limit_minor=2_000_00))
    letter.work(3)
    letter.work(2)
    letter.spend(120_00)
    assert letter.bill() == {"Castellane Shipping": 2_120_00}
    assert "beyond the cap of $2,000.00" in letter.printed()
    assert letter.books() == {"receivable": 2_120_00, "fee_income": -2_000_00, "costs_payable": -120_00}


def test_a_soft_cap_warns_and_cuts_nothing(letter: Engagement) -> None:
    """“We tell you before fees go beyond 2,000.00.”"""
    letter.agree(Hourly(), AgreedCap(limit_minor=2_000_00, is_hard=False))
    letter.work(5)
    assert letter.bill() == {"Castellane Shipping": 2_500_00}
    assert letter.books() == {"receivable": 2_500_00, "fee_income": -2_500_00}


@pytest.mark.parametrize(("window", "october", "november"), [(Window.MONTH, 500_00, 1_000_00), (Window.ROLLING, 500_00, 1_500_00)])
def test_a_monthly_cap_and_one_that_carries_on_what_is_unused(letter: Engagement, window: Window, october: int, november: int) -> None:
    """“No more than 1,000.00 a month”, and “what a month leaves unused is there for the later ones”."""
    letter.agree(Hourly(), AgreedCap(limit_minor=1_000_00, window=window), since=OCTOBER_FIRST)
    letter.work(1, on=OCTOBER)
    letter.work(5, on=NOVEMBER)
    assert letter.bill(through=OCTOBER) == {"Castellane Shipping": october}
    assert letter.bill() == {"Castellane Shipping": november}
    assert letter.books() == {"receivable": october + november, "fee_income": -october - november}


def test_a_cap_of_one_phase(letter: Engagement) -> None:
    """“Discovery costs no more than 1,200.00.”"""
    letter.agree(Hourly(), AgreedCap(limit_minor=1_200_00, phase="L300"))
    letter.work(4, task_code="L310")
    letter.work(4, task_code="L210")
    assert letter.bill() == {"Castellane Shipping": 1_200_00 + 2_000_00}
    assert letter.books() == {"receivable": 3_200_00, "fee_income": -3_200_00}


def test_a_budget_of_the_matter_and_of_a_phase_holds_work_until_it_is_let_through(letter: Engagement) -> None:
    """“A budget of 5,000.00, of which 1,000.00 for assessment; nothing beyond it without our word.”"""
    parts = (BudgetPart("L100", 1_000_00),)
    budget = Budget(effective_from=OPENED, amount_minor=5_000_00, parts=parts, beyond=Beyond.BLOCK)
    set_budget(matter_id=letter.matter_id, budget=budget, **letter.acting)
    letter.work(2, task_code="L120")
    with pytest.raises(Refused, match="L100"):
        letter.work(1, task_code="L120")
    letter.work(6, task_code="L210")
    with pytest.raises(Refused):
        letter.work(3, task_code="L210")
    letter.work(3, task_code="L210", billing_status="held")
    assert letter.bill() == {"Castellane Shipping": 1_000_00 + 3_000_00}
    (hold,) = holds(letter.session)
    release_hold(hold_id=hold.id, version=hold.version, reason="Agreed by phone with the general counsel", **letter.acting)
    assert letter.bill() == {"Castellane Shipping": 1_500_00}
    assert letter.books() == {"receivable": 5_500_00, "fee_income": -5_500_00}


@pytest.mark.parametrize(
    ("counts", "fees", "costs"), [(Counts.FEES, 1_125_00, 80_05), (Counts.ALL, 1_125_00, 72_04), (Counts.TIME, 1_125_00, 80_05)]
)
def test_a_discount_by_percent_on_services_only_or_on_all(letter: Engagement, counts: Counts, fees: int, costs: int) -> None:
    """“10 % off”, of fees, or of expenses too: 10 % of 1,330.05 is 133.01, of which 8.01 fall on the cost and are the firm’s own loss."""
    letter.agree(Hourly(), AgreedDiscount(basis_points=1_000, counts=counts))
    letter.work(2.5)
    letter.spend(80_05)
    assert letter.bill() == {"Castellane Shipping": fees + costs}
    expected = {"receivable": fees + costs, "fee_income": -fees, "costs_payable": -80_05, "costs_written_down": 80_05 - costs}
    assert letter.books() == {role: minor for role, minor in expected.items() if minor}


def test_a_discount_of_an_amount_off_each_invoice(letter: Engagement) -> None:
    """“100.00 off each invoice.”"""
    letter.agree(Hourly(), AgreedDiscount(amount_minor=100_00))
    for on in (OCTOBER, NOVEMBER):
        letter.work(1, on=on)
    assert letter.bill(through=OCTOBER) == {"Castellane Shipping": 400_00}
    assert letter.bill() == {"Castellane Shipping": 400_00}
    assert letter.books() == {"receivable": 800_00, "fee_income": -800_00}


@pytest.mark.parametrize(("reckoning", "taken_off"), [(Reckoning.ABOVE, 150_00), (Reckoning.EVERYTHING, 350_00)])
def test_a_discount_by_volume_over_all_matters_of_a_year(letter: Engagement, reckoning: Reckoning, taken_off: int) -> None:
    """“10 % of what is billed above 2,000.00 a year”, or “of all of it once that is passed”: the first invoice’s part too."""
    terms = YearlyDiscount(VolumeDiscount((Tier(2_000_00, 1_000),), reckoning))
    agree_discount(discount=NewDiscount(client_id=letter.client_id, terms=terms, effective_from=OPENED), **letter.acting)
    letter.work(3, on=JULY)
    assert letter.bill(through=JULY) == {"Castellane Shipping": 1_500_00}
    other = letter.new_matter("Lease")
    other.work(4)
    assert other.bill() == {"Castellane Shipping": 2_000_00 - taken_off}
    assert letter.books() == {"receivable": 3_500_00 - taken_off, "fee_income": -3_500_00 + taken_off}


def test_a_discount_for_early_payment(letter: Engagement) -> None:
    """“2 % for payment within ten days.” 2 % of 1,234.55 is 24.69; what is kept is no money."""
    discount = NewDiscount(client_id=letter.client_id, terms=EarlyDiscount(200, 10), effective_from=OPENED)
    agree_discount(discount=discount, **letter.acting)
    letter.work(2.4)
    letter.spend(34_55)
    letter.bill()
    assert "1,209.86" in letter.printed()
    paid = Money(1_209_86, "USD")
    told = {"payer_id": letter.client_id, "amount": paid, "received_on": TODAY, "method": "transfer"}
    record_payment(allocations={letter.issued[0]: paid}, early=[letter.issued[0]], **told, **letter.acting)
    assert letter.books() == {"operating_bank": 1_209_86, "early_discounts": 24_69, "fee_income": -1_200_00, "costs_payable": -34_55}
