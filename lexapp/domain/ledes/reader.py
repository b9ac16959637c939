"""Reads a LEDES 1998B file into invoices, or refuses it whole with everything that is wrong."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, cast

from lexapp.domain.ledes.checks import Values, check_invoice_total, check_line_total, check_needs
from lexapp.domain.ledes.fields import FIELD_NAMES, INVOICE_FIELD_NAMES
from lexapp.domain.ledes.problems import Problems
from lexapp.domain.ledes.records import ZERO, LedesInvoice, LedesLine, LineType
from lexapp.domain.ledes.rows import Row, read_rows
from lexapp.domain.ledes.values import read_value


@dataclass(slots=True)
class _Gathered:
    """An invoice while its lines are read: the values that all lines repeat, and whether every line so far was sound."""

    line: int
    values: Values
    lines: list[LedesLine] = field(default_factory=list)
    numbers: set[str] = field(default_factory=set)
    sound: bool = True


def parse_1998b(text: str, *, decimals: int = 2) -> list[LedesInvoice]:
    """The invoices of a file in the order of their first lines. `decimals` are those of the currency, which the format does not name.

    Raises LedesError with up to fifty problems, and nothing is read. Lines are grouped by INVOICE_NUMBER and may stand in any order.
    """
    problems = Problems()
    gathered: dict[str, _Gathered] = {}
    rows = read_rows(text, problems)
    is_complete = not problems.found
    for row in rows:
        _gather(row, gathered, decimals, problems)
    for invoice in gathered.values():
        if invoice.sound and is_complete:
            check_invoice_total(cast(Decimal, invoice.values["INVOICE_TOTAL"]), invoice.lines, invoice.line, problems)
    problems.raise_any()
    return [_invoice(invoice) for invoice in gathered.values()]


def _gather(row: Row, gathered: dict[str, _Gathered], decimals: int, problems: Problems) -> None:
    before = len(problems.found)
    values = {name: read_value(name, text, row.line, problems) for name, text in zip(FIELD_NAMES, row.texts, strict=True)}
    unreadable = {problem.field for problem in problems.found[before:]}
    invoice = gathered.setdefault(str(values["INVOICE_NUMBER"]), _Gathered(row.line, values))
    _check_period(values, row.line, problems)
    _check_agreement(values, invoice, row.line, problems)
    _check_number(str(values["LINE_ITEM_NUMBER"]), invoice, row.line, problems)
    line_type = _line_type(str(values["EXP/FEE/INV_ADJ_TYPE"]), row.line, problems)
    if line_type:
        check_needs(values, line_type, unreadable, row.line, problems)
    if line_type and len(problems.found) == before:
        item = _item(values, line_type, row.line)
        check_line_total(item, row.line, decimals, problems)
        invoice.lines.append(item)
    invoice.sound = invoice.sound and len(problems.found) == before


def _check_period(values: Values, line: int, problems: Problems) -> None:
    start, end = values["BILLING_START_DATE"], values["BILLING_END_DATE"]
    if isinstance(start, date) and isinstance(end, date) and end < start:
        problems.add(line, "BILLING_END_DATE", "It is before BILLING_START_DATE. Correct one of the two.")


def _check_agreement(values: Values, invoice: _Gathered, line: int, problems: Problems) -> None:
    for name in INVOICE_FIELD_NAMES:
        differs = values[name] != invoice.values[name]
        if differs and values[name] is not None and invoice.values[name] is not None:
            problems.add(line, name, f"It differs from line {invoice.line} of the same invoice. Make them equal or use another number.")


def _check_number(number: str, invoice: _Gathered, line: int, problems: Problems) -> None:
    if number and number in invoice.numbers:
        problems.add(line, "LINE_ITEM_NUMBER", "Another line of this invoice has the same number. Give each line its own.")
    invoice.numbers.add(number)


def _line_type(text: str, line: int, problems: Problems) -> LineType | None:
    if text in set(LineType):
        return LineType(text)
    if text:
        problems.add(line, "EXP/FEE/INV_ADJ_TYPE", "Write F (fee), E (expense), IF or IE (adjustment to fees or to expenses).")
    return None


def _item(values: Values, line_type: LineType, file_line: int) -> LedesLine:
    known = cast(dict[str, Any], values)
    return LedesLine(
        number=known["LINE_ITEM_NUMBER"],
        type=line_type,
        on=known["LINE_ITEM_DATE"],
        total=known["LINE_ITEM_TOTAL"],
        units=known["LINE_ITEM_NUMBER_OF_UNITS"] or ZERO,
        unit_cost=known["LINE_ITEM_UNIT_COST"] or ZERO,
        adjustment=known["LINE_ITEM_ADJUSTMENT_AMOUNT"] or ZERO,
        description=known["LINE_ITEM_DESCRIPTION"],
        task_code=known["LINE_ITEM_TASK_CODE"],
        activity_code=known["LINE_ITEM_ACTIVITY_CODE"],
        expense_code=known["LINE_ITEM_EXPENSE_CODE"],
        timekeeper_id=known["TIMEKEEPER_ID"],
        timekeeper_name=known["TIMEKEEPER_NAME"],
        timekeeper_classification=known["TIMEKEEPER_CLASSIFICATION"],
        file_line=file_line,
    )


def _invoice(gathered: _Gathered) -> LedesInvoice:
    known = cast(dict[str, Any], gathered.values)
    return LedesInvoice(
        number=known["INVOICE_NUMBER"],
        issued_on=known["INVOICE_DATE"],
        client_id=known["CLIENT_ID"],
        law_firm_matter_id=known["LAW_FIRM_MATTER_ID"],
        total=known["INVOICE_TOTAL"],
        billed_from=known["BILLING_START_DATE"],
        billed_through=known["BILLING_END_DATE"],
        lines=tuple(gathered.lines),
        description=known["INVOICE_DESCRIPTION"],
        law_firm_id=known["LAW_FIRM_ID"],
        client_matter_id=known["CLIENT_MATTER_ID"],
    )
