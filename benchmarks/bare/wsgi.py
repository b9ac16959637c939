"""A bare Flask page: one query by sqlite3, one Jinja template, the same rows. No sign-in, no firm, no rights, no forms, no timer.

`BARE_DATABASE` names the file. The connection stays open for each thread, which is the fastest way to use SQLite from Flask.
"""

from __future__ import annotations

import os
import sqlite3
from threading import local

from flask import Flask, render_template

app = Flask(__name__)
app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
kept = local()
QUERY = """
    SELECT t.id, t.worked_on, c.name AS client, m.name AS matter, t.narrative, t.task_code, t.activity_code, k.name AS timekeeper,
           t.quantity_hundredths, t.rate_minor_per_hour, t.amount_minor, t.billing_status
    FROM time_entries t JOIN matters m ON m.id = t.matter_id JOIN timekeepers k ON k.id = t.timekeeper_id
    LEFT JOIN clients c ON c.id = m.client_id
    WHERE t.discarded_at IS NULL ORDER BY t.worked_on DESC, t.id DESC LIMIT 50
"""


def database() -> sqlite3.Connection:
    if not hasattr(kept, "connection"):
        kept.connection = sqlite3.connect(os.environ["BARE_DATABASE"])
        kept.connection.row_factory = sqlite3.Row
    connection: sqlite3.Connection = kept.connection
    return connection


@app.template_filter()
def hundredths(value: int | None) -> str:
    return "" if value is None else f"{value / 100:,.2f}"


@app.get("/time")
def index() -> str:
    return render_template("list.html", rows=database().execute(QUERY).fetchall())


@app.get("/time/<int:entry_id>")
def show(entry_id: int) -> str:
    return str(entry_id)
