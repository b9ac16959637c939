"""Invoices of any length for the tests and the benchmark, with the narratives of `tests/data/services.csv`."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from lexapp.domain.snapshots import AccountSummary, DiscountLine, ExpenseLine, InvoiceSnapshot, MatterSection, TimeLine
from tests.sample_invoices import invoice_snapshot, matter_section, time_line

ISSUED_AT = datetime(2026, 11, 2, 15, 30, tzinfo=UTC)
LOGO = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120"><g fill="none" stroke="#1d2b3a" stroke-width="2">'
    b'<circle cx="60" cy="60" r="57"/><circle cx="60" cy="60" r="52.5" stroke-width=".7"/>'
    b'<path d="M29 86 L54 30 L79 86 M38.5 66 H69.5" stroke-width="3.6"/><path d="M22 86 H36 M71.5 86 H88 M48 30 H58"/>'
    b'<path d="M66 30 H80 a16 16 0 0 1 0 32 H71.5" stroke-width="3.6"/></g></svg>'
)
EXTRA_EXPENSES = (
    ExpenseLine(date(2026, 10, 6), "E110", "Mileage to and from deposition, M. Okonkwo", 6_400, 70, 4_480, unit_name="mi"),
    ExpenseLine(date(2026, 10, 15), "E101", "Color copies, mediation bundle", 124_000, 20, 24_800),
    ExpenseLine(date(2026, 10, 19), "E121", "Mediator’s fee, client’s half share", 50, 960_000, 480_000),
)


def read_logo(digest: str) -> bytes:
    return LOGO


def services(count: int) -> tuple[TimeLine, ...]:
    """The first `count` lines of the month, starting over with other hours when it has no more."""
    with (Path(__file__).parents[1] / "data" / "services.csv").open() as file:
        rows = list(csv.DictReader(file))
    return tuple(sorted((_line(rows[number % len(rows)], number // len(rows)) for number in range(count)), key=lambda line: line.on))


def _line(row: dict[str, str], turn: int) -> TimeLine:
    free = row["adjustment"] == "none"
    return time_line(
        date(2026, 10, int(row["day"])),
        row["initials"],
        int(row["hundredths"]) + 10 * turn,
        row["narrative"],
        adjustment_minor=0 if free else int(row["adjustment"]),
        note=row["note"],
        no_charge=free,
        codes=(row["task"], row["activity"]),
    )


def mediation_invoice(**changes: object) -> InvoiceSnapshot:
    """The month of the sample in full: 28 entries, four pages in the Chambers theme."""
    discount = DiscountLine("Courtesy discount, 5% of services", -140_588)
    sample = matter_section()
    expenses = tuple(sorted((*sample.expenses, *EXTRA_EXPENSES), key=lambda line: line.on))
    section = matter_section(time=services(28), discounts=(discount,), expenses=expenses)
    return replace(invoice_snapshot(section), **changes)


def invoice_of(count: int, **changes: object) -> InvoiceSnapshot:
    """An invoice of `count` entries and nothing else: no expenses, no trust, no previous balance."""
    return _alone(matter_section(time=services(count), discounts=(), fixed_fees=(), expenses=(), taxes=()), changes)


def retainer_invoice(**changes: object) -> InvoiceSnapshot:
    """A monthly fee and nothing else: one page."""
    return _alone(matter_section(time=(), discounts=(), expenses=(), taxes=()), changes)


def _alone(section: MatterSection, changes: dict[str, object]) -> InvoiceSnapshot:
    invoice = invoice_snapshot(section)
    total = invoice.totals.total_minor
    account = AccountSummary(payments_since_on=date(2026, 10, 1), this_invoice_minor=total, total_due_minor=total)
    return replace(invoice, account=account, trust=(), description="", **changes)
