"""Agreeing on the shares of a matter's credit from a day, and taking mistakes back. Reports credit money by what stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.changes import change, lock_record
from lexapp.books.dated_rows import lock_alike, make_room
from lexapp.database import transaction
from lexapp.domain.credits import CreditKind, CreditShare, check_credit_shares
from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import Actor
from lexapp.models import Matter, MatterCredit, Timekeeper

TAKEN = "A split of this kind starts on this day already. Remove that one, or choose another day."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCreditSplit:
    """Shares of one kind that make 100 %, from a day on; through `effective_to`, or until the next one starts."""

    kind: CreditKind
    shares: tuple[CreditShare, ...]
    effective_from: date
    effective_to: date | None = None

    def check(self) -> None:
        """Refuse, beside its field, what cannot take effect."""
        check_credit_shares(self.shares)
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise InvalidInput("The last day lies before the first. Write a later one, or leave it empty.", field="effective_to")

    @property
    def plain(self) -> list[list[int]]:
        """[timekeeper id, basis points] of each share, in their order."""
        return [[share.timekeeper_id or 0, share.basis_points] for share in self.shares]


def agree_credit_split(
    session: Session, *, actor: Actor, matter_id: int, split: NewCreditSplit, key: str | None = None, now: datetime | None = None
) -> list[MatterCredit]:
    """Say who shares the credit of a matter from a day. The split of the same kind in force ends the day before.

    Raises InvalidInput (beside a field where there is one), NotAllowed for the firm's own matter.
    """
    actor.require("matter.edit")
    split.check()
    with transaction(session, actor.firm_id):
        dates = {"effective_from": split.effective_from, "effective_to": split.effective_to}
        inputs = {"matter_id": matter_id, "kind": split.kind.value, "shares": split.plain, **dates}
        command = record_command(session, actor=actor, name="matter.credits", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return list(session.scalars(select(MatterCredit).where(MatterCredit.id.in_(command.result["matter_credit_ids"]))))
        _check_place(session, actor.firm_id, matter_id, split)
        rows = _write(session, command, matter_id, split)
        _audit(session, command, "matter.credit_agreed", matter_id, rows)
        succeed(session, command, matter_credit_ids=[row.id for row in rows])
    return rows


def _check_place(session: Session, firm_id: int, matter_id: int, split: NewCreditSplit) -> None:
    matter = lock_record(session, Matter, firm_id=firm_id, record_id=matter_id, noun="matter")
    if matter.is_internal:
        raise NotAllowed("This matter takes the firm’s own time: nothing is collected for it.")
    wanted = [share.timekeeper_id for share in split.shares]
    known = set(session.scalars(select(Timekeeper.id).where(Timekeeper.firm_id == firm_id, Timekeeper.id.in_(wanted))))
    if not known.issuperset(wanted):
        raise InvalidInput("One of the timekeepers is not in the list. Pick each out of the list.")


def _write(session: Session, command: CommandRecord, matter_id: int, split: NewCreditSplit) -> list[MatterCredit]:
    firm_id = command.actor.firm_id
    live = (MatterCredit.firm_id == firm_id, MatterCredit.matter_id == matter_id, MatterCredit.removed_at.is_(None))
    alike = lock_alike(session, MatterCredit, [*live, MatterCredit.kind == split.kind.value], firm_id=firm_id)
    last = make_room(alike, first=split.effective_from, last=split.effective_to, taken=TAKEN, another="Another split of this kind")
    common: dict[str, Any] = {"firm_id": firm_id, "matter_id": matter_id, "kind": split.kind.value, "created_at": command.at}
    common |= {"effective_from": split.effective_from, "effective_to": last, "created_by_user_id": command.actor.user_id}
    rows = [
        MatterCredit(timekeeper_id=id_, share_basis_points=points, position=position, **common)
        for position, (id_, points) in enumerate(split.plain, 1)
    ]
    session.add_all(rows)
    session.flush()
    return rows


def remove_credit_split(
    session: Session, *, actor: Actor, matter_credit_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> None:
    """Take back, as a mistake, the split that a row belongs to. The one that it ended does not come back by itself.

    Raises NotFound when it is removed already, Conflict when `version` is no longer the row's.
    """
    actor.require("matter.edit")
    with transaction(session, actor.firm_id):
        inputs = {"matter_credit_id": matter_credit_id, "version": version}
        command = record_command(session, actor=actor, name="matter.credits_remove", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return
        rows = _split_of(session, actor.firm_id, matter_credit_id)
        if any(row.id == matter_credit_id and row.version != version for row in rows):
            raise Conflict("Somebody changed this split after you opened the page. Look at it as it is now, then try again.")
        _audit(session, command, "matter.credit_removed", rows[0].matter_id, rows)
        for row in rows:
            change(row, {"removed_at": command.at})
        session.flush()
        succeed(session, command, matter_credit_id=matter_credit_id)


def _split_of(session: Session, firm_id: int, matter_credit_id: int) -> Sequence[MatterCredit]:
    """The live rows of the split that a row belongs to, locked."""
    live = (MatterCredit.firm_id == firm_id, MatterCredit.removed_at.is_(None))
    one = session.scalar(select(MatterCredit).where(*live, MatterCredit.id == matter_credit_id))
    if one is None:
        raise NotFound("This split is not there any more. Reload the page to see the splits as they stand.")
    names = ("matter_id", "kind", "effective_from")
    same = [getattr(MatterCredit, name) == getattr(one, name) for name in names]
    return session.scalars(select(MatterCredit).where(*live, *same).order_by(MatterCredit.position).with_for_update()).all()


def _audit(session: Session, command: CommandRecord, action: str, matter_id: int, rows: Sequence[MatterCredit]) -> None:
    shares = [[row.timekeeper_id, row.share_basis_points] for row in rows]
    values = {"kind": rows[0].kind, "shares": shares, "from": rows[0].effective_from, "to": rows[0].effective_to}
    audit(session, command, action=action, subject_kind="matter", subject_id=matter_id, after=values)
