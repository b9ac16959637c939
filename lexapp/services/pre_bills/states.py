"""A pre-bill's way: approved, reopened, discarded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, audit_many, record_command, succeed
from lexapp.books.agreed_reductions import lock_matter
from lexapp.books.time_entries import regroup_released
from lexapp.database import transaction
from lexapp.domain.errors import Conflict, InvalidInput, NotFound
from lexapp.domain.lifecycles import PRE_BILL
from lexapp.domain.permissions import Actor
from lexapp.models import PreBill, PreBillLine
from lexapp.services.pre_bills.reducing import rework

STALE = "Somebody changed this pre-bill since you opened it. Look at it again, then repeat what you wanted to do."


def lock_pre_bill(session: Session, actor: Actor, pre_bill_id: int, version: int | None = None) -> PreBill:
    """The pre-bill, locked until the transaction ends. Raises NotFound, or Conflict when it is no longer at `version`."""
    query = select(PreBill).where(PreBill.firm_id == actor.firm_id, PreBill.id == pre_bill_id).with_for_update()
    pre_bill = session.execute(query.execution_options(populate_existing=True)).scalar()
    if pre_bill is None:
        raise NotFound("There is no such pre-bill.")
    if version is not None and pre_bill.version != version:
        raise Conflict(STALE)
    return pre_bill


def approve_pre_bill(
    session: Session,
    *,
    actor: Actor,
    pre_bill_id: int,
    version: int,
    description: str | None = None,
    shown: str = "",
    key: str | None = None,
    now: datetime | None = None,
) -> PreBill:
    """Declare the review finished: the pre-bill can be issued and its lines no longer change.

    `description` is the sentence for the invoice as the reviewer left it in its field, where `shown` stood: it is saved with the
    approval, or refuses it.
    """
    actor.require("pre_bill.approve")
    return _move(session, actor, pre_bill_id, "approve", version, key, now, None if description is None else (description, shown))


def reopen_pre_bill(
    session: Session, *, actor: Actor, pre_bill_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> PreBill:
    """Take an approval back, so that lines can be edited again."""
    actor.require("pre_bill.approve")
    return _move(session, actor, pre_bill_id, "reopen", version, key, now)


def discard_pre_bill(
    session: Session, *, actor: Actor, pre_bill_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> PreBill:
    """Give the work of a pre-bill back to unbilled. What was edited on its lines is kept with it and not on the entries."""
    actor.require("pre_bill.approve")
    return _move(session, actor, pre_bill_id, "discard", version, key, now)


def _move(
    session: Session,
    actor: Actor,
    pre_bill_id: int,
    action: str,
    version: int,
    key: str | None,
    now: datetime | None,
    words: tuple[str, str] | None = None,
) -> PreBill:
    inputs = {"pre_bill_id": pre_bill_id, "version": version} | ({} if words is None else {"description": words[0], "shown": words[1]})
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name=f"pre_bill.{action}", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(PreBill, pre_bill_id)
        pre_bill = lock_pre_bill(session, actor, pre_bill_id) if action == "approve" else _lock_with_matter(session, actor, pre_bill_id)
        before, after = pre_bill.state, PRE_BILL.next(pre_bill.state, action)  # before the version: who comes second is told what it is
        if pre_bill.version != version:
            raise Conflict(STALE)
        if action == "approve":
            _require_lines(session, pre_bill)
        if words is not None:
            _describe(session, command, pre_bill, *words)
        _write_state(session, command, pre_bill, after)
        audit(
            session,
            command,
            action=f"pre_bill.{after}",
            subject_kind="pre_bill",
            subject_id=pre_bill.id,
            before={"state": before},
            after={"state": after},
        )
        if action != "approve":
            rework(session, command, matter_id=pre_bill.matter_id)
        succeed(session, command, pre_bill_id=pre_bill.id)
    return pre_bill


def _lock_with_matter(session: Session, actor: Actor, pre_bill_id: int) -> PreBill:
    """With its matter's other open pre-bills, of which lines may change."""
    matter_id = session.scalar(select(PreBill.matter_id).where(PreBill.firm_id == actor.firm_id, PreBill.id == pre_bill_id))
    if matter_id is not None:
        lock_matter(session, firm_id=actor.firm_id, matter_id=matter_id)
    return lock_pre_bill(session, actor, pre_bill_id)


def _write_state(session: Session, command: CommandRecord, pre_bill: PreBill, state: str) -> None:
    pre_bill.state = state
    pre_bill.version += 1
    pre_bill.approved_at = command.at if state == "approved" else None
    pre_bill.approved_by_user_id = command.actor.user_id if state == "approved" else None
    session.flush()
    if state == "discarded":
        mine = (PreBillLine.firm_id == pre_bill.firm_id) & (PreBillLine.pre_bill_id == pre_bill.id)
        session.execute(update(PreBillLine).where(mine).values(state="released"))
        regroup_released(session, pre_bill.firm_id, pre_bill.id)


def _require_lines(session: Session, pre_bill: PreBill) -> None:
    line = select(PreBillLine.id).where(
        PreBillLine.firm_id == pre_bill.firm_id, PreBillLine.pre_bill_id == pre_bill.id, PreBillLine.state == "included"
    )
    if session.scalar(line.limit(1)) is None:
        raise InvalidInput("Every line is held back, so there is nothing to invoice. Take a line back, or discard the pre-bill.")


def approve_pre_bills(
    session: Session,
    *,
    actor: Actor,
    pre_bill_ids: Sequence[int],
    versions: Mapping[int, int] | None = None,
    key: str | None = None,
    now: datetime | None = None,
) -> list[int]:
    """Approve many open pre-bills at once; those in another state or without a line stay as they are. Returns the approved ids.

    `versions` says what of each was seen. Where one of them was changed since, none is approved: Conflict names those to look at.
    """
    actor.require("pre_bill.approve")
    wanted = sorted(set(pre_bill_ids))
    inputs = {"pre_bill_ids": wanted} | ({} if versions is None else {"versions": [versions.get(id_, 0) for id_ in wanted]})
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="pre_bill.approve_many", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return list(command.result["pre_bill_ids"])
        mine = (PreBill.firm_id == actor.firm_id) & PreBill.id.in_(wanted) & (PreBill.state == "open")
        some_line = select(PreBillLine.id).where(
            PreBillLine.firm_id == PreBill.firm_id, PreBillLine.pre_bill_id == PreBill.id, PreBillLine.state == "included"
        )
        lock = select(PreBill.id, PreBill.version).where(mine, some_line.exists()).order_by(PreBill.id).with_for_update()
        found = {row.id: row.version for row in session.execute(lock)}
        _refuse_unseen(found, found if versions is None else versions)
        ids = list(found)
        values = {"state": "approved", "approved_at": command.at, "approved_by_user_id": actor.user_id, "version": PreBill.version + 1}
        session.execute(update(PreBill).where(PreBill.firm_id == actor.firm_id, PreBill.id.in_(ids)).values(values))
        after = [(id_, {"state": "approved"}) for id_ in ids]
        audit_many(session, command, action="pre_bill.approved", subject_kind="pre_bill", after=after)
        succeed(session, command, pre_bill_ids=ids)
    return ids


def _refuse_unseen(found: Mapping[int, int], seen: Mapping[int, int]) -> None:
    changed = [str(id_) for id_, version in found.items() if seen.get(id_) != version]
    if changed:
        named = ", ".join(changed[:5]) + (f" and {len(changed) - 5} more" if len(changed) > 5 else "")
        raise Conflict(f"Changed since you opened the list: {named}. Look at what stands now, then approve again. Nothing was approved.")


def edit_pre_bill(
    session: Session,
    *,
    actor: Actor,
    pre_bill_id: int,
    description: str,
    shown: str,
    key: str | None = None,
    now: datetime | None = None,
) -> PreBill:
    """Change the sentence that the invoice is headed with. `shown` is what stood there when it was opened; Conflict if it does no more."""
    actor.require("pre_bill.edit")
    inputs = {"pre_bill_id": pre_bill_id, "description": description, "shown": shown}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="pre_bill.edit", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(PreBill, pre_bill_id)
        pre_bill = lock_pre_bill(session, actor, pre_bill_id)
        require_open(pre_bill)
        if pre_bill.description.split() != shown.split():
            raise Conflict(STALE)
        _write_description(session, command, pre_bill, description)
        succeed(session, command, pre_bill_id=pre_bill.id)
    return pre_bill


def _describe(session: Session, command: CommandRecord, pre_bill: PreBill, description: str, shown: str) -> None:
    """Save the words that came with an approval, where they are other words."""
    if pre_bill.description.split() != description.split():
        if pre_bill.description.split() != shown.split():
            raise Conflict(STALE)
        command.actor.require("pre_bill.edit")
        _write_description(session, command, pre_bill, description)


def _write_description(session: Session, command: CommandRecord, pre_bill: PreBill, description: str) -> None:
    if not description.strip():
        raise InvalidInput("Type what the invoice is for, for example: For services rendered.", field="description")
    before = {"description": pre_bill.description}
    pre_bill.description = description.strip()
    pre_bill.version += 1
    audit(
        session,
        command,
        action="pre_bill.edited",
        subject_kind="pre_bill",
        subject_id=pre_bill.id,
        before=before,
        after={"description": pre_bill.description},
    )


def require_open(pre_bill: PreBill) -> None:
    """Lines and words change while the pre-bill is open only."""
    if pre_bill.state != "open":
        advice = PRE_BILL.advice[pre_bill.state]
        raise Conflict(f"This pre-bill is {pre_bill.state} and no longer changes. {advice}", code=f"pre_bill_is_{pre_bill.state}")
