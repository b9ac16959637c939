"""Holding a claimed row while its job runs: a thread extends the lease, and tells the job when the row was lost."""

from __future__ import annotations

import logging
import threading
from types import TracebackType

from lexapp.jobs.place import Place
from lexapp.services.outbox import LEASE, Claim, extend_claim

HEARTBEAT_SECONDS = LEASE.total_seconds() / 4
log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another worker has the row by now: this one stops without a trace."""


class Lease:
    """Heartbeats for the length of a `with` block."""

    def __init__(self, place: Place, claim: Claim, *, every_seconds: float = HEARTBEAT_SECONDS) -> None:
        self._place, self._claim, self._every = place, claim, every_seconds
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"lease-{claim.outbox_id}", daemon=True)

    def confirm(self) -> None:
        """Extend now, before something that cannot be taken back. Raises LeaseLost when the row is another worker's."""
        with self._place.session() as session:
            if not extend_claim(session, claim=self._claim, now=self._place.outside.now()):
                raise LeaseLost(f"outbox row {self._claim.outbox_id} was taken over")

    def __enter__(self) -> Lease:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._over.wait(self._every):
            try:
                self.confirm()
            except LeaseLost:
                return
            except Exception:  # the database may be away for a moment: the next beat tries again
                log.exception("heartbeat of outbox row %s failed", self._claim.outbox_id)
