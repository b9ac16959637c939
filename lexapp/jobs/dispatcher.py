"""Carrying due rows to Redis. It remembers nothing: each look compares the database with the queue, so either may be wiped at any time."""

from __future__ import annotations

from redis import Redis
from rq import Queue
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy.orm import Session

from lexapp.queries.outbox import due_messages
from lexapp.workflows.outside import Outside

QUEUE = "lexapp"
ENTRY_POINT = "lexapp.jobs.outbox.run"
# Longer than any document may take to set and any backup to prove; the lease, not this, decides who owns a row.
JOB_SECONDS = 7_200


def open_queue(connection: Redis) -> Queue:
    """The one queue: JSON only, so that writing to Redis is not running code of one's own."""
    return Queue(QUEUE, connection=connection, serializer=JSONSerializer, default_timeout=JOB_SECONDS)


def job_id(outbox_id: int, attempt: int) -> str:
    return f"outbox-{outbox_id}-{attempt}"


def dispatch(session: Session, outside: Outside, queue: Queue, *, sweep: bool = False) -> int:
    """Put the due rows that are not in the queue into it; how many were. Raises redis.exceptions.ConnectionError.

    `sweep` also replaces jobs that Redis knows but that wait nowhere: their worker died before it claimed the row.
    """
    due = due_messages(session, now=outside.now())
    session.rollback()
    waiting = set(queue.get_job_ids()) if due else set()
    missing = [message for message in due if job_id(*message) not in waiting]
    return sum(_enqueue(queue, *message, sweep=sweep) for message in missing)


def _enqueue(queue: Queue, outbox_id: int, attempt: int, *, sweep: bool) -> bool:
    if sweep:
        _forget(queue, job_id(outbox_id, attempt))
    try:
        queue.enqueue_call(
            ENTRY_POINT, args=(outbox_id, attempt), job_id=job_id(outbox_id, attempt), unique=True, result_ttl=0, failure_ttl=JOB_SECONDS
        )
    except DuplicateJobError:
        return False
    return True


def _forget(queue: Queue, name: str) -> None:
    try:
        Job.fetch(name, connection=queue.connection, serializer=queue.serializer).delete()
    except NoSuchJobError:
        return
