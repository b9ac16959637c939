"""Contingency fees of a matter: what is agreed, the stages it reaches, recoveries with the claims on them, settlement statements."""

from lexapp.services.contingency.agreements import OwnTerms, agree_contingency, reach_stage, remove_contingency
from lexapp.services.contingency.claims import NewClaim, add_claim, choose_costs, remove_claim
from lexapp.services.contingency.recoveries import RecoveryFacts, edit_recovery, record_recovery, remove_recovery
from lexapp.services.contingency.statements import Consent, approve_statement, reopen_statement, settle_statement

__all__ = [
    "Consent",
    "NewClaim",
    "OwnTerms",
    "RecoveryFacts",
    "add_claim",
    "agree_contingency",
    "approve_statement",
    "choose_costs",
    "edit_recovery",
    "reach_stage",
    "record_recovery",
    "remove_claim",
    "remove_contingency",
    "remove_recovery",
    "reopen_statement",
    "settle_statement",
]
