"""The printed invoice: every figure of the snapshot stands on it, in order, readable by people and by machines."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from itertools import accumulate
from pathlib import Path

import pytest
from weasyprint import HTML

from lexapp.domain.snapshots import InvoiceSnapshot, PaymentInstructions
from lexapp.integrations.documents import invoice_html, invoice_pdf
from lexapp.integrations.pdf import shared_fonts
from lexapp.integrations.pdf_resources import DOCUMENTS, DocumentFetcher
from tests.documents.invoices import ISSUED_AT, invoice_of, mediation_invoice, read_logo, retainer_invoice, services
from tests.documents.reading import checked_by_qpdf, fonts_of, info_of, pages_of, places_of, text_of
from tests.sample_invoices import invoice_snapshot, matter_section

pytestmark = pytest.mark.slow

LAYOUTS = [("chambers", "letter", 4), ("chambers", "a4", 4), ("ledger", "letter", 3), ("ledger", "a4", 3)]


def printed(invoice: InvoiceSnapshot) -> bytes:
    invoice.check()
    return invoice_pdf(invoice, ISSUED_AT, read_logo=read_logo)


def dollars(minor: int) -> str:
    return ("−" if minor < 0 else "") + f"{abs(minor) // 100:,}.{abs(minor) % 100:02d}"


@pytest.fixture(scope="module")
def chambers() -> bytes:
    return printed(mediation_invoice())


@pytest.mark.parametrize(("theme", "paper", "pages"), LAYOUTS)
def test_every_layout_holds_every_figure_of_the_snapshot(theme: str, paper: str, pages: int) -> None:
    invoice = mediation_invoice(theme=theme, paper=paper)
    pdf = printed(invoice)
    text = text_of(pdf)
    (matter,) = invoice.matters
    for line in (*matter.time, *matter.fixed_fees, *matter.expenses, *matter.discounts, *matter.taxes, *invoice.timekeepers):
        assert dollars(line.amount_minor) in text
    totals, account = invoice.totals, invoice.account
    for minor in (totals.fees_minor, totals.expenses_minor, totals.total_minor, account.previous_balance_minor, -account.payments_minor):
        assert dollars(minor) in text
    for movement in invoice.trust[0].movements:
        assert dollars(abs(movement.amount_minor)) in text
        assert dollars(movement.balance_minor) in text
    assert len(pages_of(pdf)) == pages
    assert ("letter" if paper == "letter" else "A4") in re.search(r"Page size:.*", info_of(pdf))[0]


def test_a_row_shows_hours_times_rate_and_amount(chambers: bytes) -> None:
    text = text_of(chambers)
    assert re.search(r"10/01 EMH Telephone conference with D\. Calloway .*? 1\.40 625\.00 875\.00", text)
    assert re.search(r"10/06 JTR .*? 2\.40 195\.00 273\.00", text)
    assert "468.00 less 195.00: 1.00 h of attendance not charged" in text
    assert re.search(r"10/09 KLS .*? 0\.40 360\.00 0\.00", text)
    assert "144.00 not charged" in text


def test_page_one_answers_how_much_by_when_for_what_and_how(chambers: bytes) -> None:
    first = pages_of(chambers)[0]
    for words in (
        "Invoice 2026-0417",
        "Total due Please pay by December 2, 2026 $35,597.77",
        "Harrow Mutual Marine Insurance Company",
        "Client Brightwater Marine, Inc.",
        "Billed through October 31, 2026",
        "Professional services, 62.10 hours 28,117.50",
        "Courtesy discount, 5% of services −1,405.88",
        "Sales tax, 6.25% on document hosting only 23.55",
        "This invoice 33,755.27",
        "Previous balance 31,842.50",
        "Payments since October 1 −30,000.00",
        "Total due, US dollars 35,597.77",
        "pay.example.com/l/7Qk2Vn9XbA",
        "Account 4417 0092 31",
        "Trust replenishment of $5,750.00 is requested separately and goes to the client trust account: see page 4.",
        "Remittance",
    ):
        assert words in first, words


def test_trust_and_operating_money_never_share_a_block(chambers: bytes) -> None:
    pages = pages_of(chambers)
    assert "8801 4429 08" not in pages[0]
    assert "8801 4429 08" in pages[3]
    assert "4417 0092 31" not in pages[3]
    assert "to the trust account only" in " ".join(pages[3].split())
    assert re.search(r"Held in trust 9,250\.00", pages[3])


def test_a_page_that_ends_inside_the_entries_prints_the_running_total(chambers: bytes) -> None:
    sums = {dollars(minor) for minor in accumulate(line.amount_minor for line in services(28))}
    carried = [re.findall(r"Services carried forward ([\d,.]+)", page) for page in pages_of(chambers)]
    assert [len(found) for found in carried] == [0, 1, 0, 0]
    assert carried[1][0] in sums


@pytest.mark.parametrize("count", range(6, 11))
def test_a_subtotal_never_stands_alone_at_the_top_of_a_page(count: int) -> None:
    for page in pages_of(printed(invoice_of(count, theme="ledger"))):
        assert not page.strip().startswith(("Services", "All timekeepers"))


def test_the_file_is_tagged_sound_and_carries_its_fonts(chambers: bytes, tmp_path: Path) -> None:
    info = info_of(chambers)
    assert "Title:           Invoice 2026-0417, Brightwater Marine, Inc." in info
    assert "Tagged:          yes" in info
    assert "JavaScript:      no" in info
    assert "No syntax or stream encoding errors found" in checked_by_qpdf(chambers, tmp_path)
    assert {name for name, _ in fonts_of(chambers)} == {"Lex-Garamond", "Lex-Garamond-Italic", "Lex-Garamond-Semi-Bold"}
    assert all(embedded for _, embedded in fonts_of(chambers))
    for word in (b"/JavaScript", b"/Launch", b"/EmbeddedFile"):
        assert word not in chambers


def test_the_structure_reads_in_the_order_of_the_page(chambers: bytes) -> None:
    tree = info_of(chambers, "-struct-text")
    assert tree.count("H1 (block)") == 1
    heads = [re.search(r'"(.*?)"', part)[1] for part in re.split(r"H2 \(block\)", tree)[1:]]
    assert ", ".join(heads) == (
        "Summary, How to pay, Remittance, Professional services, Fixed fees, Expenses, Timekeepers, Account, Trust account"
    )


def test_every_cell_of_the_services_names_its_column_head_on_every_page(chambers: bytes) -> None:
    tree = info_of(chambers, "-struct-text")
    rows = [part for part in re.split(r"\bTR\b", tree) if part.count("/Headers") == 6]
    assert len(rows) >= 28


@pytest.mark.parametrize("invoice", [mediation_invoice(), mediation_invoice(theme="ledger", show_codes=True), retainer_invoice(paper="a4")])
def test_both_parsers_and_the_full_sheet_of_html_elements_put_every_word_in_the_same_place(invoice: InvoiceSnapshot) -> None:
    html, base = "<!DOCTYPE html>" + invoice_html(invoice), DOCUMENTS.as_uri() + "/"
    other = HTML(string=html, base_url=base, url_fetcher=DocumentFetcher(read_logo))
    pdf = other.write_pdf(font_config=shared_fonts(), pdf_variant="pdf/ua-1")
    assert places_of(pdf) == places_of(printed(invoice))


def test_the_same_snapshot_is_the_same_file_in_another_process(chambers: bytes) -> None:
    script = (
        "import hashlib; from tests.documents.test_invoice_pdf import mediation_invoice, printed\n"
        "print(hashlib.sha256(printed(mediation_invoice())).hexdigest())"
    )
    root = Path(__file__).parents[2]
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True, cwd=root).stdout.strip()
    assert other == hashlib.sha256(chambers).hexdigest() == hashlib.sha256(printed(mediation_invoice())).hexdigest()


def test_timekeepers_are_listed_with_their_class_and_add_up_to_the_services(chambers: bytes) -> None:
    text = text_of(chambers)
    assert "Hartwell, Eleanor (EMH) Partner 17.30 625.00 10,812.50" in text
    assert "All timekeepers 62.10 28,117.50" in text


def test_codes_are_printed_when_the_client_wants_them() -> None:
    assert "[L160 A106]" not in text_of(printed(invoice_snapshot()))
    assert re.search(r"\[L160\sA106\]", text_of(printed(replace(invoice_snapshot(), show_codes=True))))


def test_short_invoices_stay_short() -> None:
    assert len(pages_of(printed(retainer_invoice()))) == 1
    assert len(pages_of(printed(invoice_of(1)))) == 2
    assert len(pages_of(printed(invoice_of(1, paper="a4")))) == 1
    assert len(pages_of(printed(invoice_of(1, theme="ledger")))) == 1
    empty = printed(invoice_of(0))
    assert "Nothing to pay $0.00" in text_of(empty)
    assert len(pages_of(empty)) == 1
    assert "Nothing to pay" in text_of(empty)
    assert "Remittance" not in text_of(empty)


def test_several_matters_have_headings_and_add_up() -> None:
    other = matter_section(matter_id=2, number="2026-0119", name="Estate planning", time=services(3), expenses=(), discounts=())
    invoice = invoice_snapshot(matter_section(), other)
    text = text_of(printed(invoice))
    assert "2026-0118 Brightwater Marine v. Calder Shipyards" in text
    for matter in invoice.matters:
        assert f"{matter.number} {matter.name} {dollars(matter.totals.total_minor)}" in text
    assert f"This invoice {dollars(invoice.totals.total_minor)}" in text


@pytest.mark.parametrize(
    ("currency", "locale", "due", "row"),
    [
        ("JPY", "en_US", "¥3,559,777", "1.40 62,500 87,500"),
        ("JPY", "ja_JP", "¥3,559,777", "1.40 62,500 87,500"),
        ("KWD", "en_US", "KWD 3,559.777", "1.40 62.500 87.500"),
        ("EUR", "de_DE", "35.597,77 €", "1,40 625,00 875,00"),
        ("GBP", "en_GB", "£35,597.77", "1.40 625.00 875.00"),
    ],
)
def test_amounts_follow_the_currency_and_the_locale(currency: str, locale: str, due: str, row: str) -> None:
    text = text_of(printed(mediation_invoice(currency=currency, locale=locale)))
    assert f"{due} Summary" in text
    assert row in text


HOSTILE = [
    "<script>alert(1)</script> & <b>bold</b>",
    "{{ 7 * 7 }} {% for x in y %} {{ page.__class__ }}",
    "control \x00\x08\x1b characters \ud800",
    "مرحبا بالعالم 12.34 שלום 🎉👩\u200d⚖️ 漢字",
    "]]> <!-- &amp; &nope; --> <!DOCTYPE x>",
    "W" * 500,
    "\u202e77.795,53",
]


def test_no_text_of_a_user_breaks_the_page() -> None:
    lines = tuple(replace(line, narrative=text, note=text[:40]) for line, text in zip(services(7), HOSTILE, strict=True))
    invoice = invoice_snapshot(matter_section(time=lines, name=HOSTILE[0], responsible_name=HOSTILE[3]))
    firm, client = replace(invoice.firm, name=HOSTILE[1], tagline=HOSTILE[2]), replace(invoice.client, name=HOSTILE[4])
    pdf = printed(replace(invoice, firm=firm, client=client, payer=replace(invoice.payer, name="Ŵ" * 300), number="<i>7</i>"))
    text = text_of(pdf)
    assert "<script>alert(1)</script> & <b>bold</b>" in text
    assert "{{ 7 * 7 }}" in text
    assert "\u202e" not in text
    assert "Total due, US dollars" in text


def test_a_link_that_is_not_a_web_address_is_not_printed() -> None:
    ways = PaymentInstructions(bank_name="Tidewater", link="javascript:alert(1)")
    html = invoice_html(replace(invoice_snapshot(), how_to_pay=ways))
    assert "javascript" not in html
    assert "QR code that opens the payment page" not in html


def test_wide_figures_stay_inside_their_columns() -> None:
    lines = tuple(replace(line, rate_minor=line.rate_minor * 4000, adjustment_minor=0, note="") for line in services(28))
    lines = tuple(replace(line, amount_minor=0 if line.no_charge else line.gross_minor) for line in lines)
    invoice = invoice_snapshot(matter_section(time=lines, discounts=()))
    text = text_of(printed(invoice))
    assert re.search(r" 7\.20 2,500,000\.00 18,000,000\.00\b", text)
    assert dollars(invoice.totals.total_minor) in text


def test_dates_carry_the_year_where_the_tables_span_two() -> None:
    lines = (replace(services(1)[0], on=date(2025, 12, 30)), *services(2))
    text = text_of(printed(invoice_snapshot(matter_section(time=lines))))
    assert "12/30/25 EMH" in text
    assert "10/01/26 EMH" in text


@pytest.mark.slow
def test_nine_hundred_entries_are_set_and_add_up() -> None:
    invoice = invoice_of(900, theme="ledger")
    pages = pages_of(printed(invoice))
    assert 30 < len(pages) < 45
    assert f"Please pay by December 2, 2026 ${dollars(invoice.totals.total_minor)}" in pages[0]
    entries = re.findall(r"\d\d/\d\d [A-Z]{3} .*? (\d+\.\d\d) × ([\d,.]+) ([\d,.]+)", " ".join(pages))
    assert [amount for _, _, amount in entries] == [dollars(line.amount_minor) for line in invoice.time]
