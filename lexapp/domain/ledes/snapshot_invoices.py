"""From a frozen invoice to LEDES: what is shown on paper is what the file says."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import count

from lexapp.domain.ledes.records import LedesInvoice, LedesLine, LineType
from lexapp.domain.money import Money
from lexapp.domain.snapshots import (
    DiscountLine,
    ExpenseLine,
    FixedFeeLine,
    InvoiceSnapshot,
    MatterSection,
    TaxLine,
    TimeLine,
)

Shown = TimeLine | FixedFeeLine | ExpenseLine | DiscountLine | TaxLine


def invoices_from_snapshot(snapshot: InvoiceSnapshot) -> list[LedesInvoice]:
    """One LEDES invoice for each matter, since the format knows one matter per invoice: with several, the number gets -1, -2 ..."""
    numbers = [f"{snapshot.number}-{place}" for place in range(1, len(snapshot.matters) + 1)]
    if len(numbers) == 1:
        numbers = [snapshot.number]
    return [_invoice(snapshot, matter, number) for matter, number in zip(snapshot.matters, numbers, strict=True)]


def surname_first(name: str) -> str:
    """ "Robert Arnsley" as the format wants it, "Arnsley, Robert"; a name that has a comma, or one word, stays as it is."""
    first, _, surname = name.strip().rpartition(" ")
    return f"{surname}, {first.strip()}" if first and "," not in name else name


def _invoice(snapshot: InvoiceSnapshot, matter: MatterSection, number: str) -> LedesInvoice:
    return LedesInvoice(
        number=number,
        issued_on=snapshot.issued_on,
        client_id=snapshot.client.number,
        law_firm_matter_id=matter.number,
        total=Money(matter.totals.total_minor, snapshot.currency).decimal,
        billed_from=snapshot.billed_from,
        billed_through=snapshot.billed_through,
        lines=tuple(_lines(snapshot, matter)),
        description=snapshot.description,
        law_firm_id=snapshot.firm.tax_id,
        client_matter_id=matter.client_matter_number,
    )


def _lines(snapshot: InvoiceSnapshot, matter: MatterSection) -> Iterator[LedesLine]:
    on_top = [tax for tax in matter.taxes if not tax.is_included]
    shown: Sequence[Shown] = (*matter.time, *matter.expenses, *matter.fixed_fees, *matter.discounts, *on_top)
    for number, line in zip(count(1), shown, strict=False):
        yield _line(str(number), line, snapshot)


def _line(number: str, line: Shown, snapshot: InvoiceSnapshot) -> LedesLine:
    if isinstance(line, TimeLine):
        return _fee(number, line, snapshot.currency)
    if isinstance(line, ExpenseLine) and line.unit_minor >= 0:
        return _expense(number, line, snapshot.currency)
    return _adjustment(number, line, snapshot)


def _fee(number: str, line: TimeLine, currency: str) -> LedesLine:
    return LedesLine(
        number=number,
        type=LineType.FEE,
        on=line.on,
        total=Money(line.amount_minor, currency).decimal,
        units=_hundredths(line.quantity_hundredths),
        unit_cost=Money(line.rate_minor, currency).decimal,
        adjustment=Money(line.amount_minor - line.gross_minor, currency).decimal,
        description=line.narrative,
        task_code=line.task_code,
        activity_code=line.activity_code,
        timekeeper_id=line.timekeeper_code,
        timekeeper_name=surname_first(line.timekeeper_name),
        timekeeper_classification=line.timekeeper_classification,
    )


def _expense(number: str, line: ExpenseLine, currency: str) -> LedesLine:
    return LedesLine(
        number=number,
        type=LineType.EXPENSE,
        on=line.on,
        total=Money(line.amount_minor, currency).decimal,
        units=_hundredths(line.quantity_hundredths),
        unit_cost=Money(line.unit_minor, currency).decimal,
        adjustment=Money(line.amount_minor - line.gross_minor, currency).decimal,
        description=line.description,
        expense_code=line.code,
    )


def _adjustment(number: str, line: FixedFeeLine | ExpenseLine | DiscountLine | TaxLine, snapshot: InvoiceSnapshot) -> LedesLine:
    """Fixed fees and discounts adjust the fees (IF); a negative expense and tax, for which 1998B has no field, adjust the expenses (IE)."""
    amount = Money(line.amount_minor, snapshot.currency).decimal
    return LedesLine(
        number=number,
        type=LineType.EXPENSE_ADJUSTMENT if isinstance(line, ExpenseLine | TaxLine) else LineType.FEE_ADJUSTMENT,
        on=line.on if isinstance(line, FixedFeeLine | ExpenseLine) else snapshot.billed_through,
        total=amount,
        units=Decimal(1),
        adjustment=amount,
        description=f"{line.name}: {line.base_description}" if isinstance(line, TaxLine) else line.description,
        expense_code=line.code if isinstance(line, ExpenseLine) else "",
    )


def _hundredths(quantity: int) -> Decimal:
    return Decimal(quantity).scaleb(-2)
