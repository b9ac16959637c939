"""Contingency fees: percentages by stage and amount, the fee on each recovery, and who gets what of it, to the minor unit."""

from lexapp.domain.contingency.distribution import Claim, Distribution, Line, Part, distribute, refuse_shortfall
from lexapp.domain.contingency.fees import Band, Position, Recovery, RecoveryFee, fee_on, fees_on
from lexapp.domain.contingency.percents import exact_percent_text, parse_exact_percent
from lexapp.domain.contingency.statutes import STATUTES, Statute
from lexapp.domain.contingency.stored import position_data, position_from, terms_data, terms_from
from lexapp.domain.contingency.taxing import Taxed, Taxing, taxable
from lexapp.domain.contingency.terms import MOST_TIERS, Basis, ContingencyTerms, MinorCap, Referral, Stage, Tier, after, check_tiers

__all__ = [
    "MOST_TIERS",
    "STATUTES",
    "Band",
    "Basis",
    "Claim",
    "ContingencyTerms",
    "Distribution",
    "Line",
    "MinorCap",
    "Part",
    "Position",
    "Recovery",
    "RecoveryFee",
    "Referral",
    "Stage",
    "Statute",
    "Taxed",
    "Taxing",
    "Tier",
    "after",
    "check_tiers",
    "distribute",
    "exact_percent_text",
    "fee_on",
    "fees_on",
    "parse_exact_percent",
    "position_data",
    "position_from",
    "refuse_shortfall",
    "taxable",
    "terms_data",
    "terms_from",
]
