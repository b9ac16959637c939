"""The commands: issue, print, send, void."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, applied_amounts, audit, enqueue, lock_invoices, record_command, reverse, succeed
from lexapp.books.agreed_reductions import lock_matter, rework_pre_bills
from lexapp.books.billing_runs import CHUNK
from lexapp.books.time_entries import regroup_released
from lexapp.database import today_in, transaction
from lexapp.domain.errors import InvalidInput, NotAllowed
from lexapp.domain.lifecycles import INVOICE
from lexapp.domain.permissions import Actor
from lexapp.domain.recipients import no_address
from lexapp.models import Client, Firm, Invoice, InvoiceLink, PreBill, PreBillLine
from lexapp.queries.credit_notes import live_notes
from lexapp.queries.frozen_invoices import invoice_recipients
from lexapp.queries.payers import limits_of
from lexapp.services.invoices.issuing import Terms, issue


def issue_invoices(
    session: Session,
    *,
    actor: Actor,
    pre_bill_ids: Sequence[int],
    issued_on: date,
    due_on: date | None = None,
    send: bool = False,
    print_now: bool = True,
    key: str | None = None,
    now: datetime | None = None,
) -> list[int]:
    """Issue up to 100 approved pre-bills at once, all or none; returns the invoices' ids in the order of the pre-bills' ids.

    Each takes the next number of its year, freezes its snapshot, posts to the journal and owes its PDF (and its e-mail when `send`).
    History that nobody has asked to see is not printed until somebody does: `print_now=False`, then `print_invoice`.
    Raises Refused with what stands in the way of the first that cannot be issued.
    """
    actor.require("invoice.issue")
    if send:
        actor.require("invoice.send")
    wanted = sorted(set(pre_bill_ids))
    if not 1 <= len(wanted) <= CHUNK:
        raise InvalidInput(f"Choose between 1 and {CHUNK} pre-bills. For more, start a billing run.", field="pre_bill_ids")
    inputs = {"pre_bill_ids": wanted, "issued_on": issued_on, "due_on": due_on, "send": send, "print_now": print_now}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="invoice.issue", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return list(command.result["invoice_ids"])
        made = issue(session, command, pre_bill_ids=wanted, terms=Terms(issued_on, due_on, send, print_now))
        for problem in made.problems.values():
            raise problem
        invoice_ids = [made.invoice_ids[id_] for id_ in wanted]
        succeed(session, command, invoice_ids=invoice_ids)
    return invoice_ids


def send_invoice(session: Session, *, actor: Actor, invoice_id: int, key: str | None = None, now: datetime | None = None) -> Invoice:
    """Owe an e-mail with the invoice to its payer, also when it was sent before."""
    actor.require("invoice.send")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="invoice.send", inputs={"invoice_id": invoice_id}, key=key, now=now)
        invoice = lock_invoices(session, firm_id=actor.firm_id, invoice_ids=[invoice_id])[invoice_id]
        if command.result is not None:
            return invoice
        if invoice.voided_on is not None:
            raise NotAllowed(f"{invoice.number} is voided and is not sent any more.")
        recipients = invoice_recipients(session, firm_id=actor.firm_id, payer_id=invoice.payer_id)
        if not recipients:
            name = session.execute(select(Client.name).where(Client.id == invoice.payer_id)).scalar_one()
            raise no_address(name, "send again")
        payload = {"invoice_id": invoice.id}
        enqueue(session, command, kind="invoice.mail", dedupe_key=f"invoice.mail:{invoice.id}:{command.id}", payload=payload)
        audit(
            session,
            command,
            action="invoice.sent",
            subject_kind="invoice",
            subject_id=invoice.id,
            after={"to": [email for _, email in recipients]},
        )
        succeed(session, command, invoice_id=invoice.id)
    return invoice


def print_invoice(session: Session, *, actor: Actor, invoice_id: int, key: str | None = None, now: datetime | None = None) -> Invoice:
    """Owe the PDF of an invoice that has none. Asking again while it is being made changes nothing."""
    actor.require("invoice.send")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="invoice.print", inputs={"invoice_id": invoice_id}, key=key, now=now)
        invoice = lock_invoices(session, firm_id=actor.firm_id, invoice_ids=[invoice_id])[invoice_id]
        if command.result is None:
            payload = {"invoice_id": invoice.id}
            enqueue(session, command, kind="invoice.document", dedupe_key=f"invoice.document:{invoice.id}", payload=payload)
            audit(session, command, action="invoice.printed", subject_kind="invoice", subject_id=invoice.id)
            succeed(session, command, invoice_id=invoice.id)
    return invoice


def void_invoice(
    session: Session, *, actor: Actor, invoice_id: int, reason: str, key: str | None = None, now: datetime | None = None
) -> Invoice:
    """Void an invoice and give its work back to unbilled. The journal entry is reversed as of today, or of the day of issue if later.

    Refused while payments are applied to it. Its number stays used, its pre-bill stays issued with released lines, its links are revoked.
    """
    actor.require("invoice.void")
    inputs = {"invoice_id": invoice_id, "reason": reason}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="invoice.void", inputs=inputs, key=key, now=now)
        invoice = _lock_with_matter(session, actor, invoice_id)
        if command.result is not None:
            return invoice
        _require_voidable(session, invoice, reason)
        zone = session.execute(select(Firm.time_zone).where(Firm.id == actor.firm_id)).scalar_one()
        voided_on = max(today_in(zone, command.at), invoice.issued_on)
        _release(session, command, invoice)
        _rework(session, command, invoice)
        if invoice.journal_entry_id is not None:
            reverse(session, command, journal_entry_id=invoice.journal_entry_id, effective_on=voided_on)
        invoice.voided_on, invoice.voided_at, invoice.void_reason = voided_on, command.at, reason.strip()
        session.flush()
        after: dict[str, object] = {"voided_on": voided_on, "reason": invoice.void_reason}
        audit(session, command, action="invoice.voided", subject_kind="invoice", subject_id=invoice.id, after=after)
        succeed(session, command, invoice_id=invoice.id)
    return invoice


def _require_voidable(session: Session, invoice: Invoice, reason: str) -> None:
    INVOICE.next("issued" if invoice.voided_on is None else "voided", "void")
    if not reason.strip():
        raise InvalidInput("Say why the invoice is voided. The reason stays with it.", field="reason")
    notes = live_notes(session, firm_id=invoice.firm_id, invoice_id=invoice.id)
    if notes:
        numbers = ", ".join(one.note.number for one in notes)
        sentence = f"{invoice.number} is credited by {numbers}. Void {'that credit note' if len(notes) == 1 else 'those'} first,"
        raise NotAllowed(f"{sentence} then the invoice.", code="invoice_has_credit_notes")
    if applied_amounts(session, firm_id=invoice.firm_id, invoice_ids=[invoice.id]):
        sentence = f"Payments are applied to {invoice.number}. Take them off first, then void the invoice."
        raise NotAllowed(sentence, code="invoice_has_payments")


def _lock_with_matter(session: Session, actor: Actor, invoice_id: int) -> Invoice:
    """With its matter's open pre-bills, of which lines may change: the matter first, as everywhere."""
    of_bill = (PreBill.firm_id == Invoice.firm_id) & (PreBill.id == Invoice.pre_bill_id)
    query = select(PreBill.matter_id).join(Invoice, of_bill).where(Invoice.firm_id == actor.firm_id, Invoice.id == invoice_id)
    matter_id = session.scalar(query)
    if matter_id is not None:
        lock_matter(session, firm_id=actor.firm_id, matter_id=matter_id)
    return lock_invoices(session, firm_id=actor.firm_id, invoice_ids=[invoice_id])[invoice_id]


def _rework(session: Session, command: CommandRecord, invoice: Invoice) -> None:
    """Pre-bills under review are worked out without this invoice: what its matter's caps and the client's year leave now."""
    pre_bill = session.get_one(PreBill, invoice.pre_bill_id)
    limits = limits_of(session, firm_id=invoice.firm_id, matter_id=pre_bill.matter_id)
    rework_pre_bills(session, command, matter_id=pre_bill.matter_id, limits=limits)


def _release(session: Session, command: CommandRecord, invoice: Invoice) -> None:
    """The lines let go of their entries, and nobody opens the voided invoice by its link."""
    lines = (PreBillLine.firm_id == invoice.firm_id) & (PreBillLine.pre_bill_id == invoice.pre_bill_id)
    session.execute(update(PreBillLine).where(lines, PreBillLine.state == "included").values(state="released"))
    links = (InvoiceLink.firm_id == invoice.firm_id) & (InvoiceLink.invoice_id == invoice.id)
    session.execute(update(InvoiceLink).where(links, InvoiceLink.revoked_at.is_(None)).values(revoked_at=command.at))
    regroup_released(session, invoice.firm_id, invoice.pre_bill_id)
