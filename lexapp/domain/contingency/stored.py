"""Terms as data that JSON can hold, and back: what an agreement stores and a settlement statement freezes."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from lexapp.domain.contingency.fees import Position
from lexapp.domain.contingency.terms import Basis, ContingencyTerms, MinorCap, Referral, Stage, Tier


def terms_data(terms: ContingencyTerms) -> dict[str, Any]:
    """The terms in plain values; shares are written as exact fractions (``1/3``), amounts in minor units."""
    return {
        "currency": terms.currency,
        "basis": terms.basis.value,
        "source": terms.source,
        "court_above": terms.court_above,
        "tiers": {stage.value: [_tier_data(tier) for tier in terms.tiers[stage]] for stage in Stage if stage in terms.tiers},
        "referral": _referral_data(terms.referral),
        "minor_cap": _cap_data(terms.minor_cap),
    }


def terms_from(data: Mapping[str, Any]) -> ContingencyTerms:
    """What ``terms_data`` wrote; raises ``InvalidInput`` for terms that cannot stand."""
    referral, cap = data.get("referral"), data.get("minor_cap")
    return ContingencyTerms(
        currency=data["currency"],
        basis=Basis(data["basis"]),
        tiers={Stage(stage): tuple(_tier(one) for one in tiers) for stage, tiers in data["tiers"].items()},
        source=data["source"],
        referral=Referral(referral["firm"], Fraction(referral["share"]), date.fromisoformat(referral["agreed_on"])) if referral else None,
        minor_cap=MinorCap(Fraction(cap["percent"]), frozenset(map(Stage, cap["stages"])), cap["source"]) if cap else None,
        court_above=data.get("court_above", False),
    )


def position_data(position: Position) -> dict[str, Any]:
    return {"base_minor": position.base_minor, "exact_minor": str(position.exact_minor)}


def position_from(data: Mapping[str, Any]) -> Position:
    return Position(data["base_minor"], Fraction(data["exact_minor"]))


def _tier_data(tier: Tier) -> dict[str, Any]:
    return {"above_minor": tier.above_minor, "up_to_minor": tier.up_to_minor, "percent": str(tier.percent)}


def _tier(data: Mapping[str, Any]) -> Tier:
    return Tier(data["above_minor"], data["up_to_minor"], Fraction(data["percent"]))


def _referral_data(referral: Referral | None) -> dict[str, str] | None:
    if referral is None:
        return None
    return {"firm": referral.firm, "share": str(referral.share), "agreed_on": referral.agreed_on.isoformat()}


def _cap_data(cap: MinorCap | None) -> dict[str, Any] | None:
    if cap is None:
        return None
    return {"percent": str(cap.percent), "stages": sorted(cap.stages), "source": cap.source}
