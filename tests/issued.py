"""Issued invoices for tests that are about what happens to them afterwards."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy.orm import Session

from lexapp.books import enqueue, record_command
from lexapp.database import transaction
from lexapp.domain.permissions import Actor
from lexapp.domain.snapshots import AccountSummary, InvoiceSnapshot, MatterSection
from lexapp.models import Invoice, InvoiceMatter, Matter, PreBill
from lexapp.models import InvoiceSnapshot as SnapshotRow
from tests.factories import NOW, TODAY, World, make_matter
from tests.sample_invoices import invoice_snapshot, matter_section


def short_snapshot(number: str) -> InvoiceSnapshot:
    """One page, without trust and logo."""
    sample = matter_section()
    section = matter_section(time=sample.time[:2], discounts=(), fixed_fees=(), expenses=sample.expenses[:1], taxes=())
    total = section.totals.total_minor
    account = AccountSummary(payments_since_on=date(2026, 10, 1), this_invoice_minor=total, total_due_minor=total)
    whole = invoice_snapshot(section)
    return replace(whole, number=number, account=account, trust=(), logo_hash="")


def make_issued_invoice(session: Session, world: World, number: int = 1, *, owing: tuple[str, ...] = ("invoice.document",)) -> Invoice:
    """An invoice as issuing leaves it, with the outbox rows of these kinds. Nothing is posted for it."""
    matter = make_matter(session, world.owner)
    snapshot = short_snapshot(f"INV-2026-{number:04}")
    with transaction(session, world.firm_id):
        pre_bill = PreBill(
            firm_id=world.firm_id, matter_id=matter.id, payer_id=matter.client_id, state="issued", through_on=TODAY, created_at=NOW
        )
        session.add(pre_bill)
        session.flush()
        invoice = _invoice(world.owner, matter, pre_bill, snapshot, number)
        session.add(invoice)
        session.flush()
        text = snapshot.as_text()
        digest = hashlib.sha256(text.encode()).hexdigest()
        session.add(SnapshotRow(firm_id=world.firm_id, invoice_id=invoice.id, data=text, sha256=digest))
        session.add(_share(invoice, matter, snapshot.matters[0]))
        session.flush()
        owe_for(session, world.owner, invoice.id, owing)
    return invoice


def _invoice(owner: Actor, matter: Matter, pre_bill: PreBill, snapshot: InvoiceSnapshot, number: int) -> Invoice:
    totals = snapshot.totals
    return Invoice(
        firm_id=owner.firm_id,
        number=snapshot.number,
        series="invoice:2026",
        series_number=number,
        payer_id=matter.client_id,
        pre_bill_id=pre_bill.id,
        currency="USD",
        issued_on=TODAY,
        due_on=TODAY + timedelta(days=30),
        billed_from_on=date(2026, 10, 1),
        billed_through_on=date(2026, 10, 31),
        description=snapshot.description,
        fees_minor=totals.fees_minor,
        costs_minor=totals.expenses_minor,
        tax_minor=totals.tax_minor,
        total_minor=totals.total_minor,
        issued_at=NOW,
        issued_by_user_id=owner.user_id,
    )


def _share(invoice: Invoice, matter: Matter, section: MatterSection) -> InvoiceMatter:
    return InvoiceMatter(
        firm_id=invoice.firm_id,
        invoice_id=invoice.id,
        matter_id=matter.id,
        fees_minor=section.totals.fees_minor,
        costs_minor=section.totals.expenses_minor,
        tax_minor=section.totals.tax_minor,
        total_minor=section.totals.total_minor,
    )


def owe_for(session: Session, owner: Actor, invoice_id: int, kinds: tuple[str, ...]) -> None:
    """Owe the follow-ups of issuing, as issuing does."""
    command = record_command(session, actor=owner, name="invoice.issue", inputs={"invoice_id": invoice_id}, now=NOW)
    for kind in kinds:
        enqueue(session, command, kind=kind, dedupe_key=f"{kind}:{invoice_id}", payload={"invoice_id": invoice_id})
