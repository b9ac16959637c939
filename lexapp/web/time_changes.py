"""The entries that were ticked in a list of time: which they are, and which of them stay as they are, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask import request
from flask_login import current_user

from lexapp.books.time_locks import closed_days
from lexapp.books.work_terms import firm_terms
from lexapp.database import db
from lexapp.domain.errors import Conflict, InvalidInput
from lexapp.domain.money import Money
from lexapp.domain.words import counted
from lexapp.queries.time_entries import TimeLine, chosen_lines, mark_of, time_lines
from lexapp.services.time_entries import MOST_AT_ONCE, TimeEffect
from lexapp.web.access import current_actor, may
from lexapp.web.entry_forms import today
from lexapp.web.paths import LARGEST_ID
from lexapp.web.time_lists import asked_time

AGAINST = "against a guideline"
GONE = "no longer there"
MOST_SHOWN = 200
WHY = {"billed": "billed", "on_pre_bill": "on a pre-bill"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """The entries, oldest first, with the `versions` a page showed, the `reasons` why some stay, and how many are `gone`.

    `refused`: what clients do not accept of a change that was asked for, in the words of an edit.
    """

    lines: tuple[TimeLine, ...]
    versions: dict[int, int]
    reasons: dict[int, str]
    gone: int
    refused: Mapping[int, str] = field(default_factory=dict)

    def without(self, refused: Mapping[int, str]) -> Chosen:
        """The same, where clients do not accept these as they would be."""
        return replace(self, reasons=self.reasons | dict.fromkeys(refused, AGAINST), refused=refused)

    @property
    def free(self) -> dict[int, int]:
        """Those that a change takes, with their versions."""
        return {line.id: self.versions[line.id] for line in self.lines if line.id not in self.reasons}

    @property
    def marks(self) -> str:
        """As a form carries them."""
        return " ".join(f"{line.id}:{self.versions[line.id]}" for line in self.lines)

    @property
    def left_out(self) -> str:
        """`3 stay as they are: 2 billed, 1 closed day`; empty where all go."""
        why = Counter(self.reasons.values()) + Counter({GONE: self.gone})
        if not why:
            return ""
        verb = "stays as it is" if why.total() == 1 else "stay as they are"
        return f"{why.total():,} {verb}: " + ", ".join(f"{number:,} {reason}" for reason, number in why.most_common())


def ticked() -> Chosen:
    """What a form of the list sent: ticked ids, or all that the filters find, or what the page of a change carried.

    Raises InvalidInput where the filters find more than one command takes, Conflict where they find others than were shown.
    """
    if request.form.get("all"):
        return _all_shown(request.form["all"])
    versions = _marks(request.form.get("chosen") or request.form.get("versions", ""))
    if "chosen" not in request.form:
        versions = {id_: versions[id_] for id_ in _numbers(request.form.getlist("ids")) if id_ in versions}
    return _chosen(versions, _lines(versions))


def asked() -> Chosen:
    """What the address of the page of a change names, as it is now."""
    if request.args.get("all"):
        return all_found()
    ids = _numbers(request.args.get("ids", "").split("."))
    lines = _lines(ids)
    found = {line.id: line.version for line in lines}
    return _chosen({id_: found.get(id_, 1) for id_ in ids}, lines)


def all_found() -> Chosen:
    """Every entry that the filters find, as it is now."""
    given: dict[str, Any] = {"actor": current_actor(), "currency": current_user.currency, "chosen": asked_time(today()).chosen}
    lines = time_lines(db.session(), **given, limit=MOST_AT_ONCE + 1, oldest_first=True)
    if len(lines) > MOST_AT_ONCE:
        raise InvalidInput(f"More than {MOST_AT_ONCE:,} entries match. Narrow the list first.")
    return _chosen({line.id: line.version for line in lines}, lines)


def _all_shown(mark: str) -> Chosen:
    chosen = all_found()
    if mark_of(chosen.lines) != mark:
        raise Conflict("The entries that match changed after you opened the list. Look at the list as it is now, then choose again.")
    return chosen


def as_it_is_now(chosen: Chosen) -> Chosen:
    """The same entries with the versions they have by now."""
    lines = _lines(chosen.versions)
    return _chosen(dict.fromkeys(chosen.versions, 1) | {line.id: line.version for line in lines}, lines)


def _lines(ids: Iterable[int]) -> list[TimeLine]:
    wanted = list(ids)[: MOST_AT_ONCE + 1]
    return chosen_lines(db.session(), actor=current_actor(), currency=current_user.currency, entry_ids=wanted) if wanted else []


def _chosen(versions: dict[int, int], lines: Iterable[TimeLine]) -> Chosen:
    found = tuple(lines)
    return Chosen(found, versions, _reasons(found), len(versions) - len(found))


def _reasons(lines: Iterable[TimeLine]) -> dict[int, str]:
    actor, session = current_actor(), db.session()
    closed = closed_days(session, actor, firm_terms(session, actor.firm_id), {line.worked_on for line in lines}, today())
    own_only = not may("time.record_others")
    found = {}
    for line in lines:
        others = "somebody else’s" if own_only and line.timekeeper_id != actor.timekeeper_id else ""
        why = WHY.get(line.state) or others or ("of a closed day" if line.worked_on in closed else "")
        if why:
            found[line.id] = why
    return found


def _marks(text: str) -> dict[int, int]:
    pairs = (pair.partition(":") for pair in text.split()[: MOST_AT_ONCE + 1])
    found = {_number(id_): _number(version) for id_, _, version in pairs}
    return {id_: version for id_, version in found.items() if id_ and version}


def _numbers(texts: Iterable[str]) -> list[int]:
    found = dict.fromkeys(_number(text) for text in list(texts)[: MOST_AT_ONCE + 1])
    return [id_ for id_ in found if id_]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LARGEST_ID else 0


def said(count: int, deed: str, chosen: Chosen) -> str:
    """`12 entries discarded. 3 stay as they are: 3 billed.`, with the first sentence of a guideline that refuses."""
    rest = f". {chosen.left_out}." if chosen.left_out else ""
    why = next((f" {sentence}" for sentence in chosen.refused.values()), "")
    return f"{counted(count, 'entry')} {deed}{rest}{why}"


@dataclass(frozen=True, slots=True)
class Row:
    """An entry on the page of a change: as it is and, where the effect was asked for, as it becomes. `reason`: why it stays as it is.

    `refused` is the sentence of a guideline that stands in the way.
    """

    line: TimeLine
    effect: TimeEffect | None
    reason: str
    refused: str = ""

    @property
    def narrative(self) -> str:
        return self.effect.work.narrative if self.effect else self.line.narrative

    @property
    def is_other_day(self) -> bool:
        return self.effect is not None and self.effect.work.worked_on != self.line.worked_on

    @property
    def amount_after(self) -> Money | None:
        return Money(self.effect.amount_minor, self.line.currency) if self.effect and self.line.amount is not None else None


@dataclass(frozen=True, slots=True)
class Changes:
    """The rows of the page, those that stay as they are first, no more than it shows; the sums of those that change, where asked for."""

    rows: tuple[Row, ...]
    before: Money | None
    after: Money | None
    counts: bool


def changes_of(chosen: Chosen, effects: Mapping[int, TimeEffect] | None) -> Changes:
    """What the page lists. `effects` of None: the effect was not asked for."""
    given = effects or {}
    found = [Row(line, given.get(line.id), _words_of(chosen, line, effects), chosen.refused.get(line.id, "")) for line in chosen.lines]
    shown = tuple(sorted(found, key=lambda row: not row.reason)[:MOST_SHOWN])
    changing = [row for row in found if row.effect and row.amount_after is not None]
    if not changing:
        return Changes(shown, None, None, effects is not None)
    currency = current_user.currency
    before = Money(sum(row.line.amount_minor for row in changing), currency)
    return Changes(shown, before, Money(sum(row.amount_after.minor for row in changing if row.amount_after), currency), True)


def _words_of(chosen: Chosen, line: TimeLine, effects: Mapping[int, TimeEffect] | None) -> str:
    reason = chosen.reasons.get(line.id, "")
    return reason or ("so already" if effects is not None and line.id not in effects else "")
