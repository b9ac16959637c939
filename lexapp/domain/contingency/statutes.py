"""Fee schedules set by statute or court rule, as data. Ceilings: less may always be agreed. Facts only, each with its source.

A schedule that a court may raise on application is given as it stands without such an order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from lexapp.domain.contingency.terms import Basis, ContingencyTerms, MinorCap, Referral, Stage, Tier

CURRENCY = "USD"
_MINOR = 100


@dataclass(frozen=True, slots=True)
class Statute:
    """A schedule: what it is for, where it is written, since and until when, and its percentages. Amounts in USD."""

    key: str
    name: str
    source: str
    basis: Basis
    tiers: Mapping[Stage, tuple[Tier, ...]]
    note: str = ""
    effective_from: date | None = None
    effective_to: date | None = None
    minor_cap: MinorCap | None = None
    court_above: bool = False

    def terms(self, *, minor: bool = False, referral: Referral | None = None) -> ContingencyTerms:
        """The schedule as terms of a matter."""
        cap = self.minor_cap if minor else None
        return ContingencyTerms(CURRENCY, self.basis, self.tiers, self.source, referral, cap, self.court_above)


def _tiers(*steps: tuple[str, int | None]) -> tuple[Tier, ...]:
    """Tiers of (percent, up to whole dollars)."""
    tiers: list[Tier] = []
    for percent, up_to in steps:
        above = (tiers[-1].up_to_minor or 0) if tiers else 0
        tiers.append(Tier(above, None if up_to is None else up_to * _MINOR, sum(map(Fraction, percent.split()), Fraction()) / 100))
    return tuple(tiers)


def _every_stage(*steps: tuple[str, int | None]) -> dict[Stage, tuple[Tier, ...]]:
    return dict.fromkeys(Stage, _tiers(*steps))


_MILLION = 1_000_000
_FLORIDA_SUED = _tiers(("40", _MILLION), ("30", 2 * _MILLION), ("20", None))

_ALL = (
    Statute(
        "ny_474a",
        "New York, medical, dental or podiatric malpractice",
        "N.Y. Judiciary Law § 474-a",
        Basis.NET,
        _every_stage(("30", 250_000), ("25", 500_000), ("20", _MILLION), ("15", 1_250_000), ("10", None)),
        "Net of the expenses of the action; liens and medical bills are not deducted first.",
    ),
    Statute(
        "ca_6146_1987",
        "California, health care providers, until 2022",
        "Cal. Business and Professions Code § 6146 as it stood until 2022",
        Basis.NET,
        _every_stage(("40", 50_000), ("33 1/3", 100_000), ("25", 600_000), ("15", None)),
        "Net of costs; costs of medical care and office overhead are not deducted. Minors have the same limits.",
        effective_to=date(2022, 12, 31),
    ),
    Statute(
        "ca_6146_2023",
        "California, health care providers, from 2023",
        "Cal. Business and Professions Code § 6146 (a) (1)–(2)",
        Basis.NET,
        {Stage.BEFORE_SUIT: _tiers(("25", None))} | dict.fromkeys(list(Stage)[1:], _tiers(("33", None))),
        "Net of costs; a court may allow more after a trial for good cause. Minors have the same limits.",
        effective_from=date(2023, 1, 1),
    ),
    Statute(
        "fl_4_1_5",
        "Florida, personal injury and other torts",
        "Rules Regulating The Florida Bar, 4-1.5 (f) (4) (B) (i)",
        Basis.GROSS,
        {
            Stage.BEFORE_SUIT: _tiers(("33 1/3", _MILLION), ("30", 2 * _MILLION), ("20", None)),
            Stage.AFTER_FILING: _FLORIDA_SUED,
            Stage.TRIAL: _FLORIDA_SUED,
            Stage.APPEAL: _tiers(("45", _MILLION), ("35", 2 * _MILLION), ("25", None)),
        },
        "“After filing” begins here with the filing of an answer. Five points more once an appeal is filed.",
    ),
    Statute(
        "ct_52_251c",
        "Connecticut, injury, death and damage to property",
        "Conn. Gen. Stat. § 52-251c (b)",
        Basis.GROSS,
        _every_stage(("33 1/3", 300_000), ("25", 600_000), ("20", 900_000), ("15", 1_200_000), ("10", None)),
        "For what happened on or after October 1, 1987.",
        effective_from=date(1987, 10, 1),
    ),
    Statute(
        "nj_1_21_7",
        "New Jersey, torts",
        "N.J. Court Rules, R. 1:21-7 (c)",
        Basis.NET,
        _every_stage(("33 1/3", 750_000), ("30", 1_500_000), ("25", 2_250_000), ("20", 3_000_000)),
        "Above 3,000,000 the court sets the fee. As amended through 2024.",
        minor_cap=MinorCap(Fraction(1, 4), frozenset({Stage.BEFORE_SUIT, Stage.AFTER_FILING}), "N.J. Court Rules, R. 1:21-7 (c) (6)"),
        court_above=True,
    ),
    Statute(
        "us_ftca",
        "United States, Federal Tort Claims Act",
        "28 U.S.C. § 2678",
        Basis.GROSS,
        {Stage.BEFORE_SUIT: _tiers(("20", None))} | dict.fromkeys(list(Stage)[1:], _tiers(("25", None))),
        "20 percent of what the agency awards, 25 percent of a judgment or of a settlement after suit.",
    ),
)

STATUTES: Mapping[str, Statute] = {statute.key: statute for statute in _ALL}
