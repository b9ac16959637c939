"""The settlement statement of a recovery, frozen: who gets what of it by which rule, and where the next recovery's tiers begin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from lexapp.domain.contingency import Position
from lexapp.domain.errors import InvariantBroken
from lexapp.domain.snapshots.parties import Letterhead, Party


@dataclass(frozen=True, slots=True)
class SettlementLine:
    """To whom (`part` as domain.contingency.Part), what is asked, what is paid, by which rule."""

    part: str
    name: str
    asked_minor: int
    paid_minor: int
    rule: str

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

    `after_base_minor` and `after_exact` (an exact fraction of minor units) are where the matter's next recovery goes on.
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
        """Raise InvariantBroken unless the parts are the whole and nobody goes short."""
        figures = self.figures
        if sum(line.paid_minor for line in figures.lines) != figures.amount_minor:
            raise InvariantBroken(f"The settlement of {self.matter_number} does not add up to what was recovered.")
        if figures.shortfall_minor or any(line.paid_minor < 0 for line in figures.lines):
            raise InvariantBroken(f"The settlement of {self.matter_number} leaves somebody short.")
        if figures.fee_minor != figures.paid_minor("fee", "referral"):
            raise InvariantBroken(f"The fee of the settlement of {self.matter_number} is not that of its tiers.")
