"""What a matter's page shows, as far as the person may see it: its frame, and its overview."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from lexapp.books.rates import resolve_entry_rates
from lexapp.database import db
from lexapp.domain.invoice_states import InvoiceState
from lexapp.domain.lifecycles import MATTER
from lexapp.domain.rates import RateDecision, RateQuery
from lexapp.models import Firm, Matter
from lexapp.queries.matters import InvoiceLine, UnbilledWork, invoices_of, ledgers_of, matter_head, people_of, unbilled_work
from lexapp.queries.rates import SeenRates, rates_of_matter
from lexapp.queries.timeline import matter_timeline
from lexapp.web.access import load, may, whose_work
from lexapp.web.dates import today_here
from lexapp.web.happenings import happenings, seen_kinds
from lexapp.web.lists import asked_id
from lexapp.web.paths import came_from
from lexapp.web.payer_words import rule_words
from lexapp.web.rate_reasons import rate_rows
from lexapp.web.rounding_places import rules_shown
from lexapp.web.taxation import taxation_of_matter

SHOWN_STATES = {"unpaid": "Open", "overdue": "Overdue", "paid": "Paid", "void": "Void"}
LATEST = 5


@dataclass(frozen=True, slots=True)
class Owed:
    """A matter's share of its invoices in minor units: what was invoiced, what is owed of it, the latest of those overdue."""

    invoiced_minor: int
    minor: int
    invoices: int
    overdue: int
    latest: InvoiceLine | None
    latest_days: int


def matter_frame(matter: Matter) -> dict[str, Any]:
    """Head, tabs with their counts, and what may be done with the matter. One query."""
    head = matter_head(db.session(), firm_id=matter.firm_id, matter_id=matter.id, timekeeper_id=whose_work())
    actions = () if matter.is_internal else MATTER.actions(matter.status)
    return {"matter": head.matter, "firm": head.firm, "counts": head.counts, "actions": actions, "today": today_here()}


def tabs_of_matter(tab: str) -> dict[str, Any]:
    """Where a list was sent from the page of a matter, what `matters/_tabs.html` needs to count anew; `tab` is the one that is open."""
    matter_id = asked_id("matter")
    if not matter_id or not came_from("").startswith("/matters/"):
        return {}
    frame = matter_frame(load(Matter, matter_id))
    return {"matter": frame["matter"], "counts": frame["counts"], "tab": tab}


def matter_overview(matter: Matter, firm: Firm) -> dict[str, Any]:
    """The context of `matters/_overview.html`. Eight queries."""
    session, firm_id, today, whose = db.session(), matter.firm_id, today_here(), whose_work()
    keys = {"firm_id": firm_id, "matter_id": matter.id}
    work = unbilled_work(session, **keys, timekeeper_id=whose) if may("rate.see") else None
    seen = SeenRates(firm_id, today, whose)
    invoices = invoices_of(session, **keys) if may("invoice.view") else None
    return {
        "people": people_of(session, **keys, on=today),
        "payer_rules": rule_words,
        "work": work,
        "only_mine": whose is not None,
        "rates_now": _rates_now(matter, firm, work) if work else {},
        "rate_rows": rate_rows,
        "rounding": rules_shown(matter)["rounding"],
        "taxation": taxation_of_matter(matter),
        "rates": rates_of_matter(session, seen=seen, matter_id=matter.id, client_id=matter.client_id) if work else [],
        "invoices": invoices,
        "owed": _owed(invoices, today) if invoices is not None else None,
        "ledgers": ledgers_of(session, **keys) if may("trust.view") else None,
        "happenings": happenings(matter_timeline(session, **keys, kinds=seen_kinds(), limit=LATEST + 2)),
        "latest": LATEST,
    }


def in_state(invoice: InvoiceLine, state: str, today: date) -> bool:
    """Whether an invoice is among those that a key of SHOWN_STATES names; every one is among "". Unpaid ones may be overdue."""
    found = invoice.state(today)
    if state == "unpaid":
        return found in (InvoiceState.OPEN, InvoiceState.PART_PAID, InvoiceState.OVERDUE)
    return not state or found.value == state


def _rates_now(matter: Matter, firm: Firm, work: UnbilledWork) -> dict[int, RateDecision]:
    """What an hour of each timekeeper with unbilled work would cost today, and why."""
    where = {"on": today_here(), "matter_id": matter.id, "client_id": matter.client_id}
    people = [(line.timekeeper_id, line.classification) for line in work.lines]
    queries = [RateQuery(**where, timekeeper_id=id_, timekeeper_class=classification) for id_, classification in people]
    found = resolve_entry_rates(db.session(), firm_id=firm.id, currency=firm.currency, queries=queries) if queries else []
    return {line.timekeeper_id: decision for line, decision in zip(work.lines, found, strict=True)}


def _owed(invoices: Sequence[InvoiceLine], today: date) -> Owed:
    late = [invoice for invoice in invoices if invoice.days_overdue(today)]
    still_open = [invoice for invoice in invoices if invoice.open_minor]
    oldest = max(late, key=lambda invoice: invoice.days_overdue(today), default=None)
    invoiced = sum(invoice.total_minor for invoice in invoices if not invoice.voided_on)
    days = oldest.days_overdue(today) if oldest else 0
    return Owed(invoiced, sum(invoice.open_minor for invoice in still_open), len(still_open), len(late), oldest, days)
