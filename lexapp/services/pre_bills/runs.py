"""Pre-bills of many matters, made in chunks that each stand or fall alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import record_command, succeed
from lexapp.books.billing_runs import begin_run, settle_items, take_chunk
from lexapp.database import transaction
from lexapp.domain.errors import InvalidInput
from lexapp.domain.permissions import Actor
from lexapp.models import BillingRun, Matter
from lexapp.services.pre_bills.drafting import draft

MOST_LINES = 18_000  # no transaction on SQLite touches more than 20,000 rows


def start_draft_run(
    session: Session, *, actor: Actor, matter_ids: Sequence[int], through_on: date, key: str | None = None, now: datetime | None = None
) -> BillingRun:
    """Ask for pre-bills of these matters through a date; the worker makes them, `draft_next_chunk` by `draft_next_chunk`."""
    actor.require("pre_bill.edit")
    wanted = sorted(set(matter_ids))
    with transaction(session, actor.firm_id):
        inputs = {"matter_ids": wanted, "through_on": through_on}
        command = record_command(session, actor=actor, name="billing_run.draft", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(BillingRun, command.result["billing_run_id"])
        found = list(session.scalars(select(Matter.id).where(Matter.firm_id == actor.firm_id, Matter.id.in_(wanted)).order_by(Matter.id)))
        if not found or len(found) != len(wanted):
            raise InvalidInput("Choose at least one matter from the list.", field="matter_ids")
        return begin_run(session, command, kind="draft", through_on=through_on, items=[(id_, None) for id_ in found])


def draft_next_chunk(session: Session, *, actor: Actor, run_id: int, now: datetime | None = None) -> bool:
    """Make the pre-bills of the next matters of a run; True while there are more. Repeating it after a crash is harmless."""
    with transaction(session, actor.firm_id):
        run, items = take_chunk(session, firm_id=actor.firm_id, run_id=run_id)
        if run.state == "finished":
            return False
        first = items[0].id if items else 0
        inputs = {"billing_run_id": run_id, "first_item_id": first}
        command = record_command(session, actor=actor, name="billing_run.draft_chunk", inputs=inputs, now=now)
        matter_ids = [item.matter_id for item in items]
        made = draft(session, command, matter_ids=matter_ids, through_on=run.through_on, most_lines=MOST_LINES)
        done = {item.id: made.pre_bill_ids[item.matter_id][0] for item in items if item.matter_id in made.pre_bill_ids}
        refused = {item.id: made.problems[item.matter_id].message for item in items if item.matter_id in made.problems}
        more = settle_items(session, command, run, done=done, refused=refused)
        succeed(session, command, billing_run_id=run_id)
    return more
