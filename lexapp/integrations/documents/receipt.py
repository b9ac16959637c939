"""A receipt made ready to be set: what was received, what it paid, and what it did not touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from lexapp.domain.snapshots.receipts import ReceiptLine, ReceiptSnapshot
from lexapp.integrations.documents.invoice import letterhead, party_lines
from lexapp.integrations.documents.page import Fact, Letterhead, Line
from lexapp.integrations.documents.themes import PAPERS, THEMES
from lexapp.integrations.documents.wording import Figures, plain, shortened
from lexapp.integrations.documents.words import amount_in_words


class Paid(NamedTuple):
    number: str
    text: str
    before: str
    paid: str
    after: str


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    language: str
    title: str
    heading: str
    theme: str
    paper: str
    widths: str
    running: tuple[str, str, str]
    letterhead: Letterhead
    issued: str
    received_from: tuple[str, ...]
    facts: tuple[Fact, ...]
    band: str
    in_words: str
    amount: str
    lines: tuple[Paid, ...]
    ledger: str
    balance: tuple[Line, ...]
    closing_heading: str
    closing: str
    signed_by: str


def receipt_page(receipt: ReceiptSnapshot) -> ReceiptPage:
    """Everything that stands on the printed receipt, of a payment or of a deposit into trust."""
    figures = Figures(receipt.locale, receipt.currency)
    kind = "Trust receipt" if receipt.trust else "Receipt"
    heading = plain(f"{kind} {receipt.number}")
    return ReceiptPage(
        language=figures.language(),
        title=plain(f"{heading}, {receipt.client_name}"),
        heading=heading,
        theme=receipt.theme if receipt.theme in THEMES else THEMES[0],
        paper=receipt.paper if receipt.paper in PAPERS else PAPERS[0],
        widths="due-long" if len(figures.signed(receipt.amount_minor)) > 15 else "",
        running=(shortened(receipt.firm.name, 44), shortened(heading, 30), shortened(receipt.client_name, 36)),
        letterhead=letterhead(receipt.firm, receipt.logo_hash),
        issued=figures.long_date(receipt.issued_on),
        received_from=party_lines(receipt.received_from),
        facts=_facts(receipt, figures),
        band="Received into trust" if receipt.trust else "Received with thanks",
        in_words=amount_in_words(receipt.amount_minor, figures),
        amount=figures.signed(receipt.amount_minor),
        lines=_lines(receipt, figures),
        ledger=plain(receipt.trust.ledger_name) if receipt.trust else "",
        balance=_balance(receipt, figures),
        closing_heading="What this money is" if receipt.trust else "Trust account",
        closing=_closing(receipt, figures),
        signed_by=plain(receipt.signed_by),
    )


def _facts(receipt: ReceiptSnapshot, figures: Figures) -> tuple[Fact, ...]:
    facts = (
        Fact("Client", plain(receipt.client_name)),
        Fact("Matter", plain(receipt.matter)),
        Fact("Received", plain(f"{figures.long_date(receipt.received_on)}, by {receipt.method}")),
        Fact("Bank reference", plain(receipt.bank_reference)),
        Fact("Deposited to", plain(receipt.deposited_to)),
        Fact("Trust no.", plain(receipt.trust.number) if receipt.trust else ""),
    )
    return tuple(fact for fact in facts if fact.value)


def _lines(receipt: ReceiptSnapshot, figures: Figures) -> tuple[Paid, ...]:
    rows = [_row(line, figures) for line in receipt.lines]
    if receipt.credit_minor:
        rows.append(Paid("", "Kept as credit on the account", "", figures.amount(receipt.credit_minor), ""))
    names = ("open_before_minor", "paid_minor", "open_after_minor")
    before, paid, after = (sum(getattr(line, name) for line in receipt.lines) for name in names)
    total = Paid("", "Total", figures.amount(before), figures.amount(paid + receipt.credit_minor), figures.amount(after))
    return (*rows, total) if rows else ()


def _row(line: ReceiptLine, figures: Figures) -> Paid:
    kept = f", less a discount of {figures.signed(line.discount_minor)} for early payment" if line.discount_minor else ""
    amounts = (line.open_before_minor, line.paid_minor, line.open_after_minor)
    return Paid(plain(line.number), plain(line.description) + kept, *map(figures.amount, amounts))


def _balance(receipt: ReceiptSnapshot, figures: Figures) -> tuple[Line, ...]:
    if not receipt.trust:
        return ()
    return (
        Line("Held before", figures.amount(receipt.trust.balance_before_minor)),
        Line("This deposit", figures.amount(receipt.amount_minor)),
        Line("Held in trust", figures.amount(receipt.trust.balance_after_minor), "tot"),
    )


def _closing(receipt: ReceiptSnapshot, figures: Figures) -> str:
    client = plain(receipt.client_name)
    if receipt.trust:
        return f"It is not income of the firm and paid no invoice. It stays the money of {client} until it is earned and invoiced."
    if receipt.held_in_trust_minor is None:
        return ""
    if receipt.held_in_trust_minor:
        held = figures.signed(receipt.held_in_trust_minor)
        return f"For {client} the trust account holds {held}, which this payment did not touch."
    return "This payment did not touch the trust account."
