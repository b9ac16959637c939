"""Dated billing increments of the firm, its clients and its matters, and how a statement brings them along."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Row
from sqlalchemy.orm import Mapped, mapped_column

from lexapp.database import Base, Code, Id, Instant, OptionalInstant, OptionalRef, Ref, firm_id_key, firm_key
from lexapp.domain import rounding_rules as domain
from lexapp.domain.rounding import Direction, IncrementRule


class RoundingRule(Base):
    """A billing increment in force from a date (through `effective_to`, when set) for the firm, or for the client or matter it names.

    With an activity code it holds for that activity alone. What it says never changes; one that was a mistake is marked `removed_at`.
    """

    __tablename__ = "rounding_rules"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    level: Mapped[Code]
    matter_id: Mapped[OptionalRef]
    client_id: Mapped[OptionalRef]
    activity_code: Mapped[Code | None]
    increment_seconds: Mapped[int]
    increment_direction: Mapped[Code] = mapped_column(default="up")
    minimum_seconds: Mapped[int] = mapped_column(default=0)
    per_day: Mapped[bool] = mapped_column(default=False)
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    created_at: Mapped[Instant]
    created_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    removed_at: Mapped[OptionalInstant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        firm_key("matter_id", "matters"),
        firm_key("client_id", "clients"),
        CheckConstraint("increment_seconds BETWEEN 1 AND 86400 AND minimum_seconds BETWEEN 0 AND 86400", name="increment"),
        CheckConstraint("increment_direction IN ('up', 'nearest', 'down')", name="direction"),
        CheckConstraint("effective_to IS NULL OR effective_to >= effective_from", name="dates"),
        CheckConstraint("level IN ('matter', 'client', 'firm')", name="level"),
        CheckConstraint("(matter_id IS NOT NULL) = (level = 'matter') AND (client_id IS NOT NULL) = (level = 'client')", name="keys"),
        Index("ix_rounding_rules_matter", "firm_id", "matter_id"),
        Index("ix_rounding_rules_client", "firm_id", "client_id"),
    )


_NAMES = (
    "id level matter_id client_id activity_code increment_seconds increment_direction minimum_seconds per_day effective_from effective_to"
)
RULE_COLUMNS = tuple(RoundingRule.__table__.c[name].label(f"rule_{name}") for name in _NAMES.split())
"""What a statement asks for to bring rules along; `rule_of` reads it."""


def rule_of(row: Row[Any]) -> domain.RoundingRule:
    """The rule in the columns that RULE_COLUMNS added to a row."""
    return domain.RoundingRule(
        id=row.rule_id,
        level=domain.RoundingLevel(row.rule_level),
        increment=IncrementRule(row.rule_increment_seconds, Direction(row.rule_increment_direction), row.rule_minimum_seconds),
        effective_from=row.rule_effective_from,
        effective_to=row.rule_effective_to,
        matter_id=row.rule_matter_id,
        client_id=row.rule_client_id,
        activity_code=row.rule_activity_code,
        per_day=row.rule_per_day,
    )
