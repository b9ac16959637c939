"""What rates would make of unbilled entries: those that may change at all, priced in one go, beside what they are worth now.

Rates that somebody typed stay, and so does what a pre-bill has taken: that is edited through the pre-bill. So does time of closed days.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from lexapp.books.time_locks import closed_days
from lexapp.books.work_terms import FirmTerms, firm_terms
from lexapp.domain.errors import InvalidInput
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.domain.pricing import reduction_within
from lexapp.domain.rates import RateDecision, RateQuery
from lexapp.models import Client, ClientRateCard, Matter, PreBillLine, TimeEntry, Timekeeper

MOST_ENTRIES = 20_000
Decide = Callable[[FirmTerms, Sequence[RateQuery]], Sequence[RateDecision | None]]
"""The decision that each entry would get; None: it is not asked about this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateScope:
    """Whose entries: of one matter, of one client, of all clients with a card, or of the whole firm; perhaps from a day on."""

    matter_id: int | None = None
    client_id: int | None = None
    rate_card_id: int | None = None
    worked_from: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFacts:
    """What is shown of an entry, and where it belongs."""

    id: int
    version: int
    worked_on: date
    client_id: int | None
    client_name: str
    matter_id: int
    matter_number: str
    matter_name: str
    timekeeper_name: str
    narrative: str
    quantity_hundredths: int


@dataclass(frozen=True, slots=True)
class RateEffect:
    """What rates would make of one entry. Rates and amounts in minor units; an old rate of None: it had none."""

    entry: EntryFacts
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


def preview_effects(session: Session, actor: Actor, decide: Decide, query: Any, *, now: datetime | None = None) -> RatePreview:
    """The entries of `query` (see `changeable_entries`) that would change. Refuses more than 20,000 to look at."""
    firm = firm_terms(session, actor.firm_id)
    found = _effects(session, firm, decide, query)
    closed = closed_days(session, actor, firm, {effect.entry.worked_on for effect in found}, firm.today(now or datetime.now(UTC)))
    effects = [effect for effect in found if effect.entry.worked_on not in closed]
    return RatePreview(effects, len(found) - len(effects))


def changeable_entries(firm_id: int, scope: RateScope) -> Any:
    """The entries of a scope whose rate may be put anew, with what is asked and shown of them, oldest first."""
    return (
        select(TimeEntry, Matter.client_id, Client.name, Matter.number, Matter.name, Timekeeper.name, Timekeeper.classification)
        .join(Matter, (Matter.firm_id == TimeEntry.firm_id) & (Matter.id == TimeEntry.matter_id))
        .join(Timekeeper, (Timekeeper.firm_id == TimeEntry.firm_id) & (Timekeeper.id == TimeEntry.timekeeper_id))
        .outerjoin(Client, (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id))
        .where(*_changeable(firm_id, scope))
        .order_by(TimeEntry.worked_on, TimeEntry.id)
        .limit(MOST_ENTRIES + 1)
    )


def lock_entries(session: Session, firm_id: int, scope: RateScope) -> None:
    """By id, before it is asked which a pre-bill has taken: a draft that is being made is waited for, and seen."""
    matter = (Matter.firm_id == TimeEntry.firm_id) & (Matter.id == TimeEntry.matter_id)
    query = select(TimeEntry.id).join(Matter, matter).where(*_changeable(firm_id, scope)).order_by(TimeEntry.id)
    session.execute(query.with_for_update(of=TimeEntry, key_share=True)).all()


def _effects(session: Session, firm: FirmTerms, decide: Decide, query: Any) -> list[RateEffect]:
    rows: Sequence[Any] = session.execute(query.execution_options(populate_existing=True)).all()
    if not rows:
        return []
    if len(rows) > MOST_ENTRIES:
        raise InvalidInput(f"More than {MOST_ENTRIES:,} entries are unbilled here. Go matter by matter or client by client.")
    decisions = decide(firm, [_query(row[0], row[1], row[6]) for row in rows])
    effects = [_effect(row, decision) for row, decision in zip(rows, decisions, strict=True)]
    return [effect for effect in effects if effect is not None]


def _changeable(firm_id: int, scope: RateScope) -> list[ColumnElement[bool]]:
    taken = (
        exists()
        .where(PreBillLine.firm_id == TimeEntry.firm_id, PreBillLine.time_entry_id == TimeEntry.id, PreBillLine.state == "included")
        .correlate(TimeEntry)
    )
    found = [TimeEntry.firm_id == firm_id, TimeEntry.discarded_at.is_(None), TimeEntry.rate_is_typed.is_(False), ~taken]
    return found + _within(firm_id, scope)


def _within(firm_id: int, scope: RateScope) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if scope.matter_id is not None:
        found.append(TimeEntry.matter_id == scope.matter_id)
    if scope.client_id is not None:
        found.append(Matter.client_id == scope.client_id)
    if scope.rate_card_id is not None:
        theirs = (ClientRateCard.firm_id == firm_id, ClientRateCard.rate_card_id == scope.rate_card_id, ClientRateCard.removed_at.is_(None))
        found.append(Matter.client_id.in_(select(ClientRateCard.client_id).where(*theirs)))
    if scope.worked_from is not None:
        found.append(TimeEntry.worked_on >= scope.worked_from)
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


def _effect(row: Any, decision: RateDecision | None) -> RateEffect | None:
    """None where the rate stays, or where there is none now: an entry never loses the rate it has."""
    entry = row[0]
    if decision is None or decision.rate is None or decision.rate.minor == entry.rate_minor_per_hour:
        return None
    billable = entry.billing_status == "billable"
    amount = decision.rate.times_hundredths(entry.quantity_hundredths) if billable else Money.zero(decision.rate.currency)
    adjustment = reduction_within(entry.adjustment_minor, amount.minor)
    return RateEffect(_facts(row), entry.rate_minor_per_hour, entry.amount_minor, decision, amount.minor, adjustment)


def _facts(row: Any) -> EntryFacts:
    entry, client_id, client_name, number, name, timekeeper_name, _ = row
    return EntryFacts(
        id=entry.id,
        version=entry.version,
        worked_on=entry.worked_on,
        client_id=client_id,
        client_name=client_name or "",
        matter_id=entry.matter_id,
        matter_number=number,
        matter_name=name,
        timekeeper_name=timekeeper_name,
        narrative=entry.narrative,
        quantity_hundredths=entry.quantity_hundredths,
    )
