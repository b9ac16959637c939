"""Claims on a recovery: liens and medical bills as they were asserted or agreed, and the costs that the firm advanced."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from lexapp.books import record_command, succeed
from lexapp.database import transaction
from lexapp.domain.amounts import check_size
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput, NotFound
from lexapp.domain.permissions import Actor
from lexapp.models import Recovery, RecoveryClaim
from lexapp.queries.contingency import CostChoice, cost_choices
from lexapp.services.contingency.desk import check_matter, lock_recovery, require_draft, tell

KINDS = {"lien": "Lien", "medical": "Medical bill"}
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class NewClaim:
    """A lien or a medical bill. `rule`: what it rests on, such as the letter that reduced it."""

    kind: str
    name: str
    amount_minor: int
    rule: str = ""

    def check(self, currency: str) -> None:
        if self.kind not in KINDS:
            raise InvalidInput("Choose a lien or a medical bill.", field="kind")
        if not 0 < len(self.name.strip()) <= LONGEST_NAME or len(self.rule) > LONGEST_NAME:
            raise InvalidInput("Type who has the claim.", field="name")
        if self.amount_minor <= 0:
            raise InvalidInput("Type an amount above zero.", field="amount", code="amount_not_positive")
        check_size(self.amount_minor, currency, field="amount")


def add_claim(
    session: Session,
    *,
    actor: Actor,
    recovery_id: int,
    version: int,
    claim: NewClaim,
    key: str | None = None,
    now: datetime | None = None,
) -> Recovery:
    """Add a lien or a medical bill to a draft. More than the recovery leaves is shown as a shortfall. Raises Conflict, InvalidInput."""
    actor.require("pre_bill.edit")
    with transaction(session, actor.firm_id):
        inputs = {"recovery_id": recovery_id, "version": version, **asdict(claim)}
        command = record_command(session, actor=actor, name="recovery.add_claim", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Recovery, recovery_id)
        row = lock_recovery(session, firm_id=actor.firm_id, recovery_id=recovery_id, version=version)
        require_draft(row)
        claim.check(check_matter(session, firm_id=row.firm_id, matter_id=row.matter_id).currency)
        place = {"firm_id": row.firm_id, "matter_id": row.matter_id, "recovery_id": row.id, "created_at": command.at}
        session.add(RecoveryClaim(**place, **asdict(claim)))
        row.version += 1
        session.flush()
        tell(session, command, "recovery.claim_added", row, {"title": claim.name, "claim_minor": claim.amount_minor})
        succeed(session, command, recovery_id=row.id)
    return row


def remove_claim(
    session: Session, *, actor: Actor, claim_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> Recovery:
    """Take a lien, a bill or a cost off a draft; `version` is that of the recovery."""
    actor.require("pre_bill.edit")
    with transaction(session, actor.firm_id):
        inputs = {"claim_id": claim_id, "version": version}
        command = record_command(session, actor=actor, name="recovery.remove_claim", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Recovery, command.result["recovery_id"])
        claim = session.get(RecoveryClaim, claim_id)
        if claim is None or claim.firm_id != actor.firm_id:
            raise NotFound("This claim is off the statement already.")
        row = lock_recovery(session, firm_id=actor.firm_id, recovery_id=claim.recovery_id, version=version)
        require_draft(row)
        told = {"title": claim.name, "claim_minor": claim.amount_minor}
        session.delete(claim)
        row.version += 1
        session.flush()
        tell(session, command, "recovery.claim_removed", row, told)
        succeed(session, command, recovery_id=row.id)
    return row


def choose_costs(
    session: Session,
    *,
    actor: Actor,
    recovery_id: int,
    version: int,
    expense_entry_ids: Collection[int],
    key: str | None = None,
    now: datetime | None = None,
) -> Recovery:
    """Say which advanced costs this recovery pays: exactly these. Raises InvalidInput for one that is billed, gone or taken elsewhere."""
    actor.require("pre_bill.edit")
    wanted = sorted(set(expense_entry_ids))
    with transaction(session, actor.firm_id):
        inputs = {"recovery_id": recovery_id, "version": version, "expense_entry_ids": wanted}
        command = record_command(session, actor=actor, name="recovery.choose_costs", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Recovery, recovery_id)
        row = lock_recovery(session, firm_id=actor.firm_id, recovery_id=recovery_id, version=version)
        require_draft(row)
        put_costs(session, row, wanted, command.at)
        row.version += 1
        session.flush()
        tell(session, command, "recovery.costs_chosen", row, {"entries": len(wanted)})
        succeed(session, command, recovery_id=row.id)
    return row


def put_costs(session: Session, row: Recovery, wanted: Collection[int], at: datetime) -> None:
    """Write the cost claims anew, with what the entries are worth now."""
    choices = {choice.entry.id: choice for choice in cost_choices(session, row)}
    if not choices.keys() >= set(wanted):
        raise InvalidInput("One of these costs was billed, changed or taken by another recovery. Reload the page and choose anew.")
    costs = (RecoveryClaim.firm_id == row.firm_id, RecoveryClaim.recovery_id == row.id, RecoveryClaim.kind == "costs")
    session.execute(delete(RecoveryClaim).where(*costs))
    session.add_all(_cost(row, choices[id_], at) for id_ in wanted)
    session.flush()


def _cost(row: Recovery, choice: CostChoice, at: datetime) -> RecoveryClaim:
    entry = choice.entry
    name = (entry.description or entry.vendor or "Cost")[:LONGEST_NAME]
    place = {"firm_id": row.firm_id, "matter_id": row.matter_id, "recovery_id": row.id, "created_at": at}
    rule = f"advanced on {day_text(entry.incurred_on)}" + (f", {entry.vendor}"[:100] if entry.vendor else "")
    return RecoveryClaim(**place, kind="costs", name=name, amount_minor=choice.amount_minor, rule=rule, expense_entry_id=entry.id)
