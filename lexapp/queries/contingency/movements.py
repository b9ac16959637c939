"""What is left to do with the money of an approved statement. Nothing moves here: each step names the trust command that does it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from lexapp.domain.snapshots.settlements import SettlementFigures, SettlementLine
from lexapp.models import Balance, Invoice, PreBill, PreBillLine, Recovery, RecoveryClaim, TrustLedger, TrustTransaction


@dataclass(frozen=True, slots=True)
class SettlementStep:
    """One movement: `kind` is deposit, bill, apply, disburse or refund; `done` where the books show it, else `left_minor` of it is left."""

    kind: str
    name: str
    amount_minor: int
    done: bool
    ledger_id: int | None = None
    invoice_id: int | None = None
    purpose: str = ""
    left_minor: int = 0


@dataclass(frozen=True, slots=True)
class _Billed:
    """The invoices that bill the fee and the costs, oldest first, and whether they bill all of them."""

    invoice_ids: Sequence[int]
    whole: bool


def trust_held(session: Session, *, firm_id: int, matter_id: int) -> int:
    """What the matter has in trust, in minor units."""
    query = (
        select(func.coalesce(-func.sum(Balance.amount_minor), 0))
        .join(TrustLedger, and_(TrustLedger.firm_id == Balance.firm_id, TrustLedger.id == Balance.trust_ledger_id))
        .where(Balance.firm_id == firm_id, TrustLedger.matter_id == matter_id)
    )
    return int(session.scalar(query) or 0)


def settlement_steps(session: Session, recovery: Recovery, figures: SettlementFigures) -> list[SettlementStep]:
    """The movements of a statement in their order. Three queries."""
    moved = _movements(session, recovery)
    ledger_id = next((one.trust_ledger_id for one in moved), None)
    billed = _billed(session, recovery)
    steps = [_deposit(recovery, figures, moved, ledger_id)]
    steps += _own(figures, moved, ledger_id, billed)
    steps += _others(recovery, figures, moved, ledger_id)
    return steps


def _movements(session: Session, recovery: Recovery) -> Sequence[TrustTransaction]:
    """What moved in the matter's ledgers, without what was reversed, oldest first."""
    ledger = and_(TrustLedger.firm_id == TrustTransaction.firm_id, TrustLedger.id == TrustTransaction.trust_ledger_id)
    mine = (TrustTransaction.firm_id == recovery.firm_id, TrustLedger.matter_id == recovery.matter_id)
    rows = session.scalars(select(TrustTransaction).join(TrustLedger, ledger).where(*mine).order_by(TrustTransaction.id)).all()
    reversed_ids = {one.reverses_id for one in rows}
    return [one for one in rows if one.reverses_id is None and one.id not in reversed_ids]


def _billed(session: Session, recovery: Recovery) -> _Billed:
    """Without invoices that were voided, and what was held back from them."""
    if recovery.status != "settled":
        return _Billed([], whole=False)
    claimed = (RecoveryClaim.firm_id == recovery.firm_id, RecoveryClaim.recovery_id == recovery.id)
    cost_ids = session.scalars(select(RecoveryClaim.expense_entry_id).where(*claimed, RecoveryClaim.kind == "costs")).all()
    fee_id = recovery.fixed_fee_entry_id
    query = (
        select(Invoice.id, PreBillLine.fixed_fee_entry_id, PreBillLine.expense_entry_id)
        .join(PreBill, and_(PreBill.firm_id == Invoice.firm_id, PreBill.id == Invoice.pre_bill_id))
        .join(PreBillLine, and_(PreBillLine.firm_id == PreBill.firm_id, PreBillLine.pre_bill_id == PreBill.id))
        .where(Invoice.firm_id == recovery.firm_id, Invoice.voided_on.is_(None), PreBillLine.state == "included")
        .where(or_(PreBillLine.fixed_fee_entry_id == fee_id, PreBillLine.expense_entry_id.in_(cost_ids)))
    )
    found = session.execute(query.order_by(Invoice.id)).all()
    whole = {(fee, cost) for _, fee, cost in found} >= {*([(fee_id, None)] if fee_id else []), *((None, id_) for id_ in cost_ids)}
    return _Billed(list(dict.fromkeys(row[0] for row in found)), whole)


def _deposit(recovery: Recovery, figures: SettlementFigures, moved: Iterable[TrustTransaction], ledger_id: int | None) -> SettlementStep:
    came = any(one.kind == "deposit" and one.amount_minor == figures.amount_minor for one in moved)
    return SettlementStep("deposit", recovery.received_from, figures.amount_minor, came, ledger_id, purpose="Settlement")


def _own(figures: SettlementFigures, moved: Sequence[TrustTransaction], ledger_id: int | None, billed: _Billed) -> list[SettlementStep]:
    """Fee and costs are billed like any other work, with their taxes, and the invoice is paid out of trust."""
    owed = figures.invoice_minor
    if not owed:
        return []
    name = "the fee, the costs and their taxes" if figures.paid_minor("tax") else "the fee and the costs"
    paid = dict.fromkeys(billed.invoice_ids, 0)
    for one in moved:
        if one.kind == "application" and one.invoice_id in paid:
            paid[one.invoice_id] -= one.amount_minor
    left = max(owed - sum(paid.values()), 0)
    invoice_id = next((id_ for id_, minor in paid.items() if not minor), next(iter(paid), None))
    return [
        SettlementStep("bill", name, owed, billed.whole, invoice_id=invoice_id),
        SettlementStep("apply", name, owed, not left, ledger_id, invoice_id, left_minor=left),
    ]


def _others(
    recovery: Recovery, figures: SettlementFigures, moved: Sequence[TrustTransaction], ledger_id: int | None
) -> list[SettlementStep]:
    """Every payment of the ledger settles one line, so two alike claims need two payments."""
    left = [one for one in moved if one.kind in ("disbursement", "refund") and one.effective_on >= recovery.received_on]
    steps = []
    for line in figures.lines:
        if line.part in ("fee", "costs", "tax") or not line.paid_minor:
            continue
        kind = "refund" if line.part == "client" else "disburse"
        found = next((one for one in left if _pays(one, kind, line)), None)
        if found is not None:
            left.remove(found)
        steps.append(SettlementStep(kind, line.name, line.paid_minor, found is not None, ledger_id, purpose=f"Settlement: {line.part}"))
    return steps


def _pays(one: TrustTransaction, kind: str, line: SettlementLine) -> bool:
    if kind == "refund":
        return one.kind == "refund" and -one.amount_minor == line.paid_minor
    return one.kind == "disbursement" and -one.amount_minor == line.paid_minor and one.counterparty.casefold() == line.name.casefold()
