"""A payer's cap, where a single line is changed: nothing is written that goes beyond it."""

from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lexapp.domain.errors import Conflict
from lexapp.domain.money import Money
from lexapp.domain.pricing import LineKind
from lexapp.models import Client, Firm, MatterPayer, PayerArrangement, PreBillLine
from lexapp.queries.payers import billed_by_payer, terms_of


def require_room(session: Session, line: PreBillLine, *, matter_id: int, more_minor: int) -> None:
    """Refuse so much more on a line of a payer whose cap has no room for it. The cap is that of the payer's latest arrangement."""
    if line.arrangement_id is None or more_minor <= 0:
        return
    payer = session.scalar(_latest(line, matter_id))
    if payer is None or payer.cap_minor is None:
        return
    terms = terms_of(payer)
    billed = billed_by_payer(session, firm_id=line.firm_id, matter_ids=[matter_id])[matter_id]
    if terms.counted.counts(LineKind(line.kind)) and more_minor > (billed.room(terms) or 0):
        name = session.scalar(select(Client.name).where(Client.firm_id == line.firm_id, Client.id == line.payer_id))
        left = Money(billed.room(terms) or 0, session.get_one(Firm, line.firm_id).currency)
        raise Conflict(f"That goes beyond the cap of {name}: {left} is left of it. Raise the cap on the matter’s payers, or charge less.")


def _latest(line: PreBillLine, matter_id: int) -> Select[MatterPayer]:
    of_payer = (MatterPayer.firm_id == line.firm_id, MatterPayer.matter_id == matter_id, MatterPayer.client_id == line.payer_id)
    arrangement = (PayerArrangement.firm_id == MatterPayer.firm_id) & (PayerArrangement.id == MatterPayer.arrangement_id)
    return (
        select(MatterPayer).join(PayerArrangement, arrangement).where(*of_payer).order_by(PayerArrangement.effective_from.desc()).limit(1)
    )
