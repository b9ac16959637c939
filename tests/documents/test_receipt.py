"""Receipts: in figures and in words, what was paid, and what was not touched."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from lexapp.domain.errors import InvariantBroken
from lexapp.domain.snapshots.receipts import ReceiptLine, ReceiptSnapshot, TrustReceipt
from lexapp.integrations.documents import receipt_pdf
from lexapp.integrations.documents.wording import Figures
from lexapp.integrations.documents.words import amount_in_words, number_in_words
from tests.documents.invoices import ISSUED_AT, read_logo
from tests.documents.reading import checked_by_qpdf, info_of, pages_of
from tests.sample_invoices import invoice_snapshot

INVOICE = invoice_snapshot()
RECEIPT = ReceiptSnapshot(
    number="2026-R208",
    issued_on=date(2026, 11, 20),
    received_on=date(2026, 11, 20),
    currency="USD",
    locale="en_US",
    firm=INVOICE.firm,
    received_from=INVOICE.payer,
    client_name=INVOICE.client.name,
    matter="Brightwater Marine v. Calder Shipyards",
    method="wire",
    amount_minor=3_456_577,
    bank_reference="FT 2611 20 77341",
    deposited_to="Operating account, ending 9231",
    lines=(
        ReceiptLine("2026-0351", "Invoice of October 1, 2026", 184_250, 184_250),
        ReceiptLine("2026-0417", "Invoice of November 2, 2026", 3_375_527, 3_272_327),
    ),
    held_in_trust_minor=925_000,
    signed_by="Ingrid Solheim, accounts",
    logo_hash="0" * 64,
)
DEPOSIT = replace(
    RECEIPT,
    lines=(),
    amount_minor=575_000,
    trust=TrustReceipt("2026-0118 Brightwater Marine", 925_000, 1_500_000, "D-0433"),
    deposited_to="Client trust account (IOLTA)",
)


def printed(receipt: ReceiptSnapshot) -> str:
    receipt.check()
    (page,) = pages_of(receipt_pdf(receipt, ISSUED_AT, read_logo=read_logo))
    return page


def test_a_payment_says_what_it_paid_and_that_trust_was_not_touched() -> None:
    text = printed(RECEIPT)
    assert "Received with thanks Thirty-four thousand five hundred sixty-five and 77/100 US dollars $34,565.77" in text
    assert "2026-0351 Invoice of October 1, 2026 1,842.50 1,842.50 0.00" in text
    assert "2026-0417 Invoice of November 2, 2026 33,755.27 32,723.27 1,032.00" in text
    assert "Total 35,597.77 34,565.77 1,032.00" in text
    assert "For Brightwater Marine, Inc. the trust account holds $9,250.00, which this payment did not touch." in text


def test_a_payer_who_is_not_the_client_reads_no_word_of_trust() -> None:
    text = printed(replace(RECEIPT, held_in_trust_minor=None))
    assert "trust" not in text.casefold()
    assert "For the firm: Ingrid Solheim" in text


def test_what_the_invoices_did_not_use_is_kept_as_credit() -> None:
    text = printed(replace(RECEIPT, amount_minor=3_556_577))
    assert "Kept as credit on the account 1,000.00" in text
    assert "Total 35,597.77 35,565.77 1,032.00" in text


def test_a_deposit_into_trust_is_not_income_and_pays_no_invoice() -> None:
    text = printed(DEPOSIT)
    assert "Trust receipt 2026-R208" in text
    assert "Received into trust Five thousand seven hundred fifty and 00/100 US dollars $5,750.00" in text
    assert "Held before 9,250.00 This deposit 5,750.00 Held in trust 15,000.00" in text
    assert "It is not income of the firm and paid no invoice." in text
    assert "What it paid" not in text


def test_the_file_is_tagged_and_sound(tmp_path: Path) -> None:
    pdf = receipt_pdf(replace(RECEIPT, theme="ledger", paper="a4"), ISSUED_AT, read_logo=read_logo)
    assert "Tagged:          yes" in info_of(pdf)
    assert "No syntax or stream encoding errors found" in checked_by_qpdf(pdf, tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(RECEIPT, amount_minor=0),
        replace(RECEIPT, amount_minor=100),
        replace(RECEIPT, lines=(ReceiptLine("1", "", 100, 200),)),
        replace(DEPOSIT, lines=RECEIPT.lines),
        replace(DEPOSIT, amount_minor=575_001),
    ],
)
def test_a_receipt_that_does_not_add_up_is_refused(wrong: ReceiptSnapshot) -> None:
    with pytest.raises(InvariantBroken):
        wrong.check()


def test_numbers_in_words() -> None:
    assert number_in_words(0) == "zero"
    assert number_in_words(1_000_001) == "one million one"
    assert number_in_words(999_999) == "nine hundred ninety-nine thousand nine hundred ninety-nine"
    assert number_in_words(20_013) == "twenty thousand thirteen"
    assert amount_in_words(1_500, Figures("en_US", "JPY")) == "One thousand five hundred Japanese yen"
    assert amount_in_words(1_005, Figures("en_US", "KWD")) == "One and 005/1000 Kuwaiti dinars"
