"""Lists of time and expenses: what is asked for, read from the address (what cannot be falls back to the whole), and what is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import uuid4

from flask import request
from flask_login import current_user

from lexapp.database import db
from lexapp.queries.time_entries import TimeFilter, day_totals, time_lines
from lexapp.queries.time_totals import sum_totals
from lexapp.queries.timer_overlaps import timer_overlaps
from lexapp.web.access import current_actor, may
from lexapp.web.dates import parse_date
from lexapp.web.entry_forms import people_here
from lexapp.web.lists import asked_choice, asked_id, asked_text, page_of, search_words

PERIODS = (
    ("today", "Today"),
    ("yesterday", "Yesterday"),
    ("week", "This week"),
    ("last_week", "Last week"),
    ("month", "This month"),
    ("last_month", "Last month"),
    ("year", "This year"),
    ("all", "All dates"),
    ("between", "Between two dates"),
)
STATUSES = (
    ("to_invoice", "Not invoiced"),
    ("unbilled", "On no pre-bill"),
    ("on_pre_bill", "On a pre-bill"),
    ("billed", "Billed"),
    ("no_rate", "Without a rate"),
    ("covered", "In an agreed fee"),
)
COST_STATUSES = STATUSES[:4]
EXPENSE_STATUSES = (
    *COST_STATUSES,
    ("waiting", "Waiting for approval"),
    ("declined", "Declined"),
    ("no_receipt", "Receipt missing"),
    ("from_trust", "Paid from trust"),
)
KEPT = ("vendor", "category", "period", "from", "to", "matter", "client", "timekeeper", "status", "billing", "q", "page")


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters as the controls show them, and as the query takes them."""

    period: str
    chosen: TimeFilter
    q: str

    @property
    def is_narrow(self) -> bool:
        """Whether anything but the period limits the list."""
        c = self.chosen
        chosen = (c.matter_id, c.client_id, c.timekeeper_id, c.status, c.billing_status, c.words, c.vendor_id, c.category_id)
        return any(chosen)


def asked_time(
    today: date, *, default_period: str = "month", matter_id: int | None = None, statuses: Sequence[tuple[str, str]] = STATUSES
) -> Asked:
    """The list of time asked for; `default_period` without any. On the page of a matter, `matter_id` is its."""
    period = asked_choice("period", [value for value, _ in PERIODS], "" if _day("from") or _day("to") else default_period)
    since, until = span_of(period, today) if period not in ("", "between") else (_day("from"), _day("to"))
    q = asked_text()
    chosen = TimeFilter(
        timekeeper_id=asked_id("timekeeper"),
        matter_id=matter_id or asked_id("matter"),
        client_id=asked_id("client"),
        since=since,
        until=until,
        status=asked_choice("status", [value for value, _ in statuses]),
        billing_status=asked_choice("billing", ("billable", "non_billable", "no_charge")),
        words=tuple(search_words(q)),
        vendor_id=asked_id("vendor"),
        category_id=asked_id("category"),
    )
    return Asked(period or "between", chosen, q)


def listed_time(asked: Asked) -> dict[str, Any]:
    """What `time/_list.html` and `time/_filters.html` show. Four queries; one less where nothing was measured."""
    actor, session, currency = current_actor(), db.session(), current_user.currency
    mine = {"actor": actor, "currency": currency, "chosen": asked.chosen}
    sums = day_totals(session, **mine)
    totals = sum_totals(sums.values(), actor=actor, currency=currency)
    page = page_of(totals.count)
    lines = time_lines(session, **mine, limit=page.limit, offset=page.offset)
    days = tuple((day, tuple(entries)) for day, entries in groupby(lines, key=lambda line: line.worked_on))
    overlapping = frozenset(timer_overlaps(session, firm_id=actor.firm_id, entries=lines))
    people = tuple(people_here()) if may("time.view_all") else ()
    offers = {"periods": PERIODS, "statuses": STATUSES, "timekeepers": people}
    twice = tuple(overlapping & {entry.id for entry in entries} for _, entries in days)
    found = {"days": days, "twice": twice, "sums": tuple(sums[day] for day, _ in days), "totals": totals, "listed": page.limit}
    found |= {"is_narrow": asked.is_narrow, "turned": (page.label, page.earlier, page.later) if page.label else (), "kept": kept_filters()}
    key = str(uuid4())
    return offers | found | {"asked": asked, "listing": found, "bulk_key": key, "numbered": lambda: {"bulk_key": key}}


def kept_filters() -> dict[str, str]:
    """The filters of the present list, for addresses that come back to it."""
    return {name: request.args[name][:100] for name in KEPT if request.args.get(name)}


def span_of(period: str, today: date) -> tuple[date | None, date | None]:
    """First and last day of a named period; None where it is open. Weeks begin on Monday."""
    monday = today - timedelta(days=today.weekday())
    first = today.replace(day=1)
    before_first = first - timedelta(days=1)
    spans: dict[str, tuple[date | None, date | None]] = {
        "today": (today, today),
        "yesterday": (today - timedelta(days=1), today - timedelta(days=1)),
        "week": (monday, monday + timedelta(days=6)),
        "last_week": (monday - timedelta(days=7), monday - timedelta(days=1)),
        "month": (first, None),
        "last_month": (before_first.replace(day=1), before_first),
        "year": (today.replace(month=1, day=1), None),
    }
    return spans.get(period, (None, None))


def _day(name: str) -> date | None:
    try:
        return parse_date(request.args.get(name, ""), today=date(2000, 1, 1))
    except ValueError:
        return None
