"""The fee on a recovery: exact first, rounded half up once, and only then shown tier by tier.

Several recoveries of a matter are one sum: the second continues in the tiers where the first ended. Each fee is the rounded fee on all
that came in so far less the rounded fee on what came before it, so the fees of the parts add up to the fee of the whole.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm

from lexapp.domain.allocation import allocate
from lexapp.domain.contingency.terms import Basis, ContingencyTerms, Stage, Tier
from lexapp.domain.errors import InvalidInput, InvariantBroken
from lexapp.domain.money import Money
from lexapp.domain.rounding import round_half_up


@dataclass(frozen=True, slots=True)
class Recovery:
    """Money won at a stage, and the advanced costs that go off it."""

    amount: Money
    stage: Stage
    costs: Money

    def __post_init__(self) -> None:
        if self.amount.minor <= 0:
            raise InvalidInput("Type an amount above zero.", field="amount", code="amount_not_positive")
        if self.costs.minor < 0:
            raise InvariantBroken("costs are zero or more")

    def base(self, basis: Basis) -> Money:
        """What the percentages are taken of; never below zero."""
        if basis is Basis.GROSS:
            return self.amount
        return max(self.amount - self.costs, Money.zero(self.amount.currency))


@dataclass(frozen=True, slots=True)
class Position:
    """How far the recoveries before went: the sum of what percentages were taken of (minor units), and the exact fee on it."""

    base_minor: int = 0
    exact_minor: Fraction = field(default_factory=Fraction)


@dataclass(frozen=True, slots=True)
class Band:
    """The part of a recovery that fell into one tier, and the fee on that part."""

    tier: Tier
    part: Money
    fee: Money


@dataclass(frozen=True, slots=True)
class RecoveryFee:
    """The fee on one recovery: of what it was taken, tier by tier, in all, and where the next recovery continues."""

    base: Money
    bands: tuple[Band, ...]
    fee: Money
    after: Position


def fee_on(terms: ContingencyTerms, recovery: Recovery, before: Position | None = None) -> RecoveryFee:
    """The fee on a recovery that follows ``before``.

    Raises ``InvalidInput`` where nothing was agreed for its stage, or where the recovery goes beyond what a statute gives percentages for.
    """
    start = before or Position()
    base = recovery.base(terms.basis)
    parts = _parts(terms.tiers_at(recovery.stage), start.base_minor, base)
    _refuse_beyond(terms, parts, base)
    exact = start.exact_minor + sum((part * tier.percent for tier, part in parts), Fraction())
    fee = _rounded(exact) - _rounded(start.exact_minor)
    shares = _shown(fee, parts)
    bands = tuple(
        Band(tier, Money(part, terms.currency), Money(share, terms.currency)) for (tier, part), share in zip(parts, shares, strict=True)
    )
    return RecoveryFee(base, bands, Money(fee, terms.currency), Position(start.base_minor + base.minor, exact))


def fees_on(terms: ContingencyTerms, recoveries: Iterable[Recovery]) -> list[RecoveryFee]:
    """The fees on the recoveries of a matter, in their order."""
    fees: list[RecoveryFee] = []
    for recovery in recoveries:
        fees.append(fee_on(terms, recovery, fees[-1].after if fees else None))
    return fees


def _parts(tiers: Sequence[Tier], start: int, base: Money) -> list[tuple[Tier, int]]:
    end = start + base.minor
    parts = [(tier, _overlap(tier, start, end)) for tier in tiers]
    return [(tier, part) for tier, part in parts if part]


def _overlap(tier: Tier, start: int, end: int) -> int:
    top = end if tier.up_to_minor is None else min(end, tier.up_to_minor)
    return max(0, top - max(start, tier.above_minor))


def _refuse_beyond(terms: ContingencyTerms, parts: Sequence[tuple[Tier, int]], base: Money) -> None:
    if sum(part for _, part in parts) < base.minor:
        limit = max(tier.up_to_minor or 0 for tiers in terms.tiers.values() for tier in tiers)
        raise InvalidInput(
            f"Above {Money(limit, terms.currency)} the court sets the fee ({terms.source}). "
            "Agree terms of your own whose last percentage is the one that the court allowed.",
            field="amount",
            code="court_sets_fee",
        )


def _rounded(exact: Fraction) -> int:
    return round_half_up(exact.numerator, exact.denominator)


def _shown(fee: int, parts: Sequence[tuple[Tier, int]]) -> list[int]:
    exact = [part * tier.percent for tier, part in parts]
    if not any(exact):
        return [0] * len(parts)
    scale = lcm(*(share.denominator for share in exact))
    return allocate(fee, [int(share * scale) for share in exact])
