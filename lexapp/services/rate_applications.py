"""Putting the rates as they stand now on unbilled entries that were recorded at others: first shown, then done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.rate_effects import RateEffect, RatePreview, RateScope, changeable_entries, lock_entries, preview_effects
from lexapp.books.rates import resolve_entry_rates
from lexapp.books.work_terms import FirmTerms
from lexapp.database import transaction
from lexapp.domain.errors import Conflict
from lexapp.domain.permissions import Actor
from lexapp.domain.rates import RateDecision, RateQuery
from lexapp.models import TimeEntry

__all__ = ["RateEffect", "RatePreview", "RateScope", "apply_rates", "count_gaining_a_rate", "preview_rates"]


def count_gaining_a_rate(session: Session, *, actor: Actor, scope: RateScope) -> int:
    """How many billable entries without a rate `apply_rates` would give one."""
    lacking = (TimeEntry.rate_minor_per_hour.is_(None), TimeEntry.billing_status == "billable")
    return len(_preview(session, actor, changeable_entries(actor.firm_id, scope).where(*lacking)).effects)


def preview_rates(session: Session, *, actor: Actor, scope: RateScope, now: datetime | None = None) -> RatePreview:
    """What the rates as they stand would change. Refuses more than 20,000 entries to look at."""
    return _preview(session, actor, changeable_entries(actor.firm_id, scope), now)


def _preview(session: Session, actor: Actor, query: Any, now: datetime | None = None) -> RatePreview:
    def decide(firm: FirmTerms, queries: Sequence[RateQuery]) -> list[RateDecision]:
        return resolve_entry_rates(session, firm_id=firm.firm_id, currency=firm.currency, queries=queries)

    return preview_effects(session, actor, decide, query, now=now)


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
    inputs = asdict(scope) | {"entries": entries, "difference_minor": difference_minor}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="rate.apply", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return int(command.result["entries"])
        lock_entries(session, actor.firm_id, scope)
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
            "entry_id": effect.entry.id,
            "seen": effect.entry.version,
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
    if scope.rate_card_id is not None:
        kind, subject_id = "rate_card", scope.rate_card_id
    if scope.matter_id is not None:
        kind, subject_id = "matter", scope.matter_id
    before = {"amount_minor": sum(effect.old_amount_minor for effect in effects)}
    after = {
        "entries": len(effects),
        "difference_minor": sum(effect.difference_minor for effect in effects),
        "rates": [
            [effect.entry.id, effect.old_rate_minor, effect.decision.rate.minor if effect.decision.rate else None] for effect in effects
        ],
    }
    audit(session, command, action="rate.applied", subject_kind=kind, subject_id=subject_id, before=before, after=after)
