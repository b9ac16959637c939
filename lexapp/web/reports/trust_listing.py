"""Whose money do we hold?"""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from lexapp.database import db
from lexapp.queries.reports.trust_listing import AccountBook, HeldRow, account_books, held, trust_listing
from lexapp.web.access import may_open
from lexapp.web.filters import date_long
from lexapp.web.lists import asked_id
from lexapp.web.reports.asked import Asked
from lexapp.web.reports.charts import Bar, Chart, Series, bars_chart
from lexapp.web.reports.figures import amount, counted
from lexapp.web.reports.names import TRUST
from lexapp.web.reports.report import Figure, Proof, Report
from lexapp.web.reports.sheet import Column, make_sheet

FILTERS = ("on", "account", "client", "matter", "practice", "responsible")
SERIES = (Series("Client money", "held", "4"),)
KINDS = {"firm_funds": "Firm funds for bank charges", "unidentified": "Unidentified receipts"}
EMPTY = (("", "With a balance"), ("y", "All ledgers"))
RULES = (
    ("Balance", "Every movement of the ledger through the day, whenever it was recorded."),
    ("Book", "The trust bank account in the journal. It holds what is owed to the ledgers, less a shortage that the firm owes."),
)


def trust_report(asked: Asked) -> Report:
    session, account_id, with_empty = db.session(), asked_id("account"), request.args.get("empty") == "y"
    rows = trust_listing(session, scope=asked.scope, on=asked.on, bank_account_id=account_id, with_empty=with_empty)
    books = account_books(session, scope=asked.scope, on=asked.on)
    total = HeldRow(0, "total", 0, "Total", "", "", held(rows), None)
    return Report(
        slug="trust-listing",
        name=TRUST.name,
        title=TRUST.title,
        answer=_answer(asked, rows),
        filters=FILTERS,
        segments=(("empty", "Ledgers", EMPTY, "y" if with_empty else ""),),
        figures=_figures(rows),
        chart=_chart(rows),
        sheet=make_sheet("Trust listing", _columns({book.id: book.name for book in books}), rows, total, default="client"),
        proofs=_proofs(asked, rows, books, account_id),
        rules=RULES,
        accounts=[(book.id, book.name) for book in books],
    )


def _proofs(asked: Asked, rows: list[HeldRow], books: list[AccountBook], account_id: int | None) -> list[Proof]:
    """One for each bank account, when all of its ledgers are listed."""
    if asked.scope.is_narrow:
        return []
    return [
        Proof(
            f"Ledgers in {book.name}",
            held(row for row in rows if row.bank_account_id == book.id),
            _book_label(book),
            book.book_minor + book.shortage_minor,
        )
        for book in books
        if account_id in (None, book.id)
    ]


def _book_label(book: AccountBook) -> str:
    return f"Book balance and shortage of {amount(book.shortage_minor)}" if book.shortage_minor else "Book balance of the bank account"


def _answer(asked: Asked, rows: list[HeldRow]) -> str:
    when = "today" if asked.on == asked.today else f"on {date_long(asked.on)}"
    some = [row for row in rows if row.balance_minor]
    clients = len({row.client_name for row in some if row.client_name})
    if not some:
        return f"No client money is held {when}." if asked.on == asked.today else f"No client money was held {when}."
    return f"{amount(held(rows))} held {when} in {counted(len(some), 'ledger')} of {counted(clients, 'client')}."


def _whose(row: HeldRow) -> str:
    return row.client_name or KINDS.get(row.kind, "")


def _what(row: HeldRow) -> str:
    return f"{row.matter_number} {row.matter_name}" if row.matter_number else "" if row.kind in KINDS else "No matter yet"


def _url(row: HeldRow) -> str | None:
    return url_for("trust.show", ledger_id=row.ledger_id) if row.ledger_id and may_open("trust.show") else None


def _columns(accounts: dict[int, str]) -> list[Column]:
    columns = [
        Column("client", "Client and matter", "text", _whose, link=_url, sub=_what, sub_label="Matter"),
        Column("last", "Last movement", "date", lambda row: row.last_on),
        Column("balance", "Balance", "money", lambda row: row.balance_minor, link=_url, classes="num lead"),
    ]
    if len(accounts) > 1:
        columns.insert(1, Column("account", "Bank account", "text", lambda row: accounts.get(row.bank_account_id, ""), classes="fit drop"))
    return columns


def _figures(rows: list[HeldRow]) -> list[Figure]:
    kinds: dict[str, Any] = {
        "Held for matters": "matter",
        "Held for clients": "client",
        "Unidentified": "unidentified",
        "Firm funds": "firm_funds",
    }
    parts = [Figure(label, "money", held(row for row in rows if row.kind == kind)) for label, kind in kinds.items()]
    return [Figure("Held in all", "money", held(rows), counted(sum(1 for row in rows if row.balance_minor), "ledger")), *parts]


def _chart(rows: list[HeldRow]) -> Chart | None:
    most = sorted(rows, key=lambda row: -row.balance_minor)
    bars = [Bar(row.matter_name or _whose(row), (row.balance_minor,), _url(row)) for row in most if row.balance_minor > 0]
    return bars_chart("The largest balances", "money", SERIES, bars)
