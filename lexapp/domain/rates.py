"""Finds the hourly rate of an entry and says why it is that one.

Precedence, strongest first (DESIGN section 3): typed on the entry, matter and timekeeper, matter and class, matter, client and timekeeper,
client and class, client, the client's rate card, activity, timekeeper, class. Among rules of one level in force on the day the latest
start wins. On a card, too, a rate for one timekeeper beats one for a class, and that one for everybody.

A card's rate may be a percentage of the firm's own: the strongest of activity, timekeeper and class in force, rounded half up once.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput, InvariantBroken
from lexapp.domain.money import Money
from lexapp.domain.rounding import round_half_up


class RateLevel(StrEnum):
    """What a rate is agreed for; declared strongest first."""

    TYPED = "typed"
    MATTER_TIMEKEEPER = "matter_timekeeper"
    MATTER_CLASS = "matter_class"
    MATTER = "matter"
    CLIENT_TIMEKEEPER = "client_timekeeper"
    CLIENT_CLASS = "client_class"
    CLIENT = "client"
    CARD_TIMEKEEPER = "card_timekeeper"
    CARD_CLASS = "card_class"
    CARD = "card"
    ACTIVITY = "activity"
    TIMEKEEPER = "timekeeper"
    CLASS = "class"


_STRENGTH = {level: position for position, level in enumerate(RateLevel)}
CARD_LEVELS = frozenset({RateLevel.CARD_TIMEKEEPER, RateLevel.CARD_CLASS, RateLevel.CARD})
FIRM_LEVELS = frozenset({RateLevel.ACTIVITY, RateLevel.TIMEKEEPER, RateLevel.CLASS})
WHOLE = 10_000
"""A percentage is a whole number of hundredths of a percent; this many are all of it."""
_SCOPES = ("matter_id", "client_id", "timekeeper_id", "timekeeper_class", "activity_code")
_SCOPES_OF_LEVEL = MappingProxyType(
    {
        RateLevel.TYPED: (),
        RateLevel.MATTER_TIMEKEEPER: ("matter_id", "timekeeper_id"),
        RateLevel.MATTER_CLASS: ("matter_id", "timekeeper_class"),
        RateLevel.MATTER: ("matter_id",),
        RateLevel.CLIENT_TIMEKEEPER: ("client_id", "timekeeper_id"),
        RateLevel.CLIENT_CLASS: ("client_id", "timekeeper_class"),
        RateLevel.CLIENT: ("client_id",),
        RateLevel.CARD_TIMEKEEPER: ("client_id", "timekeeper_id"),
        RateLevel.CARD_CLASS: ("client_id", "timekeeper_class"),
        RateLevel.CARD: ("client_id",),
        RateLevel.ACTIVITY: ("activity_code",),
        RateLevel.TIMEKEEPER: ("timekeeper_id",),
        RateLevel.CLASS: ("timekeeper_class",),
    }
)
_PHRASES = MappingProxyType(
    {
        RateLevel.TYPED: "rate typed on the entry",
        RateLevel.MATTER_TIMEKEEPER: "matter rate for {name|this timekeeper}",
        RateLevel.MATTER_CLASS: "matter rate for {name|this class}",
        RateLevel.MATTER: "matter rate",
        RateLevel.CLIENT_TIMEKEEPER: "client rate for {name|this timekeeper}",
        RateLevel.CLIENT_CLASS: "client rate for {name|this class}",
        RateLevel.CLIENT: "client rate",
        RateLevel.CARD_TIMEKEEPER: "rate card {name|for this timekeeper}",
        RateLevel.CARD_CLASS: "rate card {name|for this class}",
        RateLevel.CARD: "rate card {name|of the client}",
        RateLevel.ACTIVITY: "activity rate for {name|this activity}",
        RateLevel.TIMEKEEPER: "timekeeper’s own rate",
        RateLevel.CLASS: "class rate for {name|this class}",
    }
)


def level_phrase(level: RateLevel, name: str = "") -> str:
    """What a rate of this level is, in words: "matter rate for partners"."""
    template, _, fallback = _PHRASES[level].partition("{name|")
    return f"{template}{name or fallback[:-1]}" if fallback else template


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRule:
    """A rate per hour agreed for something, from a day through a last day (None: open). ``name`` says for whom or what: "partners".

    On a card (``card_id``, for the client that it is assigned to) `change_hundredths` may stand instead: hundredths of a percent that are
    added to the firm's own rate, -1000 for ten percent less; `rate` is nothing then until the rule is asked for a day.
    """

    id: int | None
    level: RateLevel
    rate: Money
    effective_from: date
    effective_to: date | None = None
    matter_id: int | None = None
    client_id: int | None = None
    timekeeper_id: int | None = None
    timekeeper_class: str | None = None
    activity_code: str | None = None
    name: str = ""
    card_id: int | None = None
    change_hundredths: int | None = None

    def __post_init__(self) -> None:
        present = tuple(scope for scope in _SCOPES if getattr(self, scope) is not None)
        if present != _SCOPES_OF_LEVEL[self.level]:
            raise InvariantBroken(f"a {self.level} rate is tied to {_SCOPES_OF_LEVEL[self.level]}, not to {present}")
        if (self.card_id is not None) != (self.level in CARD_LEVELS) or (self.change_hundredths is not None and self.card_id is None):
            raise InvariantBroken(f"a {self.level} rate is not one of a card")
        if self.rate.minor < 0:
            raise InvalidInput("A rate cannot be negative. Type 0 for work without charge.", field="rate", code="rate_negative")
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise InvalidInput("The last day is before the first. Change one of the two.", field="effective_to", code="rate_dates")

    def applies_to(self, query: "RateQuery") -> bool:
        """Whether the rule is in force on the day and tied to nothing but what the query has."""
        in_force = self.effective_from <= query.on and (self.effective_to is None or query.on <= self.effective_to)
        return in_force and all(getattr(self, scope) == getattr(query, scope) for scope in _SCOPES_OF_LEVEL[self.level])

    @property
    def phrase(self) -> str:
        return level_phrase(self.level, self.name)

    def as_json(self) -> dict[str, Any]:
        since = None if self.level is RateLevel.TYPED else self.effective_from.isoformat()
        data = {"level": self.level.value, "rate_minor": self.rate.minor, "since": since, "name": self.name, "id": self.id}
        if self.card_id is not None:
            data |= {"card_id": self.card_id, "change_hundredths": self.change_hundredths}
        return data

    def of_base(self, base: "RateRule") -> "RateRule":
        """This percentage worked out of the firm's own rate: rounded half up once, and named after what it comes from."""
        change = self.change_hundredths or 0
        rate = Money(round_half_up(base.rate.minor * (WHOLE + change), WHOLE), base.rate.currency)
        return replace(self, rate=rate, name=f"{self.name}, {change_words(change)} the {base.phrase}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RateQuery:
    """The entry that needs a rate: its date, its scopes, and the rate that somebody typed on it, if so."""

    on: date
    matter_id: int | None = None
    client_id: int | None = None
    timekeeper_id: int | None = None
    timekeeper_class: str | None = None
    activity_code: str | None = None
    typed: Money | None = None


@dataclass(frozen=True, slots=True)
class RateDecision:
    """The rate per hour found (None: there is none), the rule that won, those it beat by strength, and the reason in words."""

    rate: Money | None
    winner: RateRule | None
    beaten: tuple[RateRule, ...]
    reason: str

    def as_json(self) -> dict[str, Any]:
        """Plain data to keep beside the entry."""
        return {
            "winner": self.winner.as_json() if self.winner else None,
            "beaten": [rule.as_json() for rule in self.beaten],
            "reason": self.reason,
        }


def change_words(change_hundredths: int) -> str:
    """`10 % under`, `7.5 % above`: how a rate stands to the one it comes from."""
    whole, rest = divmod(abs(change_hundredths), 100)
    number = f"{whole}.{rest:02}".rstrip("0") if rest else str(whole)
    return f"{number} % {'under' if change_hundredths < 0 else 'above'}"


def resolve_rate(rules: Iterable[RateRule], query: RateQuery) -> RateDecision:
    """The strongest rule in force for the query, with its reason. The order of the rules does not matter."""
    found = _worked_out([rule for rule in rules if rule.level is not RateLevel.TYPED and rule.applies_to(query)])
    if query.typed is not None:
        found.append(RateRule(id=None, level=RateLevel.TYPED, rate=query.typed, effective_from=query.on))
    if not found:
        return RateDecision(None, None, (), f"no rate is in force on {day_text(query.on)}: add one for the timekeeper or the class")
    winner, *beaten = sorted(found, key=_strength)
    return RateDecision(winner.rate, winner, tuple(beaten), _reason(winner, beaten))


def _worked_out(found: list[RateRule]) -> list[RateRule]:
    """The rules with every percentage replaced by its rate; where the firm has no rate of its own, a percentage is none either."""
    if all(rule.change_hundredths is None for rule in found):
        return found
    base = min((rule for rule in found if rule.level in FIRM_LEVELS), key=_strength, default=None)
    fixed = [rule for rule in found if rule.change_hundredths is None]
    return fixed + [rule.of_base(base) for rule in found if base and rule.change_hundredths is not None]


def first_rate_from(today: date) -> date:
    """From when somebody's first rate holds: 1 January of the year before, so that work done before it was agreed has a rate too."""
    return date(today.year - 1, 1, 1)


def supersede(rule: RateRule, last_day: date) -> RateRule:
    """The rule ended on a last day, for a successor that starts on the next one."""
    return replace(rule, effective_to=last_day)


def _strength(rule: RateRule) -> tuple[int, int, int]:
    return _STRENGTH[rule.level], -rule.effective_from.toordinal(), -(rule.id or 0)


def _reason(winner: RateRule, beaten: list[RateRule]) -> str:
    reason = winner.phrase
    if winner.level is not RateLevel.TYPED:
        reason += f" since {day_text(winner.effective_from)}"
    rivals = 1 + sum(rule.level is winner.level for rule in beaten)
    if rivals > 1:
        reason += f", the latest of {rivals} in force"
    weaker = list(dict.fromkeys(rule.phrase for rule in beaten if rule.level is not winner.level))
    return f"{reason}, beats {_listed(weaker)}" if weaker else reason


def _listed(phrases: list[str]) -> str:
    *head, last = phrases
    return f"{', '.join(head)} and {last}" if head else last
