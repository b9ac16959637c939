"""What was paid for a client, what the firm counts itself, and what the client's own money paid."""

from __future__ import annotations

from lexapp.domain.agreements import CategoryMarkUp, Expenses, Hourly
from lexapp.domain.permissions import Role
from lexapp.services.expense_categories import CategoryTerms, add_expense_category
from lexapp.services.expense_entries import Expense, approve_expense, record_expense
from lexapp.services.trust import CostPayment, pay_cost_from_trust
from lexapp.services.unit_rates import NewUnitRate, add_unit_rate
from tests.engagements import JULY, NOVEMBER, Engagement
from tests.factories import NOW, OPENED, TODAY, make_member
from tests.trust_money import put_in


def test_units_at_the_rate_of_their_day(letter: Engagement) -> None:
    """“Mileage at 70 cents, from July on at 72.5.” 86.4 miles are 60.48, then 62.64; nobody is owed for them."""
    for since, rate in ((OPENED, 70_00), (JULY, 72_50)):
        new = NewUnitRate(name="Mileage", unit="mile", rate_hundredths=rate, effective_from=since, code="E110")
        add_unit_rate(rate=new, **letter.acting)
    for on in (JULY.replace(month=6), NOVEMBER):
        letter.spend(0, on, quantity_hundredths=86_40, kind="soft", unit_rate_name="Mileage")
    assert letter.bill() == {"Castellane Shipping": 60_48 + 62_64}
    assert letter.books() == {"receivable": 123_12, "cost_income": -123_12}


def test_a_mark_up_on_hard_costs_by_category(letter: Engagement) -> None:
    """“Expenses at cost plus 10 %, filing fees at cost; copies at 25 cents.” 10 % of 37.65 is 3.765."""
    filing = add_expense_category(terms=CategoryTerms(name="Filing fees"), **letter.acting)
    letter.agree(Hourly(), Expenses(basis_points=1_000, by_category=(CategoryMarkUp(filing.id, "Filing fees", 0),)))
    letter.spend(37_65)
    letter.spend(405_00, category_id=filing.id)
    letter.spend(25, quantity_hundredths=120_00, kind="soft")
    assert letter.bill() == {"Castellane Shipping": 41_42 + 405_00 + 30_00}
    assert letter.books() == {"receivable": 476_42, "cost_income": -33_77, "costs_payable": -442_65}


def test_what_needs_an_approval_is_billed_once_it_has_it(letter: Engagement) -> None:
    """“Experts above 1,000.00 only with approval.”"""
    terms = CategoryTerms(name="Expert", code="E119", approval_above_minor=1_000_00)
    category = add_expense_category(terms=terms, **letter.acting)
    letter.session.rollback()
    clerk = make_member(letter.session, letter.world.owner, Role.ASSISTANT)
    said = Expense(letter.matter_id, NOVEMBER, 4_800_00, kind="", description="Hull survey", category_id=category.id)
    entry = record_expense(letter.session, actor=clerk, expense=said, now=NOW)
    letter.spend(160_00)
    assert letter.bill() == {"Castellane Shipping": 160_00}
    approve_expense(entry_id=entry.id, version=entry.version, **letter.acting)
    assert letter.bill() == {"Castellane Shipping": 4_800_00}
    assert letter.books() == {"receivable": 4_960_00, "costs_payable": -4_960_00}


def test_a_cost_that_the_clients_advance_paid_is_never_billed(letter: Engagement) -> None:
    """“Filing fees are paid out of the advance.”"""
    ledger_id = put_in(letter.session, letter.world, letter.matter, 1_000_00).trust_ledger_id or 0
    letter.session.rollback()
    entry = letter.spend(435_00)
    told = {"payee": "Clerk of the court", "method": "cheque", "authority": "Engagement letter, clause 4"}
    payment = CostPayment(trust_ledger_id=ledger_id, effective_on=TODAY, **told)
    pay_cost_from_trust(entry_id=entry.id, version=entry.version, payment=payment, **letter.acting)
    letter.work(1)
    assert letter.bill() == {"Castellane Shipping": 500_00}
    assert letter.books() == {"receivable": 500_00, "fee_income": -500_00, "trust_bank": 565_00, "trust_liability": -565_00}
