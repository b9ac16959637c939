"""Make the pre-bills of one matter, of everything or of one fee."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import record_command, succeed
from lexapp.database import transaction
from lexapp.domain.errors import NotAllowed, NotFound
from lexapp.domain.permissions import Actor
from lexapp.models import FixedFeeEntry, Matter
from lexapp.services.pre_bills.drafting import draft


def draft_pre_bill(
    session: Session, *, actor: Actor, matter_id: int, through_on: date, key: str | None = None, now: datetime | None = None
) -> list[int]:
    """Put everything unbilled of a matter through a date on a pre-bill for each of its payers; returns their ids.

    Raises Refused where there is nothing to bill, billable time has no rate, or the payers' shares are wrong.
    """
    actor.require("pre_bill.edit")
    inputs = {"matter_id": matter_id, "through_on": through_on}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="pre_bill.draft", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return list(command.result["pre_bill_ids"])
        if session.scalar(select(Matter.id).where(Matter.firm_id == actor.firm_id, Matter.id == matter_id)) is None:
            raise NotFound("There is no such matter. Choose one from the list.", field="matter_id")
        made = draft(session, command, matter_ids=[matter_id], through_on=through_on)
        if matter_id in made.problems:
            raise made.problems[matter_id]
        pre_bill_ids = list(made.pre_bill_ids[matter_id])
        succeed(session, command, pre_bill_ids=pre_bill_ids)
    return pre_bill_ids


def draft_fee(session: Session, *, actor: Actor, fixed_fee_entry_id: int, key: str | None = None, now: datetime | None = None) -> list[int]:
    """Put one fixed fee, and nothing else, on a pre-bill for each payer of its matter; returns their ids.

    Raises NotFound, and Refused where the fee is on a pre-bill already or was taken out.
    """
    actor.require("pre_bill.edit")
    with transaction(session, actor.firm_id):
        inputs = {"fixed_fee_entry_id": fixed_fee_entry_id}
        command = record_command(session, actor=actor, name="pre_bill.draft_fee", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return list(command.result["pre_bill_ids"])
        mine = (FixedFeeEntry.firm_id == actor.firm_id, FixedFeeEntry.id == fixed_fee_entry_id)
        entry = session.scalars(select(FixedFeeEntry).where(*mine)).one_or_none()
        if entry is None:
            raise NotFound("There is no such fee.")
        made = draft(session, command, matter_ids=[entry.matter_id], through_on=entry.charged_on, only_fee_id=entry.id)
        if entry.matter_id in made.problems:
            raise NotAllowed("This fee is on a pre-bill already, or cannot be billed. Look at it as it is now.", code="fee_is_taken")
        pre_bill_ids = list(made.pre_bill_ids[entry.matter_id])
        succeed(session, command, pre_bill_ids=pre_bill_ids)
    return pre_bill_ids
