"""What is still to happen, in the order of its days."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from random import Random

from lexapp.demo.seeding.people import Seeded


@dataclass(order=True, slots=True)
class Due:
    """Something that will happen on a day; `number` keeps the order of things of one day the same in every run."""

    on: date
    number: int
    happen: Callable[[], None] = field(compare=False)


@dataclass(slots=True)
class Calendar:
    """What is under way while the months pass. `held` is the trust money of each matter, by its position in the plan."""

    seeded: Seeded
    random: Random
    held: dict[int, int] = field(default_factory=dict)
    due: list[Due] = field(default_factory=list)
    count: int = 0

    def later(self, on: date, happen: Callable[[], None]) -> None:
        """Let something happen on a day, unless the plan ends before."""
        self.count += 1
        if on <= self.seeded.plan.last_day:
            heapq.heappush(self.due, Due(on, self.count, happen))

    def until(self, day: date) -> None:
        while self.due and self.due[0].on <= day:
            heapq.heappop(self.due).happen()

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent
