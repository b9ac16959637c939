"""Contingency fees as screens and services ask for them: what is agreed, how far the case is, recoveries, their statements."""

from lexapp.queries.contingency.documents import FrozenStatement, StatementDocument, frozen_statement, statement_document, stored_statement
from lexapp.queries.contingency.matters import MatterContingency, RecoveryRow, agreement_on, contingency_of_matter, stage_on
from lexapp.queries.contingency.movements import SettlementStep, settlement_steps, trust_held
from lexapp.queries.contingency.statements import CostChoice, Statement, claims_of, cost_choices, figures_of, statement_of, taxes_now

__all__ = [
    "CostChoice",
    "FrozenStatement",
    "MatterContingency",
    "RecoveryRow",
    "SettlementStep",
    "Statement",
    "StatementDocument",
    "agreement_on",
    "claims_of",
    "contingency_of_matter",
    "cost_choices",
    "figures_of",
    "frozen_statement",
    "settlement_steps",
    "stage_on",
    "statement_document",
    "statement_of",
    "stored_statement",
    "taxes_now",
    "trust_held",
]
