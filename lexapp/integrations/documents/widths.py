"""Which columns need more room than usual, so that no figure leaves its column."""

from __future__ import annotations

from collections.abc import Iterator

from lexapp.domain.snapshots import InvoiceSnapshot
from lexapp.integrations.documents.sections import all_dates
from lexapp.integrations.documents.wording import Figures


def width_classes(invoice: InvoiceSnapshot, figures: Figures) -> str:
    """Classes of the body: `amounts-wide` or `amounts-huge`, `rates-wide`, `hours-wide`, `dates-wide`, `initials-wide`, `due-long`."""
    longest = max(len(figures.amount(minor)) for minor in _amounts(invoice))
    rate = max((len(figures.amount(line.rate_minor)) for line in invoice.time), default=0)
    initials = max((len(line.timekeeper_initials or line.timekeeper_code) for line in invoice.time), default=0)
    wanted = {
        "amounts-wide": 12 < longest <= 16,
        "amounts-huge": longest > 16,
        "rates-wide": rate > 9,
        "hours-wide": len(figures.hours(invoice.totals.quantity_hundredths)) > 5,
        "dates-wide": len({on.year for on in all_dates(invoice)}) > 1,
        "initials-wide": initials > 4,
        "due-long": len(figures.signed(invoice.account.total_due_minor)) > 15,
    }
    return " ".join(name for name, holds in wanted.items() if holds)


def _amounts(invoice: InvoiceSnapshot) -> Iterator[int]:
    totals, balance = invoice.totals, invoice.account
    yield from (totals.fees_minor, totals.discounts_minor, totals.expenses_minor, totals.total_minor)
    yield from (balance.previous_balance_minor, -balance.payments_minor, balance.total_due_minor)
    yield sum(row.total_minor for row in invoice.split)
    for trust in invoice.trust:
        yield from (trust.opening_minor, trust.closing_minor, *(movement.balance_minor for movement in trust.movements))
