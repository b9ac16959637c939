"""The settlement statement of a recovery, frozen: who gets what of it by which rule, and where the next recovery's tiers begin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from lexapp.domain.contingency import Position, taxable
from lexapp.domain.errors import InvariantBroken
from lexapp.domain.snapshots.lines import TaxLine
from lexapp.domain.snapshots.parties import Letterhead, Party
from lexapp.domain.tax import TaxBase, TaxRounding, taxes_on


@dataclass(frozen=True, slots=True)
class SettlementLine:
    """To whom (`part` as domain.contingency.Part), what is asked, what is paid, by which rule. `is_taxed`: a cost in the base of taxes."""

    part: str
    name: str
    asked_minor: int
    paid_minor: int
    rule: str
    is_taxed: bool = False

    @property
    def short_minor(self) -> int:
        return self.asked_minor - self.paid_minor


@dataclass(frozen=True, slots=True)
class SettlementTier:
    """A tier's words, what of the recovery fell into it, and the fee on that."""

    words: str
    part_minor: int
    fee_minor: int


@dataclass(frozen=True, slots=True)
class SettlementFigures:
    """A recovery distributed: `lines` add up to the amount, `tiers` to the whole fee (own and referral). `base_minor`: what was counted.

    `after_base_minor` and `after_exact` (an exact fraction of minor units) are where the matter's next recovery goes on. `taxes` are those
    that the invoice of fee and costs charges; those that are added have a line. `tax_notes` say what no line does: which taxes are
    contained, and why one is not charged.
    """

    amount_minor: int
    base_minor: int
    basis: str
    stage: str
    source: str
    lines: tuple[SettlementLine, ...]
    tiers: tuple[SettlementTier, ...]
    after_base_minor: int
    after_exact: str
    taxes: tuple[TaxLine, ...] = ()
    tax_notes: tuple[str, ...] = ()
    tax_rounding: str = TaxRounding.INVOICE.value

    @property
    def shortfall_minor(self) -> int:
        return sum(line.short_minor for line in self.lines)

    @property
    def fee_minor(self) -> int:
        """The whole fee, with the share of another firm."""
        return sum(tier.fee_minor for tier in self.tiers)

    @property
    def position(self) -> Position:
        """Where the tiers of the next recovery begin."""
        return Position(self.after_base_minor, Fraction(self.after_exact))

    @property
    def invoice_minor(self) -> int:
        """What the firm bills: its own fee, the costs, and the taxes that are added to them."""
        return self.paid_minor("fee", "costs", "tax")

    @property
    def tax_base(self) -> TaxBase:
        """What of it the taxes are charged on."""
        return taxable(self.paid_minor("fee"), [line.paid_minor for line in self.lines if line.is_taxed])

    def paid_minor(self, *parts: str) -> int:
        return sum(line.paid_minor for line in self.lines if line.part in parts)


@dataclass(frozen=True, slots=True)
class SettlementSnapshot:
    """What the client consented to."""

    issued_on: date
    received_on: date
    received_from: str
    consented_on: date
    consent: str
    currency: str
    locale: str
    firm: Letterhead
    client: Party
    matter: str
    matter_number: str
    figures: SettlementFigures
    signed_by: str = ""
    theme: str = "chambers"
    paper: str = "letter"
    logo_hash: str = ""

    def check(self) -> None:
        """Raise InvariantBroken unless the parts are the whole, nobody goes short, and taxes are what their rates make."""
        figures = self.figures
        if sum(line.paid_minor for line in figures.lines) != figures.amount_minor:
            raise InvariantBroken(f"The settlement of {self.matter_number} does not add up to what was recovered.")
        if figures.shortfall_minor or any(line.paid_minor < 0 for line in figures.lines):
            raise InvariantBroken(f"The settlement of {self.matter_number} leaves somebody short.")
        if figures.fee_minor != figures.paid_minor("fee", "referral"):
            raise InvariantBroken(f"The fee of the settlement of {self.matter_number} is not that of its tiers.")
        self._check_taxes()

    def _check_taxes(self) -> None:
        figures = self.figures
        rules, rounding = [tax.rule(self.issued_on) for tax in figures.taxes], TaxRounding(figures.tax_rounding)
        (charges,) = taxes_on(rules, [figures.tax_base], on=self.issued_on, rounding=rounding)
        expected = {charge.rule.name: charge.amount_minor for charge in charges}
        if any(tax.amount_minor != expected.get(tax.name, 0) for tax in figures.taxes):
            raise InvariantBroken(f"The taxes of the settlement of {self.matter_number} are not what their rates make of fee and costs.")
        if sum(tax.amount_minor for tax in figures.taxes if not tax.is_included) != figures.paid_minor("tax"):
            raise InvariantBroken(f"The taxes of the settlement of {self.matter_number} are not those of its lines.")
