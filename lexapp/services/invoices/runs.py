"""Invoices of many pre-bills, issued in chunks that each stand or fall alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import record_command, succeed
from lexapp.books.billing_runs import begin_run, settle_items, take_chunk
from lexapp.database import today_in, transaction
from lexapp.domain.errors import InvalidInput, InvariantBroken
from lexapp.domain.permissions import Actor
from lexapp.models import BillingRun, Firm, PreBill
from lexapp.services.invoices.issuing import Terms, issue


def start_issue_run(
    session: Session,
    *,
    actor: Actor,
    pre_bill_ids: Sequence[int],
    issued_on: date,
    due_on: date | None = None,
    send: bool = False,
    key: str | None = None,
    now: datetime | None = None,
) -> BillingRun:
    """Ask for invoices of these pre-bills; the worker issues them, `issue_next_chunk` by `issue_next_chunk`."""
    actor.require("invoice.issue")
    if send:
        actor.require("invoice.send")
    wanted = sorted(set(pre_bill_ids))
    inputs = {"pre_bill_ids": wanted, "issued_on": issued_on, "due_on": due_on, "send": send}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="billing_run.issue", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(BillingRun, command.result["billing_run_id"])
        zone = session.get_one(Firm, actor.firm_id).time_zone
        Terms(issued_on, due_on).check(today_in(zone, command.at))
        bill = PreBill
        query = select(bill.matter_id, bill.id, bill.through_on).where(bill.firm_id == actor.firm_id, bill.id.in_(wanted)).order_by(bill.id)
        found = session.execute(query).all()
        if not found or len(found) != len(wanted):
            raise InvalidInput("Choose at least one approved pre-bill from the list.", field="pre_bill_ids")
        items = [(matter_id, id_) for matter_id, id_, _ in found]
        through_on = max(row.through_on for row in found)
        return begin_run(session, command, kind="issue", through_on=through_on, items=items, issued_on=issued_on, due_on=due_on, send=send)


def issue_next_chunk(session: Session, *, actor: Actor, run_id: int, now: datetime | None = None) -> bool:
    """Issue the next pre-bills of a run; True while there are more. Repeating it after a crash is harmless."""
    with transaction(session, actor.firm_id):
        run, items = take_chunk(session, firm_id=actor.firm_id, run_id=run_id)
        if run.state == "finished":
            return False
        inputs = {"billing_run_id": run_id, "first_item_id": items[0].id if items else 0}
        command = record_command(session, actor=actor, name="billing_run.issue_chunk", inputs=inputs, now=now)
        if run.issued_on is None:
            raise InvariantBroken(f"billing run {run.id} has no date of issue")
        terms = Terms(run.issued_on, run.due_on, run.send)
        bills = {item.pre_bill_id: item.id for item in items if item.pre_bill_id is not None}
        made = issue(session, command, pre_bill_ids=list(bills), terms=terms)
        done = {bills[bill_id]: bill_id for bill_id in made.invoice_ids}
        refused = {bills[bill_id]: problem.message for bill_id, problem in made.problems.items()}
        more = settle_items(session, command, run, done=dict(done), refused=refused)
        succeed(session, command, billing_run_id=run_id)
    return more
