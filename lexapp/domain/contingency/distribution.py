"""Where a recovery goes: fee, costs, taxes, liens, medical bills, referral, and the client; the parts equal the recovery.

Paid in this order: the fee (of it the other firm's share), the costs the firm advanced, the taxes that the firm's invoice charges on both,
liens, medical bills, each by position. On net of costs the costs come first, since the percentages are taken of what they leave; of what a
referring firm gets, the firm charges no tax. What is then left is the client's and never below zero: claims that find nothing left are a
shortfall, shown on the line and refused when the statement is approved.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from lexapp.domain.contingency.fees import Position, Recovery, RecoveryFee, fee_on
from lexapp.domain.contingency.percents import exact_percent_text
from lexapp.domain.contingency.taxing import NO_TAXES, Taxed, Taxing, taxable
from lexapp.domain.contingency.terms import ContingencyTerms, Stage
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput, InvariantBroken
from lexapp.domain.money import Money, total
from lexapp.domain.rounding import round_half_up


class Part(StrEnum):
    """Who gets a part of a recovery."""

    FEE = "fee"
    REFERRAL = "referral"
    COSTS = "costs"
    TAX = "tax"
    LIEN = "lien"
    MEDICAL = "medical"
    CLIENT = "client"


_ORDER = (Part.COSTS, Part.LIEN, Part.MEDICAL)


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody may ask out of a recovery: advanced costs, a lien, a medical bill. ``rule``: what it rests on.

    ``is_taxed``: a cost that the firm's invoice charges tax on, where expenses are taxed.
    """

    part: Part
    name: str
    amount: Money
    rule: str = ""
    is_taxed: bool = False

    def __post_init__(self) -> None:
        if self.part not in _ORDER:
            raise InvariantBroken(f"a {self.part} is worked out, not claimed")
        if self.amount.minor <= 0:
            raise InvalidInput("Type an amount above zero.", field="amount", code="amount_not_positive")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a settlement statement: to whom, what is asked, what is paid, by which rule."""

    part: Part
    name: str
    asked: Money
    paid: Money
    rule: str
    is_taxed: bool = False

    @property
    def short(self) -> Money:
        return self.asked - self.paid


@dataclass(frozen=True, slots=True)
class Distribution:
    """A recovery, the fee on it, its lines, which add up to it, and the taxes of the firm's invoice, contained in prices or on lines."""

    recovery: Recovery
    fee: RecoveryFee
    lines: tuple[Line, ...]
    taxed: Taxed = NO_TAXES

    @property
    def shortfall(self) -> Money:
        return total((line.short for line in self.lines), self.recovery.amount.currency)

    def paid(self, part: Part) -> Money:
        return total((line.paid for line in self.lines if line.part is part), self.recovery.amount.currency)


class _Asked(NamedTuple):
    part: Part
    name: str
    amount: Money
    rule: str
    is_taxed: bool = False


def distribute(
    terms: ContingencyTerms,
    *,
    amount: Money,
    stage: Stage,
    claims: Sequence[Claim] = (),
    before: Position | None = None,
    taxing: Taxing | None = None,
) -> Distribution:
    """The distribution of a recovery under the terms, after what came in before; refusals are those of ``fee_on``.

    ``taxing``: what an invoice charges on the firm's own fee and on the costs.
    """
    ordered = [claim for part in _ORDER for claim in claims if claim.part is part]
    costs = [claim for claim in ordered if claim.part is Part.COSTS]
    recovery = Recovery(amount, stage, total((claim.amount for claim in costs), amount.currency))
    fee = fee_on(terms, recovery, before)
    firm = _fee_lines(terms, stage, fee)
    taxed = _taxed(firm[0].paid, costs, taxing)
    others = [_claimed(claim) for claim in ordered if claim.part is not Part.COSTS]
    asked, rest = _paid_in_turn([*map(_claimed, costs), *_taxes(taxed, amount.currency), *others], amount - fee.fee)
    client = Line(Part.CLIENT, "Client", rest, rest, "what is left of the recovery")
    return Distribution(recovery, fee, (*firm, *asked, client), taxed)


def _claimed(claim: Claim) -> _Asked:
    return _Asked(claim.part, claim.name, claim.amount, claim.rule, claim.is_taxed)


def _taxed(own_fee: Money, costs: Sequence[Claim], taxing: Taxing | None) -> Taxed:
    if taxing is None:
        return NO_TAXES
    in_base = [claim.amount.minor for claim in costs if claim.is_taxed]
    words = ("costs" if len(in_base) == len(costs) else "taxed costs") if in_base else ""
    return Taxed(*taxing(taxable(own_fee.minor, in_base)), words)


def _taxes(taxed: Taxed, currency: str) -> Iterator[_Asked]:
    for charge, rule in taxed.added(currency):
        yield _Asked(Part.TAX, charge.rule.name, Money(charge.amount_minor, currency), rule)


def refuse_shortfall(distribution: Distribution) -> None:
    """Refuse a distribution in which somebody who has a claim goes short."""
    short = distribution.shortfall
    if short:
        raise InvalidInput(
            f"Claims are {short} more than the recovery leaves. Enter the reduced amount that a lienholder or provider agreed to, "
            "or leave a claim out.",
            code="shortfall",
        )


def _fee_lines(terms: ContingencyTerms, stage: Stage, fee: RecoveryFee) -> list[Line]:
    rule = f"{_tier_words(terms, stage, fee)}, {stage.label} ({terms.source})"
    referral = terms.referral
    if referral is None:
        return [Line(Part.FEE, "Attorney fee", fee.fee, fee.fee, rule)]
    share = Money(round_half_up(fee.fee.minor * referral.share.numerator, referral.share.denominator), terms.currency)
    share_words = f"{exact_percent_text(referral.share)} % of the fee of {fee.fee}"
    words = f"{share_words}, by the client’s written agreement of {day_text(referral.agreed_on)}"
    own = fee.fee - share
    return [
        Line(Part.FEE, "Attorney fee", own, own, f"{rule}, less the share of {referral.firm}"),
        Line(Part.REFERRAL, referral.firm, share, share, words),
    ]


def _tier_words(terms: ContingencyTerms, stage: Stage, fee: RecoveryFee) -> str:
    of, tiers = terms.basis.label, terms.tiers_at(stage)
    if len(tiers) == 1:
        return f"{exact_percent_text(tiers[0].percent)} % of {of}, {fee.base}"
    return f"by tiers of {of}, {fee.base}"


def _paid_in_turn(asked: Iterable[_Asked], rest: Money) -> tuple[list[Line], Money]:
    lines = []
    for one in asked:
        paid = min(one.amount, rest)
        lines.append(Line(one.part, one.name, one.amount, paid, one.rule, one.is_taxed))
        rest -= paid
    return lines, rest
