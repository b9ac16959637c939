"""Discounts and caps of fee agreements: kept on everything that is charged, and what was billed worked out again where that can be told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from lexapp.domain.agreements import Agreement, TakenOff, Term, cappings_of, read_term, reduces, taken_off_by
from lexapp.domain.pricing import LineKind
from lexapp.domain.reductions import Charged, Piece, reduce_drafts, tally
from lexapp.models import FeeAgreement, FeeTerm, Firm, PreBill, PreBillLine
from lexapp.models.spared import spared_entries


@dataclass(slots=True)
class _Matter:
    """Its agreements that stand, and when the last of any was made or taken back."""

    agreements: list[Agreement] = field(default_factory=list)
    changed_at: datetime | None = None


def caps_hold(session: Session, firm_id: int) -> Iterator[str]:
    """Of the days of an agreement, no more is charged than each of its hard caps allows."""
    currency = session.scalars(select(Firm.currency).where(Firm.id == firm_id)).one()
    for matter_id, matter in _matters(session, firm_id).items():
        cappings = cappings_of(matter.agreements, currency)
        charged = _charged(session, firm_id, matter_id) if cappings else []
        for one in cappings:
            beyond = one.cap.beyond(tally(one.cap, one.cut(charged)))
            if beyond:
                yield f"Matter {matter_id}: {beyond} is charged {one.reason}, under the agreement from {one.first_on}."


def discounts_hold(session: Session, firm_id: int) -> Iterator[str]:
    """What was approved or billed to one payer carries the agreed discounts: told where there is no cap, and nothing was agreed since."""
    currency = session.scalars(select(Firm.currency).where(Firm.id == firm_id)).one()
    matters = _matters(session, firm_id)
    spared = frozenset((LineKind(kind), id_) for kind, id_ in session.execute(spared_entries(firm_id)))
    for matter_id, matter in matters.items():
        if not reduces(matter.agreements) or cappings_of(matter.agreements, currency):
            continue
        for pre_bill, lines in _settled_alone(session, firm_id, matter_id).items():
            if matter.changed_at is None or pre_bill.created_at > matter.changed_at:
                taken = taken_off_by(matter.agreements, {pre_bill.id: pre_bill.through_on}, currency, spared)
                yield from _differences(lines, taken)


def _differences(lines: Sequence[PreBillLine], taken: TakenOff) -> Iterator[str]:
    known = tuple(one.reason for one in taken.reductions)
    if any(not reason.startswith(known) for line in lines if line.agreed_minor for reason in line.agreed_reason.split("; ")):
        return
    pieces = {_piece(line): line for line in lines}
    found = reduce_drafts(pieces, taken.reductions, ())
    for piece, line in pieces.items():
        expected = sum(off.parts[0] for off in found.get(piece, ()))
        if line.agreed_minor != expected:
            yield f"Pre-bill line {line.id}: the agreement takes {expected} off it, {line.agreed_minor} is taken off."


def _piece(line: PreBillLine) -> Piece:
    before = line.amount_minor - line.agreed_minor - line.volume_minor
    entry_id = line.time_entry_id or line.expense_entry_id or line.fixed_fee_entry_id or 0
    return Piece(line.pre_bill_id, LineKind(line.kind), entry_id, line.dated_on, line.task_code, (before,))


def _matters(session: Session, firm_id: int) -> Mapping[int, _Matter]:
    """Those with a discount or a cap."""
    kinds = select(FeeTerm.matter_id).where(FeeTerm.firm_id == firm_id, FeeTerm.kind.in_(("cap", "discount")))
    query = (
        select(FeeAgreement, FeeTerm.kind, FeeTerm.terms)
        .join(FeeTerm, and_(FeeTerm.firm_id == FeeAgreement.firm_id, FeeTerm.fee_agreement_id == FeeAgreement.id))
        .where(FeeAgreement.firm_id == firm_id, FeeAgreement.matter_id.in_(kinds))
        .order_by(FeeAgreement.id, FeeTerm.position)
    )
    found: dict[int, _Matter] = defaultdict(_Matter)
    terms: dict[FeeAgreement, list[Term]] = defaultdict(list)
    for row, kind, said in session.execute(query):
        terms[row].append(read_term(kind, said))
    for row, some in terms.items():
        matter = found[row.matter_id]
        matter.changed_at = max(filter(None, (matter.changed_at, row.created_at, row.removed_at)))
        if row.removed_at is None:
            matter.agreements.append(Agreement(row.id, row.effective_from, row.effective_to, tuple(some)))
    return found


def _charged(session: Session, firm_id: int, matter_id: int) -> list[Charged]:
    line = PreBillLine
    key = (line.kind, line.dated_on, line.task_code)
    query = (
        select(*key, func.sum(line.amount_minor - line.volume_minor))
        .join(PreBill, and_(PreBill.firm_id == line.firm_id, PreBill.id == line.pre_bill_id))
        .where(line.firm_id == firm_id, PreBill.matter_id == matter_id, line.state == "included")
        .group_by(*key)
    )
    return [Charged(LineKind(kind), on, 0, int(minor), code) for kind, on, code, minor in session.execute(query)]


def _settled_alone(session: Session, firm_id: int, matter_id: int) -> Mapping[PreBill, Sequence[PreBillLine]]:
    """The lines of pre-bills that were drafted for one payer and are approved or billed."""
    mine = (PreBill.firm_id == firm_id, PreBill.matter_id == matter_id)
    alone = select(PreBill.draft_id).where(*mine).group_by(PreBill.draft_id).having(func.count() == 1)
    query = (
        select(PreBill, PreBillLine)
        .join(PreBillLine, and_(PreBillLine.firm_id == PreBill.firm_id, PreBillLine.pre_bill_id == PreBill.id))
        .where(*mine, PreBill.state.in_(("approved", "issued")), PreBillLine.state == "included", PreBill.draft_id.in_(alone))
        .order_by(PreBillLine.id)
    )
    found: dict[PreBill, list[PreBillLine]] = defaultdict(list)
    for pre_bill, line in session.execute(query):
        found[pre_bill].append(line)
    return found
