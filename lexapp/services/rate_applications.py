"""Putting the rates as they stand now on unbilled entries that were recorded at others: first shown, then done.

Rates that somebody typed stay, and so does what a pre-bill has taken: that is edited through the pre-bill. So does time of closed days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, exists, select, update
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.rates import resolve_entry_rates
from lexapp.books.time_locks import closed_days
from lexapp.books.work_terms import FirmTerms, firm_terms
from lexapp.database import transaction
from lexapp.domain.errors import Conflict, InvalidInput
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.domain.pricing import reduction_within
from lexapp.domain.rates import RateDecision, RateQuery
from lexapp.models import Matter, PreBillLine, TimeEntry, Timekeeper

MOST_ENTRIES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RateScope:
    """Whose entries: of one matter, of one client, or of the whole firm."""

    matter_id: int | None = None
    client_id: int | None = None


@dataclass(frozen=True, slots=True)
class RateEffect:
    """What the rates as they stand now would make of one entry. Rates and amounts in minor units; an old rate of None: it had none."""

    entry_id: int
    version: int
    worked_on: date
    matter_number: str
    timekeeper_name: str
    narrative: str
    quantity_hundredths: int
    old_rate_minor: int | None
    old_amount_minor: int
    decision: RateDecision
    new_amount_minor: int
    new_adjustment_minor: int

    @property
    def difference_minor(self) -> int:
        return self.new_amount_minor - self.old_amount_minor


class RatePreview(NamedTuple):
    """Every entry that would change, oldest first, and how many keep their rate because their day is closed to who asks."""

    effects: list[RateEffect]
    closed: int

    @property
    def difference_minor(self) -> int:
        return sum(effect.difference_minor for effect in self.effects)


def count_gaining_a_rate(session: Session, *, actor: Actor, scope: RateScope) -> int:
    """How many billable entries without a rate `apply_rates` would give one."""
    lacking = (TimeEntry.rate_minor_per_hour.is_(None), TimeEntry.billing_status == "billable")
    return len(_preview(session, actor, _entries(actor.firm_id, scope).where(*lacking)).effects)


def preview_rates(session: Session, *, actor: Actor, scope: RateScope, now: datetime | None = None) -> RatePreview:
    """What the rates as they stand would change. Refuses more than 20,000 entries to look at."""
    return _preview(session, actor, _entries(actor.firm_id, scope), now)


def _preview(session: Session, actor: Actor, query: Select[Any], now: datetime | None = None) -> RatePreview:
    firm = firm_terms(session, actor.firm_id)
    found = _effects(session, firm, query)
    closed = closed_days(session, actor, firm, {effect.worked_on for effect in found}, firm.today(now or datetime.now(UTC)))
    effects = [effect for effect in found if effect.worked_on not in closed]
    return RatePreview(effects, len(found) - len(effects))


def _lock_entries(session: Session, firm_id: int, scope: RateScope) -> None:
    """By id, before it is asked which a pre-bill has taken: a draft that is being made is waited for, and seen."""
    matter = (Matter.firm_id == TimeEntry.firm_id) & (Matter.id == TimeEntry.matter_id)
    query = select(TimeEntry.id).join(Matter, matter).where(*_changeable(firm_id, scope)).order_by(TimeEntry.id)
    session.execute(query.with_for_update(of=TimeEntry, key_share=True)).all()


def _entries(firm_id: int, scope: RateScope) -> Any:
    return (
        select(TimeEntry, Matter.client_id, Matter.number, Timekeeper.name, Timekeeper.classification)
        .join(Matter, (Matter.firm_id == TimeEntry.firm_id) & (Matter.id == TimeEntry.matter_id))
        .join(Timekeeper, (Timekeeper.firm_id == TimeEntry.firm_id) & (Timekeeper.id == TimeEntry.timekeeper_id))
        .where(*_changeable(firm_id, scope))
        .order_by(TimeEntry.worked_on, TimeEntry.id)
        .limit(MOST_ENTRIES + 1)
    )


def _effects(session: Session, firm: FirmTerms, query: Select[Any]) -> list[RateEffect]:
    rows: Sequence[Any] = session.execute(query.execution_options(populate_existing=True)).all()
    if not rows:
        return []
    if len(rows) > MOST_ENTRIES:
        raise InvalidInput(f"More than {MOST_ENTRIES:,} entries are unbilled here. Go matter by matter or client by client.")
    queries = [_query(entry, client_id, class_) for entry, client_id, _, _, class_ in rows]
    decisions = resolve_entry_rates(session, firm_id=firm.firm_id, currency=firm.currency, queries=queries)
    effects = [_effect(row, decision) for row, decision in zip(rows, decisions, strict=True)]
    return [effect for effect in effects if effect is not None]


def _changeable(firm_id: int, scope: RateScope) -> list[ColumnElement[bool]]:
    taken = (
        exists()
        .where(PreBillLine.firm_id == TimeEntry.firm_id, PreBillLine.time_entry_id == TimeEntry.id, PreBillLine.state == "included")
        .correlate(TimeEntry)
    )
    found = [TimeEntry.firm_id == firm_id, TimeEntry.discarded_at.is_(None), TimeEntry.rate_is_typed.is_(False), ~taken]
    if scope.matter_id is not None:
        found.append(TimeEntry.matter_id == scope.matter_id)
    if scope.client_id is not None:
        found.append(Matter.client_id == scope.client_id)
    return found


def _query(entry: TimeEntry, client_id: int | None, classification: str) -> RateQuery:
    return RateQuery(
        on=entry.worked_on,
        matter_id=entry.matter_id,
        client_id=client_id,
        timekeeper_id=entry.timekeeper_id,
        timekeeper_class=classification,
        activity_code=entry.activity_code or None,
    )


def _effect(row: Any, decision: RateDecision) -> RateEffect | None:
    """None where the rate stays, or where there is none now: an entry never loses the rate it has."""
    entry, _, number, name, _ = row
    if decision.rate is None or decision.rate.minor == entry.rate_minor_per_hour:
        return None
    billable = entry.billing_status == "billable"
    amount = decision.rate.times_hundredths(entry.quantity_hundredths) if billable else Money.zero(decision.rate.currency)
    old = (entry.rate_minor_per_hour, entry.amount_minor)
    shown = (entry.worked_on, number, name, entry.narrative, entry.quantity_hundredths)
    adjustment = reduction_within(entry.adjustment_minor, amount.minor)
    return RateEffect(entry.id, entry.version, *shown, *old, decision, amount.minor, adjustment)


def apply_rates(
    session: Session,
    *,
    actor: Actor,
    scope: RateScope,
    entries: int,
    difference_minor: int,
    key: str | None = None,
    now: datetime | None = None,
) -> int:
    """Do what the preview showed: `entries` entries changing by `difference_minor` in all. Returns how many changed.

    Raises Conflict where rates or entries changed since, and nothing is done.
    """
    actor.require("rate.edit")
    actor.require("time.view_all")
    inputs = {"matter_id": scope.matter_id, "client_id": scope.client_id, "entries": entries, "difference_minor": difference_minor}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="rate.apply", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return int(command.result["entries"])
        _lock_entries(session, actor.firm_id, scope)
        preview = preview_rates(session, actor=actor, scope=scope, now=command.at)
        effects = preview.effects
        if (len(effects), preview.difference_minor) != (entries, difference_minor):
            raise Conflict("Entries or rates changed since you looked. Look at the new effect, then decide again.")
        _write(session, command, effects)
        _audit(session, command, scope, effects)
        succeed(session, command, entries=len(effects))
    return len(effects)


def _write(session: Session, command: CommandRecord, effects: Sequence[RateEffect]) -> None:
    if not effects:
        return
    table = TimeEntry.__table__
    statement = (
        update(TimeEntry)
        .where(table.c.firm_id == command.actor.firm_id, table.c.id == bindparam("entry_id"), table.c.version == bindparam("seen"))
        .values(
            rate_minor_per_hour=bindparam("rate"),
            amount_minor=bindparam("amount"),
            adjustment_minor=bindparam("adjustment"),
            rate_reason=bindparam("reason", type_=table.c.rate_reason.type),
            version=table.c.version + 1,
            updated_at=command.at,
        )
    )
    rows = [
        {
            "entry_id": effect.entry_id,
            "seen": effect.version,
            "rate": effect.decision.rate.minor if effect.decision.rate else None,
            "amount": effect.new_amount_minor,
            "adjustment": effect.new_adjustment_minor,
            "reason": effect.decision.as_json(),
        }
        for effect in effects
    ]
    changed = session.connection().execute(statement, rows)
    if changed.rowcount not in (-1, len(rows)):
        raise Conflict("Somebody changed one of the entries in this moment. Look at the new effect, then decide again.")
    session.expire_all()


def _audit(session: Session, command: CommandRecord, scope: RateScope, effects: Sequence[RateEffect]) -> None:
    kind, subject_id = "firm", command.actor.firm_id
    if scope.client_id is not None:
        kind, subject_id = "client", scope.client_id
    if scope.matter_id is not None:
        kind, subject_id = "matter", scope.matter_id
    before = {"amount_minor": sum(effect.old_amount_minor for effect in effects)}
    after = {
        "entries": len(effects),
        "difference_minor": sum(effect.difference_minor for effect in effects),
        "rates": [
            [effect.entry_id, effect.old_rate_minor, effect.decision.rate.minor if effect.decision.rate else None] for effect in effects
        ],
    }
    audit(session, command, action="rate.applied", subject_kind=kind, subject_id=subject_id, before=before, after=after)
