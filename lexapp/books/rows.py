"""Many rows of one table at once, without the mapper in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session


def insert_rows(session: Session, model: type[Any], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """One executemany of the driver. `rows` hold the values of `columns` in that order; what they leave out must be nullable.

    Values pass through the column types' own conversion, so instants and dates are stored as the mapper would store them.
    """
    if not rows:
        return
    connection = session.connection()
    table, dialect = model.__table__, connection.dialect
    statement = insert(table).compile(dialect=dialect, column_keys=list(columns))
    for place, name in enumerate(columns):
        convert = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        if convert is not None:
            rows = [(*row[:place], convert(row[place]), *row[place + 1 :]) for row in rows]
    if statement.positional:
        order = [columns.index(name) for name in statement.positiontup or columns]
        in_order = order == list(range(len(columns)))
        connection.exec_driver_sql(str(statement), list(rows) if in_order else [tuple(row[i] for i in order) for row in rows])
    else:
        connection.exec_driver_sql(str(statement), [dict(zip(columns, row, strict=True)) for row in rows])
