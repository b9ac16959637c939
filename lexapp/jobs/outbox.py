"""Running one outbox row: claim it, do what its kind says, record what came of it. RQ calls `run`; without Redis the worker does."""

from __future__ import annotations

import logging
import time

from sqlalchemy.orm import Session

from lexapp.domain.errors import Refused
from lexapp.jobs.kinds import HANDLERS, Job
from lexapp.jobs.lease import Lease, LeaseLost
from lexapp.jobs.place import Place, this_place
from lexapp.services.outbox import Claim, claim_message, fail_message, finish_message

log = logging.getLogger(__name__)


def run(outbox_id: int, attempt: int) -> None:
    """RQ's entry point. `attempt` is how many there were before: a job left over from an earlier one finds nothing to do."""
    run_message(this_place(), outbox_id, attempt)


def run_message(place: Place, outbox_id: int, attempt: int) -> bool:
    """Run the row if it is this worker's to run; whether it was."""
    with place.session() as session:
        claim = claim_message(session, outbox_id=outbox_id, attempts_before=attempt, owner=place.new_owner(), now=place.outside.now())
        if claim is None:
            return False
        began = time.monotonic()
        with Lease(place, claim) as lease:
            outcome = _attempt(place, session, claim, lease)
    _note(claim, outcome, time.monotonic() - began)
    return True


def _note(claim: Claim, outcome: str, seconds: float) -> None:
    facts = {"job_id": claim.outbox_id, "kind": claim.kind, "firm_id": claim.firm_id, "attempt": claim.attempt}
    log.info("job", extra={**facts, "outcome": outcome, "ms": round(seconds * 1000)})


def _attempt(place: Place, session: Session, claim: Claim, lease: Lease) -> str:
    """What came of it, in one word for the log; the sentence stands in the row."""
    try:
        note = _handle(place, session, claim, lease)
    except LeaseLost:
        log.warning("outbox row %s was taken over by another worker", claim.outbox_id)
        return "lost"
    except Refused as refusal:
        _record_failure(place, claim, str(refusal), for_good=True)
        return "refused"
    except Exception as error:
        log.exception("outbox row %s (%s) failed", claim.outbox_id, claim.kind)
        _record_failure(place, claim, describe(error))
        return "failed"
    except BaseException:
        _record_failure(place, claim, "The worker was told to stop in the middle of this job. It is tried again by itself.")
        raise
    finish_message(session, claim=claim, now=place.outside.now(), note=note)
    return "done"


def _handle(place: Place, session: Session, claim: Claim, lease: Lease) -> str:
    handler = HANDLERS.get(claim.kind)
    if handler is None:
        raise Refused(f"This version of lexapp does not know jobs of the kind {claim.kind}. Update the worker, then retry.")
    job = Job(claim.outbox_id, claim.firm_id, claim.payload, session, place.outside, lease.confirm)
    try:
        return handler(job)
    finally:
        session.rollback()


def _record_failure(place: Place, claim: Claim, error: str, *, for_good: bool = False) -> None:
    """In a session of its own: the job's may be in any state."""
    with place.session() as session:
        fail_message(session, claim=claim, error=error, now=place.outside.now(), for_good=for_good)


def describe(error: Exception) -> str:
    """An error in one line; our own are sentences already."""
    text = " ".join(str(error).split())
    ours = type(error).__module__.startswith("lexapp.")
    return text if ours and text else f"{type(error).__name__}: {text}"
