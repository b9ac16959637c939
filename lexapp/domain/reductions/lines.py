"""The lines that reductions are taken off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from lexapp.domain.allocation import allocate
from lexapp.domain.pricing import LineKind
from lexapp.domain.utbms import LITIGATION_TASKS


class Counts(StrEnum):
    """Which lines an agreement speaks of."""

    FEES = "fees"
    """Time and fixed fees."""
    ALL = "all"
    TIME = "time"
    """Time by the hour alone: a flat fee beside it is agreed as it is."""

    @property
    def words(self) -> str:
        """As it stands in a sentence: ``10 % off fees``."""
        return {Counts.FEES: "fees", Counts.ALL: "fees and expenses", Counts.TIME: "time by the hour"}[self]

    def holds(self, kind: LineKind) -> bool:
        """Whether lines of that kind count."""
        if self is Counts.TIME:
            return kind is LineKind.TIME
        return self is Counts.ALL or kind is not LineKind.EXPENSE


class Charged(NamedTuple):
    """A line as it is charged before the reduction: rounded and split already, in minor units, never below zero.

    `place` orders lines of one day: the entry's id.
    """

    kind: LineKind
    dated_on: date
    place: int
    amount_minor: int
    task_code: str = ""

    @property
    def is_fee(self) -> bool:
        return self.kind is not LineKind.EXPENSE

    @property
    def phase(self) -> str:
        """The UTBMS phase of its task code; nothing without one."""
        found = LITIGATION_TASKS.lookup(self.task_code)
        return found.phase if found else ""


def counted(lines: Sequence[Charged], counts: Counts) -> list[int]:
    """What of each line counts, in minor units."""
    return [line.amount_minor if counts.holds(line.kind) else 0 for line in lines]


def spread_over(whole_minor: int, amounts: Sequence[int]) -> tuple[int, ...]:
    """A reduction (zero or more) as one of zero or below for each line, in proportion; no line is reduced below zero.

    The whole must not be more than the amounts together.
    """
    if not whole_minor:
        return (0,) * len(amounts)
    if len(amounts) == 1 and amounts[0] > 0:
        return (-whole_minor,)
    return tuple(allocate(-whole_minor, amounts))


def in_order(lines: Iterable[Charged]) -> list[int]:
    """The positions of lines from the first day on, those of one day by their place: in this order they use up what is agreed."""
    found = list(lines)
    return sorted(range(len(found)), key=lambda position: (found[position].dated_on, found[position].place))
