"""The work billed: services, fixed fees, expenses and tax of each matter, and the summary by timekeeper."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import accumulate

from lexapp.domain.snapshots import ExpenseLine, FixedFeeLine, InvoiceSnapshot, MatterSection, TaxNote, TimeLine
from lexapp.domain.utbms import classification_name
from lexapp.integrations.documents.page import Expense, Line, Matter, Service, SplitLine, Worker
from lexapp.integrations.documents.wording import Figures, plain

ShortDate = Callable[[date], str]
NO_BREAK = "\u00a0"
UNTAXED = "Not taxed"


def all_dates(invoice: InvoiceSnapshot) -> Iterator[date]:
    """Every date that stands in a table."""
    yield invoice.issued_on
    for matter in invoice.matters:
        yield from (line.on for line in matter.time)
        yield from (fee.on for fee in matter.fixed_fees)
        yield from (expense.on for expense in matter.expenses)
    yield from (payment.on for payment in invoice.account.payments)
    yield from (on for trust in invoice.trust for on in (trust.opening_on, *(movement.on for movement in trust.movements)))


def short_dates(invoice: InvoiceSnapshot, figures: Figures) -> ShortDate:
    """Dates without the year, unless the tables reach over more than one."""
    with_year = len({on.year for on in all_dates(invoice)}) > 1
    known: dict[date, str] = {}

    def short(on: date) -> str:
        if on not in known:
            known[on] = figures.short_date(on, with_year=with_year)
        return known[on]

    return short


def matters(invoice: InvoiceSnapshot, figures: Figures, dates: ShortDate) -> tuple[Matter, ...]:
    """Each matter with its lines; headings only where there is more than one."""
    several = len(invoice.matters) > 1
    return tuple(_matter(matter, figures, dates, invoice.show_codes, several) for matter in invoice.matters)


def _matter(matter: MatterSection, figures: Figures, dates: ShortDate, show_codes: bool, several: bool) -> Matter:
    totals = matter.totals
    heading = plain(f"{matter.number} {matter.name}") if several else ""
    return Matter(
        heading=heading,
        services=tuple(_services(matter, figures, dates, show_codes, several)),
        service_totals=tuple(_service_totals(matter, figures)),
        fixed_fees=tuple(_fixed_fee(line, figures, dates) for line in matter.fixed_fees),
        fixed_fee_totals=_total("Fixed fees", totals.fixed_fees_minor, figures) if len(matter.fixed_fees) > 1 else (),
        expenses=tuple(_expense(line, figures, dates, is_taxed=line.is_taxed or not matter.taxes) for line in matter.expenses),
        expense_totals=_total("Expenses", totals.expenses_minor, figures),
    )


def _services(matter: MatterSection, figures: Figures, dates: ShortDate, show_codes: bool, several: bool) -> Iterator[Service]:
    label = f"Services {plain(matter.number)} carried forward" if several else "Services carried forward"
    sums = accumulate(line.amount_minor for line in matter.time)
    for line, so_far in zip(matter.time, sums, strict=True):
        yield Service(
            date=dates(line.on),
            by=plain(line.timekeeper_initials or line.timekeeper_code),
            text=_narrative(line, show_codes),
            note=_note(line, figures),
            hours=figures.hours(line.quantity_hundredths),
            rate=figures.amount(line.rate_minor),
            amount=figures.amount(line.amount_minor),
            carried=f"{label}   {figures.amount(so_far)}",
        )


def _narrative(line: TimeLine, show_codes: bool) -> str:
    codes = [plain(code) for code in (line.task_code, line.activity_code) if code]
    return f"{plain(line.narrative)} [{NO_BREAK.join(codes)}]" if show_codes and codes else plain(line.narrative)


def _note(line: TimeLine | FixedFeeLine | ExpenseLine, figures: Figures) -> str:
    """Why quantity x rate is not the amount, with the figures to check it."""
    reason = f": {plain(line.note)}" if plain(line.note) else ""
    if line.no_charge:
        return f"{figures.amount(line.gross_minor)} not charged{reason}"
    if line.adjustment_minor:
        word = "less" if line.adjustment_minor < 0 else "plus"
        return f"{figures.amount(line.gross_minor)} {word} {figures.amount(abs(line.adjustment_minor))}{reason}"
    return plain(line.note)


def _service_totals(matter: MatterSection, figures: Figures) -> Iterator[Line]:
    totals = matter.totals
    yield Line("Services", figures.amount(totals.fees_minor), "tot", figures.hours(totals.quantity_hundredths))
    yield from (Line(plain(discount.description), figures.amount(discount.amount_minor)) for discount in matter.discounts)
    if matter.discounts:
        yield Line("Services after discount", figures.amount(totals.fees_minor + totals.discounts_minor), "tot")


def _fixed_fee(line: FixedFeeLine, figures: Figures, dates: ShortDate) -> Expense:
    return Expense(dates(line.on), plain(line.description), _note(line, figures), "", figures.amount(line.amount_minor))


def _expense(line: ExpenseLine, figures: Figures, dates: ShortDate, *, is_taxed: bool) -> Expense:
    quantity = figures.quantity(line.quantity_hundredths, 2) + (f" {plain(line.unit_name)}" if plain(line.unit_name) else "")
    price = f"{quantity} × {figures.amount(line.unit_minor)}"
    single = line.quantity_hundredths == 100 and not plain(line.unit_name) and line.unit_minor < 0
    note = " ".join(filter(None, (_note(line, figures), "" if is_taxed else UNTAXED)))
    return Expense(dates(line.on), plain(line.description), note, "" if single else price, figures.amount(line.amount_minor))


def _total(label: str, minor: int, figures: Figures) -> tuple[Line, ...]:
    return (Line(label, figures.amount(minor), "tot"),)


def taxes(invoice: InvoiceSnapshot, figures: Figures, *, short: bool = False, included: bool | None = None) -> Iterator[Line]:
    """One line per tax, rate and base, added over the matters; `short` leaves out the amount of the base and how it was rounded.

    `included`: only the taxes that the prices contain, or only those that they do not.
    """
    groups: dict[tuple[str, str, int, str, str, bool], list[int]] = {}
    for tax in (tax for matter in invoice.matters for tax in matter.taxes if included in (None, tax.is_included)):
        key = (tax.name, tax.number, tax.rate_millionths, tax.base_description, tax.on_top_of, tax.is_included)
        sums = groups.setdefault(key, [0, 0])
        sums[0] += tax.base_minor
        sums[1] += tax.amount_minor
    rounded = "rounded on every line" if invoice.tax_rounding == "line" else "rounded once"
    for (name, number, rate, base, below, is_included), (base_minor, minor) in groups.items():
        what = " and ".join(plain(part) for part in (base, below) if part)
        of = f" on {what}" if short and what else f" of {figures.amount(base_minor)}"
        told = "" if short else f" ({what}), {rounded}" if what else f", {rounded}"
        registered = f" no. {plain(number)}" if plain(number) and not short else ""
        contained = "Contained in it: " if is_included else ""
        yield Line(f"{contained}{plain(name)}{registered}, {figures.percent(rate)}{of}{told}", figures.amount(minor))


def tax_notes(invoice: InvoiceSnapshot) -> tuple[str, ...]:
    """Why a tax is not charged, in the words that the law asks for, with the client's tax number; each once."""
    notes = dict.fromkeys(note for matter in invoice.matters for note in matter.tax_notes)
    return tuple(_tax_note(note, plain(invoice.client.name)) for note in notes)


def tax_words(invoice: InvoiceSnapshot) -> list[str]:
    """What the document says of taxes, for the page of the invoice: each with its rate, base and amount, and why one is not charged."""
    figures = Figures(invoice.locale, invoice.currency)
    return [*(f"{line.label}: {line.amount}" for line in taxes(invoice, figures)), *tax_notes(invoice)]


def _tax_note(note: TaxNote, client: str) -> str:
    number = f" Tax number of {client}: {plain(note.client_tax_number)}." if plain(note.client_tax_number) else ""
    words = plain(note.words)
    return (words if words.endswith((".", "!", "?")) else f"{words}.") + number


def matter_totals(invoice: InvoiceSnapshot, figures: Figures) -> tuple[Line, ...]:
    """Where there is more than one matter: what each comes to, tax included, and their sum."""
    if len(invoice.matters) < 2:
        return ()
    lines = [Line(plain(f"{matter.number} {matter.name}"), figures.amount(matter.totals.total_minor)) for matter in invoice.matters]
    return (*lines, Line("This invoice", figures.amount(invoice.totals.total_minor), "tot"))


def split(invoice: InvoiceSnapshot, figures: Figures) -> Iterator[SplitLine]:
    """Where others pay part of the work: each payer's part of fees (fixed ones too) and expenses before tax, and the whole."""
    for row in invoice.split:
        name = f"{plain(row.name)}, this invoice" if row.is_this else plain(row.name)
        yield _split_line(name, row.fees_minor + row.fixed_fees_minor, row.expenses_minor, figures)
    if invoice.split:
        fees = _sum(row.fees_minor + row.fixed_fees_minor for row in invoice.split)
        yield _split_line("The whole", fees, _sum(row.expenses_minor for row in invoice.split), figures, "tot")


def _split_line(name: str, fees_minor: int, expenses_minor: int, figures: Figures, kind: str = "") -> SplitLine:
    return SplitLine(name, figures.amount(fees_minor), figures.amount(expenses_minor), figures.amount(fees_minor + expenses_minor), kind)


def workers(invoice: InvoiceSnapshot, figures: Figures) -> tuple[Worker, ...]:
    """One row per timekeeper and rate, then their sum, which is the services."""
    rows = [
        Worker(
            name=plain(f"{row.name} ({row.initials})" if row.initials else row.name),
            title=plain(classification_name(row.classification)),
            hours=figures.hours(row.quantity_hundredths),
            rate=figures.amount(row.rate_minor),
            amount=figures.amount(row.amount_minor),
        )
        for row in invoice.timekeepers
    ]
    return (*rows, _all_workers(invoice, figures)) if rows else ()


def _all_workers(invoice: InvoiceSnapshot, figures: Figures) -> Worker:
    hours = _sum(row.quantity_hundredths for row in invoice.timekeepers)
    return Worker("All timekeepers", "", figures.hours(hours), "", figures.amount(_sum(row.amount_minor for row in invoice.timekeepers)))


def _sum(values: Iterable[int]) -> int:
    return sum(values)
