"""What a client sees behind a link: the invoice as it was frozen, and where it stands today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm, today_in
from lexapp.domain.money import Money
from lexapp.domain.snapshots import EarlyPayment
from lexapp.models import Firm, StoredDocument
from lexapp.queries.frozen_invoices import (
    FrozenInvoice,
    GivenCredit,
    ReceivedPayment,
    document_progress,
    frozen_invoice,
    given_credits,
    invoice_of_link,
    open_minor,
    received_payments,
    stored_invoice_pdf,
)


@dataclass(frozen=True, slots=True)
class ClientPage:
    """An invoice behind a link. `state` is open, paid, void or revoked; only an open one shows its lines.

    `document` is the stored PDF, which an open and a paid invoice give; where it is None, `progress` says how it stands with it.
    """

    state: str
    invoice: FrozenInvoice
    open: Money
    payments: tuple[ReceivedPayment, ...]
    credits: tuple[GivenCredit, ...]
    document: StoredDocument | None
    progress: str
    today: date

    @property
    def total(self) -> Money:
        return Money(self.invoice.snapshot.totals.total_minor, self.invoice.snapshot.currency)

    @property
    def received(self) -> Money:
        """What money came."""
        kept = sum(payment.amount.minor for payment in self.payments if payment.is_discount)
        return self.total - self.open - Money(kept, self.total.currency) - self.credited

    @property
    def credited(self) -> Money:
        """What credit notes took off it."""
        return Money(sum(one.amount.minor for one in self.credits), self.total.currency)

    @property
    def early(self) -> EarlyPayment | None:
        """The discount that may still be kept by paying all of it in time; None where there is none, or part is paid."""
        offered = self.invoice.snapshot.early
        return offered if offered and self.today <= offered.last_on and self.open == self.total else None

    @property
    def early_kept(self) -> Money:
        return Money(self.early.amount_minor if self.early else 0, self.total.currency)

    @property
    def early_rest(self) -> Money:
        """What settles the invoice in time."""
        return self.total - self.early_kept

    @property
    def paid_on(self) -> date | None:
        """The day of the last payment or credit note; None where nothing was to be paid."""
        days = [payment.on for payment in self.payments] + [note.on for note in self.credits]
        return max(days, default=None)

    @property
    def gives_document(self) -> bool:
        return self.state in ("open", "paid")

    @property
    def days_late(self) -> int:
        """Days since the invoice was due; negative while it is not due yet."""
        return (self.today - self.invoice.snapshot.due_on).days


def client_page(session: Session, *, public_id: str, now: datetime) -> ClientPage | None:
    """The page behind a link's public id, or None where no such link was ever given out. The session is the firm's from here on."""
    found = invoice_of_link(session, public_id=public_id)
    if found is None:
        return None
    firm_id, invoice_id, revoked_at = found
    scope_to_firm(session, firm_id)
    invoice = frozen_invoice(session, firm_id=firm_id, invoice_id=invoice_id)
    still_open = Money(open_minor(session, firm_id=firm_id, invoice_id=invoice_id), invoice.snapshot.currency)
    document = stored_invoice_pdf(session, firm_id=firm_id, invoice_id=invoice_id)
    zone = session.scalar(select(Firm.time_zone).where(Firm.id == firm_id)) or "UTC"
    return ClientPage(
        state=_state(invoice, still_open, revoked_at),
        invoice=invoice,
        open=still_open,
        payments=tuple(received_payments(session, firm_id=firm_id, invoice_id=invoice_id)),
        credits=tuple(given_credits(session, firm_id=firm_id, invoice_id=invoice_id)),
        document=document,
        progress="" if document else document_progress(session, firm_id=firm_id, invoice_id=invoice_id),
        today=today_in(zone, now),
    )


def _state(invoice: FrozenInvoice, still_open: Money, revoked_at: datetime | None) -> str:
    if invoice.voided_on is not None:
        return "void"
    if revoked_at is not None:
        return "revoked"
    return "open" if still_open.minor else "paid"
