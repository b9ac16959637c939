"""What the pages about a matter's credit show, and what a new split begins with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lexapp.database import db
from lexapp.domain.credits import CreditKind
from lexapp.domain.shares import percent_text
from lexapp.models import Matter
from lexapp.queries.matter_credits import ShownSplit, splits_of_matter
from lexapp.queries.timekeepers import timekeeper_choices
from lexapp.web.access import current_actor
from lexapp.web.dates import today_here
from lexapp.web.forms import RecordField, TextField

KINDS = [("originating", "Originating: who brought it"), ("responsible", "Responsible: who answers for it")]
NAMES = {CreditKind.ORIGINATING: "Originating", CreditKind.RESPONSIBLE: "Responsible"}


def credits_shown(matter: Matter) -> dict[str, Any]:
    """Every split of a matter and, by kind, the one in force today. One query."""
    today = today_here()
    splits = splits_of_matter(db.session(), firm_id=matter.firm_id, matter_id=matter.id)
    now = {one.kind: one for one in splits if one.state(today) == "now"}
    alone = {CreditKind.ORIGINATING: matter.originating, CreditKind.RESPONSIBLE: matter.responsible}
    return {"splits": splits, "credit_now": [(kind, NAMES[kind], now.get(kind), alone[kind]) for kind in CreditKind], "today": today}


def beginning(matter: Matter, kind: CreditKind) -> dict[str, Any]:
    """The values of a form for a new split: the shares that hold today."""
    found: ShownSplit | None = next(split for one, _, split, _ in credits_shown(matter)["credit_now"] if one is kind)
    alone = matter.originating_timekeeper_id if kind is CreditKind.ORIGINATING else matter.responsible_timekeeper_id
    shares = [(one.timekeeper_id, one.basis_points) for one in found.shares] if found else [(alone, 10_000)] if alone else []
    values: dict[str, Any] = {"kind": kind.value}
    for n, (id_, points) in enumerate(shares, 1):
        values |= {f"timekeeper_{n}": id_, f"share_{n}": percent_text(points)}
    return values


def people_to_credit(pairs: Sequence[tuple[RecordField, TextField]], matter: Matter) -> None:
    """Offer the firm's timekeepers in every line, and whoever stands in the matter already."""
    besides = (matter.responsible_timekeeper_id, matter.originating_timekeeper_id, *(person.data for person, _ in pairs))
    choices = timekeeper_choices(db.session(), firm_id=current_actor().firm_id, besides=besides)
    for person, _ in pairs:
        person.pairs = choices
