"""The first page by role: one's own day for who records time, and the desk that goes with the role."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_login import current_user
from sqlalchemy.orm import Session

from lexapp.database import db
from lexapp.domain.periods import month_of
from lexapp.domain.permissions import Actor, Role
from lexapp.models import Backup
from lexapp.queries import today as queries
from lexapp.queries.backups import newest_backup
from lexapp.queries.invoices import age_buckets
from lexapp.queries.jobs import runs_under_way
from lexapp.queries.reports.scope import Scope, names_of
from lexapp.queries.reports.wip import AGES, wip_parts
from lexapp.queries.time_entries import TimeFilter, time_lines
from lexapp.queries.trust import trust_accounts, waiting_transfers

MONTHS = 6
MOST_MATTERS = 6
MOST_ENTRIES = 40


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a small chart: its name, its minor units, and how high it stands of 100."""

    label: str
    minor: int
    height: int


@dataclass(frozen=True, slots=True)
class ReadyMatter:
    """A matter with work that no invoice charges yet; minor units."""

    id: int
    name: str
    client_name: str
    quantity_hundredths: int
    worth_minor: int
    oldest_on: date


@dataclass(frozen=True, slots=True)
class Wip:
    """Work in progress of the firm: its worth by age, and the matters with the most of it."""

    ages: Sequence[Bar]
    matters: Sequence[ReadyMatter]
    count: int

    @property
    def minor(self) -> int:
        return sum(bar.minor for bar in self.ages)


def own_page(actor: Actor, day: date) -> dict[str, Any]:
    """One's own day, week and month, and what waits. Five queries; two for who records no time."""
    session, currency = db.session(), current_user.currency
    waits = {"waits": queries.waiting(session, actor=actor, currency=currency)}
    if actor.timekeeper_id is None:
        return waits | {"own": None}
    mine = {"firm_id": actor.firm_id, "timekeeper_id": actor.timekeeper_id}
    chosen = TimeFilter(timekeeper_id=actor.timekeeper_id, since=day, until=day)
    return waits | {
        "own": queries.own_days(session, **mine, on=day),
        "entries": time_lines(session, actor=actor, currency=currency, chosen=chosen, limit=MOST_ENTRIES, oldest_first=True),
        "ruler": queries.day_ruler(session, **mine, day=day, zone=current_user.time_zone),
    }


def desk(actor: Actor, day: date) -> dict[str, Any]:
    """What the role looks after; empty for who only records time. Five queries at most."""
    made = DESKS.get(actor.role)
    if made and made[0] in OF_WORTH and not actor.may("rate.see"):
        made = None
    return {"desk": made[0], **made[1](db.session(), actor, day)} if made else {"desk": None}


def _firm(session: Session, actor: Actor, day: date) -> dict[str, Any]:
    months = [month_of(day)]
    while len(months) < MONTHS:
        months.insert(0, month_of(date.fromordinal(months[0].toordinal() - 1)))
    sums = queries.money_months(session, firm_id=actor.firm_id, months=months, through=day)
    names = [month.strftime("%b") for month in months]
    late = age_buckets(session, firm_id=actor.firm_id, on=day)
    wip = _wip(session, actor, day)
    found = {
        "billed": bars(names, [one.billed_minor for one in sums]),
        "collected": bars(names, [one.collected_minor for one in sums]),
        "receivable": bars([bucket.label for bucket in late], [bucket.open_minor for bucket in late]),
        "open_invoices": sum(bucket.count for bucket in late),
        "wip": wip,
    }
    is_new = not (found["open_invoices"] or any(one.billed_minor or one.collected_minor for one in sums))
    return found | {"steps": queries.first_steps(session, firm_id=actor.firm_id) if is_new else None}


def _billing(session: Session, actor: Actor, day: date) -> dict[str, Any]:
    return {"wip": _wip(session, actor, day), "runs": runs_under_way(session, firm_id=actor.firm_id)}


def _books(session: Session, actor: Actor, day: date) -> dict[str, Any]:
    count, minor = queries.unapplied_payments(session, firm_id=actor.firm_id)
    return {
        "unapplied": (count, minor),
        "earned": waiting_transfers(session, firm_id=actor.firm_id),
        "accounts": [one for one in trust_accounts(session, firm_id=actor.firm_id) if not one.is_closed],
        "low": queries.low_ledgers(session, firm_id=actor.firm_id),
        "late": queries.late_invoices(session, firm_id=actor.firm_id, on=day),
        **_proof(session, actor),
    }


def _assistant(session: Session, actor: Actor, day: date) -> dict[str, Any]:  # noqa: ARG001 - the desks are called alike
    count, entries = queries.entries_to_complete(session, firm_id=actor.firm_id)
    others = queries.timers_of_others(session, firm_id=actor.firm_id, timekeeper_id=actor.timekeeper_id)
    return {"unfinished": entries, "unfinished_count": count, "others": others}


def _audit(session: Session, actor: Actor, day: date) -> dict[str, Any]:  # noqa: ARG001 - the desks are called alike
    return {"newest": queries.journal_head(session, firm_id=actor.firm_id), **_proof(session, actor)}


def _proof(session: Session, actor: Actor) -> dict[str, Any]:
    backup: Backup | None = newest_backup(session)
    return {"checked": queries.last_check(session, firm_id=actor.firm_id), "backup": backup}


DESKS: dict[Role, tuple[str, Callable[[Session, Actor, date], dict[str, Any]]]] = {
    Role.OWNER: ("firm", _firm),
    Role.BILLING_MANAGER: ("billing", _billing),
    Role.BOOKKEEPER: ("books", _books),
    Role.ASSISTANT: ("assistant", _assistant),
    Role.AUDITOR: ("audit", _audit),
}


OF_WORTH = ("firm", "billing")
"""Desks that say what work is worth: only for who may see rates."""


def _wip(session: Session, actor: Actor, day: date) -> Wip:
    """The same sums as the report on work in progress, by matter. Two queries."""
    parts = wip_parts(session, scope=Scope(actor), on=day, by="matter")
    groups: dict[int, list[Any]] = {}
    for part in parts:
        groups.setdefault(part.key or 0, []).append(part)
    most = sorted(groups, key=lambda key: -sum(part.worth for part in groups[key]))[:MOST_MATTERS]
    names = names_of(session, firm_id=actor.firm_id, by="matter", keys=most)
    matters = [_ready(key, names[key], groups[key]) for key in most if key in names]
    worths = [sum(part.worth for part in parts if part.age == place) for place in range(len(AGES))]
    return Wip(bars([age.label for age in AGES], worths), matters, len(groups))


def _ready(key: int, name: Any, parts: list[Any]) -> ReadyMatter:
    hours, worth = sum(part.quantity for part in parts), sum(part.worth for part in parts)
    return ReadyMatter(key, name.label, name.sub, hours, worth, min(part.oldest_on for part in parts))


def bars(labels: Sequence[str], amounts: Sequence[int]) -> list[Bar]:
    """The amounts as bars from zero; what is less than nothing has none."""
    highest = max([*amounts, 0])
    return [Bar(label, minor, max(minor, 0) * 100 // highest if highest else 0) for label, minor in zip(labels, amounts, strict=True)]
