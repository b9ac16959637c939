"""Rounding rules as they are shown: whose they are, for what, whether they are in force; and the one that holds on a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from lexapp.domain.rounding_rules import RoundingDecision, RoundingLevel, RoundingQuery, resolve_rounding
from lexapp.domain.rounding_rules import RoundingRule as Rule
from lexapp.domain.utbms import ACTIVITIES
from lexapp.models import Client, Matter, RoundingRule, TimeEntry
from lexapp.models.rounding_rules import RULE_COLUMNS, rule_of

_POSITIONS = {level: position for position, level in enumerate(RoundingLevel)}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule with the names of what it is for."""

    rule: Rule
    version: int
    matter_number: str | None
    matter_name: str | None
    client_name: str | None

    @property
    def activity(self) -> str:
        """``A103 Draft/revise``, or nothing where it is for all."""
        code = self.rule.activity_code or ""
        found = ACTIVITIES.lookup(code)
        return f"{found.code} {found.name}" if found else code

    @property
    def whose(self) -> str:
        """``Matter 2026-0001 Port claims``, ``Client Castellane``, ``Firm``."""
        if self.rule.level is RoundingLevel.MATTER:
            return f"Matter {self.matter_number} {self.matter_name}"
        return f"Client {self.client_name}" if self.rule.level is RoundingLevel.CLIENT else "Firm"

    def state(self, on: date) -> str:
        """past, now or later, on a day."""
        if self.rule.effective_to is not None and self.rule.effective_to < on:
            return "past"
        return "later" if self.rule.effective_from > on else "now"


@dataclass(frozen=True, slots=True)
class Place:
    """A matter with its client, a client, or neither: the firm."""

    firm_id: int
    matter_id: int | None = None
    client_id: int | None = None


def _rows(firm_id: int) -> Select[Any]:
    return (
        select(*RULE_COLUMNS, RoundingRule.version, Matter.number, Matter.name, Client.name)
        .select_from(RoundingRule)
        .outerjoin(Matter, (Matter.firm_id == RoundingRule.firm_id) & (Matter.id == RoundingRule.matter_id))
        .outerjoin(Client, (Client.firm_id == RoundingRule.firm_id) & (Client.id == RoundingRule.client_id))
        .where(RoundingRule.firm_id == firm_id, RoundingRule.removed_at.is_(None))
    )


def _made(rows: Iterable[Any]) -> list[RuleRow]:
    """By the precedence, then by whose they are, the newest first."""
    made = [RuleRow(rule_of(row), *row[-4:]) for row in rows]
    made.sort(key=lambda row: (row.rule.effective_from, row.rule.id or 0), reverse=True)
    made.sort(key=lambda row: (_POSITIONS[row.rule.level], row.whose, not row.rule.activity_code, row.activity))
    return made


def _of_place(place: Place) -> ColumnElement[bool]:
    found = [RoundingRule.level == "firm"]
    if place.matter_id is not None:
        found.append(RoundingRule.matter_id == place.matter_id)
    if place.client_id is not None:
        found.append(RoundingRule.client_id == place.client_id)
    return or_(*found)


def rounding_rules(session: Session, *, firm_id: int) -> list[Rule]:
    """Every rule of the firm, its clients and its matters, as the domain has them. One query."""
    mine = (RoundingRule.firm_id == firm_id, RoundingRule.removed_at.is_(None))
    return [rule_of(row) for row in session.execute(select(*RULE_COLUMNS).select_from(RoundingRule).where(*mine))]


def rules_of_place(session: Session, *, place: Place) -> list[RuleRow]:
    """The rules that can round time of the place, of any date, strongest first: its own, its client's, the firm's. One query."""
    return _made(session.execute(_rows(place.firm_id).where(_of_place(place))))


def every_rule(session: Session, *, firm_id: int) -> list[RuleRow]:
    """Every rule of the firm, its clients and its matters."""
    return _made(session.execute(_rows(firm_id)))


def count_rules_besides_firms(session: Session, *, firm_id: int) -> int:
    """How many rules clients and matters have of their own."""
    mine = (RoundingRule.firm_id == firm_id, RoundingRule.removed_at.is_(None), RoundingRule.level != "firm")
    return session.scalar(select(func.count(RoundingRule.id)).where(*mine)) or 0


def in_force(rows: Iterable[RuleRow], place: Place, *, on: date, activity_code: str | None = None) -> RoundingDecision:
    """What rounds time of the place on a day, among rows that were asked for."""
    query = RoundingQuery(on=on, matter_id=place.matter_id, client_id=place.client_id, activity_code=activity_code)
    return resolve_rounding([row.rule for row in rows], query)


def rounding_of_entry(session: Session, *, firm_id: int, entry_id: int) -> dict[str, Any]:
    """Why an entry is rounded as it is (`RoundingDecision.as_json`); nothing where its quantity came from elsewhere."""
    query = select(TimeEntry.rounding_reason).where(TimeEntry.firm_id == firm_id, TimeEntry.id == entry_id)
    return session.scalar(query) or {}
