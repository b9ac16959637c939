"""The frozen invoice as data: everything that documents, e-mail, LEDES and the client's page may show, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from lexapp.domain.errors import InvariantBroken
from lexapp.domain.snapshots.accounts import AccountSummary, EarlyPayment, TrustSummary
from lexapp.domain.snapshots.checks import differences
from lexapp.domain.snapshots.coding import decode, encode, to_text
from lexapp.domain.snapshots.lines import DiscountLine, ExpenseLine, FixedFeeLine, ShownLine, TaxLine, TaxNote, TimeLine
from lexapp.domain.snapshots.parties import Letterhead, Party, PaymentInstructions
from lexapp.domain.snapshots.splits import SplitRow
from lexapp.domain.snapshots.totals import ChargeTotals, TimekeeperRow

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class MatterSection:
    """One matter's heading, lines and totals."""

    matter_id: int
    number: str
    name: str
    client_matter_number: str = ""
    responsible_name: str = ""
    time: tuple[TimeLine, ...] = ()
    discounts: tuple[DiscountLine, ...] = ()
    fixed_fees: tuple[FixedFeeLine, ...] = ()
    expenses: tuple[ExpenseLine, ...] = ()
    taxes: tuple[TaxLine, ...] = ()
    tax_notes: tuple[TaxNote, ...] = ()
    totals: ChargeTotals = field(default_factory=ChargeTotals)

    @property
    def lines(self) -> tuple[ShownLine, ...]:
        """Every dated line: time, then fixed fees, then expenses."""
        return (*self.time, *self.fixed_fees, *self.expenses)


@dataclass(frozen=True, slots=True)
class InvoiceSnapshot:
    """An invoice as issued. `number` is printed as it is; `locale` such as en_US, `theme` and `paper` choose the layout of
    `template_version`, `tax_rounding` is when a tax was rounded (invoice, line), `logo_hash` is the SHA-256 of the stored logo or
    empty. The totals are stored, and `check` adds them up again."""

    number: str
    issued_on: date
    billed_from: date
    billed_through: date
    due_on: date
    currency: str
    locale: str
    template_version: str
    firm: Letterhead
    payer: Party
    client: Party
    matters: tuple[MatterSection, ...]
    totals: ChargeTotals
    timekeepers: tuple[TimekeeperRow, ...]
    account: AccountSummary
    trust: tuple[TrustSummary, ...] = ()
    split: tuple[SplitRow, ...] = ()
    early: EarlyPayment | None = None
    how_to_pay: PaymentInstructions = field(default_factory=PaymentInstructions)
    description: str = ""
    introduction: str = ""
    footer: str = ""
    theme: str = "chambers"
    paper: str = "letter"
    show_codes: bool = False
    tax_rounding: str = "invoice"
    logo_hash: str = ""
    schema_version: int = SCHEMA_VERSION

    @property
    def time(self) -> tuple[TimeLine, ...]:
        """The time lines of all matters."""
        return tuple(line for matter in self.matters for line in matter.time)

    def differences(self) -> list[str]:
        """Every total that is not what its parts add up to, as sentences; empty for a sound invoice."""
        return differences(self)

    def check(self) -> None:
        """Raise InvariantBroken with every difference."""
        found = self.differences()
        if found:
            raise InvariantBroken(f"Invoice {self.number} does not add up. " + " ".join(found))

    def as_json(self) -> dict[str, Any]:
        """The snapshot as JSON values: dates as ISO text, amounts as integers."""
        return encode(self)

    def as_text(self) -> str:
        """The snapshot as canonical JSON text: the same snapshot always gives the same text, so it can be stored with its hash."""
        return to_text(self.as_json())

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> InvoiceSnapshot:
        """The snapshot back from its JSON values. Raises InvariantBroken for another schema version or data that does not fit."""
        if data.get("schema_version") != SCHEMA_VERSION:
            raise InvariantBroken(f"This version of lexapp reads invoices of schema {SCHEMA_VERSION}, not {data.get('schema_version')!r}.")
        return decode(cls, data)
