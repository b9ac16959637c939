"""A sheet of figures: typed columns over rows of a query. Table, CSV and XLSX are drawn from the same sheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from lexapp.web.lists import Order, Page, asked_order, page_of

ROWS_A_PAGE = 50
WORDS = ("text", "date", "month", "week")


@dataclass(frozen=True, slots=True)
class Why:
    """How a figure was computed: its parts (label, kind, value), the result, and the rule in words."""

    title: str
    result: str
    parts: Sequence[tuple[str, str, Any]]
    note: str = ""


def _nothing(_: Any) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `kind`: text, date, month or week (their first day), hours (hundredths), money (minor units), percent (tenths), count.

    `link` leads from a figure to its rows, `why` tells how it was computed, `sub` stands smaller below a text; in files it has a column of
    its own, headed `sub_label`. A column that is not `summed` stays empty in the total.
    """

    name: str
    label: str
    kind: str
    read: Callable[[Any], Any]
    link: Callable[[Any], str | None] = _nothing
    sub: Callable[[Any], str | None] = _nothing
    sub_label: str = ""
    why: Callable[[Any], Why | None] = _nothing
    classes: str = ""
    summed: bool = True

    @property
    def css(self) -> str:
        base = {"text": "wide clip lead", "date": "fit drop", "month": "wide lead", "week": "wide lead"}.get(self.kind, "num drop")
        return self.classes or base


@dataclass(frozen=True, slots=True)
class Sheet:
    """Columns, all rows in the order asked for, the row of totals, and which part of the rows the screen shows."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Any]
    total: Any
    order: Order
    page: Page
    headings: Sequence[tuple[Any, ...]] = ()
    is_cut: bool = False

    @property
    def shown(self) -> Sequence[Any]:
        """The rows of the page; a list behind a figure has read no others."""
        return self.rows if self.is_cut else self.rows[self.page.offset : self.page.offset + self.page.limit]

    @property
    def file_columns(self) -> list[Column]:
        """The columns of a file: what stands smaller on the screen in a column of its own."""
        found = []
        for column in self.columns:
            found.append(column)
            if column.sub_label:
                found.append(Column(f"{column.name}_sub", column.sub_label, "text", column.sub))
        return found

    @property
    def label_span(self) -> int:
        """How many columns of words the total's label stretches over."""
        return next((place for place, column in enumerate(self.columns) if column.kind not in WORDS), len(self.columns))


def make_sheet(caption: str, columns: Sequence[Column], rows: Sequence[Any], total: Any, *, default: str) -> Sheet:
    """A sheet sorted as the address asks, `default` (perhaps with a minus) without; an unknown column is the default."""
    by_name = {column.name: column for column in columns}
    order = asked_order(by_name, default)
    ordered = rows if f"{'-' if order.descending else ''}{order.column}" == default else _sorted(rows, by_name[order.column], order)
    headings = [order.heading(column.label, column.css, column.name) for column in columns]
    return Sheet(caption, columns, ordered, total, order, page_of(len(rows), size=ROWS_A_PAGE), headings)


@dataclass(frozen=True, slots=True)
class Part:
    """Which rows a list behind a figure reads: those of a page, or all of them for a file."""

    page: Page
    is_file: bool

    @property
    def limits(self) -> dict[str, Any]:
        """The arguments of a query."""
        return {} if self.is_file else {"limit": self.page.limit, "offset": self.page.offset}


def asked_part(count: int) -> Part:
    return Part(page_of(count, size=ROWS_A_PAGE), request.args.get("format") in ("csv", "xlsx"))


def make_listing(caption: str, columns: Sequence[Column], rows: Sequence[Any], total: Any, part: Part) -> Sheet:
    """Rows behind a figure, in the order of the query."""
    headings = [(column.label, column.css) for column in columns]
    return Sheet(caption, columns, rows, total, Order(columns[0].name, False), part.page, headings, is_cut=True)


def _sorted(rows: Sequence[Any], column: Column, order: Order) -> list[Any]:
    """Rows without a value last, whichever way round."""
    with_value = [row for row in rows if column.read(row) is not None]
    without = [row for row in rows if column.read(row) is None]

    def key(row: Any) -> Any:
        value = column.read(row)
        return value.lower() if isinstance(value, str) else value

    return sorted(with_value, key=key, reverse=order.descending) + without
