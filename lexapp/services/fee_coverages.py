"""Putting the agreement as it stands now on unbilled time that was recorded under another: first shown, then done.

What a pre-bill has taken stays as it is, and so does time of closed days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, exists, select, update
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.fee_agreements import NO_AGREEMENTS, MatterAgreements, agreements_of
from lexapp.books.time_locks import closed_days
from lexapp.books.work_terms import firm_terms, matter_terms
from lexapp.database import transaction
from lexapp.domain.errors import Conflict, InvalidInput
from lexapp.domain.permissions import Actor
from lexapp.models import PreBillLine, TimeEntry, Timekeeper

MOST_ENTRIES = 20_000


@dataclass(frozen=True, slots=True)
class CoverageEffect:
    """What the agreement makes of one entry: covered by a term (its id), or billed by the hour (None). Worth in minor units."""

    entry_id: int
    version: int
    worked_on: date
    timekeeper_name: str
    narrative: str
    quantity_hundredths: int
    amount_minor: int
    old_term_id: int | None
    new_term_id: int | None

    @property
    def difference_minor(self) -> int:
        """How much more can be billed."""
        if self.old_term_id is None:
            return -self.amount_minor
        return self.amount_minor if self.new_term_id is None else 0


class CoveragePreview(NamedTuple):
    """Every entry that would change, oldest first, and how many stay because their day is closed to who asks."""

    effects: list[CoverageEffect]
    closed: int

    @property
    def difference_minor(self) -> int:
        return sum(effect.difference_minor for effect in self.effects)


def preview_coverage(session: Session, *, actor: Actor, matter_id: int, now: datetime | None = None) -> CoveragePreview:
    """What the agreements of a matter as they stand would change. Four queries. Refuses more than 20,000 entries to look at."""
    firm = firm_terms(session, actor.firm_id)
    matter_terms(session, firm, {matter_id})
    agreements = agreements_of(session, firm_id=actor.firm_id, matter_ids=[matter_id]).get(matter_id, NO_AGREEMENTS)
    rows: Sequence[Any] = session.execute(_entries(actor.firm_id, matter_id)).all()
    if len(rows) > MOST_ENTRIES:
        raise InvalidInput(f"More than {MOST_ENTRIES:,} entries are unbilled here. Bill some of them first.")
    found = [_effect(row, agreements) for row in rows]
    changing = [effect for effect in found if effect.old_term_id != effect.new_term_id]
    closed = closed_days(session, actor, firm, {effect.worked_on for effect in changing}, firm.today(now or datetime.now(UTC)))
    effects = [effect for effect in changing if effect.worked_on not in closed]
    return CoveragePreview(effects, len(changing) - len(effects))


def apply_coverage(
    session: Session,
    *,
    actor: Actor,
    matter_id: int,
    entries: int,
    difference_minor: int,
    key: str | None = None,
    now: datetime | None = None,
) -> int:
    """Do what the preview showed: `entries` entries changing what can be billed by `difference_minor` in all. Returns how many changed.

    Raises Conflict where entries or agreements changed since, and nothing is done.
    """
    actor.require("rate.edit")
    actor.require("time.view_all")
    inputs = {"matter_id": matter_id, "entries": entries, "difference_minor": difference_minor}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="fee_coverage.apply", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return int(command.result["entries"])
        locked = select(TimeEntry.id).where(*_changeable(actor.firm_id, matter_id)).order_by(TimeEntry.id)
        session.execute(locked.with_for_update(of=TimeEntry, key_share=True)).all()
        preview = preview_coverage(session, actor=actor, matter_id=matter_id, now=command.at)
        if (len(preview.effects), preview.difference_minor) != (entries, difference_minor):
            raise Conflict("Entries or agreements changed since you looked. Look at the new effect, then decide again.")
        _write(session, command, preview.effects)
        terms = [[effect.entry_id, effect.old_term_id, effect.new_term_id] for effect in preview.effects]
        after = {"entries": entries, "difference_minor": difference_minor, "fee_terms": terms}
        audit(session, command, action="fee_coverage.applied", subject_kind="matter", subject_id=matter_id, after=after)
        succeed(session, command, entries=entries)
    return entries


def _effect(row: Any, agreements: MatterAgreements) -> CoverageEffect:
    values = (*row[:8], agreements.covering(row.worked_on, row.task_code))
    return CoverageEffect(*values)


def _changeable(firm_id: int, matter_id: int) -> list[ColumnElement[bool]]:
    taken = (
        exists()
        .where(PreBillLine.firm_id == TimeEntry.firm_id, PreBillLine.time_entry_id == TimeEntry.id, PreBillLine.state == "included")
        .correlate(TimeEntry)
    )
    return [TimeEntry.firm_id == firm_id, TimeEntry.matter_id == matter_id, TimeEntry.discarded_at.is_(None), ~taken]


def _entries(firm_id: int, matter_id: int) -> Any:
    shown = (TimeEntry.worked_on, Timekeeper.name, TimeEntry.narrative, TimeEntry.quantity_hundredths, TimeEntry.amount_minor)
    return (
        select(TimeEntry.id, TimeEntry.version, *shown, TimeEntry.fee_term_id, TimeEntry.task_code)
        .join(Timekeeper, (Timekeeper.firm_id == TimeEntry.firm_id) & (Timekeeper.id == TimeEntry.timekeeper_id))
        .where(*_changeable(firm_id, matter_id))
        .order_by(TimeEntry.worked_on, TimeEntry.id)
        .limit(MOST_ENTRIES + 1)
    )


def _write(session: Session, command: CommandRecord, effects: Sequence[CoverageEffect]) -> None:
    if not effects:
        return
    table = TimeEntry.__table__
    statement = (
        update(TimeEntry)
        .where(table.c.firm_id == command.actor.firm_id, table.c.id == bindparam("entry_id"), table.c.version == bindparam("seen"))
        .values(fee_term_id=bindparam("term"), version=table.c.version + 1, updated_at=command.at)
    )
    rows = [{"entry_id": effect.entry_id, "seen": effect.version, "term": effect.new_term_id} for effect in effects]
    changed = session.connection().execute(statement, rows)
    if changed.rowcount not in (-1, len(rows)):
        raise Conflict("Somebody changed one of the entries in this moment. Look at the new effect, then decide again.")
    session.expire_all()
