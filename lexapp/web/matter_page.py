"""Everything that a matter's page shows, as far as the person may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lexapp.books.rates import query_of, resolve_entry_rates
from lexapp.database import db
from lexapp.domain.lifecycles import MATTER
from lexapp.domain.rates import RateDecision
from lexapp.models import Firm, Matter, Timekeeper
from lexapp.queries.matters import InvoiceLine, UnbilledWork, invoices_of, ledgers_of, payers_of, unbilled_work
from lexapp.queries.rates import SeenRates, rates_of_matter
from lexapp.queries.timeline import matter_timeline
from lexapp.web.access import may, whose_work
from lexapp.web.dates import today_here
from lexapp.web.happenings import happenings, seen_kinds
from lexapp.web.rate_reasons import rate_rows


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed on a matter's invoices, in minor units."""

    minor: int
    invoices: int
    overdue: int
    latest_days: int


def matter_page(matter: Matter) -> dict[str, Any]:
    """The context of `matters/show.html`."""
    session, firm_id, today = db.session(), matter.firm_id, today_here()
    keys = {"firm_id": firm_id, "matter_id": matter.id}
    whose = whose_work()
    seen = SeenRates(firm_id, today, whose)
    work = unbilled_work(session, **keys, timekeeper_id=whose) if may("rate.see") else None
    invoices = invoices_of(session, **keys) if may("invoice.view") else None
    return {
        "matter": matter,
        "firm": session.get_one(Firm, firm_id),
        "payers": payers_of(session, **keys),
        "work": work,
        "only_mine": whose is not None,
        "rates_now": _rates_now(matter, work) if work else {},
        "rate_rows": rate_rows,
        "rates": rates_of_matter(session, seen=seen, matter_id=matter.id, client_id=matter.client_id) if may("rate.see") else [],
        "invoices": invoices,
        "owed": _owed(invoices) if invoices is not None else None,
        "ledgers": ledgers_of(session, **keys) if may("trust.view") else None,
        "happenings": happenings(matter_timeline(session, **keys, kinds=seen_kinds())),
        "actions": () if matter.is_internal else MATTER.actions(matter.status),
        "today": today,
    }


def _rates_now(matter: Matter, work: UnbilledWork) -> dict[int, RateDecision]:
    """What an hour of each timekeeper with unbilled work would cost today, and why."""
    session = db.session()
    ids = [line.timekeeper_id for line in work.lines]
    people = session.query(Timekeeper).filter(Timekeeper.firm_id == matter.firm_id, Timekeeper.id.in_(ids)).all()
    queries = [query_of(matter, person, activity_code="", on=today_here()) for person in people]
    firm = session.get_one(Firm, matter.firm_id)
    found = resolve_entry_rates(session, firm_id=firm.id, currency=firm.currency, queries=queries)
    return {person.id: decision for person, decision in zip(people, found, strict=True)}


def _owed(invoices: Sequence[InvoiceLine]) -> Owed:
    today = today_here()
    late = [days for invoice in invoices if (days := invoice.days_overdue(today))]
    still_open = [invoice for invoice in invoices if invoice.open_minor]
    return Owed(sum(invoice.open_minor for invoice in still_open), len(still_open), len(late), max(late, default=0))
