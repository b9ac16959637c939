"""A sheet as CSV or as XLSX: numbers as numbers, amounts exact, and no text that a spreadsheet would run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from flask_login import current_user
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from lexapp.domain.money import Money, exponent
from lexapp.web.reports.sheet import WORDS, Column, Sheet

STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "|", "%")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
_WIDTHS = {"text": 38, "date": 12, "month": 12, "week": 12, "money": 16, "hours": 12, "percent": 12, "count": 10}


def harmless(text: str) -> str:
    """Text for a cell: without control characters, and behind an apostrophe where a spreadsheet would take it for a formula."""
    plain = "".join(" " if ord(one) < 32 or 0x7F <= ord(one) < 0xA0 or 0xD800 <= ord(one) < 0xE000 else one for one in text)
    return "'" + plain if text.startswith(STARTS_FORMULA) or plain.lstrip().startswith(STARTS_FORMULA) else plain


def number_of(kind: str, value: int) -> Decimal:
    """A figure as an exact decimal number: amounts in whole units, hours in hours, percent as a fraction of one."""
    if kind == "money":
        return Money(value, current_user.currency).decimal
    return Decimal(value).scaleb({"hours": -2, "percent": -3}.get(kind, 0))


def as_csv(sheet: Sheet) -> bytes:
    """UTF-8 with its mark, so that spreadsheets read accents; the first line names the columns, the last is the total."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([harmless(column.label + (" %" if column.kind == "percent" else "")) for column in sheet.file_columns])
    writer.writerows(_csv_row(sheet, row, is_total) for row, is_total in _lines(sheet))
    return out.getvalue().encode("utf-8-sig")


def _lines(sheet: Sheet) -> Iterator[tuple[Any, bool]]:
    yield from ((row, False) for row in sheet.rows)
    if sheet.total is not None:
        yield sheet.total, True


def _value(sheet: Sheet, column: Column, row: Any, is_total: bool) -> Any:
    if not is_total:
        return column.read(row)
    if column is sheet.columns[0]:
        return "Total"
    return None if column.kind in WORDS or not column.summed else column.read(row)


def _csv_row(sheet: Sheet, row: Any, is_total: bool) -> list[str]:
    return [_csv_cell(column, _value(sheet, column, row, is_total)) for column in sheet.file_columns]


def _csv_cell(column: Column, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return harmless(value)
    if column.kind in WORDS:
        return str(value)
    number = number_of(column.kind, value)
    return f"{number * 100:.1f}" if column.kind == "percent" else f"{number:f}"


def as_xlsx(sheet: Sheet) -> bytes:
    """A workbook of one sheet with a fixed head; every figure is a number in its own format."""
    book = Workbook(write_only=True)
    page = book.create_sheet(harmless(sheet.caption)[:31].translate(str.maketrans("", "", r"[]:*?/\\'")) or "Report")
    page.freeze_panes = "A2"
    for place, column in enumerate(sheet.file_columns):
        page.column_dimensions[chr(ord("A") + place)].width = _WIDTHS[column.kind]
    page.append([_words(page, column.label, bold=True) for column in sheet.file_columns])
    for row, is_total in _lines(sheet):
        page.append([_cell(page, column, _value(sheet, column, row, is_total), bold=is_total) for column in sheet.file_columns])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _words(page: Any, text: str, *, bold: bool) -> Any:
    cell = WriteOnlyCell(page, value=harmless(text))
    cell.data_type = "s"  # never a formula, whatever it begins with
    cell.font = Font(bold=bold)
    return cell


def _cell(page: Any, column: Column, value: Any, *, bold: bool) -> Any:
    if value is None or isinstance(value, str):
        return _words(page, value or "", bold=bold)
    cell = WriteOnlyCell(page, value=value if column.kind in WORDS else number_of(column.kind, value))
    cell.font = Font(bold=bold)
    cell.number_format = _format(column.kind)
    return cell


def _format(kind: str) -> str:
    places = exponent(current_user.currency)
    money = "#,##0" + ("." + "0" * places if places else "")
    return {"money": money, "hours": "#,##0.00", "percent": "0.0%", "count": "#,##0"}.get(kind, "yyyy-mm-dd")
