"""One change to many time entries: other work, another way of billing, other words, or out of the lists; and the way back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, record_command, succeed
from lexapp.books.budgets import weigh_many, weight_of
from lexapp.books.guidelines import time_not_accepted
from lexapp.books.time_entries import (
    Work,
    keep_time_entries,
    put_back_time_entries,
    require_own_or_others,
    revise_time_entries,
    work_of,
)
from lexapp.books.timers import recount_entries
from lexapp.books.work_terms import firm_terms
from lexapp.database import transaction
from lexapp.domain.errors import Conflict, InvalidInput, NotFound
from lexapp.domain.guidelines import Finding, NotFollowed
from lexapp.domain.permissions import Actor
from lexapp.models import AuditEvent, Command, TimeEntry
from lexapp.services.time_entries.chosen import check_chosen, locked_entries

LONGEST_NARRATIVE = 4_000
_CHANGED, _DISCARDED = "time.edit_many", "time.discard_many"
_NONE: Mapping[int, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class TimeChange:
    """What becomes of every entry; None leaves it as it is. In narratives the whole words `find` become `replacement`, and `prefix`
    goes before."""

    matter_id: int | None = None
    timekeeper_id: int | None = None
    worked_on: date | None = None
    activity_code: str | None = None
    billing_status: str | None = None
    find: str = ""
    replacement: str = ""
    prefix: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.find or self.prefix or self._values())

    def of(self, work: Work) -> Work:
        """The work as it becomes. Raises InvalidInput for a narrative that would be too long."""
        narrative = _with_words(work.narrative, self.find, self.replacement)
        if self.prefix and not narrative.startswith(self.prefix):
            narrative = f"{self.prefix} {narrative}".strip()
        if len(narrative) > max(LONGEST_NARRATIVE, len(work.narrative)):
            raise InvalidInput(f"A narrative would be longer than {LONGEST_NARRATIVE:,} characters. Write fewer words.", field="prefix")
        return replace(work, narrative=narrative, **self._values())

    @property
    def fields(self) -> dict[str, str]:
        """What has to be changed here where an entry’s narrative is not accepted."""
        return {"narrative": "prefix" if self.prefix else "replacement" if self.find else "matter_id"}

    def _values(self) -> dict[str, Any]:
        words = ("find", "replacement", "prefix")
        return {name: value for name, value in asdict(self).items() if name not in words and value is not None}


def _with_words(text: str, find: str, replacement: str) -> str:
    """The text with these words replaced; never a part of a word: `tc` stays in `watch`."""
    begins, ends = (r"\b" if one.isalnum() else "" for one in (find[:1], find[-1:]))
    return re.sub(f"{begins}{re.escape(find)}{ends}", lambda _: replacement, text) if find else text


@dataclass(frozen=True, slots=True)
class TimeEffect:
    """One entry as a change makes it."""

    entry_id: int
    work: Work
    quantity_hundredths: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class ManyChanged:
    """What was done: the command, by which it can be taken back, and how many entries are different since.

    `refused`: by id, why the client does not accept the others as they would be.
    """

    command_id: int
    count: int
    refused: Mapping[int, str] = field(default_factory=lambda: _NONE)


@dataclass(frozen=True, slots=True)
class TimeEffects:
    """What a change makes of entries, by id, and why clients do not accept the others as they would be (`refused`)."""

    effects: Mapping[int, TimeEffect]
    refused: Mapping[int, str]


class _Shown(Exception):
    """Leaves a transaction that is for looking only."""


def change_time_entries(
    session: Session, *, actor: Actor, versions: Mapping[int, int], change: TimeChange, key: str | None = None, now: datetime | None = None
) -> ManyChanged:
    """Change these unbilled entries (id → the version that was shown), all or none; each is rated, rounded and audited as by `edit_time`.

    An entry that is so already stays untouched, and so does one that a guideline of its client would refuse: `refused` says why; where it
    refuses every one NotFollowed is raised. Raises Conflict, InvalidInput, NotAllowed, NotFound.
    """
    inputs = {"versions": _listed(versions), "change": asdict(change)}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name=_CHANGED, inputs=inputs, key=key, now=now)
        if command.result is None:
            entries, refused = _changed(session, command, versions, change)
            return _done(session, command, entries, refused)
    refused = {int(id_): why for id_, why in command.result.get("refused", {}).items()}
    return ManyChanged(command.id, len(command.result["versions"]), refused)


def preview_time_changes(
    session: Session, *, actor: Actor, versions: Mapping[int, int], change: TimeChange, now: datetime | None = None
) -> TimeEffects:
    """What `change_time_entries` would make of those that would be different, and what it would leave out; nothing is kept.

    Raises what it would raise.
    """
    try:
        with transaction(session, actor.firm_id):
            command = record_command(session, actor=actor, name=_CHANGED, inputs={"preview": True}, now=now)
            entries, refused = _changed(session, command, versions, change)
            effects = {one.id: TimeEffect(one.id, work_of(one), one.quantity_hundredths, one.amount_minor) for one in entries}
            raise _Shown
    except _Shown:
        return TimeEffects(effects, refused)


def discard_time_entries(
    session: Session, *, actor: Actor, versions: Mapping[int, int], key: str | None = None, now: datetime | None = None
) -> ManyChanged:
    """Take these unbilled entries out of lists and bills, all or none, as `discard_time` does one."""
    check_chosen(versions)
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name=_DISCARDED, inputs={"versions": _listed(versions)}, key=key, now=now)
        if command.result is None:
            entries = locked_entries(session, actor, versions)
            keep_time_entries(session, command, entries, keep=False)
            recount_entries(session, command, firm_terms(session, actor.firm_id), entries, keep=False)
            return _done(session, command, entries)
    return ManyChanged(command.id, len(command.result["versions"]))


def take_back_time_changes(session: Session, *, actor: Actor, command_id: int, now: datetime | None = None) -> int:
    """Make the entries of one's own command what they were before it, with their rates and amounts of then; returns how many.

    All or none: refused where one was changed or billed since, or would come back to a closed matter or somebody who left.
    Done once, however often it is asked.
    """
    key = f"time-changes-back-{command_id}"
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="time.take_back", inputs={"command_id": command_id}, key=key, now=now)
        if command.result is None:
            name, done = _own_command(session, actor, command_id)
            versions = {int(id_): version for id_, version in done["versions"].items()}
            _take_back(session, command, command_id, name, versions)
            succeed(session, command, count=len(versions))
            return len(versions)
    return int(command.result["count"])


def _changed(
    session: Session, command: CommandRecord, versions: Mapping[int, int], change: TimeChange
) -> tuple[list[TimeEntry], dict[int, str]]:
    """Lock and change; the entries that are different, and why clients do not accept others."""
    check_chosen(versions)
    if change.is_empty:
        raise InvalidInput("Say what becomes of the entries: choose at least one.")
    also = {change.timekeeper_id} if change.timekeeper_id is not None else set()
    entries = locked_entries(session, command.actor, versions, also=also)
    pairs = [(entry, work) for entry in entries if (work := change.of(work_of(entry))) != work_of(entry)]
    if not pairs:
        raise InvalidInput("These entries are so already: nothing would change.")
    require_own_or_others(command.actor, {work.timekeeper_id for _, work in pairs})
    findings = _not_accepted(session, command.actor, pairs, change)
    accepted = [(entry, work) for entry, work in pairs if entry.id not in findings]
    before = {entry.id: weight_of(entry) for entry, _ in accepted}
    revise_time_entries(session, command, accepted)
    weigh_many(session, command, [entry for entry, _ in accepted], before)
    return [entry for entry, _ in accepted], {id_: " ".join(one.whole for one in found) for id_, found in findings.items()}


def _not_accepted(
    session: Session, actor: Actor, pairs: Sequence[tuple[TimeEntry, Work]], change: TimeChange
) -> dict[int, tuple[Finding, ...]]:
    """By id. Raises NotFollowed where none is accepted."""
    found = time_not_accepted(session, firm_id=actor.firm_id, pairs=pairs)
    if len(found) == len(pairs):
        raise NotFollowed(next(iter(found.values())), change.fields)
    return found


def _done(session: Session, command: CommandRecord, entries: Sequence[TimeEntry], refused: Mapping[int, str] = _NONE) -> ManyChanged:
    left_out = {"refused": {str(id_): why for id_, why in refused.items()}} if refused else {}
    succeed(session, command, versions={str(entry.id): entry.version for entry in entries}, **left_out)
    return ManyChanged(command.id, len(entries), refused)


def _listed(versions: Mapping[int, int]) -> dict[str, int]:
    return {str(id_): version for id_, version in sorted(versions.items())}


def _own_command(session: Session, actor: Actor, command_id: int) -> tuple[str, dict[str, Any]]:
    mine = (Command.firm_id == actor.firm_id, Command.id == command_id, Command.actor_user_id == actor.user_id)
    found = session.execute(select(Command.name, Command.result).where(*mine)).first()
    if found is None or found.name not in (_CHANGED, _DISCARDED):
        raise NotFound("There is no such change of yours.")
    return found.name, found.result


def _take_back(session: Session, command: CommandRecord, command_id: int, name: str, versions: Mapping[int, int]) -> None:
    facts = _facts_before(session, command.actor, command_id) if name == _CHANGED else {}
    also = {int(fact["timekeeper_id"]) for fact in facts.values()}
    try:
        entries = locked_entries(session, command.actor, versions, also=also, discarded=name == _DISCARDED)
    except Conflict as error:
        raise Conflict("Some of these entries were changed since. Nothing was taken back: change them one by one.") from error
    if name == _DISCARDED:
        keep_time_entries(session, command, entries, keep=True)
        recount_entries(session, command, firm_terms(session, command.actor.firm_id), entries, keep=True)
        return
    put_back_time_entries(session, command, [(entry, facts[entry.id]) for entry in entries])


def _facts_before(session: Session, actor: Actor, command_id: int) -> dict[int, dict[str, Any]]:
    of_command = (AuditEvent.firm_id == actor.firm_id, AuditEvent.command_id == command_id, AuditEvent.subject_kind == "time_entry")
    rows = session.execute(select(AuditEvent.subject_id, AuditEvent.before).where(*of_command))
    return {int(row.subject_id): dict(row.before) for row in rows}
