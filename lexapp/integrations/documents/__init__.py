"""Printed documents made from frozen data alone: no request, no database, no clock."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import escape

from lexapp.domain.snapshots import InvoiceSnapshot
from lexapp.domain.snapshots.credit_notes import CreditNoteSnapshot
from lexapp.domain.snapshots.receipts import ReceiptSnapshot
from lexapp.domain.snapshots.settlements import SettlementSnapshot
from lexapp.integrations.documents.credit_note import credit_note_page
from lexapp.integrations.documents.invoice import invoice_page
from lexapp.integrations.documents.receipt import receipt_page
from lexapp.integrations.documents.settlement import settlement_page
from lexapp.integrations.documents.themes import theme_stylesheets

if TYPE_CHECKING:  # the web process shows the same prepared pages and never sets one: WeasyPrint stays in the worker
    from lexapp.integrations.pdf import Limits
    from lexapp.integrations.pdf_resources import ReadLogo

__all__ = [
    "credit_note_html",
    "credit_note_pdf",
    "invoice_html",
    "invoice_pdf",
    "invoice_screen",
    "receipt_html",
    "receipt_pdf",
    "settlement_html",
    "settlement_pdf",
]

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates" / "documents"


@cache
def _templates() -> Environment:
    """Escapes everything, reaches nothing but the prepared page, and fails on a name that does not exist."""
    templates = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    templates.globals["theme_stylesheets"] = theme_stylesheets
    return templates


def invoice_html(snapshot: InvoiceSnapshot) -> str:
    """The invoice as well-formed HTML that links the stylesheets of `static/documents`."""
    return _templates().get_template("invoice.html").render(page=invoice_page(snapshot))


def invoice_screen(snapshot: InvoiceSnapshot, *, folder: str, logo: str) -> str:
    """The same page for a browser: `folder` is the address of `static/documents`, `logo` that of the firm's logo."""
    page = invoice_html(snapshot).replace("<head>", f'<head><base href="{escape(folder)}"/>', 1)
    page = page.replace("</head>", '<link rel="stylesheet" href="screen.css"/></head>', 1).replace(
        '<body class="', f'<body class="{snapshot.paper} ', 1
    )
    return "<!doctype html>" + page.replace(f'src="logo:{snapshot.logo_hash}"', f'src="{escape(logo)}"', 1)


def invoice_pdf(
    snapshot: InvoiceSnapshot, created_at: datetime, *, read_logo: ReadLogo | None = None, limits: Limits | None = None
) -> bytes:
    """The invoice as a tagged PDF, dated `created_at` (aware instant of issue); the same snapshot gives the same bytes.

    `read_logo` returns the bytes of a stored logo by SHA-256. Raises `PdfLimitError` where the invoice is too large to print.
    """
    from lexapp.integrations.pdf import render_pdf

    return render_pdf(invoice_html(snapshot), created_at=created_at, read_logo=read_logo, limits=limits)


def credit_note_html(note: CreditNoteSnapshot) -> str:
    """The credit note as well-formed HTML."""
    return _templates().get_template("credit_note.html").render(page=credit_note_page(note))


def credit_note_pdf(note: CreditNoteSnapshot, created_at: datetime, *, read_logo: ReadLogo | None = None) -> bytes:
    """The credit note as a tagged PDF; as `invoice_pdf`."""
    from lexapp.integrations.pdf import render_pdf

    return render_pdf(credit_note_html(note), created_at=created_at, read_logo=read_logo)


def receipt_html(receipt: ReceiptSnapshot) -> str:
    """The receipt of a payment, or of a deposit into trust, as well-formed HTML."""
    return _templates().get_template("receipt.html").render(page=receipt_page(receipt))


def receipt_pdf(receipt: ReceiptSnapshot, created_at: datetime, *, read_logo: ReadLogo | None = None) -> bytes:
    """The receipt as a tagged PDF; as `invoice_pdf`."""
    from lexapp.integrations.pdf import render_pdf

    return render_pdf(receipt_html(receipt), created_at=created_at, read_logo=read_logo)


def settlement_html(settlement: SettlementSnapshot) -> str:
    """The settlement statement of a recovery as well-formed HTML."""
    return _templates().get_template("settlement.html").render(page=settlement_page(settlement))


def settlement_pdf(settlement: SettlementSnapshot, created_at: datetime, *, read_logo: ReadLogo | None = None) -> bytes:
    """The settlement statement as a tagged PDF; as `invoice_pdf`."""
    from lexapp.integrations.pdf import render_pdf

    return render_pdf(settlement_html(settlement), created_at=created_at, read_logo=read_logo)
