"""Rows of billing runs: begun with their items, taken in chunks under a lock, finished when none waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from lexapp.books.commands import CommandRecord, audit, succeed
from lexapp.books.outbox import enqueue
from lexapp.domain.errors import NotFound
from lexapp.models import BillingRun, BillingRunItem, OutboxMessage

CHUNK = 100


class RunItem(NamedTuple):
    id: int
    matter_id: int
    pre_bill_id: int | None


def begin_run(
    session: Session,
    command: CommandRecord,
    *,
    kind: str,
    through_on: date,
    items: Sequence[tuple[int, int | None]],
    issued_on: date | None = None,
    due_on: date | None = None,
    send: bool = False,
) -> BillingRun:
    """Write a run with its (matter, pre-bill) items, and owe its work to the worker."""
    firm_id = command.actor.firm_id
    run = BillingRun(
        firm_id=firm_id,
        kind=kind,
        through_on=through_on,
        issued_on=issued_on,
        due_on=due_on,
        send=send,
        state="running",
        total=len(items),
        created_by_user_id=command.actor.user_id,
        created_at=command.at,
    )
    session.add(run)
    session.flush()
    shared = {"firm_id": firm_id, "billing_run_id": run.id, "state": "waiting", "problem": ""}
    session.execute(insert(BillingRunItem), [{**shared, "matter_id": matter, "pre_bill_id": bill} for matter, bill in items])
    enqueue(session, command, kind="billing_run", dedupe_key=_job_key(run), payload={"billing_run_id": run.id})
    after = {"kind": kind, "items": len(items)}
    audit(session, command, action="billing_run.started", subject_kind="billing_run", subject_id=run.id, after=after)
    succeed(session, command, billing_run_id=run.id)
    return run


def take_chunk(session: Session, *, firm_id: int, run_id: int) -> tuple[BillingRun, list[RunItem]]:
    """The run, locked, and its next waiting items: a second worker waits and then finds them done."""
    query = select(BillingRun).where(BillingRun.firm_id == firm_id, BillingRun.id == run_id).with_for_update()
    run = session.execute(query.execution_options(populate_existing=True)).scalar()
    if run is None:
        raise NotFound("There is no such billing run.")
    item = BillingRunItem
    waiting = (
        select(item.id, item.matter_id, item.pre_bill_id)
        .where(item.firm_id == firm_id, item.billing_run_id == run_id, item.state == "waiting")
        .order_by(item.id)
        .limit(CHUNK)
    )
    return run, [RunItem._make(row) for row in session.execute(waiting)]


def settle_items(
    session: Session, command: CommandRecord, run: BillingRun, *, done: Mapping[int, int | None], refused: Mapping[int, str]
) -> bool:
    """Write what became of items (id -> pre-bill, id -> sentence); True while others wait, else the run is finished."""
    mine = BillingRunItem.__table__
    done_rows = [{"id": id_, "pre_bill_id": bill, "state": "done", "problem": ""} for id_, bill in done.items()]
    rows = done_rows + [{"id": id_, "state": "refused", "problem": sentence} for id_, sentence in refused.items()]
    for group in (done_rows, rows[len(done_rows) :]):
        if group:
            session.execute(update(BillingRunItem), group)
    waiting = select(mine.c.id).where(mine.c.firm_id == run.firm_id, mine.c.billing_run_id == run.id, mine.c.state == "waiting").limit(1)
    if session.scalar(waiting) is not None:
        return True
    run.state, run.finished_at = "finished", command.at
    session.flush()
    _settle_job(session, command, run)
    return False


def _settle_job(session: Session, command: CommandRecord, run: BillingRun) -> None:
    """Work that was done without the worker, as by a script, is not owed any more. A worker that has the job finishes it itself."""
    mine = (OutboxMessage.firm_id == run.firm_id) & (OutboxMessage.dedupe_key == _job_key(run))
    session.execute(update(OutboxMessage).where(mine, OutboxMessage.state == "pending").values(state="done", done_at=command.at))


def _job_key(run: BillingRun) -> str:
    return f"billing_run:{run.id}"
