"""What was agreed about a contingency fee: percentages by stage and by amount, of what, and who shares the fee."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from lexapp.domain.amounts import check_size
from lexapp.domain.contingency.percents import exact_percent_text
from lexapp.domain.errors import InvalidInput
from lexapp.domain.money import Money

MOST_TIERS = 8
_LONGEST_NAME = 200


class Stage(StrEnum):
    """How far the case was when the money was won, earliest first."""

    BEFORE_SUIT = "before_suit"
    AFTER_FILING = "after_filing"
    TRIAL = "trial"
    APPEAL = "appeal"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Stage.BEFORE_SUIT: "before suit",
    Stage.AFTER_FILING: "after filing",
    Stage.TRIAL: "at trial",
    Stage.APPEAL: "on appeal",
}


def after(stage: Stage) -> Stage:
    """The stage that comes next; the last one stays."""
    order = list(Stage)
    return order[min(order.index(stage) + 1, len(order) - 1)]


class Basis(StrEnum):
    """What the percentages are taken of: the recovery, or the recovery less the costs that the firm advanced."""

    GROSS = "gross"
    NET = "net"

    @property
    def label(self) -> str:
        return "the recovery" if self is Basis.GROSS else "the recovery less costs"


@dataclass(frozen=True, slots=True)
class Tier:
    """``percent`` (a share between 0 and 1) of what lies above ``above_minor`` up to ``up_to_minor`` (None: everything above)."""

    above_minor: int
    up_to_minor: int | None
    percent: Fraction

    def words(self, currency: str) -> str:
        """``30 % of the first $250,000.00``, ``25 % of the part from … to …``, ``10 % of what is above …``."""
        share, start = f"{exact_percent_text(self.percent)} %", Money(self.above_minor, currency)
        if self.up_to_minor is None:
            return f"{share} of what is above {start}" if self.above_minor else share
        end = Money(self.up_to_minor, currency)
        return f"{share} of the part from {start} to {end}" if self.above_minor else f"{share} of the first {end}"


@dataclass(frozen=True, slots=True)
class Referral:
    """Another firm's share of the fee (between 0 and 1), which the client agreed to in writing on a day."""

    firm: str
    share: Fraction
    agreed_on: date

    def __post_init__(self) -> None:
        if not self.firm.strip() or len(self.firm) > _LONGEST_NAME:
            raise InvalidInput("Name the firm that shares the fee.", field="referral_firm", code="referral_firm")
        if not 0 < self.share < 1:
            raise InvalidInput(
                "The other firm’s share lies above 0 and below 100 percent.", field="referral_percent", code="referral_share"
            )


@dataclass(frozen=True, slots=True)
class MinorCap:
    """For a client who is a minor no tier's percentage is above ``percent``, in the stages named. ``source``: where that is written."""

    percent: Fraction
    stages: frozenset[Stage]
    source: str


@dataclass(frozen=True, slots=True)
class ContingencyTerms:
    """Percentages by stage and amount.

    ``tiers``: for each stage its tiers from nothing upwards, without gap or overlap. Where the last one of a statute ends, the court sets
    the fee above it (``court_above``). ``source`` names the statute or the agreement. Raises ``InvalidInput`` for what cannot stand.
    """

    currency: str
    basis: Basis
    tiers: Mapping[Stage, tuple[Tier, ...]]
    source: str
    referral: Referral | None = None
    minor_cap: MinorCap | None = None
    court_above: bool = False

    def __post_init__(self) -> None:
        if not self.tiers:
            raise InvalidInput("Say the percentage for at least one stage.", field="percent_before_suit_0", code="stage_missing")
        for stage, tiers in self.tiers.items():
            check_tiers(tiers, stage=stage, currency=self.currency, court_above=self.court_above)

    def tiers_at(self, stage: Stage) -> tuple[Tier, ...]:
        """The tiers of a stage, under the cap for minors; refused where nothing was agreed for the stage."""
        tiers = self.tiers.get(stage)
        if tiers is None:
            raise InvalidInput(
                f"The agreement has no percentage {stage.label}. Choose another stage, or add the percentage to the terms.",
                field="stage",
                code="stage_missing",
            )
        cap = self.minor_cap
        if cap is None or stage not in cap.stages:
            return tiers
        return tuple(Tier(tier.above_minor, tier.up_to_minor, min(tier.percent, cap.percent)) for tier in tiers)


def check_tiers(tiers: tuple[Tier, ...], *, stage: Stage, currency: str, court_above: bool = False) -> None:
    """Refuse tiers that leave an amount without a percentage, or give it two; percentages outside 0 to 100; too many of them."""
    if not 1 <= len(tiers) <= MOST_TIERS:
        raise InvalidInput(f"Give each stage one to {MOST_TIERS} percentages.", field=_percent_field(stage, 0), code="tier_count")
    for position, tier in enumerate(tiers):
        _check_tier(tier, position, stage, currency)
    if tiers[0].above_minor:
        raise InvalidInput(
            f"Nothing is said about the first {Money(tiers[0].above_minor, currency)}. Start at 0.", field="above_0", code="tier_gap"
        )
    for position, (lower, upper) in enumerate(pairwise(tiers), start=1):
        _check_joint(lower, upper, position, currency)
    last = tiers[-1].up_to_minor
    if last is not None and not court_above:
        message = f"Nothing is said about what is above {Money(last, currency)}. Leave the last amount empty."
        raise InvalidInput(message, field=f"up_to_{len(tiers) - 1}", code="tier_gap")


def _check_tier(tier: Tier, position: int, stage: Stage, currency: str) -> None:
    if not 0 <= tier.percent <= 1:
        raise InvalidInput("A percentage lies between 0 and 100.", field=_percent_field(stage, position), code="percent_over_100")
    if tier.above_minor < 0 or (tier.up_to_minor is not None and tier.up_to_minor <= tier.above_minor):
        message = "An amount here must be above the one before it."
        raise InvalidInput(message, field=f"up_to_{position}", code="tier_overlap")
    check_size(tier.up_to_minor or 0, currency, field=f"up_to_{position}")


def _check_joint(lower: Tier, upper: Tier, position: int, currency: str) -> None:
    if lower.up_to_minor is None:
        message = "This line is never reached: the one above it has no end. Give that one its amount, or leave this line empty."
        raise InvalidInput(message, field=f"up_to_{position - 1}", code="tier_overlap")
    end, start = Money(lower.up_to_minor, currency), Money(upper.above_minor, currency)
    if start > end:
        raise InvalidInput(f"Nothing is said about the part from {end} to {start}.", field=f"above_{position}", code="tier_gap")
    if start < end:
        message = f"The part from {start} to {end} has two percentages. Start this line at {end}."
        raise InvalidInput(message, field=f"above_{position}", code="tier_overlap")


def _percent_field(stage: Stage, position: int) -> str:
    return f"percent_{stage.value}_{position}"
