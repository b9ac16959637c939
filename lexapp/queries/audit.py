"""The audit log: who did what to which record, newest first, a page at a time by key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, or_, select
from sqlalchemy.orm import Session, aliased

from lexapp.models import AuditEvent, Client, Invoice, Matter, Membership, Timekeeper, User
from lexapp.queries.search import like_pattern

PAGE = 50
MOST_ROWS_IN_A_FILE = 20_000
_SUBJECTS = {"matter": Matter, "invoice": Invoice, "client": Client, "timekeeper": Timekeeper, "membership": Membership}
_person = aliased(User)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What of the log is wanted; None and empty: everything. `until` is not included any more."""

    user_id: int | None = None
    kind: str = ""
    record_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    words: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One event. `record` names its subject where it has a name; `before` and `after` hold only what changed."""

    id: int
    at: datetime
    who: str
    action: str
    kind: str
    record_id: int | None
    record: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def names(self) -> list[str]:
        """The changed fields in the order in which they were written."""
        return list(dict.fromkeys([*self.before, *self.after]))


def audit_rows(session: Session, *, firm_id: int, wanted: AuditFilter, before_id: int | None = None) -> list[AuditRow]:
    """A page, the newest first; one more than PAGE where there are earlier ones. Whoever may read the log sees every matter."""
    query = _wanted(firm_id, wanted)
    if before_id is not None:
        query = query.where(AuditEvent.id < before_id)
    return [_row(*found) for found in session.execute(query.limit(PAGE + 1))]


def all_audit_rows(session: Session, *, firm_id: int, wanted: AuditFilter) -> Iterator[AuditRow]:
    """Every row that is wanted, as far as a file holds."""
    return (_row(*found) for found in session.execute(_wanted(firm_id, wanted).limit(MOST_ROWS_IN_A_FILE)))


def _wanted(firm_id: int, wanted: AuditFilter) -> Any:
    one = AuditEvent
    rules: list[ColumnElement[bool]] = [one.firm_id == firm_id]
    equal = ((one.actor_user_id, wanted.user_id), (one.subject_kind, wanted.kind or None), (one.subject_id, wanted.record_id))
    rules += [column == value for column, value in equal if value is not None]
    if wanted.since is not None:
        rules.append(one.at >= wanted.since)
    if wanted.until is not None:
        rules.append(one.at < wanted.until)
    rules += [_says(word) for word in wanted.words]
    query: Any = select(one, User.name, func.coalesce(Matter.number, Invoice.number, Client.name, Timekeeper.name, _person.name, ""))
    return _named(query).where(*rules).order_by(one.id.desc())


def _named(query: Any) -> Any:
    one = AuditEvent
    query = query.outerjoin(User, User.id == one.actor_user_id)
    for kind, model in (
        ("matter", Matter),
        ("invoice", Invoice),
        ("client", Client),
        ("timekeeper", Timekeeper),
        ("membership", Membership),
    ):
        columns: Any = model
        query = query.outerjoin(model, (one.subject_kind == kind) & (columns.firm_id == one.firm_id) & (columns.id == one.subject_id))
    is_user = (one.subject_kind == "user") & (_person.id == one.subject_id)
    return query.outerjoin(_person, (_person.id == Membership.user_id) | is_user)


def _says(word: str) -> ColumnElement[bool]:
    names = (User.name, Matter.number, Invoice.number, Client.name, _person.name)
    texts = (AuditEvent.action, cast(AuditEvent.before, String), cast(AuditEvent.after, String), *names)
    return or_(*(func.lower(text).like(like_pattern(word), escape="\\") for text in texts))


def _row(event: AuditEvent, who: str | None, record: str) -> AuditRow:
    before, after = event.before or {}, event.after or {}
    return AuditRow(event.id, event.at, who or "lexapp", event.action, event.subject_kind, event.subject_id, record, before, after)


def audit_kinds(session: Session, *, firm_id: int) -> list[str]:
    """The kinds of records that the log knows of."""
    return list(
        session.scalars(select(AuditEvent.subject_kind).where(AuditEvent.firm_id == firm_id).distinct().order_by(AuditEvent.subject_kind))
    )


def audit_people(session: Session, *, firm_id: int) -> list[tuple[int, str]]:
    """(id, name) of everybody who is or was a member."""
    query = select(User.id, User.name).join(Membership, Membership.user_id == User.id).where(Membership.firm_id == firm_id)
    return [(id_, name) for id_, name in session.execute(query.order_by(func.lower(User.name), User.id))]
