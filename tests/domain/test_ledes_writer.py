"""What is written as LEDES is ASCII, adds up, and says what the printed invoice says."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.errors import InvalidInput
from lexapp.domain.ledes import LedesInvoice, LedesLine, LineType, invoices_from_snapshot, parse_1998b, write_1998b
from tests.sample_invoices import invoice_snapshot, matter_section, time_line

SAMPLE = parse_1998b((Path(__file__).parents[1] / "data" / "ledes-1998b-sample.txt").read_text(encoding="ascii"))


def written_description(text):
    line = replace(SAMPLE[1].lines[0], description=text)
    return parse_1998b(write_1998b([replace(SAMPLE[1], lines=(line,))]))[0].lines[0].description


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Attend | hearing [Exhibit 9]", "Attend / hearing (Exhibit 9)"),
        ("one\r\ntwo\tthree\x00 four\u2028five", "one two three four five"),
        ("Stępień’s “brief” – 3 × 4 €", 'Stepien\'s "brief" - 3 x 4 EUR'),
        ("Müller, Łódź, Ærø, Straße", "Muller, Lodz, AEro, Strasse"),
        ("李小龙 met Оля 🙂", "??? met ??? ?"),
        ("ｆｕｌｌ｜ｗｉｄｔｈ", "full/width"),
        ("   ", ""),
        ("x" * 20_000, "x" * 15_360),
    ],
)
def test_texts_lose_what_may_not_stand_in_them(text, written):
    assert written_description(text) == written


def test_a_long_name_is_cut_and_a_long_number_is_refused():
    line = replace(SAMPLE[0].lines[0], timekeeper_name="Wolfeschlegelsteinhausenbergerdorff, Hubert")
    (read,) = parse_1998b(write_1998b([replace(SAMPLE[0], lines=(line,), total=line.total)]))
    assert read.lines[0].timekeeper_name == "Wolfeschlegelsteinhausenberger"
    with pytest.raises(InvalidInput, match=r"INVOICE_NUMBER INV-.* is longer than the 20 characters that LEDES allows\. Shorten it\."):
        write_1998b([replace(SAMPLE[1], number="INV-2026-0001-corrected")])


def test_the_file_is_ascii_with_every_line_ended():
    text = write_1998b(SAMPLE)
    assert text.isascii()
    assert text.endswith("[]\n")
    assert "\r" not in text
    assert all(line.endswith("[]") for line in text.splitlines())


def test_a_printed_invoice_says_the_same_in_ledes():
    snapshot = invoice_snapshot()
    (invoice,) = parse_1998b(write_1998b(invoices_from_snapshot(snapshot)))
    assert (invoice.number, invoice.client_id, invoice.law_firm_matter_id) == ("2026-0417", "C-0012", "2026-0118")
    assert (invoice.total, invoice.law_firm_id, invoice.client_matter_id) == (Decimal("8786.22"), "00-1234567", "HM-88213")
    by_type = {kind: sum(line.total for line in invoice.lines if line.type is kind) for kind in LineType}
    assert by_type == {
        LineType.FEE: Decimal("7200.00"),
        LineType.EXPENSE: Decimal("1927.30"),
        LineType.FEE_ADJUSTMENT: Decimal("750.00") - Decimal("364.63"),
        LineType.EXPENSE_ADJUSTMENT: Decimal("-750.00") + Decimal("23.55"),
    }


def test_an_adjusted_and_a_no_charge_line_show_their_reduction_as_an_adjustment():
    (invoice,) = invoices_from_snapshot(invoice_snapshot())
    adjusted, free = invoice.lines[2], invoice.lines[3]
    assert (adjusted.units, adjusted.unit_cost, adjusted.adjustment, adjusted.total) == tuple(map(Decimal, ("2.4", "195", "-195", "273")))
    assert (free.units, free.unit_cost, free.adjustment, free.total) == tuple(map(Decimal, ("0.4", "360", "-144", "0")))


def test_an_invoice_of_several_matters_becomes_one_for_each():
    snapshot = invoice_snapshot(matter_section(), matter_section(matter_id=119, number="2026-0119", discounts=()))
    invoices = parse_1998b(write_1998b(invoices_from_snapshot(snapshot)))
    assert [invoice.number for invoice in invoices] == ["2026-0417-1", "2026-0417-2"]
    assert [invoice.law_firm_matter_id for invoice in invoices] == ["2026-0118", "2026-0119"]
    assert sum(invoice.total for invoice in invoices) == Decimal(snapshot.totals.total_minor).scaleb(-2)


@pytest.mark.parametrize(("currency", "decimals"), [("JPY", 0), ("USD", 2), ("KWD", 3)])
def test_odd_products_are_rounded_once_and_read_in_the_decimals_of_their_currency(currency, decimals):
    line = replace(time_line(date(2026, 10, 1), "EMH", 33, "Review."), rate_minor=33_333)
    section = matter_section(time=(replace(line, amount_minor=line.gross_minor),))
    snapshot = replace(invoice_snapshot(section), currency=currency)
    (invoice,) = parse_1998b(write_1998b(invoices_from_snapshot(snapshot)), decimals=decimals)
    assert invoice.lines[0].total == Decimal(11_000).scaleb(-decimals)
    assert invoice.total == Decimal(snapshot.totals.total_minor).scaleb(-decimals)


AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
UNITS = st.decimals(min_value=0, max_value=10**5, places=2)
COSTS = st.decimals(min_value=0, max_value=10**5, places=2)
TEXTS = st.text(max_size=30)


@st.composite
def ledes_lines(draw):
    kind = draw(st.sampled_from(LineType))
    units, cost, adjustment = draw(UNITS), draw(COSTS), draw(AMOUNTS)
    return LedesLine(
        number="0",
        type=kind,
        on=draw(st.dates(date(1900, 1, 1), date(2100, 12, 31))),
        total=units * cost + adjustment,
        units=units,
        unit_cost=cost,
        adjustment=adjustment,
        description=draw(TEXTS),
        timekeeper_id="TK1",
        timekeeper_name=draw(TEXTS),
    )


@given(st.lists(ledes_lines(), min_size=1, max_size=4), TEXTS)
def test_whatever_is_written_is_read_with_the_same_figures(lines, description):
    numbered = tuple(replace(line, number=str(place)) for place, line in enumerate(lines, start=1))
    day = date(2026, 1, 31)
    total = sum((line.total for line in numbered), Decimal(0))
    invoice = LedesInvoice("1", day, "C", "M", total, day, day, numbered, description, client_matter_id="X")
    (read,) = parse_1998b(write_1998b([invoice]))
    assert read.total == total
    figures = [(line.type, line.on, line.units, line.unit_cost, line.adjustment, line.total) for line in read.lines]
    assert figures == [(line.type, line.on, line.units, line.unit_cost, line.adjustment, line.total) for line in numbered]
