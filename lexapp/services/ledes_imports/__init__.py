"""Take over work from a LEDES 1998B file: clients, matters, timekeepers, their time, expenses and fixed fees.

One command and one transaction: a file is taken over whole or not at all, and the same file twice is taken over once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from lexapp.books import audit, record_command, succeed
from lexapp.database import transaction
from lexapp.domain.ledes import LedesError, LedesInvoice, LedesLine, LineType
from lexapp.domain.permissions import Actor
from lexapp.models import Firm
from lexapp.services.ledes_imports.entries import write_expenses, write_fixed_fees, write_time
from lexapp.services.ledes_imports.parties import make_clients, make_matters, make_timekeepers
from lexapp.services.ledes_imports.work import Import, Imported

__all__ = ["Imported", "import_ledes"]


def import_ledes(session: Session, *, actor: Actor, invoices: Sequence[LedesInvoice], key: str, now: datetime | None = None) -> Imported:
    """Take over every invoice's lines as unbilled work of `actor`'s firm. `key` names the file (its SHA-256).

    Raises LedesError, naming line and field, for what lexapp cannot hold exactly; nothing is written then.
    """
    for permission in ("client.edit", "matter.edit", "time.record_others", "expense.record", "rate.edit", "user.manage"):
        actor.require(permission)
    with transaction(session, actor.firm_id):
        inputs = {"invoices": [invoice.number for invoice in invoices]}
        command = record_command(session, actor=actor, name="ledes.import", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return Imported()
        work = Import(session, command, session.get_one(Firm, actor.firm_id))
        _write(work, invoices)
        if work.problems:
            raise LedesError(work.problems)
        result = {name: getattr(work.counts, name) for name in Imported.__slots__}
        audit(session, command, action="ledes.imported", subject_kind="firm", subject_id=actor.firm_id, after=result)
        succeed(session, command, **result)
    return work.counts


def _write(work: Import, invoices: Sequence[LedesInvoice]) -> None:
    make_clients(work, invoices)
    make_matters(work, invoices)
    make_timekeepers(work, [line for invoice in invoices for line in invoice.lines])
    write_time(work, _lines(invoices, LineType.FEE))
    write_expenses(work, _lines(invoices, LineType.EXPENSE, LineType.EXPENSE_ADJUSTMENT))
    write_fixed_fees(work, _lines(invoices, LineType.FEE_ADJUSTMENT))


def _lines(invoices: Iterable[LedesInvoice], *types: LineType) -> list[tuple[LedesInvoice, LedesLine]]:
    return [(invoice, line) for invoice in invoices for line in invoice.lines if line.type in types]
