"""Names in scripts that the faces of the themes lack."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest
from pypdf import PdfReader

from lexapp.domain.snapshots import InvoiceSnapshot
from lexapp.integrations.documents import invoice_pdf
from tests.documents.invoices import ISSUED_AT, read_logo, retainer_invoice
from tests.documents.reading import text_of

NAMES = {
    "Greek": "Ελληνική Ναυτιλία",
    "Cyrillic": "Морские перевозки",
    "Chinese": "上海远洋运输有限公司",
    "Japanese": "株式会社オーシャン",
    "Korean": "한국해운",
    "Vietnamese": "Nguyễn Thị Ễ",
    "emoji": "Anchor ⚓ scales ⚖️ smile 😀 court 🏛",
}
RIGHT_TO_LEFT = {"Arabic": "شركة ناقلات", "Hebrew": "חברת הספנות"}


def invoice_for(name: str, theme: str) -> InvoiceSnapshot:
    invoice = retainer_invoice(theme=theme)
    return replace(invoice, client=replace(invoice.client, name=name), payer=replace(invoice.payer, name=name, address_lines=(name,)))


BOX = ".notdef glyph rendered"  # WeasyPrint says so for each letter that no font holds


@pytest.mark.parametrize("theme", ["chambers", "ledger"])
@pytest.mark.parametrize("script", [*NAMES, *RIGHT_TO_LEFT])
def test_a_name_in_any_common_script_is_printed_and_never_as_boxes(script: str, theme: str, caplog: pytest.LogCaptureFixture) -> None:
    name = (NAMES | RIGHT_TO_LEFT)[script]
    pdf = invoice_pdf(invoice_for(name, theme), ISSUED_AT, read_logo=read_logo)
    assert BOX not in caplog.text
    if script in NAMES:
        assert text_of(pdf).count(name.replace("\ufe0f", "")) >= 2


def test_a_letter_that_no_font_holds_would_be_noticed(caplog: pytest.LogCaptureFixture) -> None:
    invoice_pdf(invoice_for("Odd \U000e8000 sign", "chambers"), ISSUED_AT, read_logo=read_logo)
    assert BOX in caplog.text


def test_an_ordinary_invoice_uses_the_faces_of_its_theme_alone() -> None:
    reader = PdfReader(BytesIO(invoice_pdf(retainer_invoice(), ISSUED_AT, read_logo=read_logo)))
    fonts = reader.pages[0]["/Resources"]["/Font"].values()
    assert {str(font.get_object()["/BaseFont"]).split("+")[1].split("-")[1] for font in fonts} == {"Garamond"}
