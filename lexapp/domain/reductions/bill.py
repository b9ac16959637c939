"""What is agreed to be taken off the work of a matter: reductions of each draft first, then caps on what they leave.

A draft is the work that was put on pre-bills together, for one payer or for several. Its reductions are worked out on all of it, one after
the other, each on what those before it left, and spread over its entries and from them to their parts by largest remainder. Caps are used
up by what is left: drafts in their order, of each the entries from the first day on. A part that is settled (approved or billed) counts
with what was charged for it, and keeps it; only the open ones are cut. So doing it again changes nothing, and the order of entries neither.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple, Protocol

from lexapp.domain.amounts import write_minor
from lexapp.domain.periods import month_of
from lexapp.domain.pricing import LineKind
from lexapp.domain.reductions.caps import Cap
from lexapp.domain.reductions.lines import Charged, spread_over

_AMOUNT = re.compile(r" \(-[0-9.,]+\)$")
_KINDS = {kind: place for place, kind in enumerate(LineKind)}


class Piece(NamedTuple):
    """An entry on a draft, in the parts of its payers: what each is charged before these reductions, in minor units, never below zero.

    `open_parts`: which of them may still change; of an entry that is being drafted the one part that there is. `draft` orders drafts.
    """

    draft: int
    kind: LineKind
    id: int
    dated_on: date
    task_code: str
    parts: tuple[int, ...]
    open_parts: tuple[bool, ...] = (True,)


class TakesOff(Protocol):
    """A `Discount`, or whatever else says what a bill is reduced by."""

    def taken_off(self, lines: Sequence[Charged]) -> tuple[int, ...]: ...


class Reduction(NamedTuple):
    """What is taken off the drafts (of all, or of some) for work from a day through another, and why, as the client reads it.

    `spared`: kind and id of entries that are charged as they are.
    """

    reason: str
    takes: TakesOff
    first_on: date = date.min
    last_on: date = date.max
    drafts: Collection[int] | None = None
    spared: Collection[tuple[LineKind, int]] = ()

    def holds(self, piece: Piece) -> bool:
        if self.spared and (piece.kind, piece.id) in self.spared:
            return False
        return self.first_on <= piece.dated_on <= self.last_on and (self.drafts is None or piece.draft in self.drafts)


class Capping(NamedTuple):
    """A hard cap, the days whose work it cuts, and what that is called. It counts what it says, of other days too."""

    reason: str
    cap: Cap
    first_on: date = date.min
    last_on: date = date.max

    def cut(self, lines: Iterable[Charged]) -> list[Charged]:
        """Those of its days that count."""
        return [line for line in lines if self.is_of(line) and self.cap.holds(line)]

    def is_of(self, line: Charged) -> bool:
        """Whether a line is of its days."""
        return self.first_on <= line.dated_on <= self.last_on


class Off(NamedTuple):
    """What is taken off the parts of an entry (each zero or below, zero for settled ones) for one reason."""

    reason: str
    parts: tuple[int, ...]


def reasons_of(offs: Iterable[tuple[str, int]], part_minor: int, currency: str) -> str:
    """Why so much (zero or below) is taken off a part of an entry, as it stands beside the line: several reasons each with its amount.

    `offs`: what is taken off the entry for each reason. Of a part each is as large in proportion, by largest remainder.
    """
    whole: dict[str, int] = {}
    for reason, minor in offs:
        whole[reason] = whole.get(reason, 0) - minor
    if len(whole) < 2:
        return "".join(whole) if part_minor else ""
    parts = zip(whole, spread_over(-part_minor, list(whole.values())), strict=True)
    return "; ".join(f"{reason} ({write_minor(-minor, currency)})" for reason, minor in parts if minor)


def shown_reasons(parts: Iterable[tuple[str, int]], currency: str) -> str:
    """Why a printed line is not what its quantity and rate come to: of what was added or taken off, each reason, with its amount (minor
    units) where there are several. A reason that says its amounts itself is left as it is."""
    said = [(reason, minor) for reason, minor in parts if reason and minor]
    if len(said) < 2:
        return "".join(reason for reason, _ in said)
    return "; ".join(reason if _AMOUNT.search(reason) else f"{reason} ({_signed(minor, currency)})" for reason, minor in said)


def _signed(minor: int, currency: str) -> str:
    return f"{'+' if minor > 0 else ''}{write_minor(minor, currency)}"


@dataclass(slots=True)
class _Entry:
    """An entry under way: what is left of its parts, and what was taken off them so far."""

    piece: Piece
    left: Sequence[int]
    offs: tuple[Off, ...] = ()

    def note(self, reason: str, offs: Sequence[int]) -> None:
        """Take that off, each part its own; of settled parts it is not told."""
        self.left = [minor + off for minor, off in zip(self.left, offs, strict=True)]
        told = (
            offs
            if False not in self.piece.open_parts
            else [off if one else 0 for off, one in zip(offs, self.piece.open_parts, strict=True)]
        )
        self.offs = (*self.offs, Off(reason, tuple(told)))

    @property
    def open_left(self) -> Sequence[int]:
        """What is left of the parts that may still change."""
        is_open = self.piece.open_parts
        return self.left if False not in is_open else [minor if one else 0 for minor, one in zip(self.left, is_open, strict=True)]


@dataclass(slots=True)
class _Running:
    """A cap with what counts so far, by the first day of the month."""

    capping: Capping
    billed: dict[date, int]


def reduce_drafts(
    pieces: Iterable[Piece], reductions: Sequence[Reduction], cappings: Sequence[Capping], settled: Iterable[Charged] = ()
) -> dict[Piece, tuple[Off, ...]]:
    """What is taken off every entry, in order; entries that nothing is taken off are left out.

    `settled`: what counts towards the caps and does not change, the settled parts of the pieces among it, as it is charged.
    """
    entries = [_Entry(piece, piece.parts) for piece in sorted(pieces, key=_place)]
    for _, of_draft in groupby(entries, key=lambda entry: entry.piece.draft):
        mine = list(of_draft)
        for reduction in reductions:
            _take(reduction, mine)
    if cappings:
        before = list(settled)
        running = [_Running(capping, tally(capping.cap, before)) for capping in cappings]
        for entry in entries:
            _cut(entry, running)
    return {entry.piece: entry.offs for entry in entries if entry.offs}


def _place(piece: Piece) -> tuple[int, date, int, int, str]:
    return piece.draft, piece.dated_on, _KINDS[piece.kind], piece.id, piece.task_code


def tally(cap: Cap, lines: Iterable[Charged]) -> dict[date, int]:
    """What counts towards a cap, by the first day of the month."""
    found: dict[date, int] = {}
    for line in lines:
        if cap.holds(line):
            month = month_of(line.dated_on)
            found[month] = found.get(month, 0) + line.amount_minor
    return found


def spread_parts(offs: Sequence[int], parts: Sequence[int]) -> list[int]:
    """What is taken off each part by reductions one after the other, each spread in proportion to what those before it left."""
    left = list(parts)
    for off in offs:
        left = [had + taken for had, taken in zip(left, spread_over(-off, left), strict=True)]
    return [now - had for now, had in zip(left, parts, strict=True)]


def _take(reduction: Reduction, entries: Sequence[_Entry]) -> None:
    mine = [entry for entry in entries if reduction.holds(entry.piece)]
    lines = [_charged(entry.piece, sum(entry.left)) for entry in mine]
    for entry, off in zip(mine, reduction.takes.taken_off(lines), strict=True):
        if off:
            entry.note(reduction.reason, spread_over(-off, entry.left))


def _cut(entry: _Entry, running: Sequence[_Running]) -> None:
    """Take off the open parts what is beyond the cap with the least room, and count what is left of them."""
    piece, open_left = entry.piece, entry.open_left
    line = _charged(piece, sum(open_left))
    counting = [one for one in running if one.capping.cap.holds(line)]
    if not counting:
        return
    within, reason = line.amount_minor, ""
    for one in counting:
        if one.capping.is_of(line) and (room := max(one.capping.cap.room(piece.dated_on, one.billed), 0)) < within:
            within, reason = room, one.capping.reason
    if within < line.amount_minor:
        entry.note(reason, spread_over(line.amount_minor - within, open_left))
    month = month_of(piece.dated_on)
    for one in counting:
        one.billed[month] = one.billed.get(month, 0) + within


def _charged(piece: Piece, amount_minor: int) -> Charged:
    return Charged(piece.kind, piece.dated_on, piece.id, amount_minor, piece.task_code)
