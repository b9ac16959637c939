"""The two roundings of the product: half up, once; and time up (or to the nearest, or down) to a billing increment.

All in integers, so that no result depends on a machine or on a context.
"""

from dataclasses import dataclass
from enum import StrEnum

from lexapp.domain.errors import InvariantBroken

SECONDS_PER_HUNDREDTH = 36
_DAY = 86_400


def round_half_up(numerator: int, denominator: int) -> int:
    """Nearest whole number to numerator / denominator, halves away from zero, so that a credit is the exact mirror of a charge."""
    if denominator <= 0:
        raise InvariantBroken("the denominator must be above zero")
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -magnitude if numerator < 0 else magnitude


class Direction(StrEnum):
    """Which multiple of the increment measured time becomes."""

    UP = "up"
    NEAREST = "nearest"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class IncrementRule:
    """A billing increment: length and direction, and the least that an entry with any work in it is billed. All in seconds."""

    increment_seconds: int
    direction: Direction = Direction.UP
    minimum_seconds: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.increment_seconds <= _DAY or not 0 <= self.minimum_seconds <= _DAY:
            raise InvariantBroken("an increment lies between a second and a day, a minimum between nothing and a day")

    @property
    def label(self) -> str:
        """What the rule says, for a person: ``6 minutes up, at least 12``."""
        parts = [f"{_minutes(self.increment_seconds)} {'minute' if self.increment_seconds == 60 else 'minutes'} {self.direction}"]
        if self.minimum_seconds:
            parts.append(f"at least {_minutes(self.minimum_seconds)}")
        return ", ".join(parts)

    def rounded_seconds(self, seconds: int) -> int:
        """Seconds after increment and minimum; no work stays no work. Raises ``InvariantBroken`` for negative seconds."""
        if seconds < 0:
            raise InvariantBroken("time cannot be negative")
        if seconds == 0:
            return 0
        return max(self._steps(seconds) * self.increment_seconds, self.minimum_seconds)

    def _steps(self, seconds: int) -> int:
        if self.direction is Direction.UP:
            return -(-seconds // self.increment_seconds)
        if self.direction is Direction.DOWN:
            return seconds // self.increment_seconds
        return round_half_up(seconds, self.increment_seconds)


def billed_hundredths(seconds: int, rule: IncrementRule) -> int:
    """Billed quantity in hundredths of an hour: the increment first, then hundredths, rounded half up once."""
    return round_half_up(rule.rounded_seconds(seconds), SECONDS_PER_HUNDREDTH)


def _minutes(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}:{rest:02d}" if rest else str(minutes)
