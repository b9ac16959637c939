"""Work divided between the payers of a matter, line by line, so that the parts are the whole and nobody pays beyond their cap.

Lines are taken by date, kind and id, whatever order they come in. Each is divided by the shares as `pre_bills.split_time` and
`split_amount` do. A payer whose cap is used up has no share any more: it goes to who is named for that. The one line in which a cap (or
a monthly amount) ends is divided by amount instead: the payer gets exactly what was left of the cap, and of time as many whole
hundredths of an hour as that is nearest to. Such a part multiplies out but for less than the price of a hundredth of an hour, which
stands on the line as its rounding: a cap of 50,000.00 is then used to the cent, and every line still shows hours, rate and difference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from graphlib import TopologicalSorter
from typing import NamedTuple

from lexapp.domain.allocation import allocate
from lexapp.domain.pre_bills import Share, split_amount, split_time
from lexapp.domain.pricing import LineKind
from lexapp.domain.reductions import spread_parts
from lexapp.domain.rounding import round_half_up
from lexapp.domain.shares import WHOLE
from lexapp.domain.splits.terms import Arrangement, Counted, PayerTerms

_ORDER = {kind: place for place, kind in enumerate(LineKind)}
_COUNTED = {kind: [counted for counted in Counted if counted.counts(kind)] for kind in LineKind}


class Work(NamedTuple):
    """An entry to be divided, rounded already. `adjustment_minor` <= 0 follows its parts, and so do `cost_minor` and `agreed`.

    `amount_minor` is zero where the work is not charged. `agreed`: what the fee agreement takes off, each after the one before, zero or
    below. Hundredths and minor units.
    """

    kind: LineKind
    id: int
    dated_on: date
    quantity_hundredths: int
    rate_minor: int
    amount_minor: int
    cost_minor: int = 0
    adjustment_minor: int = 0
    task_code: str = ""
    agreed: tuple[int, ...] = ()

    @property
    def charged_minor(self) -> int:
        return self.amount_minor + self.adjustment_minor + sum(self.agreed)


class Part(NamedTuple):
    """What one payer gets of an entry. `points` of all parts of an entry make 10,000: the share, or where a cap cut what came of it."""

    payer_id: int
    points: int
    share: Share
    adjustment_minor: int
    agreed_minor: int = 0

    @property
    def charged_minor(self) -> int:
        return self.share.amount_minor + self.adjustment_minor + self.agreed_minor


@dataclass(slots=True)
class Billed:
    """What was billed so far: by payer, month of the work (None: ever) and what is counted. Grows while work is divided."""

    sums: dict[tuple[int, tuple[int, int] | None, Counted], int] = field(default_factory=lambda: defaultdict(int))

    def add(self, payer_id: int, kind: LineKind, dated_on: date, charged_minor: int) -> None:
        month = dated_on.year, dated_on.month
        for counted in _COUNTED[kind]:
            self.sums[payer_id, None, counted] += charged_minor
            self.sums[payer_id, month, counted] += charged_minor

    def of(self, payer_id: int) -> dict[Counted, int]:
        """What a payer was billed of fees and of all."""
        return {counted: self.sums.get((payer_id, None, counted), 0) for counted in Counted}

    def room(self, payer: PayerTerms) -> int | None:
        """What is left of the cap; None without one."""
        if payer.cap_minor is None:
            return None
        return max(payer.cap_minor - self.sums.get((payer.payer_id, None, payer.counted), 0), 0)

    def room_in_month(self, payer: PayerTerms, on: date) -> int:
        """What is left of the amount of that month, and of the cap."""
        if payer.monthly_minor is None:
            return 0
        left = max(payer.monthly_minor - self.sums.get((payer.payer_id, (on.year, on.month), payer.counted), 0), 0)
        room = self.room(payer)
        return left if room is None else min(left, room)


def divide(arrangement: Arrangement, works: Iterable[Work], billed: Billed) -> dict[tuple[LineKind, int], list[Part]]:
    """The parts of each entry by (kind, id), in the order of the payers; who gets nothing of it is not named.

    The parts of an entry add up to it in amount, cost, reduction and, for time, hours. `billed` grows by what is charged.
    """
    flow = _Flow.of(arrangement)
    found: dict[tuple[LineKind, int], list[Part]] = {}
    for work in sorted(works, key=lambda work: (work.dated_on, _ORDER[work.kind], work.id)):
        found[work.kind, work.id] = parts = flow.parts(work, billed)
        for part in parts:
            billed.add(part.payer_id, work.kind, work.dated_on, part.charged_minor)
    return found


@dataclass(frozen=True, slots=True)
class _Flow:
    """An arrangement made ready: the payers in an order in which what overflows always goes on to a later one."""

    arrangement: Arrangement
    order: Sequence[int]
    after: Mapping[int, int]
    has_monthly: bool
    points: dict[tuple[LineKind, str], list[int]] = field(default_factory=dict)
    """The shares of each kind and task, as they were asked for before."""

    @classmethod
    def of(cls, arrangement: Arrangement) -> _Flow:
        after: dict[int, int] = {}
        for place, payer in enumerate(arrangement.payers):
            target = arrangement.overflow_of(payer) if payer.cap_minor is not None else None
            if target is not None:
                after[place] = arrangement.place(target)
        graph: dict[int, set[int]] = {place: set() for place in range(len(arrangement.payers))}
        for place, target_place in after.items():
            graph[target_place].add(place)
        has_monthly = any(payer.monthly_minor is not None for payer in arrangement.payers)
        return cls(arrangement, tuple(TopologicalSorter(graph).static_order()), after, has_monthly)

    def parts(self, work: Work, billed: Billed) -> list[Part]:
        payers = self.arrangement.payers
        rooms = [billed.room(payer) if payer.counted.counts(work.kind) else None for payer in payers]
        points = self._points(work, rooms)
        plain = _plain(work, points)
        offs = _offs(work, plain)
        charged = _charged(plain, offs)
        amounts = self._amounts(work, points, charged, rooms, billed)
        if work.charged_minor and amounts != charged:
            points, plain = _cut_points(amounts), _by_amount(work, amounts)
            offs = _cut_offs(work, plain, amounts)
        parts = zip(payers, points, plain, offs, strict=True)
        return [Part(payer.payer_id, share, part, *off) for payer, share, part, off in parts if part is not None]

    def _points(self, work: Work, rooms: Sequence[int | None]) -> list[int]:
        """The shares, without those whose cap is used up."""
        key = work.kind, work.task_code
        points = self.points.get(key) or self.points.setdefault(key, self.arrangement.points(*key))
        if 0 not in rooms:
            return points
        points = list(points)
        for place in self.order:
            if rooms[place] == 0 and place in self.after:
                points[self.after[place]] += points[place]
                points[place] = 0
        return points

    def _amounts(self, work: Work, points: Sequence[int], charged: Sequence[int], rooms: Sequence[int | None], billed: Billed) -> list[int]:
        """What each payer is charged: first who pays an amount a month, then the shares, then what goes beyond a cap goes on."""
        monthly = self._monthly(work, billed) if self.has_monthly else ()
        if any(monthly):
            rest = allocate(work.charged_minor - sum(monthly), points)
            amounts = [first + share for first, share in zip(monthly, rest, strict=True)]
        else:
            amounts = list(charged)
        for place in self.order if self.after else ():
            room = rooms[place]
            if room is not None and amounts[place] > room and place in self.after:
                amounts[self.after[place]] += amounts[place] - room
                amounts[place] = room
        return amounts

    def _monthly(self, work: Work, billed: Billed) -> list[int]:
        left, taken = work.charged_minor, []
        for payer in self.arrangement.payers:
            most = billed.room_in_month(payer, work.dated_on) if payer.counted.counts(work.kind) else 0
            taken.append(min(left, most))
            left -= taken[-1]
        return taken


def _plain(work: Work, points: Sequence[int]) -> list[Share | None]:
    """The parts by share alone."""
    weights = [share for share in points if share]
    if work.kind is LineKind.TIME:
        parts = iter(split_time(work.quantity_hundredths, work.rate_minor, work.amount_minor, weights))
    else:
        parts = iter(split_amount(work.quantity_hundredths, work.rate_minor, work.amount_minor, work.cost_minor, weights))
    return [next(parts) if share else None for share in points]


def _by_amount(work: Work, charged: Sequence[int]) -> list[Share | None]:
    """The parts by amount: of time the nearest whole hundredths with the difference as rounding, of the rest one unit at its price."""
    whole = Share(work.quantity_hundredths, work.rate_minor, 0, work.amount_minor, work.cost_minor)
    if sum(amount > 0 for amount in charged) == 1:
        return [whole if amount else None for amount in charged]
    amounts = allocate(work.amount_minor, charged)
    quantities = allocate(work.quantity_hundredths, amounts) if work.kind is LineKind.TIME else [100] * len(amounts)
    costs = allocate(work.cost_minor, amounts)
    parts: list[Share | None] = []
    for amount, quantity, cost in zip(amounts, quantities, costs, strict=True):
        rate = work.rate_minor if work.kind is LineKind.TIME else amount
        rounding = amount - round_half_up(quantity * rate, 100)
        parts.append(Share(quantity, rate, rounding, amount, cost) if amount else None)
    return parts


def _cut_points(amounts: Sequence[int]) -> list[int]:
    """Shares in basis points that make 10,000, at least one for each who pays anything at all."""
    some = sum(amount > 0 for amount in amounts)
    return [share + (amount > 0) for share, amount in zip(allocate(WHOLE - some, amounts), amounts, strict=True)]


def _charged(parts: Sequence[Share | None], offs: Sequence[tuple[int, int]]) -> list[int]:
    return [(part.amount_minor if part else 0) + typed + agreed for part, (typed, agreed) in zip(parts, offs, strict=True)]


def _offs(work: Work, parts: Sequence[Share | None]) -> list[tuple[int, int]]:
    """What is typed and what is agreed off each part, spread by what each payer is charged: none can exceed its part."""
    if not (work.adjustment_minor or work.agreed):
        return [(0, 0)] * len(parts)
    amounts = [part.amount_minor if part else 0 for part in parts]
    typed = allocate(work.adjustment_minor, amounts) if work.adjustment_minor else [0] * len(parts)
    agreed = spread_parts(work.agreed, [amount + off for amount, off in zip(amounts, typed, strict=True)])
    return list(zip(typed, agreed, strict=True))


def _cut_offs(work: Work, parts: Sequence[Share | None], charged: Sequence[int]) -> list[tuple[int, int]]:
    """The same where the parts were cut by what is charged: then that is exact, and they are what is missing to it."""
    missing = [(part.amount_minor if part else 0) - minor for part, minor in zip(parts, charged, strict=True)]
    typed = allocate(work.adjustment_minor, missing) if work.adjustment_minor else [0] * len(parts)
    return [(off, -lost - off) for off, lost in zip(typed, missing, strict=True)]
