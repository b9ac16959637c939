"""What stands on a printed invoice: texts and figures ready to be set, no arithmetic left to the templates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Letterhead(NamedTuple):
    name: str
    tagline: str
    address: tuple[str, ...]
    contact: tuple[str, ...]
    logo: str | None


class Fact(NamedTuple):
    label: str
    value: str


class Line(NamedTuple):
    """A labelled amount; `kind` is empty, `tot` for a subtotal or `grand` for the amount to act on."""

    label: str
    amount: str
    kind: str = ""
    hours: str = ""


class Service(NamedTuple):
    date: str
    by: str
    text: str
    note: str
    hours: str
    rate: str
    amount: str
    carried: str


class Expense(NamedTuple):
    date: str
    text: str
    note: str
    quantity: str
    amount: str


class Worker(NamedTuple):
    name: str
    title: str
    hours: str
    rate: str
    amount: str


class Booking(NamedTuple):
    """A row of the account: `kind` as in `Line`."""

    date: str
    text: str
    amount: str
    kind: str = ""


class TrustLine(NamedTuple):
    date: str
    number: str
    text: str
    money_in: str
    money_out: str
    balance: str
    kind: str = ""


class Replenishment(NamedTuple):
    amount: str
    sentence: str
    account: tuple[str, ...]
    address: str | None
    address_text: str
    code: str | None


class Trust(NamedTuple):
    sentence: str
    lines: tuple[TrustLine, ...]
    replenishment: Replenishment | None
    is_first_request: bool = False


class Matter(NamedTuple):
    """One matter's work; `heading` is empty when the invoice has only this matter."""

    heading: str
    services: tuple[Service, ...]
    service_totals: tuple[Line, ...]
    fixed_fees: tuple[Expense, ...]
    fixed_fee_totals: tuple[Line, ...]
    expenses: tuple[Expense, ...]
    expense_totals: tuple[Line, ...]


class SplitLine(NamedTuple):
    """What one payer is charged of the work, `tot` for all together."""

    name: str
    fees: str
    expenses: str
    amount: str
    kind: str = ""


class Payment(NamedTuple):
    address: str | None
    address_text: str
    code: str | None
    facts: tuple[Fact, ...]


class Slip(NamedTuple):
    check: str
    to: tuple[str, ...]
    facts: tuple[Fact, ...]
    amount: str


@dataclass(frozen=True, slots=True)
class InvoicePage:
    language: str
    title: str
    number: str
    theme: str
    paper: str
    widths: str
    running: tuple[str, str, str]
    letterhead: Letterhead
    issued: str
    description: str
    introduction: tuple[str, ...]
    footer: tuple[str, ...]
    payer: tuple[str, ...]
    facts: tuple[Fact, ...]
    due_sentence: str
    due_amount: str
    is_due: bool
    summary: tuple[Line, ...]
    note: str
    payment: Payment
    matters: tuple[Matter, ...]
    matter_totals: tuple[Line, ...]
    tax: tuple[Line, ...]
    workers: tuple[Worker, ...]
    workers_note: str
    split: tuple[SplitLine, ...]
    account: tuple[Booking, ...]
    trusts: tuple[Trust, ...]
    slip: Slip
    tax_notes: tuple[str, ...] = ()
    early: str = ""
    slip_last: bool = False
    one_page: bool = False

    @property
    def has_work(self) -> bool:
        """Whether there is anything between the summary and the account."""
        work = any(matter.services or matter.fixed_fees or matter.expenses for matter in self.matters)
        return bool(work or self.matter_totals or self.tax or self.tax_notes)
