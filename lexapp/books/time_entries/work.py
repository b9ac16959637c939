"""What is said about time, and everything that has to be known to record it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from lexapp.books.fee_agreements import NO_AGREEMENTS, MatterAgreements, agreements_of
from lexapp.books.work_terms import FirmTerms, MatterTerms, TimekeeperTerms, firm_terms, lock_timekeepers, matter_terms
from lexapp.database import Base
from lexapp.domain.amounts import check_rate
from lexapp.domain.durations import DAY_SECONDS, check_day
from lexapp.domain.errors import InvalidInput, NotAllowed
from lexapp.domain.moments import EARLIEST
from lexapp.domain.permissions import Actor

BILLABLE = "billable"
EASTERNMOST = timedelta(hours=14)
"""How far ahead of UTC the earliest clocks on earth are: a timer may start there on a day that the firm does not have yet."""

_ENTRIES = Base.metadata.tables["time_entries"].c
_SECONDS_OF_DAY = select(func.coalesce(func.sum(_ENTRIES.recorded_seconds), 0)).where(
    _ENTRIES.firm_id == bindparam("of_firm"),
    _ENTRIES.timekeeper_id == bindparam("of_timekeeper"),
    _ENTRIES.worked_on == bindparam("on"),
    _ENTRIES.discarded_at.is_(None),
    _ENTRIES.id != bindparam("without"),
)


@dataclass(frozen=True, slots=True)
class Work:
    """What is said about an entry. `rate_minor` is a rate typed on it (minor units per hour); None asks for the rate in force."""

    matter_id: int
    timekeeper_id: int
    worked_on: date
    recorded_seconds: int
    narrative: str = ""
    task_code: str = ""
    activity_code: str = ""
    billing_status: str = BILLABLE
    rate_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything that prices work: the firm, and by id its matters, its (locked) timekeepers, and the fees that matters agreed."""

    firm: FirmTerms
    matters: Mapping[int, MatterTerms]
    timekeepers: Mapping[int, TimekeeperTerms]
    agreements: Mapping[int, MatterAgreements]

    def fee_term_id(self, work: Work) -> int | None:
        """The term that pays for this work; None where it is billed by the hour."""
        return self.agreements.get(work.matter_id, NO_AGREEMENTS).covering(work.worked_on, work.task_code)


def require_own_or_others(actor: Actor, timekeeper_ids: Iterable[int]) -> None:
    """One's own time needs `time.record`, anybody else's `time.record_others`. Raises NotAllowed."""
    actor.require("time.record")
    if any(timekeeper_id != actor.timekeeper_id for timekeeper_id in timekeeper_ids):
        actor.require("time.record_others")


def require_rate_edit(actor: Actor, *, before: int | None, after: int | None) -> None:
    """Typing a rate on an entry, or taking a typed one away, needs `rate.edit`."""
    if before != after and not actor.may("rate.edit"):
        raise NotAllowed("You may not type a rate on an entry. Leave the rate empty, or ask a billing manager.", code="needs.rate.edit")


def load_terms(session: Session, firm_id: int, works: Sequence[Work], *, also: Iterable[tuple[int, int]] = ()) -> Terms:
    """The terms of these works and of further (timekeeper, matter) pairs; the timekeepers are locked. Four queries."""
    firm = firm_terms(session, firm_id)
    pairs = {(work.timekeeper_id, work.matter_id) for work in works} | set(also)
    timekeepers = lock_timekeepers(session, firm, {timekeeper_id for timekeeper_id, _ in pairs})
    matters = matter_terms(session, firm, {matter_id for _, matter_id in pairs})
    return Terms(firm, matters, timekeepers, agreements_of(session, firm_id=firm_id, matter_ids=matters))


def check_work(terms: Terms, work: Work, *, now: datetime, anywhere: bool = False) -> None:
    """Refuse a day to come (where the firm is; with `anywhere`, on the whole earth), and more or less time than a day can hold."""
    latest = (now.astimezone(UTC) + EASTERNMOST).date() if anywhere else terms.firm.today(now)
    if not EARLIEST <= work.worked_on <= latest:
        raise InvalidInput("That day has not come yet. Write today’s date or an earlier one.", field="worked_on", code="date_in_future")
    if not 0 < work.recorded_seconds <= DAY_SECONDS:
        message = "Write how long the work took: more than nothing and at most 24 hours."
        raise InvalidInput(message, field="recorded_seconds", code="duration_out_of_range")
    if work.rate_minor is not None and work.rate_minor < 0:
        raise InvalidInput("A rate cannot be negative. Type 0 for work without charge.", field="rate_minor", code="rate_negative")
    if work.rate_minor is not None:
        check_rate(work.rate_minor, terms.firm.currency, field="rate_minor")


def check_open(terms: Terms, work: Work) -> None:
    """Refuse new work on a closed matter or by somebody who has left."""
    check_matter_open(terms, work)
    timekeeper = terms.timekeepers[work.timekeeper_id]
    if not timekeeper.is_active:
        message = f"{timekeeper.name} records no time any more. Choose another timekeeper."
        raise InvalidInput(message, field="timekeeper_id", code="timekeeper_is_inactive")


def check_matter_open(terms: Terms, work: Work) -> None:
    """Refuse to bring work onto a closed matter."""
    matter = terms.matters[work.matter_id]
    if matter.status == "closed":
        message = f"{matter.label} is closed. Reopen it, or choose another matter."
        raise InvalidInput(message, field="matter_id", code="matter_is_closed")


def check_whole_day(session: Session, firm_id: int, work: Work, *, without_id: int | None = None) -> None:
    """Refuse more than 24 hours of one timekeeper on one date. `without_id`: the entry that the work replaces."""
    whose = {"of_firm": firm_id, "of_timekeeper": work.timekeeper_id, "on": work.worked_on, "without": without_id or 0}
    try:
        check_day(int(session.scalar(_SECONDS_OF_DAY, whose) or 0), work.recorded_seconds)
    except InvalidInput as error:
        raise InvalidInput(error.message, field="recorded_seconds", code=error.code) from error
