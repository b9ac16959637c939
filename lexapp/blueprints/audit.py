"""The audit log: filtered, page by page, and as a file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request
from flask_login import current_user

from lexapp.database import db
from lexapp.domain.errors import Refused
from lexapp.queries.audit import PAGE, AuditFilter, AuditRow, all_audit_rows, audit_kinds, audit_people, audit_rows
from lexapp.web import audit_words
from lexapp.web.access import current_actor, requires
from lexapp.web.dates import parse_date, today_here
from lexapp.web.htmx import render
from lexapp.web.lists import address, asked_id, asked_text, search_words
from lexapp.web.reports.files import harmless

blueprint = Blueprint("audit", __name__)
HEADINGS = ("At (UTC)", "Who", "Action", "Kind", "Record", "Record id", "Field", "Before", "After")


def _wanted() -> AuditFilter:
    words = search_words(asked_text())
    kind = asked_text("kind", longest=40)
    since, until = _day("since"), _day("until")
    end = _instant(until + timedelta(days=1)) if until and until < date.max else None
    return AuditFilter(asked_id("person"), kind, asked_id("record"), _instant(since) if since else None, end, words)


def _day(name: str) -> date | None:
    """The day that was typed; what cannot be read is left out, as everywhere in addresses."""
    try:
        return parse_date(asked_text(name, longest=30), today=today_here()) if request.args.get(name) else None
    except (Refused, ValueError):
        return None


def _instant(day: date) -> datetime | None:
    try:
        return datetime.combine(day, time(), ZoneInfo(current_user.time_zone)).astimezone(ZoneInfo("UTC"))
    except OverflowError:
        return None


@blueprint.get("/audit")
@requires("audit.view")
def index() -> Response:
    session, firm_id = db.session(), current_actor().firm_id
    found = audit_rows(session, firm_id=firm_id, wanted=_wanted(), before_id=asked_id("before"))
    earlier = address(before=found[PAGE - 1].id) if len(found) > PAGE else None
    choices = {"people": audit_people(session, firm_id=firm_id), "kind_pairs": _kinds(firm_id)}
    page = {"page": "audit/index.html", "fragment": "audit/_log.html"}
    return render(**page, rows=found[:PAGE], earlier=earlier, **choices, words=audit_words, asked=request.args)


def _kinds(firm_id: int) -> list[tuple[str, str]]:
    return [(kind, audit_words.kind_name(kind)) for kind in audit_kinds(db.session(), firm_id=firm_id)]


@blueprint.get("/audit/file")
@requires("audit.view")
def file() -> Response:
    rows = list(all_audit_rows(db.session(), firm_id=current_actor().firm_id, wanted=_wanted()))
    name = f'attachment; filename="audit-{today_here().isoformat()}.csv"'
    return Response("".join(_lines(rows)), mimetype="text/csv", headers={"Content-Disposition": name})


def _lines(rows: list[AuditRow]) -> Iterator[str]:
    yield _line(HEADINGS)
    for row in rows:
        head = (row.at.isoformat(timespec="seconds"), row.who, row.action, row.kind, row.record, row.record_id or "")
        for name in row.names or [""]:
            yield _line((*head, name, *(str(values.get(name, "")) for values in (row.before, row.after))))


def _line(values: tuple[object, ...]) -> str:
    """One line, in which no text is a formula to a spreadsheet."""
    out = StringIO()
    csv.writer(out).writerow([harmless(str(value)) for value in values])
    return out.getvalue()
