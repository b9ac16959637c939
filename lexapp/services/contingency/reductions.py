"""What would make the invoice of a recovery another sum than the client consents to."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.fee_agreements import agreements_of
from lexapp.domain.agreements import reduces_fees
from lexapp.domain.errors import InvalidInput
from lexapp.domain.reductions import YearlyDiscount
from lexapp.models import ClientDiscount, Matter, Recovery

OFF_FEES = (
    "The fee agreement takes something off fees, so the invoice would be less than the client consents to. "
    "Agree anew that its discounts and caps count time only, then approve."
)
BY_VOLUME = (
    "The client has a discount by volume, so the invoice would be less than the client consents to. "
    "End it on the client’s page, approve and settle, then agree it again."
)


def refuse_reduced(session: Session, row: Recovery) -> None:
    """Refuse a statement whose fee or costs a discount, a hard cap or a discount by volume would take something off."""
    agreed = agreements_of(session, firm_id=row.firm_id, matter_ids=[row.matter_id]).get(row.matter_id)
    since = [one for one in agreed.agreements if one.effective_to is None or one.effective_to >= row.received_on] if agreed else []
    if reduces_fees(since):
        raise InvalidInput(OFF_FEES, code="fee_reduced")
    client = select(Matter.client_id).where(Matter.firm_id == row.firm_id, Matter.id == row.matter_id).scalar_subquery()
    mine = (ClientDiscount.firm_id == row.firm_id, ClientDiscount.client_id == client, ClientDiscount.kind == YearlyDiscount.kind)
    lasting = ClientDiscount.effective_to.is_(None) | (ClientDiscount.effective_to >= row.received_on)
    if session.scalar(select(ClientDiscount.id).where(*mine, ClientDiscount.removed_at.is_(None), lasting).limit(1)):
        raise InvalidInput(BY_VOLUME, code="fee_reduced")
