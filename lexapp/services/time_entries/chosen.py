"""Time entries that were ticked in a list: what stands in the way of changing them, and their locks."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.taken_entries import taken_ids
from lexapp.books.time_entries import require_own_or_others
from lexapp.books.work_terms import firm_terms, lock_timekeepers
from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import Actor
from lexapp.domain.words import counted
from lexapp.models import PreBillLine, TimeEntry

MOST_AT_ONCE = 1_000


def check_chosen(versions: Mapping[int, int]) -> None:
    """Refuse none, and more than one command takes."""
    if not versions:
        raise InvalidInput("Tick the entries first.")
    if len(versions) > MOST_AT_ONCE:
        raise InvalidInput(f"At most {MOST_AT_ONCE:,} entries at once. Narrow the list, or tick fewer.")


def locked_entries(
    session: Session, actor: Actor, versions: Mapping[int, int], *, also: Collection[int] = (), discarded: bool = False
) -> list[TimeEntry]:
    """The entries, locked in the order of their ids, after their timekeepers as timers lock them.

    Refused where one is not there, changed meanwhile, discarded or taken.
    `also`: timekeepers that entries go to. `discarded`: those that are, and nothing else. Raises Conflict, NotAllowed, NotFound.
    """
    these = (TimeEntry.firm_id == actor.firm_id, TimeEntry.id.in_(versions))
    whose = set(session.scalars(select(TimeEntry.timekeeper_id).where(*these).distinct())) | set(also)
    lock_timekeepers(session, firm_terms(session, actor.firm_id), whose)
    query = select(TimeEntry).where(*these).order_by(TimeEntry.id).with_for_update()
    entries = list(session.scalars(query.execution_options(populate_existing=True)))
    seen = [entry for entry in entries if entry.timekeeper_id == actor.timekeeper_id or actor.may("time.view_all")]
    if len(seen) < len(versions):
        raise NotFound("One of these entries is not there any more. Reload the list and choose again.")
    require_own_or_others(actor, {entry.timekeeper_id for entry in seen})
    _refuse_stale([entry for entry in seen if entry.version != versions[entry.id] or (entry.discarded_at is not None) != discarded])
    _refuse_taken(session, actor, versions)
    return seen


def _refuse_stale(stale: list[TimeEntry]) -> None:
    if stale:
        said = f"{counted(len(stale), 'entry')} of these {'was' if len(stale) == 1 else 'were'} changed after you opened the list."
        raise Conflict(f"{said} Look at the list as it is now, then choose again.")


def _refuse_taken(session: Session, actor: Actor, versions: Mapping[int, int]) -> None:
    taken = taken_ids(session, firm_id=actor.firm_id, column=PreBillLine.time_entry_id, entry_ids=list(versions))
    if taken:
        verb = "is" if len(taken) == 1 else "are"
        raise NotAllowed(f"{counted(len(taken), 'entry')} of these {verb} on a pre-bill or billed. Leave them out.", code="entry_is_taken")
