"""Issued invoices to receive money for: the rows that issuing leaves behind, consistent enough for every check of `verify`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import count

from sqlalchemy.orm import Session

from lexapp.books import NewEntry, lock_invoices, post, record_command, reverse, succeed
from lexapp.database import transaction
from lexapp.domain import ledger
from lexapp.domain.snapshots import AccountSummary, FixedFeeLine, InvoiceSnapshot, Letterhead, MatterSection, Party, sum_totals, total_of
from lexapp.models import Client, FixedFeeEntry, Invoice, InvoiceMatter, Matter, PreBill, PreBillLine
from lexapp.models import InvoiceSnapshot as SnapshotRow
from tests.factories import NOW, TODAY, World

_serial = count(1)


def make_invoice(
    session: Session, world: World, *charges: tuple[Matter, int], payer: Client | None = None, issued_on: date = TODAY
) -> Invoice:
    """An issued invoice of fixed fees, (matter, minor units) each. The payer is the first matter's client unless another is given."""
    payer_id = payer.id if payer else charges[0][0].client_id
    assert payer_id is not None
    with transaction(session, world.firm_id):
        command = record_command(session, actor=world.owner, name="invoice.issue", inputs={}, now=NOW)
        facts = [ledger.MatterCharges(matter.id, matter.client_id or 0, fees_minor=minor) for matter, minor in charges]
        entry_id = post(session, command, NewEntry("invoice.issued", issued_on, ledger.invoice_issued(payer_id=payer_id, matters=facts)))
        invoice = _rows(session, world, charges, payer_id, issued_on, entry_id)
        succeed(session, command, invoice_id=invoice.id)
    return invoice


def void_invoice(session: Session, world: World, invoice: Invoice) -> None:
    """What voiding leaves behind."""
    with transaction(session, world.firm_id):
        command = record_command(session, actor=world.owner, name="invoice.void", inputs={}, now=NOW)
        locked = lock_invoices(session, firm_id=world.firm_id, invoice_ids=[invoice.id])[invoice.id]
        assert locked.journal_entry_id is not None
        reverse(session, command, journal_entry_id=locked.journal_entry_id, effective_on=TODAY)
        locked.voided_on, locked.voided_at, locked.void_reason = TODAY, NOW, "Wrong payer"
        succeed(session, command, invoice_id=invoice.id)


def _rows(session: Session, world: World, charges: Sequence[tuple[Matter, int]], payer_id: int, issued_on: date, entry_id: int) -> Invoice:
    number = next(_serial)
    pre_bill = PreBill(
        firm_id=world.firm_id, matter_id=charges[0][0].id, payer_id=payer_id, state="issued", through_on=issued_on, created_at=NOW
    )
    session.add(pre_bill)
    session.flush()
    for position, (matter, minor) in enumerate(charges, start=1):
        _line(session, world, pre_bill, position, matter, minor, issued_on)
    total = sum(minor for _, minor in charges)
    invoice = Invoice(
        firm_id=world.firm_id,
        number=f"INV-2026-{number:04}",
        series=f"test:{number}",
        series_number=1,
        payer_id=payer_id,
        pre_bill_id=pre_bill.id,
        currency="USD",
        issued_on=issued_on,
        due_on=issued_on + timedelta(days=30),
        billed_from_on=issued_on,
        billed_through_on=issued_on,
        description="For services rendered",
        fees_minor=total,
        costs_minor=0,
        tax_minor=0,
        total_minor=total,
        journal_entry_id=entry_id,
        issued_at=NOW,
    )
    session.add(invoice)
    session.flush()
    for matter, minor in charges:
        parts = {"fees_minor": minor, "costs_minor": 0, "tax_minor": 0, "total_minor": minor}
        session.add(InvoiceMatter(firm_id=world.firm_id, invoice_id=invoice.id, matter_id=matter.id, **parts))
    data = _snapshot(invoice, charges).as_text()
    digest = hashlib.sha256(data.encode()).hexdigest()
    session.add(SnapshotRow(firm_id=world.firm_id, invoice_id=invoice.id, data=data, sha256=digest))
    session.flush()
    return invoice


def _line(session: Session, world: World, pre_bill: PreBill, position: int, matter: Matter, minor: int, on: date) -> None:
    fee = FixedFeeEntry(
        firm_id=world.firm_id, matter_id=matter.id, charged_on=on, description="Fee", amount_minor=minor, created_at=NOW, updated_at=NOW
    )
    session.add(fee)
    session.flush()
    session.add(
        PreBillLine(
            firm_id=world.firm_id,
            pre_bill_id=pre_bill.id,
            payer_id=pre_bill.payer_id,
            position=position,
            kind="fixed_fee",
            fixed_fee_entry_id=fee.id,
            dated_on=on,
            entry_quantity_hundredths=100,
            entry_rate_minor=minor,
            entry_amount_minor=minor,
            quantity_hundredths=100,
            rate_minor=minor,
            amount_minor=minor,
        )
    )


def _snapshot(invoice: Invoice, charges: Sequence[tuple[Matter, int]]) -> InvoiceSnapshot:
    sections = []
    for matter, minor in charges:
        section = MatterSection(matter.id, matter.number, matter.name, fixed_fees=(FixedFeeLine(invoice.issued_on, "Fee", minor, minor),))
        sections.append(MatterSection(**{name: getattr(section, name) for name in section.__slots__} | {"totals": total_of(section)}))
    totals = sum_totals([section.totals for section in sections])
    party = Party("C1", "Payer", address_lines=("1 Street",))
    return InvoiceSnapshot(
        number=invoice.number,
        issued_on=invoice.issued_on,
        billed_from=invoice.billed_from_on,
        billed_through=invoice.billed_through_on,
        due_on=invoice.due_on,
        currency="USD",
        locale="en_US",
        template_version="1",
        firm=Letterhead("Brannock Voss LLP", address_lines=("14 Lantern Court",)),
        payer=party,
        client=party,
        matters=tuple(sections),
        totals=totals,
        timekeepers=(),
        account=AccountSummary(this_invoice_minor=totals.total_minor, total_due_minor=totals.total_minor),
    )
