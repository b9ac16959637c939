"""The plain rows that issuing reads: pre-bills, their lines, and what stands around them."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class BillRow(NamedTuple):
    """A pre-bill, locked."""

    id: int
    matter_id: int
    payer_id: int
    state: str
    through_on: date
    description: str


class LineRow(NamedTuple):
    """An included line of a pre-bill, as it will be printed."""

    pre_bill_id: int
    kind: str
    timekeeper_id: int | None
    dated_on: date
    narrative: str
    task_code: str
    activity_code: str
    expense_code: str
    billing_status: str
    quantity_hundredths: int
    rate_minor: int
    rounding_minor: int
    adjustment_minor: int
    adjustment_reason: str
    agreed_minor: int
    agreed_reason: str
    volume_minor: int
    volume_reason: str
    amount_minor: int
    cost_minor: int
    is_taxed: bool
    split_id: int | None


class MatterRow(NamedTuple):
    id: int
    client_id: int
    number: str
    name: str
    client_matter_number: str
    responsible_name: str
    trust_minimum_minor: int | None


class ClientRow(NamedTuple):
    id: int
    number: str
    name: str
    email: str
    address: str


class TimekeeperRow(NamedTuple):
    id: int
    code: str
    name: str
    initials: str
    classification: str


class Attention(NamedTuple):
    """The first contact of a payer who receives invoices."""

    name: str
    email: str


class EarlierInvoice(NamedTuple):
    id: int
    matter_id: int
    payer_id: int
    number: str
    issued_on: date
    total_minor: int


class PaidRow(NamedTuple):
    """A live allocation to an earlier invoice: of a payment, or of a credit note."""

    matter_id: int
    payer_id: int
    invoice_number: str
    amount_minor: int
    effective_on: date
    method: str
    reference: str
    is_discount: bool
    note: str


class TrustRow(NamedTuple):
    matter_id: int
    bank_account_id: int
    kind: str
    direction: str
    number: int | None
    amount_minor: int
    effective_on: date
    counterparty: str
    purpose: str


AccountKey = tuple[int, int]  # (payer, matter): the account that an invoice carries forward
