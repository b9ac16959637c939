"""What tests of reports share: the pages, an office with three months behind it, and the totals of a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from lexapp.config import Settings
from lexapp.database import db
from tests.applications import make_app
from tests.client import CheckedClient
from tests.databases import SqliteDatabase
from tests.messy_books import Books, make_books
from tests.web.visitor import Visitor, signed_in

Office = tuple[Books, Visitor]
LONG = "from=2026-08-31&to=2026-11-23"
GROUPED = {
    "/reports/hours": ("timekeeper", "month", "week", "client", "matter", "practice", "responsible"),
    "/reports/outstanding-invoices": ("payer", "invoice", "matter", "practice", "responsible"),
    "/reports/collected-revenue": ("client", "matter", "practice", "responsible", "originating", "month"),
    "/reports/credit": ("",),
    "/reports/work-in-progress": ("client", "matter", "timekeeper", "practice", "responsible"),
    "/reports/productivity": ("",),
    "/reports/trust-listing": ("",),
    "/reports/income": ("",),
}
ROWS = (
    "/reports/hours/entries",
    "/reports/collected-revenue/entries",
    "/reports/credit/entries",
    "/reports/productivity/entries",
    "/reports/productivity/invoice-lines",
    "/reports/work-in-progress/entries",
    "/reports/income/postings",
)
ALL = (*GROUPED, *ROWS)


@contextmanager
def open_office(folder: Path) -> Iterator[Office]:
    """The owner of a firm with three months behind it. On SQLite: the queries have tests of their own on both engines."""
    database = SqliteDatabase.in_memory_disk()
    books = make_books(database, 7)
    app = _app(database, folder)
    yield books, signed_in(app, books.session, books.world.owner)
    books.session.close()
    with app.app_context():
        db.engine.dispose()
    database.close()


def _app(database: SqliteDatabase, folder: Path) -> Flask:
    app = make_app(Settings.from_environ({"DATABASE_URL": database.url, "DATA_FOLDER": str(folder)}))
    app.testing = True
    app.test_client_class = CheckedClient
    return app


def totals_of(page: str) -> list[str]:
    foot = re.search(r"<tfoot.*?</tfoot>", page, re.DOTALL)
    return re.findall(r"\(?[\d,]+(?:\.\d\d)?\)?", re.sub(r"<[^>]+>", " ", foot[0])) if foot else ["0.00"]
