"""Worked sets of taxes from the setting to the printed reason and the account of what is owed to the authority."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from lexapp.domain.agreements import AgreedCap, AgreedDiscount, CategoryMarkUp, Expenses, Hourly, HourlyRate
from lexapp.domain.splits import PayerTerms
from lexapp.domain.tax.sets import EU_REVERSE_CHARGE
from lexapp.integrations.documents import invoice_pdf
from lexapp.models import Firm
from lexapp.services.expense_categories import CategoryTerms, add_expense_category
from lexapp.services.settings import InvoiceSettings, change_settings
from lexapp.services.tax_exemptions import NewExemption, add_exemption
from lexapp.services.taxes import NewTax, add_tax, adopt_tax_set
from tests.documents.reading import text_of
from tests.engagements import Engagement
from tests.factories import OPENED

VAT = NewTax(
    name="VAT", rate_millionths=200_000, on_fees=True, on_expenses=True, effective_from=OPENED, registration_number="GB 123 4567 89"
)
ISSUED_AT = datetime(2026, 11, 23, 15, tzinfo=UTC)


def in_place(letter: Engagement, country: str, region: str = "", code: str = "") -> Engagement:
    """A matter that is taxed there, in a firm that adopted the worked set: 1,000.01 of fees and 120.05 of expenses."""
    if code:
        adopt_tax_set(code=code, **letter.acting)
    matter = letter.new_matter(f"Taxed in {country} {region}".strip(), country=country, region=region)
    matter.work(2, rate_minor=500_00)
    matter.work(0.1, rate_minor=10)
    matter.spend(120_05)
    return matter


def taxes(letter: Engagement) -> list[tuple[str, int, int]]:
    """Each tax of the invoice with its base and its amount."""
    return [(tax.name, tax.base_minor, tax.amount_minor) for tax in letter.snapshot().matters[0].taxes]


@pytest.mark.parametrize(
    ("country", "region", "code", "charged"),
    [
        ("GB", "", "uk", [("VAT", 1_120_06, 224_01)]),
        ("CA", "QC", "canada", [("GST", 1_120_06, 56_00), ("QST", 1_120_06, 111_73)]),
        ("CA", "ON", "canada", [("HST", 1_120_06, 145_61)]),
        ("CA", "NS", "canada", [("HST", 1_120_06, 156_81)]),
        ("CA", "BC", "canada", [("GST", 1_120_06, 56_00), ("PST", 1_000_01, 70_00)]),
        ("CA", "AB", "canada", [("GST", 1_120_06, 56_00)]),
        ("US", "HI-OAHU", "hawaii", [("GET", 1_120_06, 52_78)]),
        ("US", "NY", "hawaii", []),
    ],
)
def test_a_worked_set_where_the_matter_is_taxed(
    letter: Engagement, country: str, region: str, code: str, charged: list[tuple[str, int, int]]
) -> None:
    """“Plus tax.” 20 % of 1,120.06 is 224.012; 5 % 56.003; 9.975 % 111.725985; 13 % 145.6078; 14 % 156.8084; 4.712 % 52.777."""
    matter = in_place(letter, country, region, code)
    tax = sum(minor for _, _, minor in charged)
    assert matter.bill() == {"Castellane Shipping": 1_120_06 + tax}
    assert taxes(matter) == charged
    expected = {"receivable": 1_120_06 + tax, "fee_income": -1_000_01, "costs_payable": -120_05, "tax_payable": -tax}
    assert matter.books() == {role: minor for role, minor in expected.items() if minor}


def test_a_tax_on_top_of_another(letter: Engagement) -> None:
    """“A levy of 2 %, and VAT on the fees with the levy”: 2 % of 1,000.00 is 20.00, 20 % of 1,020.00 is 204.00."""
    add_tax(tax=replace(VAT, name="Levy", rate_millionths=20_000), **letter.acting)
    add_tax(tax=replace(VAT, on_top_of="Levy"), **letter.acting)
    letter.work(2)
    assert letter.bill() == {"Castellane Shipping": 1_224_00}
    assert letter.books() == {"receivable": 1_224_00, "fee_income": -1_000_00, "tax_payable": -224_00}


def test_prices_that_contain_the_tax(letter: Engagement) -> None:
    """“500.00 an hour, VAT included.” A sixth of 1,120.05 is 186.675; of its cent 166.67 lie in the fees, 20.01 in the cost."""
    add_tax(tax=replace(VAT, is_included=True), **letter.acting)
    letter.work(2)
    letter.spend(120_05)
    assert letter.bill() == {"Castellane Shipping": 1_120_05}
    assert "Contained in it: VAT" in letter.printed()
    expected = {"fee_income": -833_33, "costs_payable": -120_05, "costs_written_down": 20_01, "tax_payable": -186_68}
    assert letter.books() == {"receivable": 1_120_05, **expected}


@pytest.mark.parametrize(
    ("kind", "words", "number"),
    [("reverse_charge", EU_REVERSE_CHARGE.words, "IE0000000A"), ("exempt", "Exempt: supply to an international organisation", "")],
)
def test_a_tax_that_is_not_charged_prints_why(letter: Engagement, kind: str, words: str, number: str) -> None:
    """“VAT is owed by the recipient”, or not owed at all: the paper says so, and nothing is owed to the authority."""
    add_tax(tax=VAT, **letter.acting)
    said = {"kind": kind, "words": words, "client_tax_number": number, "client_id": letter.client_id, "effective_from": OPENED}
    add_exemption(exemption=NewExemption(**said), **letter.acting)  # type: ignore[arg-type]
    letter.work(2)
    assert letter.bill() == {"Castellane Shipping": 1_000_00}
    text = text_of(invoice_pdf(letter.snapshot(), ISSUED_AT))
    assert words in " ".join(text.split())
    assert number in text
    assert letter.books() == {"receivable": 1_000_00, "fee_income": -1_000_00}


@pytest.mark.parametrize(("rounding", "tax", "said"), [("invoice", 6_01, "rounded once"), ("line", 6_00, "rounded on every line")])
def test_rounding_once_for_the_invoice_or_on_every_line(letter: Engagement, rounding: str, tax: int, said: str) -> None:
    """“Tax is rounded …”: 20 % of 30.06 is 6.012; of each of three lines of 10.02 it is 2.004. The paper says which holds."""
    firm = letter.session.get_one(Firm, letter.world.firm_id)
    kept = {one.name: getattr(firm, one.name) for one in fields(InvoiceSettings)} | {"tax_rounding": rounding}
    change_settings(version=firm.version, settings=InvoiceSettings(**kept), **letter.acting)
    add_tax(tax=VAT, **letter.acting)
    for _ in range(3):
        letter.work(0.1, rate_minor=100_20)
    assert letter.bill() == {"Castellane Shipping": 30_06 + tax}
    text = text_of(invoice_pdf(letter.snapshot(), ISSUED_AT))
    assert f"VAT no. GB 123 4567 89, 20% of 30.06 (fees and expenses), {said}" in " ".join(text.split())
    assert letter.books() == {"receivable": 30_06 + tax, "fee_income": -30_06, "tax_payable": -tax}


def test_a_court_fee_is_outside_of_tax_and_what_is_marked_up_is_not(letter: Engagement) -> None:
    """“Court fees at cost, other costs plus 10 %, VAT on all that we supply.” 20 % of 500.00 + 110.00; none of the fee of 80.00."""
    court = add_expense_category(terms=CategoryTerms(name="Filing fees", is_taxed=False), **letter.acting)
    add_tax(tax=VAT, **letter.acting)
    letter.agree(Hourly(), Expenses(basis_points=1_000, by_category=(CategoryMarkUp(court.id, "Filing fees", 0),)))
    letter.work(1)
    letter.spend(100_00, description="Transcript")
    letter.spend(80_00, category_id=court.id)
    assert letter.bill() == {"Castellane Shipping": 500_00 + 110_00 + 80_00 + 122_00}
    assert "Not taxed" in letter.printed()
    assert letter.books() == {
        "receivable": 812_00,
        "fee_income": -500_00,
        "cost_income": -10_00,
        "costs_payable": -180_00,
        "tax_payable": -122_00,
    }


def test_discount_cap_split_and_tax_together(letter: Engagement) -> None:
    """“333.33 an hour less 10 %, at most 1,000.00; the insurer 80 % of it, the client the rest and the expenses; plus VAT.”

    Four hours are 1,333.32, less 133.33 is 1,199.99, cut to 1,000.00: 800.00 and 200.00. The tax of each is rounded by itself: 160.00,
    and 20 % of 200.00 + 52.53, which is 50.506.
    """
    insurer = letter.new_client("Harbor Mutual")
    add_tax(tax=VAT, **letter.acting)
    letter.agree(Hourly((HourlyRate("", 333_33),)), AgreedDiscount(basis_points=1_000), AgreedCap(limit_minor=1_000_00))
    letter.share(PayerTerms(insurer, 8_000, 8_000), PayerTerms(letter.client_id), remainder=letter.client_id)
    for _ in range(4):
        letter.work(1)
    letter.spend(52_53)
    assert letter.bill() == {"Harbor Mutual": 960_00, "Castellane Shipping": 252_53 + 50_51}
    expected = {"fee_income": -1_000_00, "costs_payable": -52_53, "tax_payable": -160_00 - 50_51}
    assert letter.books() == {"receivable": 1_263_04, **expected}
