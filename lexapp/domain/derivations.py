"""How an amount came about: steps in order, of which each figure follows from those before it.

Steps are written down from what is stored; ``follow`` computes the amount from them again and refuses a step that does not follow.
Times are seconds, quantities hundredths of an hour or of a unit, amounts minor units, rates minor units for one hour or unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lexapp.domain.errors import InvariantBroken
from lexapp.domain.rounding import IncrementRule, billed_hundredths, round_half_up
from lexapp.domain.shares import WHOLE


class Does(StrEnum):
    """What a step does with what stands so far."""

    SECONDS = "seconds"  # time stands at so many seconds
    QUANTITY = "quantity"  # and so many hundredths are billed of it
    RATE = "rate"  # an hour, or a unit, costs so much
    PRODUCT = "product"  # quantity times rate, rounded half up once
    STARTS = "starts"  # an amount that was agreed or added up elsewhere
    SHARES_TIME = "shares_time"  # of the quantity this payer has so many hundredths
    SHARES_MONEY = "shares_money"  # of the amount this payer has so much
    ADDS = "adds"  # so much more, or less
    FREES = "frees"  # it is not charged
    IS = "is"  # what it all comes to


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that decided, or was beaten: in words, since when, and what it says: in `words`, or a `figure` in minor units."""

    label: str
    sub: str = ""
    figure: int | None = None
    words: str = ""
    won: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """One figure of a derivation and its reason. `increment` rounded the seconds before it; `points` is a share in basis points."""

    does: Does
    label: str
    figure: int
    why: str = ""
    rules: Sequence[Rule] = ()
    increment: IncrementRule | None = None
    points: int = WHOLE


@dataclass(slots=True)
class _Standing:
    seconds: int | None = None
    quantity: int | None = None
    rate: int | None = None
    amount: int | None = None


def follow(steps: Iterable[Step]) -> int:
    """The amount, computed from the steps. Raises InvariantBroken, naming the step, where a figure does not follow from those before it."""
    now = _Standing()
    for step in steps:
        if not _follows(step, now):
            raise InvariantBroken(f"{step.label}: {step.figure} does not follow.")
    return now.amount or 0


def comes_to(steps: Iterable[Step]) -> int | None:
    """The amount, or None where a step does not follow: for a page that says so."""
    try:
        return follow(steps)
    except InvariantBroken:
        return None


def _follows(step: Step, now: _Standing) -> bool:
    if step.does in (Does.SECONDS, Does.QUANTITY, Does.RATE, Does.SHARES_TIME):
        return _measure(step, now)
    was = now.amount
    now.amount = step.figure if step.does is not Does.ADDS else (was or 0) + step.figure
    if step.does is Does.PRODUCT:
        return now.quantity is not None and now.rate is not None and step.figure == round_half_up(now.quantity * now.rate, 100)
    if step.does is Does.SHARES_MONEY:
        return was is not None and abs(step.figure * WHOLE - was * step.points) < WHOLE
    return step.figure == was if step.does is Does.IS else step.figure == 0 if step.does is Does.FREES else True


def _measure(step: Step, now: _Standing) -> bool:
    """A time, quantity or rate: what is no money yet."""
    if step.does is Does.SECONDS:
        now.seconds = step.figure
        return step.figure >= 0
    if step.does is Does.RATE:
        now.rate = step.figure
        return all(rule.figure in (None, step.figure) for rule in step.rules if rule.won)
    was, now.quantity = now.quantity, step.figure
    if step.does is Does.SHARES_TIME:
        return was is not None and abs(step.figure * WHOLE - was * step.points) < WHOLE
    return step.increment is None or now.seconds is None or step.figure == billed_hundredths(now.seconds, step.increment)


def steps_data(steps: Iterable[Step]) -> tuple[dict[str, Any], ...]:
    """Steps in plain values, without rules and increments, for what keeps how its amount came about; `steps_from` is the way back."""
    return tuple({"does": one.does.value, "label": one.label, "figure": one.figure, "why": one.why, "points": one.points} for one in steps)


def steps_from(data: Iterable[Mapping[str, Any]]) -> list[Step]:
    return [Step(Does(one["does"]), one["label"], one["figure"], one["why"], points=one["points"]) for one in data]
