"""The settlement statement of a recovery: worked out as of now while it is a draft, as it was frozen afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from lexapp.domain.contingency import Claim, ContingencyTerms, Distribution, Part, Position, Stage, distribute, taxable, terms_from
from lexapp.domain.errors import InvalidInput, Refused
from lexapp.domain.money import Money
from lexapp.domain.snapshots.coding import decode
from lexapp.domain.snapshots.lines import TaxLine
from lexapp.domain.snapshots.settlements import SettlementFigures, SettlementLine, SettlementSnapshot, SettlementTier
from lexapp.domain.tax import TaxRounding
from lexapp.models import ExpenseEntry, PreBillLine, Recovery, RecoveryClaim
from lexapp.queries.contingency.matters import agreement_on
from lexapp.queries.expense_states import is_ready
from lexapp.queries.taxes import TaxTerms, tax_terms


@dataclass(frozen=True, slots=True)
class Statement:
    """What the statement says. `figures` is None where it cannot be worked out, and `problem` says why; `snapshot` once it is approved."""

    claims: Sequence[RecoveryClaim]
    figures: SettlementFigures | None
    problem: str = ""
    snapshot: SettlementSnapshot | None = None


@dataclass(frozen=True, slots=True)
class CostChoice:
    """A cost that the firm advanced, not billed yet: one that can be taken out of this recovery. `is_chosen` where it is."""

    entry: ExpenseEntry
    amount_minor: int
    is_chosen: bool


def statement_of(session: Session, recovery: Recovery, *, on: date) -> Statement:
    """The statement of a recovery as it stands; of a draft the taxes are those of an invoice dated `on`."""
    claims = claims_of(session, recovery)
    if recovery.status != "draft":
        snapshot = decode(SettlementSnapshot, recovery.snapshot)
        return Statement(claims, snapshot.figures, snapshot=snapshot)
    try:
        return Statement(claims, figures_of(session, recovery, claims, on=on))
    except Refused as error:
        return Statement(claims, None, problem=str(error))


def claims_of(session: Session, recovery: Recovery) -> Sequence[RecoveryClaim]:
    """The claims on a recovery, in the order in which they were entered."""
    mine = (RecoveryClaim.firm_id == recovery.firm_id, RecoveryClaim.recovery_id == recovery.id)
    return session.scalars(select(RecoveryClaim).where(*mine).order_by(RecoveryClaim.id)).all()


def figures_of(session: Session, recovery: Recovery, claims: Sequence[RecoveryClaim], *, on: date) -> SettlementFigures:
    """The distribution of a recovery under what is agreed on its day, after what was approved before; taxes as of an invoice dated `on`.

    Raises InvalidInput with the reason where nothing is agreed, or nothing for its stage.
    """
    agreement = agreement_on(session, firm_id=recovery.firm_id, matter_id=recovery.matter_id, on=recovery.received_on)
    if agreement is None:
        raise InvalidInput("No contingency fee is agreed for the day of this recovery. Add the terms first.", code="no_terms")
    terms = terms_from(agreement.terms)
    stage, amount = Stage(recovery.stage), Money(recovery.amount_minor, terms.currency)
    taxed, taxes = taxed_costs(session, recovery, claims), _tax_terms(session, recovery)
    asked = [Claim(Part(one.kind), one.name, Money(one.amount_minor, terms.currency), one.rule, one.id in taxed) for one in claims]
    charge = partial(taxes.charged, recovery.matter_id, on=on)
    found = distribute(terms, amount=amount, stage=stage, claims=asked, before=_position_before(session, recovery), taxing=charge)
    return _figures(terms, stage, found, taxes.rounding)


def taxed_costs(session: Session, recovery: Recovery, claims: Sequence[RecoveryClaim]) -> frozenset[int]:
    """Which of the claims are costs on which an invoice charges tax, where expenses are taxed. One query where there are costs."""
    costs = {one.expense_entry_id: one.id for one in claims if one.expense_entry_id is not None}
    query = select(ExpenseEntry.id).where(ExpenseEntry.firm_id == recovery.firm_id, ExpenseEntry.id.in_(costs), ExpenseEntry.is_taxed)
    return frozenset(costs[id_] for id_ in session.scalars(query)) if costs else frozenset()


def taxes_now(session: Session, recovery: Recovery, figures: SettlementFigures, *, on: date) -> tuple[TaxLine, ...]:
    """What an invoice dated `on` charges on the fee and the costs of a statement."""
    claims = claims_of(session, recovery)
    taxed = taxed_costs(session, recovery, claims)
    base = taxable(figures.paid_minor("fee"), [one.amount_minor for one in claims if one.id in taxed])
    charges, _ = _tax_terms(session, recovery).charged(recovery.matter_id, base, on=on)
    return tuple(map(TaxLine.of, charges))


def _tax_terms(session: Session, recovery: Recovery) -> TaxTerms:
    return tax_terms(session, firm_id=recovery.firm_id, matter_ids=[recovery.matter_id])


def _figures(terms: ContingencyTerms, stage: Stage, found: Distribution, rounding: TaxRounding) -> SettlementFigures:
    lines = (SettlementLine(one.part.value, one.name, one.asked.minor, one.paid.minor, one.rule, one.is_taxed) for one in found.lines)
    tiers = (SettlementTier(one.tier.words(terms.currency), one.part.minor, one.fee.minor) for one in found.fee.bands)
    return SettlementFigures(
        amount_minor=found.recovery.amount.minor,
        base_minor=found.fee.base.minor,
        basis=terms.basis.value,
        stage=stage.value,
        source=terms.source,
        lines=tuple(lines),
        tiers=tuple(tiers),
        after_base_minor=found.fee.after.base_minor,
        after_exact=str(found.fee.after.exact_minor),
        taxes=tuple(map(TaxLine.of, found.taxed.charges)),
        tax_notes=tuple(found.taxed.notes(terms.currency)),
        tax_rounding=rounding.value,
    )


def _position_before(session: Session, recovery: Recovery) -> Position:
    """Where the statement that was approved last has left the tiers."""
    mine = (Recovery.firm_id == recovery.firm_id, Recovery.matter_id == recovery.matter_id, Recovery.status != "draft")
    latest = session.scalars(
        select(Recovery).where(*mine, Recovery.id != recovery.id).order_by(Recovery.approved_at.desc(), Recovery.id.desc()).limit(1)
    ).first()
    return decode(SettlementSnapshot, latest.snapshot).figures.position if latest else Position()


def cost_choices(session: Session, recovery: Recovery) -> list[CostChoice]:
    """Advanced client costs of the matter, unbilled, that no other recovery pays, oldest first."""
    line = and_(
        PreBillLine.firm_id == ExpenseEntry.firm_id, PreBillLine.expense_entry_id == ExpenseEntry.id, PreBillLine.state == "included"
    )
    claim = and_(RecoveryClaim.firm_id == ExpenseEntry.firm_id, RecoveryClaim.expense_entry_id == ExpenseEntry.id)
    query = (
        select(ExpenseEntry, RecoveryClaim.recovery_id)
        .outerjoin(RecoveryClaim, claim)
        .where(
            ExpenseEntry.firm_id == recovery.firm_id,
            ExpenseEntry.matter_id == recovery.matter_id,
            ExpenseEntry.discarded_at.is_(None),
            ExpenseEntry.billing_status == "billable",
            ExpenseEntry.amount_minor + ExpenseEntry.adjustment_minor > 0,
            is_ready(),
            ~select(PreBillLine.id).where(line).exists(),
        )
        .order_by(ExpenseEntry.incurred_on, ExpenseEntry.id)
    )
    rows = [(entry, taken) for entry, taken in session.execute(query) if taken in (None, recovery.id)]
    return [CostChoice(entry, entry.amount_minor + entry.adjustment_minor, taken is not None) for entry, taken in rows]
