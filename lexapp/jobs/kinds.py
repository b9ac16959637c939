"""What each kind of outbox row does. A handler may run more than once for one row, never twice at the same time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from lexapp.domain.errors import Refused
from lexapp.domain.words import counted
from lexapp.services.changes import prune_changes
from lexapp.services.drafts import prune_drafts
from lexapp.workflows.backups import keep_backup
from lexapp.workflows.billing_runs import run_next_chunk
from lexapp.workflows.budgets import mail_budget_notice, watch_budgets
from lexapp.workflows.credit_notes import mail_credit_note, make_credit_note_document
from lexapp.workflows.fee_agreements import reach_due_milestones, record_months_over
from lexapp.workflows.invoice_documents import make_invoice_document
from lexapp.workflows.invoice_mails import mail_invoice
from lexapp.workflows.outside import Outside
from lexapp.workflows.people_mails import mail_account_news, mail_invitation, mail_password_reset
from lexapp.workflows.receipts import mail_receipt, make_receipt_document
from lexapp.workflows.recurring_entries import make_due_days
from lexapp.workflows.settlements import make_settlement_document
from lexapp.workflows.verification import verify_firm


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt at one row. `confirm` is called right before something that cannot be taken back."""

    outbox_id: int
    firm_id: int
    payload: Mapping[str, Any]
    session: Session
    outside: Outside
    confirm: Callable[[], None]


Handler = Callable[[Job], str]
"""Returns a note for whoever looks at the job, usually empty. `Refused` ends it for good; any other error is tried again."""


def make_document(job: Job) -> str:
    make_invoice_document(job.session, job.outside, firm_id=job.firm_id, invoice_id=job.payload["invoice_id"])
    return ""


def send_mail(job: Job) -> str:
    invoice_id = job.payload["invoice_id"]
    return mail_invoice(job.session, job.outside, firm_id=job.firm_id, invoice_id=invoice_id, outbox_id=job.outbox_id, confirm=job.confirm)


def make_receipt(job: Job) -> str:
    make_receipt_document(job.session, job.outside, firm_id=job.firm_id, payment_id=job.payload["payment_id"])
    return ""


def send_receipt(job: Job) -> str:
    named = {"firm_id": job.firm_id, "payment_id": job.payload["payment_id"], "outbox_id": job.outbox_id}
    return mail_receipt(job.session, job.outside, **named, confirm=job.confirm)


def make_credit_note(job: Job) -> str:
    make_credit_note_document(job.session, job.outside, firm_id=job.firm_id, note_id=job.payload["note_id"])
    return ""


def send_credit_note(job: Job) -> str:
    named = {"firm_id": job.firm_id, "note_id": job.payload["note_id"], "outbox_id": job.outbox_id}
    return mail_credit_note(job.session, job.outside, **named, confirm=job.confirm)


def make_settlement(job: Job) -> str:
    named = {"recovery_id": job.payload["recovery_id"], "edition": job.payload["edition"]}
    made = make_settlement_document(job.session, job.outside, firm_id=job.firm_id, **named)
    return "" if made else "The statement was reopened before it was printed"


def run_billing(job: Job) -> str:
    """Chunk by chunk, each a transaction of its own: a worker that dies in between leaves a run that goes on where it stood."""
    run_id = job.payload["billing_run_id"]
    while run_next_chunk(job.session, firm_id=job.firm_id, run_id=run_id, now=job.outside.now()):
        job.confirm()
    return ""


def verify_books(job: Job) -> str:
    """A finding leaves a dead job behind, which somebody has to look at."""
    findings = verify_firm(job.session, job.outside.storage, firm_id=job.firm_id)
    if findings:
        first = " ".join(finding.sentence for finding in findings[:5])
        raise Refused(f"The books do not prove themselves in {counted(len(findings), 'place')}. Run lexapp verify for all of them. {first}")
    return ""


def back_up(job: Job) -> str:
    """The whole installation, whichever firm the row belongs to."""
    if job.outside.installation is None:
        raise Refused("This worker does not know what to back up. Start it with lexapp worker, then retry.")
    return keep_backup(job.session, job.outside.installation, now=job.outside.now)


def prune_unsaved(job: Job) -> str:
    gone = prune_drafts(job.session, firm_id=job.firm_id, now=job.outside.now())
    return f"{gone} unsaved texts were older than thirty days" if gone else ""


def prune_seen(job: Job) -> str:
    while prune_changes(job.session, firm_id=job.firm_id, now=job.outside.now()):
        job.confirm()
    return ""


def make_recurring(job: Job) -> str:
    made = make_due_days(job.session, firm_id=job.firm_id, now=job.outside.now())
    return f"{counted(made, 'day')} of recurring time made" if made else ""


def reach_due(job: Job) -> str:
    reached, left = reach_due_milestones(job.session, firm_id=job.firm_id, now=job.outside.now())
    said = [f"{counted(reached, 'milestone')} reached by date"] if reached else []
    return ", ".join([*said, f"{left} wait: look at their matters"] if left else said)


def watch(job: Job) -> str:
    told = watch_budgets(job.session, firm_id=job.firm_id, now=job.outside.now())
    return f"{counted(told, 'threshold')} of budgets reached" if told else ""


def send_budget_notice(job: Job) -> str:
    keys = {name: job.payload[name] for name in ("command_id", "matter_id", "user_id")}
    return mail_budget_notice(job.session, job.outside, firm_id=job.firm_id, outbox_id=job.outbox_id, confirm=job.confirm, **keys)


def record_months(job: Job) -> str:
    recorded, left = record_months_over(job.session, firm_id=job.firm_id, now=job.outside.now())
    said = [f"{counted(recorded, 'month')} recorded"] if recorded else []
    return ", ".join([*said, f"{left} wait: look at their matters"] if left else said)


def send_invitation(job: Job) -> str:
    keys = {"firm_id": job.firm_id, "invitation_id": job.payload["invitation_id"], "outbox_id": job.outbox_id}
    return mail_invitation(job.session, job.outside, **keys, confirm=job.confirm)


def send_password_reset(job: Job) -> str:
    keys = {"firm_id": job.firm_id, "user_id": job.payload["user_id"], "outbox_id": job.outbox_id}
    return mail_password_reset(job.session, job.outside, **keys, confirm=job.confirm)


def send_account_news(job: Job) -> str:
    keys = {"user_id": job.payload["user_id"], "command_id": job.payload["command_id"], "outbox_id": job.outbox_id}
    return mail_account_news(job.session, job.outside, firm_id=job.firm_id, **keys, confirm=job.confirm)


HANDLERS: dict[str, Handler] = {
    "invoice.document": make_document,
    "invoice.mail": send_mail,
    "receipt.document": make_receipt,
    "receipt.mail": send_receipt,
    "credit_note.document": make_credit_note,
    "credit_note.mail": send_credit_note,
    "settlement.document": make_settlement,
    "billing_run": run_billing,
    "books.verification": verify_books,
    "installation.backup": back_up,
    "drafts.pruning": prune_unsaved,
    "changes.pruning": prune_seen,
    "recurring_entries.making": make_recurring,
    "milestones.reaching": reach_due,
    "budgets.watching": watch,
    "budget.mail": send_budget_notice,
    "agreed_fees.recording": record_months,
    "invitation.mail": send_invitation,
    "password_reset.mail": send_password_reset,
    "account.mail": send_account_news,
}
