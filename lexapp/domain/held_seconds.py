"""Seconds of the clock that entries hold for good: each is found in a stretch in which its timer ran, and never in two entries."""

from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class Pot:
    """Seconds in which exactly these timers ran; `has`: who has how many of them. What nobody has is free to take."""

    timers: tuple[str, ...]
    seconds: int
    has: dict[str, int]

    @property
    def free(self) -> int:
        return self.seconds - sum(self.has.values())

    def move(self, seconds: int, taker: str, giver: str | None) -> None:
        """Give seconds to one of the timers, from another or from what nobody has."""
        self.has[taker] = self.has.get(taker, 0) + seconds
        if giver is not None:
            self.has[giver] -= seconds


Step = tuple[str, Pot, str | None]
"""Who takes, out of which pot, from whom (None: from nobody)."""


def settle_held(pots: Sequence[Pot], held: Mapping[str, int], yielding: Collection[str]) -> dict[str, int]:
    """Move seconds until every held timer has what it holds; what could not be found for it, by timer.

    Those that hold one another's seconds move aside for each other (augmenting paths, Ford and Fulkerson 1956); so nothing is missing that
    could be found. What one holds less than it has stays free for others that hold.
    """
    search = _Search(pots, held, yielding)
    for timer in held:
        if search.spare[timer] < 0:
            search.fill(timer)
    return {timer: -spare for timer, spare in search.spare.items() if spare < 0}


class _Search:
    """`spare`: what a held timer has beyond what it holds; below zero it is what it lacks."""

    def __init__(self, pots: Sequence[Pot], held: Mapping[str, int], yielding: Collection[str]) -> None:
        self.held, self.yielding = held, set(yielding)
        self.pots: dict[str, list[Pot]] = defaultdict(list)
        self.spare = {timer: -seconds for timer, seconds in held.items()}
        for pot in pots:
            for timer in pot.timers:
                self.pots[timer].append(pot)
            for timer in held.keys() & pot.has.keys():
                self.spare[timer] += pot.has[timer]

    def fill(self, timer: str) -> None:
        """Take what a timer lacks, from those first who should give first."""
        for rank in (0, 1, 2):
            while self.spare[timer] < 0 and (path := self._path(timer, rank)):
                self._take(path, -self.spare[timer])

    def _take(self, path: list[Step], lacking: int) -> None:
        last = path[-1][2]
        most = min(lacking, *(pot.free if giver is None else pot.has[giver] for _, pot, giver in path))
        if last is not None and last in self.held:
            most = min(most, self.spare[last])
            self.spare[last] -= most
        for taker, pot, giver in path:
            pot.move(most, taker, giver)
        self.spare[path[0][0]] += most

    def _path(self, timer: str, rank: int) -> list[Step]:
        """The shortest way to seconds of that rank: each takes from the next, and the last from where they may be taken."""
        ways: dict[str, list[Step]] = {timer: []}
        queue = deque([timer])
        while queue:
            taker = queue.popleft()
            for pot, giver in self._givers(taker):
                way = [*ways[taker], (taker, pot, giver)]
                if self._rank(giver) == rank:
                    return way
                if giver is not None and giver in self.held and giver not in ways:
                    ways[giver] = way
                    queue.append(giver)
        return []

    def _givers(self, taker: str) -> Iterator[tuple[Pot, str | None]]:
        for pot in self.pots[taker]:
            if pot.free:
                yield pot, None
            yield from ((pot, giver) for giver in reversed(pot.timers) if giver != taker and pot.has.get(giver))

    def _rank(self, giver: str | None) -> int | None:
        """Who gives first: nobody's seconds and those that a holder can spare, then those who yield, then the rest."""
        if giver is None:
            return 0
        if giver in self.held:
            return 0 if self.spare[giver] > 0 else None
        return 1 if giver in self.yielding else 2
