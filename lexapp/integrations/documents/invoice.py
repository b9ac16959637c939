"""A frozen invoice made ready to be set: every figure as text, every section in the order of the page."""

from __future__ import annotations

from lexapp.domain import snapshots
from lexapp.domain.snapshots import InvoiceSnapshot, LabelledText, PaymentInstructions
from lexapp.integrations.documents.balances import account, account_total, early_sentence, replenishment_note, trusts
from lexapp.integrations.documents.codes import qr_code
from lexapp.integrations.documents.page import Fact, InvoicePage, Letterhead, Line, Payment, Slip
from lexapp.integrations.documents.room import arranged
from lexapp.integrations.documents.sections import matter_totals, matters, short_dates, split, tax_notes, taxes, workers
from lexapp.integrations.documents.themes import PAPERS, THEMES
from lexapp.integrations.documents.widths import width_classes
from lexapp.integrations.documents.wording import Figures, paragraphs, plain, shortened, web_address, without_scheme


def invoice_page(invoice: InvoiceSnapshot) -> InvoicePage:
    """Everything that stands on the printed invoice; unknown themes and papers fall back to Chambers on Letter."""
    figures = Figures(invoice.locale, invoice.currency)
    dates = short_dates(invoice, figures)
    page = InvoicePage(
        language=figures.language(),
        title=plain(f"Invoice {invoice.number}, {invoice.client.name}"),
        number=plain(invoice.number),
        theme=invoice.theme if invoice.theme in THEMES else THEMES[0],
        paper=invoice.paper if invoice.paper in PAPERS else PAPERS[0],
        widths=width_classes(invoice, figures),
        running=(shortened(invoice.firm.name, 44), shortened(f"Invoice {invoice.number}", 30), shortened(invoice.client.name, 36)),
        letterhead=letterhead(invoice.firm, invoice.logo_hash),
        issued=figures.long_date(invoice.issued_on),
        description=plain(invoice.description),
        introduction=paragraphs(invoice.introduction),
        footer=paragraphs(invoice.footer),
        payer=party_lines(invoice.payer),
        facts=tuple(_facts(invoice, figures)),
        due_sentence=_due_sentence(invoice, figures),
        due_amount=account_total(invoice, figures),
        is_due=invoice.account.total_due_minor > 0,
        summary=tuple(_summary(invoice, figures)),
        note=replenishment_note(invoice, figures),
        payment=_payment(invoice.how_to_pay, invoice),
        matters=matters(invoice, figures, dates),
        matter_totals=matter_totals(invoice, figures),
        tax=tuple(taxes(invoice, figures)),
        tax_notes=tax_notes(invoice),
        workers=workers(invoice, figures),
        workers_note=_workers_note(invoice),
        split=tuple(split(invoice, figures)),
        account=tuple(account(invoice, figures, dates)),
        trusts=trusts(invoice, figures, dates),
        slip=_slip(invoice, figures),
        early=early_sentence(invoice, figures),
    )
    return arranged(page)


def letterhead(firm: snapshots.Letterhead, logo_hash: str) -> Letterhead:
    """The head of every document of the firm."""
    contact = (firm.phone, firm.email, firm.website, f"Tax ID {firm.tax_id}" if firm.tax_id else "")
    logo = f"logo:{logo_hash}" if logo_hash else None
    return Letterhead(plain(firm.name), plain(firm.tagline), _texts(firm.address_lines), _texts(contact), logo)


def party_lines(party: snapshots.Party) -> tuple[str, ...]:
    """Name, person and address of an addressee."""
    return _texts((party.name, f"Attn. {party.attention}" if party.attention else "", *party.address_lines))


def _facts(invoice: InvoiceSnapshot, figures: Figures) -> list[Fact]:
    facts = [Fact("Client", plain(invoice.client.name)), *_matter_facts(invoice)]
    facts += [
        Fact("Invoice date", figures.long_date(invoice.issued_on)),
        Fact("Billed through", figures.long_date(invoice.billed_through)),
    ]
    responsible = sorted({plain(matter.responsible_name) for matter in invoice.matters} - {""})
    return [*facts, Fact("Responsible", ", ".join(responsible[:3]))] if responsible else facts


def _matter_facts(invoice: InvoiceSnapshot) -> list[Fact]:
    if len(invoice.matters) > 4:
        return [Fact("Matters", f"{len(invoice.matters)}, each with its own heading")]
    if len(invoice.matters) != 1:
        return [Fact("Matter", plain(f"{matter.number} {matter.name}")) for matter in invoice.matters]
    matter = invoice.matters[0]
    reference = f" · your ref. {plain(matter.client_matter_number)}" if matter.client_matter_number else ""
    return [Fact("Matter", plain(matter.name)), Fact("Matter no.", plain(matter.number) + reference)]


def _due_sentence(invoice: InvoiceSnapshot, figures: Figures) -> str:
    due = invoice.account.total_due_minor
    if due > 0:
        return f"Please pay by {figures.long_date(invoice.due_on)}"
    return "Nothing to pay" if due == 0 else "Nothing to pay: the credit stays on your account"


def _summary(invoice: InvoiceSnapshot, figures: Figures) -> list[Line]:
    totals, balance = invoice.totals, invoice.account
    lines = [*_charges(invoice, figures), *taxes(invoice, figures, short=True, included=False)]
    since = f" since {figures.month_day(balance.payments_since_on)}" if balance.payments_since_on else ""
    return [
        *lines,
        Line("This invoice", figures.amount(totals.total_minor), "tot"),
        *taxes(invoice, figures, short=True, included=True),
        Line("Previous balance", figures.amount(balance.previous_balance_minor)),
        Line(f"Payments{since}", figures.amount(-balance.payments_minor)),
        Line(f"Total due, {figures.currency_name()}", figures.amount(balance.total_due_minor), "grand"),
    ]


def _charges(invoice: InvoiceSnapshot, figures: Figures) -> list[Line]:
    totals = invoice.totals
    discounts = [discount for matter in invoice.matters for discount in matter.discounts]
    fixed = sum(len(matter.fixed_fees) for matter in invoice.matters)
    lines = []
    if invoice.time:
        hours = figures.hours(totals.quantity_hundredths)
        lines.append(Line(f"Professional services, {hours} hours", figures.amount(totals.fees_minor)))
    if discounts:
        label = plain(discounts[0].description) if len(discounts) == 1 else "Discounts"
        lines.append(Line(label, figures.amount(totals.discounts_minor)))
    if fixed:
        lines.append(Line("Fixed fee" if fixed == 1 else "Fixed fees", figures.amount(totals.fixed_fees_minor)))
    if any(matter.expenses for matter in invoice.matters):
        lines.append(Line("Expenses", figures.amount(totals.expenses_minor)))
    return lines


def _payment(ways: PaymentInstructions, invoice: InvoiceSnapshot) -> Payment:
    address = web_address(ways.link)
    rows = [
        LabelledText("By wire or ACH" if _is_american(invoice) else "By bank transfer", ways.bank_name),
        *ways.account_lines,
        LabelledText("Reference", ways.reference or invoice.number),
        LabelledText(f"By {_check(invoice)}", f"to {ways.cheque_payee}" if ways.cheque_payee else ""),
        LabelledText("Note", ways.note),
    ]
    facts = tuple(Fact(plain(row.label), plain(row.text)) for row in rows if row.text)
    return Payment(address, without_scheme(address) if address else "", qr_code(address) if address else None, facts)


def _is_american(invoice: InvoiceSnapshot) -> bool:
    return invoice.locale.endswith("US")


def _check(invoice: InvoiceSnapshot) -> str:
    return "check" if _is_american(invoice) else "cheque"


def _workers_note(invoice: InvoiceSnapshot) -> str:
    adjusted = any(line.adjustment_minor or line.no_charge for line in invoice.time)
    discounted = any(matter.discounts for matter in invoice.matters)
    parts = ["after the adjustments shown on the entries"] * adjusted + ["before the discount"] * discounted
    return f"Amounts are {' and '.join(parts)}." if parts else ""


def _slip(invoice: InvoiceSnapshot, figures: Figures) -> Slip:
    numbers = [plain(matter.number) for matter in invoice.matters]
    more = f" and {len(numbers) - 2} more" if len(numbers) > 2 else ""
    facts = (
        Fact("Invoice", shortened(invoice.number, 40)),
        Fact("Matter", ", ".join(numbers[:2]) + more),
        Fact("Payer", shortened(invoice.payer.name, 48)),
        Fact("Due", figures.long_date(invoice.due_on)),
    )
    to = (shortened(invoice.how_to_pay.cheque_payee or invoice.firm.name, 60), *_texts(invoice.firm.address_lines)[:3])
    return Slip(_check(invoice), to, facts, account_total(invoice, figures))


def _texts(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text for text in map(plain, values) if text)
