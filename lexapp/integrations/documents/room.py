"""Where the slip and the work stand in the Chambers theme: estimates of height, in millimetres of the printed page.

A wrong estimate costs a page, never a figure: what does not fit flows on, and the slip keeps its own space.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lexapp.integrations.documents.page import InvoicePage, Matter, Worker

LINE = 4.8
SECTION, HEADING, HEAD, SUBTOTAL = 6.5, 8.0, 6.0, 6.0
FREE = {"letter": 29.0, "a4": 47.0}
NOTE = 12.0


def arranged(page: InvoicePage) -> InvoicePage:
    """The page with the slip at its end where page 1 is full, and without a page break where all the work fits on page 1."""
    if page.theme == "ledger":
        return replace(page, slip_last=True, one_page=True)
    free = FREE[page.paper] - LINE * _extra_lines(page) - NOTE * bool(page.early)
    if page.account or page.trusts or page.split or page.matter_totals or _work(page) > free:
        return replace(page, slip_last=free < NOTE * bool(page.note))
    return replace(page, slip_last=True, one_page=True, workers=_table_of(page), workers_note=_key_to_initials(page))


def _extra_lines(page: InvoicePage) -> float:
    """Lines that letterhead, parties and summary take beyond those of a usual invoice."""
    head = _lines((page.letterhead.name,), 36) - 1 + _lines((" · ".join(page.letterhead.address),), 110) - 1
    parties = max(_lines(page.payer, 46), sum(_lines((fact.value,), 40) for fact in page.facts)) - 6
    summary = max(len(page.summary) + 1, sum(_lines((fact.value,), 36) for fact in page.payment.facts) + 5) - 10
    words = _lines(page.introduction, 105) + bool(page.introduction)
    return 1.6 * head + max(parties, 0) + max(summary, 0) + bool(page.description) + words


def _work(page: InvoicePage) -> float:
    workers = SECTION + HEADING + HEAD + SUBTOTAL * len(page.workers) if len(page.workers) > 2 else LINE * bool(page.workers)
    taxes = SUBTOTAL * len(page.tax) + LINE * (_lines(page.tax_notes, 105) + bool(page.tax_notes))
    return sum(_matter(matter) for matter in page.matters) + taxes + workers - SECTION + LINE * _closing(page)


def _closing(page: InvoicePage) -> float:
    """Lines of the firm's closing words, and the space before them."""
    return _lines(page.footer, 120) + 1.5 * bool(page.footer)


def _matter(matter: Matter) -> float:
    rows = [(_lines((line.text, line.note), 62), 1.5) for line in matter.services]
    rows += [(_lines((line.text, line.note), 70), 0.7) for line in (*matter.fixed_fees, *matter.expenses)]
    sections = sum(bool(lines) for lines in (matter.services, matter.fixed_fees, matter.expenses))
    totals = len(matter.service_totals) * bool(matter.services) + len(matter.fixed_fee_totals) + bool(matter.expenses)
    return sections * (SECTION + HEADING + HEAD) + sum(lines * LINE + gap for lines, gap in rows) + totals * SUBTOTAL


def _table_of(page: InvoicePage) -> tuple[Worker, ...]:
    return page.workers if len(page.workers) > 2 else ()


def _key_to_initials(page: InvoicePage) -> str:
    """Where a single timekeeper worked at one rate, a line instead of the table."""
    if len(page.workers) != 2:
        return page.workers_note
    worker = page.workers[0]
    return " ".join(filter(None, (f"{worker.name}, {worker.title}." if worker.title else f"{worker.name}.", page.workers_note)))


def _lines(texts: Iterable[str], width: int) -> int:
    return sum(-(-len(text) // width) for text in texts)
