"""What changed lately, what that concerns, and who is still signed in to be told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Table, cast, func, literal, null, select, text, union_all
from sqlalchemy.orm import Session

from lexapp.database import Base
from lexapp.domain.hints import NEEDS, Concern
from lexapp.domain.permissions import Actor, Role
from lexapp.models import Change, Firm, Matter, MatterAdmission, Membership, User, UserSession

MOST = 500


@dataclass(frozen=True, slots=True)
class Changed:
    """A record that changed, the latest row of the feed about it, and by whom; nobody where a job did it."""

    id: int
    kind: str
    subject_id: int
    user_id: int | None
    name: str

    @property
    def subject(self) -> tuple[str, int]:
        return self.kind, self.subject_id


def changes_after(session: Session, *, firm_id: int, after: int) -> list[Changed]:
    """The rows above an id, ascending, at most MOST."""
    return _changes(session, firm_id, Change.id > after)


def changes_since(session: Session, *, firm_id: int, since: datetime) -> list[Changed]:
    """The rows of a time, ascending; the latest MOST where there are more."""
    return _changes(session, firm_id, Change.at >= since)


def _changes(session: Session, firm_id: int, which: Any) -> list[Changed]:
    query = (
        select(Change.id, Change.subject_kind, Change.subject_id, Change.actor_user_id, User.name)
        .outerjoin(User, User.id == Change.actor_user_id)
        .where(Change.firm_id == firm_id, which, Change.subject_kind.in_(NEEDS))
        .order_by(Change.id.desc())
        .limit(MOST)
    )
    # Whom a wall keeps out is decided for each reader afterwards (domain/hints.py).
    rows = session.execute(query, execution_options={"through_walls": True}).all()
    return [Changed(id_, kind, subject, user, name or "") for id_, kind, subject, user, name in reversed(rows)]


def newest_change(session: Session, *, firm_id: int) -> int:
    """The highest id of the firm's changes, 0 where there are none."""
    return session.scalar(select(func.max(Change.id)).where(Change.firm_id == firm_id), execution_options={"through_walls": True}) or 0


def unfinished(session: Session) -> tuple[int, int]:
    """(oldest transaction that still writes, the next one to come): rows of the first's age may yet appear.

    Zeros on SQLite, where one writes at a time.
    """
    if session.get_bind().dialect.name == "sqlite":
        return 0, 0
    snapshot = "SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint FROM pg_current_snapshot() AS s"
    oldest, coming = session.execute(text(snapshot)).one()
    return int(oldest), int(coming)


# ── what a record concerns ───────────────────────────────────────────────────────────────────────


def concerns_of(session: Session, *, firm_id: int, subjects: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Concern]:
    """What each of the records belongs to, in one query; those that are gone are left out."""
    by_kind: dict[str, set[int]] = {}
    for kind, id_ in subjects:
        by_kind.setdefault(kind, set()).add(id_)
    parts = [_named(kind, _QUERIES[kind](firm_id, ids)) for kind, ids in by_kind.items()]
    found: dict[tuple[str, int], Concern] = {}
    for kind, id_, matter_id, timekeeper_id, user_id in session.execute(union_all(*parts)) if parts else ():
        before = found.get((kind, id_), Concern())
        found[kind, id_] = Concern(before.matter_ids | ({matter_id} - {None}), timekeeper_id, user_id)
    return found


def _named(kind: str, query: Any) -> Any:
    rows = query.subquery()
    return select(literal(kind), *rows.c)


def _t(name: str) -> Table:
    return Base.metadata.tables[name]


_NOBODY = (cast(null(), BigInteger).label("timekeeper_id"), cast(null(), BigInteger).label("user_id"))


def _own(table: str) -> Callable[[int, Collection[int]], Any]:
    """Rows that name their matter themselves."""

    def query(firm_id: int, ids: Collection[int]) -> Any:
        rows = _t(table).c
        whose = rows.timekeeper_id if "timekeeper_id" in rows else _NOBODY[0]
        writer = rows.recorded_by_user_id if "recorded_by_user_id" in rows else _NOBODY[1]
        return select(rows.id, rows.matter_id, whose, writer).where(rows.firm_id == firm_id, rows.id.in_(ids))

    return query


def _through(table: str, parts: str, key: str) -> Callable[[int, Collection[int]], Any]:
    """Rows whose parts name the matters; one without parts concerns none."""

    def query(firm_id: int, ids: Collection[int]) -> Any:
        rows, part = _t(table).c, _t(parts).c
        joined = _t(table).outerjoin(_t(parts), (part.firm_id == rows.firm_id) & (part[key] == rows.id))
        wanted = (rows.firm_id == firm_id, rows.id.in_(ids))
        return select(rows.id, part.matter_id, *_NOBODY).select_from(joined).where(*wanted)

    return query


def _matters(firm_id: int, ids: Collection[int]) -> Any:
    rows = _t("matters").c
    return select(rows.id, rows.id.label("matter_id"), *_NOBODY).where(rows.firm_id == firm_id, rows.id.in_(ids))


def _clients(firm_id: int, ids: Collection[int]) -> Any:
    """The matters of a client, and those that it pays for."""
    client, matter, payer = _t("clients").c, _t("matters").c, _t("matter_payers").c
    alone = select(client.id, cast(null(), BigInteger).label("matter_id"), *_NOBODY).where(client.firm_id == firm_id, client.id.in_(ids))
    own = select(matter.client_id, matter.id, *_NOBODY).where(matter.firm_id == firm_id, matter.client_id.in_(ids))
    paid = select(payer.client_id, payer.matter_id, *_NOBODY).where(payer.firm_id == firm_id, payer.client_id.in_(ids))
    return union_all(alone, own, paid)


def _lines(firm_id: int, ids: Collection[int]) -> Any:
    line, bill = _t("pre_bill_lines").c, _t("pre_bills").c
    joined = _t("pre_bill_lines").join(_t("pre_bills"), (bill.firm_id == line.firm_id) & (bill.id == line.pre_bill_id))
    wanted = (line.firm_id == firm_id, line.id.in_(ids))
    return select(line.id, bill.matter_id, *_NOBODY).select_from(joined).where(*wanted)


_QUERIES: dict[str, Callable[[int, Collection[int]], Any]] = {
    "timer": _own("timers"),
    "time_entry": _own("time_entries"),
    "expense_entry": _own("expense_entries"),
    "fixed_fee_entry": _own("fixed_fee_entries"),
    "matter": _matters,
    "client": _clients,
    "pre_bill": _own("pre_bills"),
    "pre_bill_line": _lines,
    "invoice": _through("invoices", "invoice_matters", "invoice_id"),
    "payment": _through("payments", "allocations", "payment_id"),
}


# ── who is told ──────────────────────────────────────────────────────────────────────────────────


def walls_of(session: Session, *, firm_id: int) -> dict[int, frozenset[int]]:
    """Every walled-off matter of the firm with the memberships that it admits."""
    admitted = (MatterAdmission.firm_id == Matter.firm_id) & (MatterAdmission.matter_id == Matter.id)
    query = select(Matter.id, MatterAdmission.membership_id).outerjoin(MatterAdmission, admitted)
    found: dict[int, set[int]] = {}
    walled = query.where(Matter.firm_id == firm_id, Matter.is_walled)
    for matter_id, membership_id in session.execute(walled, execution_options={"through_walls": True}):
        found.setdefault(matter_id, set()).update({membership_id} - {None})
    return {matter_id: frozenset(members) for matter_id, members in found.items()}


def shut_for(walls: dict[int, frozenset[int]], membership_id: int) -> frozenset[int]:
    """The matters among `walls` that do not admit a member."""
    return frozenset(matter_id for matter_id, admitted in walls.items() if membership_id not in admitted)


def still_signed_in(session: Session, *, session_ids: Collection[int], now: datetime) -> dict[int, Actor]:
    """Of these sessions those that are good, and as whom they act at this moment. One query."""
    good = (UserSession.ended_at.is_(None), UserSession.expires_at > now, ~UserSession.needs_code, User.is_active, Membership.is_active)
    query = (
        select(UserSession.id, User.id, Membership.firm_id, Membership.id, Membership.role, Membership.timekeeper_id, User.name)
        .join(User, User.id == UserSession.user_id)
        .join(Membership, Membership.id == UserSession.membership_id)
        .join(Firm, Firm.id == Membership.firm_id)
        .where(UserSession.id.in_(session_ids), *good)
    )
    return {
        id_: Actor(user, firm, member, Role(role), timekeeper, name)
        for id_, user, firm, member, role, timekeeper, name in session.execute(query)
    }
