"""What the receipt of a payment says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from lexapp.domain.errors import NotAllowed, NotFound
from lexapp.domain.snapshots.receipts import ReceiptLine, ReceiptSnapshot
from lexapp.models import (
    Allocation,
    Balance,
    BankAccount,
    Client,
    Firm,
    Invoice,
    Matter,
    OutboxMessage,
    Payment,
    SentMail,
    StoredDocument,
    TrustLedger,
    User,
)
from lexapp.queries.letterheads import letterhead_of, party_of

METHODS = {"cheque": "cheque", "transfer": "bank transfer", "card": "card", "cash": "cash"}
KIND = "receipt_pdf"


@dataclass(frozen=True, slots=True)
class PaymentReceipt:
    """A receipt ready to be printed, dated with the instant at which the payment was recorded."""

    payment_id: int
    payer_id: int
    recorded_at: datetime
    snapshot: ReceiptSnapshot


@dataclass(frozen=True, slots=True)
class ReceiptState:
    """Where a payment's receipt stands: `document` once it is made, `is_wanted` while somebody waits, `problem` where it failed."""

    document: StoredDocument | None
    is_wanted: bool
    problem: str
    sent: Sequence[tuple[str, datetime | None]]


def receipt_refusal(payment: Payment, *, given_back: bool) -> str:
    """Why a payment has no receipt; empty where it has one."""
    if payment.kind != "receipt":
        return "A receipt is for money that came in."
    if payment.method == "trust":
        return "Money from trust is shown in the trust account of the next invoice; it has no receipt."
    return "Money of this payment was given back, so it has no receipt." if given_back else ""


def payment_receipt(session: Session, *, firm_id: int, payment_id: int) -> PaymentReceipt:
    """The receipt of a payment, with what it has paid until now. Raises NotFound, or NotAllowed with the reason why there is none."""
    payment = session.scalars(select(Payment).where(Payment.firm_id == firm_id, Payment.id == payment_id)).one_or_none()
    if payment is None:
        raise NotFound("There is no such payment.")
    returned = select(Payment.id).where(Payment.firm_id == firm_id, Payment.original_payment_id == payment_id)
    if refusal := receipt_refusal(payment, given_back=session.scalars(returned).first() is not None):
        raise NotAllowed(refusal)
    return PaymentReceipt(payment.id, payment.payer_id, payment.recorded_at, _snapshot(session, payment))


def _snapshot(session: Session, payment: Payment) -> ReceiptSnapshot:
    firm, payer = session.get_one(Firm, payment.firm_id), session.get_one(Client, payment.payer_id)
    account = session.get_one(BankAccount, payment.bank_account_id)
    recorder = session.get(User, payment.recorded_by_user_id) if payment.recorded_by_user_id else None
    client, matter = _represented(session, payment, payer)
    digits = f", ending {account.account_last4}" if account.account_last4 else ""
    return ReceiptSnapshot(
        number=str(payment.number),
        issued_on=payment.recorded_at.astimezone(ZoneInfo(firm.time_zone)).date(),
        received_on=payment.received_on,
        currency=payment.currency,
        locale=firm.locale,
        firm=letterhead_of(firm),
        received_from=party_of(payer),
        client_name=client.name,
        matter=matter,
        method=_method(payment.method, firm.locale),
        amount_minor=payment.amount_minor,
        bank_reference=payment.reference,
        deposited_to=account.name + digits,
        lines=tuple(_lines(session, payment)),
        held_in_trust_minor=_held(session, client) if client.id == payer.id else None,
        signed_by=recorder.name if recorder else "",
        theme=firm.invoice_theme,
        paper=firm.paper,
        logo_hash=firm.logo_sha256,
    )


def _method(method: str, locale: str) -> str:
    """In the words of the firm's country: a check in the United States, elsewhere a cheque."""
    return "check" if method == "cheque" and locale.endswith("US") else METHODS[method]


def _represented(session: Session, payment: Payment, payer: Client) -> tuple[Client, str]:
    """The client and the matter whose invoices it paid: the payer and nothing where these are several."""
    query = (
        select(Matter)
        .join(Allocation, and_(Allocation.firm_id == Matter.firm_id, Allocation.matter_id == Matter.id))
        .where(Allocation.firm_id == payment.firm_id, Allocation.payment_id == payment.id)
        .distinct()
    )
    matters = session.scalars(query).all()
    clients = {matter.client_id for matter in matters} - {None}
    client = session.get_one(Client, clients.pop()) if len(clients) == 1 else payer
    return client, matters[0].name if len(matters) == 1 else ""


def _lines(session: Session, payment: Payment) -> list[ReceiptLine]:
    """Each invoice it paid: what was open before its first allocation, and what the payment has paid of it."""
    kept = case((Allocation.is_discount, Allocation.amount_minor), else_=0)
    money = Allocation.amount_minor - kept
    sums = (func.min(Allocation.id).label("first_id"), func.sum(money).label("paid"), func.sum(kept).label("kept"))
    mine = (
        select(Allocation.invoice_id, *sums)
        .where(Allocation.firm_id == payment.firm_id, Allocation.payment_id == payment.id)
        .group_by(Allocation.invoice_id)
        .having(func.sum(money) > 0)
        .subquery()
    )
    before = (
        select(func.coalesce(func.sum(Allocation.amount_minor), 0))
        .where(Allocation.firm_id == payment.firm_id, Allocation.invoice_id == mine.c.invoice_id, Allocation.id < mine.c.first_id)
        .scalar_subquery()
    )
    query = (
        select(Invoice.number, Invoice.issued_on, Invoice.total_minor - before, mine.c.paid, mine.c.kept)
        .join(mine, mine.c.invoice_id == Invoice.id)
        .where(Invoice.firm_id == payment.firm_id)
        .order_by(Invoice.issued_on, Invoice.id)
    )
    rows = session.execute(query)
    return [
        ReceiptLine(number, f"Invoice of {on:%B} {on.day}, {on.year}", int(still), int(paid), int(discount))
        for number, on, still, paid, discount in rows
    ]


def _held(session: Session, client: Client) -> int:
    """What the client has in trust, in minor units, without the ledgers of walled matters: whoever opens the receipt may be shut out."""
    query = (
        select(func.coalesce(-func.sum(Balance.amount_minor), 0))
        .join(TrustLedger, and_(TrustLedger.firm_id == Balance.firm_id, TrustLedger.id == Balance.trust_ledger_id))
        .outerjoin(Matter, and_(Matter.firm_id == TrustLedger.firm_id, Matter.id == TrustLedger.matter_id))
        .where(Balance.firm_id == client.firm_id, TrustLedger.client_id == client.id, func.coalesce(Matter.is_walled, False).is_(False))
    )
    return int(session.scalar(query) or 0)


def stored_receipt(session: Session, *, firm_id: int, payment_id: int) -> StoredDocument | None:
    """The receipt's PDF, if it was made already."""
    named = {"firm_id": firm_id, "kind": KIND, "subject_kind": "payment", "subject_id": payment_id}
    return session.scalars(select(StoredDocument).filter_by(**named)).one_or_none()


def receipt_state(session: Session, *, firm_id: int, payment_id: int) -> ReceiptState:
    """What the page of the payment says of its receipt."""
    document = stored_receipt(session, firm_id=firm_id, payment_id=payment_id)
    key = OutboxMessage.dedupe_key
    asked = (key == f"receipt.document:{payment_id}") | key.startswith(f"receipt.mail:{payment_id}:", autoescape=True)
    unfinished = select(OutboxMessage.state, OutboxMessage.last_error).where(
        OutboxMessage.firm_id == firm_id, OutboxMessage.state != "done"
    )
    waiting = session.execute(unfinished.where(asked)).all()
    of_payment = (SentMail.firm_id == firm_id) & (SentMail.subject_kind == "payment") & (SentMail.subject_id == payment_id)
    sent = select(SentMail.recipient, SentMail.sent_at).where(of_payment)
    problem = next((error for state, error in waiting if state == "dead"), "")
    is_wanted = any(state != "dead" for state, _ in waiting)
    return ReceiptState(document, is_wanted, problem, [(to, at) for to, at in session.execute(sent.order_by(SentMail.id))])
