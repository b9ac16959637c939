"""What may be credited of an invoice, and what that takes back: never more than was billed, and all of it in the end."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.credit_notes import Creditable, CreditableLine, CreditableTax
from lexapp.domain.errors import InvalidInput, InvariantBroken
from lexapp.domain.spread import Charges
from tests.examples import money_property


def creditable(amounts: list[tuple[int, bool, bool, int]], taxes: list[tuple[int, bool, bool]]) -> Creditable:
    """Lines as (amount, is an expense, is taxed, cost) and taxes as (share of the base in hundredths, on expenses, is included)."""
    lines = tuple(
        CreditableLine(id_, expense, minor, 0, taxed or not expense, cost if expense else 0)
        for id_, (minor, expense, taxed, cost) in enumerate(amounts, start=1)
    )
    found = []
    for number, (share, on_expenses, included) in enumerate(taxes):
        base = sum(line.billed_minor for line in lines if line.is_expense == on_expenses and line.is_taxed)
        found.append(CreditableTax(f"Tax {number}", on_expenses, base * share // 100, 0, included))
    return Creditable(lines, tuple(found))


AMOUNTS = st.one_of(st.integers(0, 9), st.integers(0, 10**9))
LINES = st.lists(st.tuples(AMOUNTS, st.booleans(), st.booleans(), AMOUNTS), min_size=1, max_size=6)
# Prices either contain their taxes or not, and what they contain is less than they are.
TAXES = st.booleans().flatmap(lambda included: st.lists(st.tuples(st.integers(0, 33), st.booleans(), st.just(included)), max_size=3))
INVOICES = st.builds(creditable, LINES, TAXES).filter(lambda invoice: invoice.left_minor > 0)


def draw_credit(invoice: Creditable, data: st.DataObject):
    """A credit of some lines, or of one amount for all."""
    if not any(line.left_minor for line in invoice.lines) or data.draw(st.booleans()):
        return invoice.credit_total(data.draw(st.integers(1, invoice.left_minor)))
    wanted = {line.id: data.draw(st.integers(0, line.left_minor)) for line in invoice.lines}
    if not any(wanted.values()):
        wanted = {line.id: line.left_minor for line in invoice.lines}
    return invoice.credit_lines(wanted)


def charged(invoice: Creditable) -> Charges:
    """Fees, costs and tax of the invoice, less what is credited of it."""
    return Charges(_without_tax(invoice, False), _without_tax(invoice, True), sum(tax.left_minor for tax in invoice.taxes))


def _without_tax(invoice: Creditable, on_expenses: bool) -> int:
    in_prices = sum(tax.left_minor for tax in invoice.taxes if tax.is_included and tax.on_expenses == on_expenses)
    return sum(line.left_minor for line in invoice.lines if line.is_expense == on_expenses) - in_prices


@money_property
@given(INVOICES, st.data())
def test_no_line_and_no_tax_is_credited_beyond_what_was_billed_and_the_parts_add_up(invoice, data):
    for _ in range(4):
        if not invoice.left_minor:
            break
        before, credit = invoice, draw_credit(invoice, data)
        invoice = invoice.after(credit)
        assert all(0 <= line.credited_minor <= line.billed_minor for line in invoice.lines)
        assert all(0 <= tax.credited_minor <= tax.billed_minor for tax in invoice.taxes)
        assert before.left_minor - invoice.left_minor == credit.total_minor
        assert charged(before) - charged(invoice) == credit.charges
        assert credit.charges.costs_minor == credit.cost_income_minor + credit.written_down_minor
        assert min(credit.charges.fees_minor, credit.charges.costs_minor, credit.charges.tax_minor) >= 0


@money_property
@given(INVOICES, st.data())
def test_whatever_is_credited_before_crediting_the_rest_takes_back_exactly_the_whole(invoice, data):
    whole, sums = charged(invoice), Charges()
    for _ in range(data.draw(st.integers(0, 3))):
        if invoice.left_minor:
            credit = draw_credit(invoice, data)
            invoice, sums = invoice.after(credit), sums + credit.charges
    if invoice.left_minor:
        credit = invoice.credit_total(invoice.left_minor)
        invoice, sums = invoice.after(credit), sums + credit.charges
    assert sums == whole
    assert invoice.left_minor == 0
    assert charged(invoice) == Charges()


@given(INVOICES, st.data())
def test_one_amount_for_all_is_credited_to_the_cent(invoice, data):
    amount = data.draw(st.integers(1, invoice.left_minor))
    credit = invoice.credit_total(amount)
    assert credit.total_minor == amount
    for id_, part in credit.lines:
        line = next(line for line in invoice.lines if line.id == id_)
        assert abs(part - Fraction(line.left_minor * amount, invoice.left_minor)) < 1


@given(LINES, st.integers(0, 33), st.data())
def test_tax_goes_with_the_lines_in_proportion_and_their_order_does_not_matter(amounts, share, data):
    invoice = creditable([(minor, False, True, 0) for minor, *_ in amounts], [(share, False, False)])
    base, tax = sum(line.billed_minor for line in invoice.lines), invoice.taxes[0].billed_minor
    steps = [{line.id: data.draw(st.integers(0, line.billed_minor))} for line in invoice.lines]
    first, second = credited_tax(invoice, steps), credited_tax(invoice, steps[::-1])
    assert first == second
    assert base == 0 or abs(first - Fraction(tax * sum(sum(step.values()) for step in steps), base)) < 1


def credited_tax(invoice: Creditable, steps: list[dict[int, int]]) -> int:
    for wanted in steps:
        invoice = invoice.after(invoice.credit_lines(wanted)) if any(wanted.values()) else invoice
    return invoice.taxes[0].credited_minor


def test_a_worked_note_of_a_british_invoice():
    """1,000.00 of fees and a 240.00 cost at 20 % VAT; 150.05 of the fees are credited with 30.01 of VAT."""
    fees, cost = CreditableLine(1, False, 1_000_00), CreditableLine(2, True, 240_00, cost_minor=200_00)
    invoice = Creditable((fees, cost), (CreditableTax("VAT", False, 200_00), CreditableTax("VAT", True, 48_00)))
    credit = invoice.credit_lines({1: 150_05})
    assert (credit.taxes, credit.charges, credit.total_minor) == ((30_01, 0), Charges(150_05, 0, 30_01), 180_06)
    rest = invoice.after(credit).credit_lines({1: 849_95, 2: 240_00})
    assert (rest.taxes, rest.total_minor) == ((169_99, 48_00), 1_488_00 - 180_06)


def test_of_a_cost_the_mark_up_goes_first_and_then_what_the_firm_had_paid():
    invoice = Creditable((CreditableLine(1, True, 120_00, cost_minor=100_00),))
    first = invoice.credit_lines({1: 15_00})
    assert (first.cost_income_minor, first.written_down_minor) == (15_00, 0)
    second = invoice.after(first).credit_lines({1: 35_00})
    assert (second.cost_income_minor, second.written_down_minor) == (5_00, 30_00)


def test_tax_that_prices_contain_is_no_income_and_comes_off_the_line():
    invoice = Creditable((CreditableLine(1, False, 120_00),), (CreditableTax("VAT", False, 20_00, is_included=True),))
    credit = invoice.credit_lines({1: 60_00})
    assert (credit.charges, credit.total_minor) == (Charges(50_00, 0, 10_00), 60_00)


@pytest.mark.parametrize(
    ("wanted", "field", "words"),
    [
        ({1: 100_01}, "line_1", "more than is left"),
        ({1: -1}, "line_1", "above zero"),
        ({9: 1}, "lines", "no such line"),
        ({1: 0}, "lines", "at least one line"),
        ({}, "lines", "at least one line"),
    ],
)
def test_what_a_line_does_not_have_is_refused_beside_it(wanted, field, words):
    with pytest.raises(InvalidInput, match=words) as caught:
        Creditable((CreditableLine(1, False, 100_00),)).credit_lines(wanted)
    assert caught.value.field == field


@pytest.mark.parametrize("amount", [0, -1, 100_01])
def test_no_more_than_everything_is_credited_at_once(amount):
    with pytest.raises(InvariantBroken):
        Creditable((CreditableLine(1, False, 100_00),)).credit_total(amount)
