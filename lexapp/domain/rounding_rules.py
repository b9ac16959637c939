"""Finds the billing increment of an entry and says why it is that one.

Precedence: the matter's rule, the client's, the firm's; within each the one for the entry's activity before the general one. Of rules for
the same the latest start wins. The entry's own date decides which are in force, so a rule that is added changes nothing before its day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput, InvariantBroken
from lexapp.domain.rounding import Direction, IncrementRule
from lexapp.domain.words import counted

USUAL = IncrementRule(360, Direction.UP)
"""Where a firm has set nothing: six minutes up."""


class RoundingLevel(StrEnum):
    """Whose rule it is; declared strongest first."""

    MATTER = "matter"
    CLIENT = "client"
    FIRM = "firm"


_STRENGTH = {level: position for position, level in enumerate(RoundingLevel)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundingRule:
    """An increment agreed for a matter, a client or the firm, for one activity or for all, from a day through a last one (None: open).

    With ``per_day`` the entries of a timekeeper on a matter and day that the rule applies to are rounded together.
    """

    id: int | None
    level: RoundingLevel
    increment: IncrementRule
    effective_from: date
    effective_to: date | None = None
    matter_id: int | None = None
    client_id: int | None = None
    activity_code: str | None = None
    per_day: bool = False

    def __post_init__(self) -> None:
        keys = (self.matter_id is not None, self.client_id is not None)
        if keys != (self.level is RoundingLevel.MATTER, self.level is RoundingLevel.CLIENT):
            raise InvariantBroken(f"a rule of the {self.level} is tied to it and to nothing else")
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise InvalidInput("The last day is before the first. Change one of the two.", field="effective_to", code="rounding_dates")

    def applies_to(self, query: "RoundingQuery") -> bool:
        """Whether the rule is in force on the day and tied to nothing but what the query has."""
        in_force = self.effective_from <= query.on and (self.effective_to is None or query.on <= self.effective_to)
        of_place = self.matter_id in (None, query.matter_id) and self.client_id in (None, query.client_id)
        return in_force and of_place and self.activity_code in (None, query.activity_code)

    @property
    def phrase(self) -> str:
        return f"{self.level}’s rule" + (f" for {self.activity_code}" if self.activity_code else "")

    def as_json(self) -> dict[str, Any]:
        said = {"id": self.id, "level": self.level.value, "since": self.effective_from.isoformat(), "activity": self.activity_code or ""}
        return said | {"label": label_of(self.increment, per_day=self.per_day)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundingQuery:
    """The entry whose time is to be rounded: its date, where it belongs, what was done."""

    on: date
    matter_id: int | None = None
    client_id: int | None = None
    activity_code: str | None = None


@dataclass(frozen=True, slots=True)
class RoundingDecision:
    """The increment that holds, whether it is for a whole day, the rule that won (None: the usual one), those it beat, and why."""

    increment: IncrementRule
    per_day: bool
    winner: RoundingRule | None
    beaten: tuple[RoundingRule, ...]
    reason: str

    @property
    def label(self) -> str:
        return label_of(self.increment, per_day=self.per_day)

    def as_json(self) -> dict[str, Any]:
        """Plain data to keep beside the entry; ``kept_decision`` reads it back."""
        increment = self.increment
        said = {"increment": increment.increment_seconds, "direction": increment.direction.value, "minimum": increment.minimum_seconds}
        winner = self.winner.as_json() if self.winner else None
        return said | {"per_day": self.per_day, "winner": winner, "beaten": [rule.as_json() for rule in self.beaten], "reason": self.reason}


@dataclass(frozen=True, slots=True)
class KeptRounding:
    """What an entry kept of the decision it was rounded by. ``rule_id`` 0: no rule of the firm's, but the usual one."""

    increment: IncrementRule
    per_day: bool
    rule_id: int


def label_of(increment: IncrementRule, *, per_day: bool) -> str:
    """What a rule says, for a person: ``6 minutes up, at least 12, once a day``."""
    return f"{increment.label}, once a day" if per_day else increment.label


def resolve_rounding(rules: Iterable[RoundingRule], query: RoundingQuery) -> RoundingDecision:
    """The strongest rule in force for the query, with its reason. The order of the rules does not matter."""
    found = sorted((rule for rule in rules if rule.applies_to(query)), key=_strength)
    if not found:
        return RoundingDecision(USUAL, False, None, (), "the usual rule, as none is set for this day")
    winner, *beaten = found
    return RoundingDecision(winner.increment, winner.per_day, winner, tuple(beaten), _reason(winner, beaten))


def kept_rounding(stored: Mapping[str, Any] | None) -> KeptRounding | None:
    """What ``RoundingDecision.as_json`` wrote; None for an entry whose quantity came from elsewhere."""
    if not stored or "increment" not in stored:
        return None
    increment = IncrementRule(stored["increment"], Direction(stored["direction"]), stored["minimum"])
    return KeptRounding(increment, bool(stored["per_day"]), (stored["winner"] or {}).get("id") or 0)


def _strength(rule: RoundingRule) -> tuple[int, bool, int, int]:
    return _STRENGTH[rule.level], rule.activity_code is None, -rule.effective_from.toordinal(), -(rule.id or 0)


def _reason(winner: RoundingRule, beaten: list[RoundingRule]) -> str:
    reason = f"{winner.phrase} since {day_text(winner.effective_from)}"
    same = [rule for rule in beaten if rule.phrase == winner.phrase]
    if same:
        reason += f", the latest of {counted(len(same) + 1, 'rule')} in force"
    weaker = list(dict.fromkeys(rule.phrase for rule in beaten if rule.phrase != winner.phrase))
    return f"{reason}, beats the {' and the '.join(weaker)}" if weaker else reason
