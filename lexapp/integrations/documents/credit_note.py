"""A credit note made ready to be set, in the hand of the invoice that it takes something off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from lexapp.domain.snapshots.credit_notes import CreditedLine, CreditedTax, CreditNoteSnapshot
from lexapp.integrations.documents.invoice import letterhead, party_lines
from lexapp.integrations.documents.page import Fact, Letterhead, Line
from lexapp.integrations.documents.themes import PAPERS, THEMES
from lexapp.integrations.documents.wording import Figures, plain, shortened


class CreditRow(NamedTuple):
    on: str
    text: str
    billed: str
    credited: str


@dataclass(frozen=True, slots=True)
class CreditNotePage:
    language: str
    title: str
    heading: str
    theme: str
    paper: str
    widths: str
    running: tuple[str, str, str]
    letterhead: Letterhead
    issued: str
    payer: tuple[str, ...]
    facts: tuple[Fact, ...]
    band: str
    total: str
    reason: str
    lines: tuple[CreditRow, ...]
    totals: tuple[Line, ...]
    balance: tuple[Line, ...]
    closing: str


def credit_note_page(note: CreditNoteSnapshot) -> CreditNotePage:
    """Everything that stands on the printed credit note."""
    figures = Figures(note.locale, note.currency)
    heading = plain(f"Credit note {note.number}")
    return CreditNotePage(
        language=figures.language(),
        title=plain(f"{heading}, {note.client_name}"),
        heading=heading,
        theme=note.theme if note.theme in THEMES else THEMES[0],
        paper=note.paper if note.paper in PAPERS else PAPERS[0],
        widths="due-long" if len(figures.signed(note.total_minor)) > 15 else "",
        running=(shortened(note.firm.name, 44), shortened(heading, 30), shortened(note.client_name, 36)),
        letterhead=letterhead(note.firm, note.logo_hash),
        issued=figures.long_date(note.issued_on),
        payer=party_lines(note.payer),
        facts=_facts(note, figures),
        band=f"Credited on invoice {plain(note.invoice_number)}",
        total=figures.signed(note.total_minor),
        reason=plain(note.reason),
        lines=tuple(_row(line, figures) for line in note.lines),
        totals=_totals(note, figures),
        balance=_balance(note, figures),
        closing=_closing(note, figures),
    )


def _facts(note: CreditNoteSnapshot, figures: Figures) -> tuple[Fact, ...]:
    facts = (
        Fact("Client", plain(note.client_name)),
        Fact("Matter", plain(note.matter)),
        Fact("Invoice", plain(f"{note.invoice_number} of {figures.long_date(note.invoice_issued_on)}")),
        Fact("Invoice total", figures.signed(note.invoice_total_minor)),
    )
    return tuple(fact for fact in facts if fact.value)


def _row(line: CreditedLine, figures: Figures) -> CreditRow:
    amounts = (figures.amount(line.billed_minor), figures.amount(line.amount_minor))
    return CreditRow(figures.short_date(line.on), plain(line.description), *amounts)


def _totals(note: CreditNoteSnapshot, figures: Figures) -> tuple[Line, ...]:
    """Lines, tax by tax, and what is credited in all; tax that prices contain is named below the total, as on the invoice."""
    lines = sum(line.amount_minor for line in note.lines)
    on_top = [Line(_tax_name(tax), figures.amount(tax.amount_minor)) for tax in note.taxes if not tax.is_included]
    contained = [Line(f"of which {_tax_name(tax)}", figures.amount(tax.amount_minor)) for tax in note.taxes if tax.is_included]
    first = [Line("Credited before tax", figures.amount(lines))] if on_top else []
    return (*first, *on_top, Line("Credited", figures.signed(note.total_minor), "tot"), *contained)


def _tax_name(tax: CreditedTax) -> str:
    number = f", no. {tax.number}" if tax.number else ""
    return plain(f"{tax.name} on {'expenses' if tax.on_expenses else 'fees'}{number}")


def _balance(note: CreditNoteSnapshot, figures: Figures) -> tuple[Line, ...]:
    return (
        Line("Open before", figures.amount(note.open_before_minor)),
        Line("This credit note", figures.amount(-note.total_minor)),
        Line("Open now", figures.signed(note.open_after_minor), "tot"),
    )


def _closing(note: CreditNoteSnapshot, figures: Figures) -> str:
    number = plain(note.invoice_number)
    if note.open_after_minor:
        return f"Of invoice {number}, {figures.signed(note.open_after_minor)} is left to pay."
    return f"Nothing is left to pay on invoice {number}."
