"""Fees that terms come to by the month or by result: recorded once each, with their derivation, and undone while they are unbilled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.changes import lock_shown
from lexapp.books.earned_transfers import prepare_transfer, standing_transfer, withdraw_transfer
from lexapp.books.fixed_fees import FEES, FixedFee, add_fixed_fee, lock_fee, refuse_to_come
from lexapp.books.kept_entries import keep_or_not
from lexapp.books.work_terms import firm_terms
from lexapp.database import transaction
from lexapp.domain.agreements import Minimum, MonthlyRetainer, SuccessFee, Term, month_end, read_term
from lexapp.domain.agreements.reasons import beyond_steps, minimum_steps, month_words, retainer_steps, success_steps
from lexapp.domain.amounts import check_size
from lexapp.domain.dates import day_text
from lexapp.domain.derivations import Step, steps_data
from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from lexapp.domain.moments import EARLIEST, LATEST
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.models import AgreedFee, FeeAgreement, FeeTerm, Matter, PreBillLine
from lexapp.queries.agreed_fees import achieved_minor, covered_hundredths, minimum_recorded
from lexapp.services.fee_agreements.hourly import hourly_minor

LONGEST_NOTE = 200
Act = Callable[[CommandRecord], AgreedFee]


@dataclass(frozen=True, slots=True)
class _New:
    """A fee that a term comes to: what it is worked out from, and how. Minor units."""

    kind: str
    period_start: date | None
    charged_on: date
    name: str
    description: str
    value_minor: int
    amount_minor: int
    steps: Sequence[Step]


def record_result(
    session: Session,
    *,
    actor: Actor,
    fee_term_id: int,
    value_minor: int,
    achieved_on: date,
    note: str = "",
    key: str | None = None,
    now: datetime | None = None,
) -> AgreedFee:
    """Record a result and the success fee that it makes; none where the threshold is not passed yet.

    Raises InvalidInput beside `value`, `achieved_on` or `note`, NotAllowed, NotFound.
    """
    inputs = {"fee_term_id": fee_term_id, "value_minor": value_minor, "achieved_on": achieved_on, "note": note}

    def act(command: CommandRecord) -> AgreedFee:
        row, term = _term(session, actor, fee_term_id, on=achieved_on, field="achieved_on")
        if not isinstance(term, SuccessFee):
            raise NotFound("There is no such success fee.")
        refuse_to_come(session, command, achieved_on, field="achieved_on", instead="Write the day on which it was achieved.")
        currency = firm_terms(session, actor.firm_id).currency
        if value_minor <= 0:
            raise InvalidInput("Write an amount above zero.", field="value")
        check_size(value_minor, currency, field="value")
        if len(note) > LONGEST_NOTE:
            raise InvalidInput(f"Write at most {LONGEST_NOTE} characters.", field="note")
        before = achieved_minor(session, firm_id=actor.firm_id, matter_id=row.matter_id, name=term.name)
        fee, steps = term.further_minor(before, value_minor), success_steps(term, before, value_minor)
        text = f"{term.name}: {note}" if note.strip() else term.name
        return _record(session, command, row, _New("success", None, achieved_on, term.name, text, value_minor, fee, steps))

    return _command(session, actor, "agreed_fee.result", inputs, act, key, now)


def record_minimum(
    session: Session, *, actor: Actor, fee_term_id: int, ended_on: date, key: str | None = None, now: datetime | None = None
) -> AgreedFee:
    """Record what is missing to the minimum of a whole matter, counted through a day. Raises NotAllowed where nothing is missing."""
    inputs = {"fee_term_id": fee_term_id, "ended_on": ended_on}

    def act(command: CommandRecord) -> AgreedFee:
        row, term = _term(session, actor, fee_term_id, on=ended_on, field="ended_on")
        if not isinstance(term, Minimum) or term.is_monthly:
            raise NotFound("There is no such minimum.")
        refuse_to_come(session, command, ended_on, field="ended_on", instead="Write the day through which time is counted.")
        mine = {"firm_id": actor.firm_id, "matter_id": row.matter_id}
        worked = hourly_minor(session, **mine, first=None, last=ended_on)
        recorded = minimum_recorded(session, **mine)
        fee = term.missing_minor(worked + recorded)
        if not fee:
            raise NotAllowed("Time by the hour has reached the minimum. Nothing is missing.", code="minimum_reached")
        steps = minimum_steps(term, worked, recorded, when=f"through {day_text(ended_on)}")
        return _record(session, command, row, _New("minimum_in_all", None, ended_on, "Minimum fee", "Minimum fee", worked, fee, steps))

    return _command(session, actor, "agreed_fee.minimum", inputs, act, key, now)


def record_month(
    session: Session, *, actor: Actor, fee_term_id: int, month: date, key: str | None = None, now: datetime | None = None
) -> AgreedFee:
    """Record what a term comes to for a month that is over (`month`: its first day); each month once.

    The agreement that holds on its last day decides. Raises InvalidInput beside `month`, Conflict where it is recorded, NotFound.
    """
    inputs = {"fee_term_id": fee_term_id, "month": month}

    def act(command: CommandRecord) -> AgreedFee:
        if month.day != 1 or not EARLIEST <= month <= LATEST:
            raise InvalidInput("Choose a month.", field="month")
        end = month_end(month)
        row, term = _term(session, actor, fee_term_id, on=end, field="month")
        if firm_terms(session, actor.firm_id).today(command.at) <= end:
            raise InvalidInput(f"{month_words(month)} is not over yet. Choose an earlier month.", field="month")
        new = list(_of_month(session, row, term, month))
        if not new:
            raise NotFound("There is no fee by the month in this term.")
        left = _not_recorded(session, row, new, month)
        recorded = [_record(session, command, row, one) for one in left]
        return recorded[0]

    return _command(session, actor, "agreed_fee.month", inputs, act, key, now)


def undo_agreed_fee(
    session: Session, *, actor: Actor, agreed_fee_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> AgreedFee:
    """Take a fee out again that is not billed; it can be recorded anew. Raises NotAllowed once it is on a pre-bill, Conflict."""
    inputs = {"agreed_fee_id": agreed_fee_id, "version": version}

    def act(command: CommandRecord) -> AgreedFee:
        _lock_matter_of(session, AgreedFee, actor, agreed_fee_id)
        row = lock_shown(session, AgreedFee, firm_id=actor.firm_id, record_id=agreed_fee_id, noun="fee", version=version)
        if row.undone_at is not None:
            raise Conflict("This fee was undone. Look at the agreement as it is now.")
        if row.kind == "success":
            _refuse_earlier(session, row)
        if row.fixed_fee_entry_id is not None:
            entry = lock_fee(session, actor, row.fixed_fee_entry_id)
            keep_or_not(session, command, FEES, entry, version=entry.version, keep=False)
            prepared = standing_transfer(session, entry)
            if prepared is not None:
                withdraw_transfer(session, command, prepared, entry)
        row.undone_at, row.version = command.at, row.version + 1
        session.flush()
        _tell(session, command, row, "undone")
        return row

    return _command(session, actor, "agreed_fee.undo", inputs, act, key, now)


def _command(
    session: Session, actor: Actor, name: str, inputs: Mapping[str, object], act: Act, key: str | None, now: datetime | None
) -> AgreedFee:
    actor.require("pre_bill.edit")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name=name, inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(AgreedFee, command.result["agreed_fee_id"])
        row = act(command)
        succeed(session, command, agreed_fee_id=row.id)
    return row


def _term(session: Session, actor: Actor, fee_term_id: int, *, on: date, field: str) -> tuple[FeeTerm, Term]:
    """The term, its agreement in force on the day; its matter locked, so that two who record at once come one after the other."""
    row = session.scalars(select(FeeTerm).where(FeeTerm.firm_id == actor.firm_id, FeeTerm.id == fee_term_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such term.")
    _lock_matter_of(session, FeeTerm, actor, row.id)
    agreement = session.get_one(FeeAgreement, row.fee_agreement_id)
    if agreement.removed_at is not None:
        raise NotAllowed("The agreement of this fee was taken back. Reload the page to see what stands.")
    if not agreement.effective_from <= on <= (agreement.effective_to or on):
        through = f" through {day_text(agreement.effective_to)}" if agreement.effective_to else ""
        sentence = f"The agreement holds from {day_text(agreement.effective_from)}{through}. Write a day within it."
        raise InvalidInput(sentence, field=field)
    return row, read_term(row.kind, row.terms)


def _lock_matter_of(session: Session, model: type[FeeTerm] | type[AgreedFee], actor: Actor, record_id: int) -> None:
    """The matter before any fee of it: what one counts on, another cannot undo meanwhile."""
    matter_id = select(model.matter_id).where(model.firm_id == actor.firm_id, model.id == record_id).scalar_subquery()
    session.execute(select(Matter.id).where(Matter.firm_id == actor.firm_id, Matter.id == matter_id).with_for_update(key_share=True))


def _of_month(session: Session, row: FeeTerm, term: Term, month: date) -> Iterator[_New]:
    end, words = month_end(month), month_words(month)
    if isinstance(term, Minimum) and term.is_monthly:
        worked = hourly_minor(session, firm_id=row.firm_id, matter_id=row.matter_id, first=month, last=end)
        name, steps = f"Minimum fee for {words}", minimum_steps(term, worked, when=f"in {words}")
        yield _New("minimum", month, end, name, name, worked, term.missing_minor(worked), steps)
    if isinstance(term, MonthlyRetainer):
        name = f"{term.name}, {words}"
        yield _New("retainer", month, end, name, name, 0, term.amount_minor, retainer_steps(term, month))
    if isinstance(term, MonthlyRetainer) and term.hours_hundredths:
        hours = covered_hundredths(session, firm_id=row.firm_id, matter_id=row.matter_id, month=month)
        name = f"Time beyond the retainer, {words}"
        yield _New("beyond", month, end, name, name, 0, term.beyond_minor(hours), beyond_steps(term, hours, month))


def _not_recorded(session: Session, row: FeeTerm, new: Sequence[_New], month: date) -> list[_New]:
    """Those of a month that do not stand yet: one of them may have been undone by itself."""
    mine = (AgreedFee.firm_id == row.firm_id, AgreedFee.matter_id == row.matter_id, AgreedFee.undone_at.is_(None))
    known = set(session.scalars(select(AgreedFee.kind).where(*mine, AgreedFee.period_start == month)))
    left = [one for one in new if one.kind not in known]
    if not left:
        raise Conflict(f"{month_words(month)} was recorded before. Look at the agreement as it is now.")
    return left


def _refuse_earlier(session: Session, row: AgreedFee) -> None:
    """Later results go on where this one ends; the last of them is the one to begin with."""
    mine = (AgreedFee.firm_id == row.firm_id, AgreedFee.matter_id == row.matter_id, AgreedFee.undone_at.is_(None))
    later = select(AgreedFee).where(*mine, AgreedFee.name == row.name, AgreedFee.id > row.id).order_by(AgreedFee.id.desc()).limit(1)
    last = session.scalars(later).one_or_none()
    if last is not None:
        achieved = Money(last.value_minor, firm_terms(session, row.firm_id).currency)
        named = f"The later result of {day_text(last.charged_on)}, {achieved} achieved,"
        raise NotAllowed(f"{named} goes on where this one ends. {_to_undo(session, last)}", code="later_result")


def _to_undo(session: Session, row: AgreedFee) -> str:
    """What to do so that a fee is out of the way."""
    line = (PreBillLine.firm_id == row.firm_id, PreBillLine.fixed_fee_entry_id == row.fixed_fee_entry_id, PreBillLine.state == "included")
    is_billed = row.fixed_fee_entry_id is not None and session.scalar(select(PreBillLine.id).where(*line).limit(1)) is not None
    return "Discard its pre-bill or void its invoice, undo it, then this one." if is_billed else "Undo that one first."


def _record(session: Session, command: CommandRecord, term: FeeTerm, new: _New) -> AgreedFee:
    entry_id = None
    if new.amount_minor:
        fee = FixedFee(term.matter_id, new.charged_on, new.amount_minor, new.description, derivation=steps_data(new.steps))
        entry = add_fixed_fee(session, command, fee)
        prepare_transfer(session, command, entry)
        entry_id = entry.id
    row = AgreedFee(firm_id=term.firm_id, matter_id=term.matter_id, fee_term_id=term.id, kind=new.kind, period_start=new.period_start)
    row.charged_on, row.name, row.value_minor, row.amount_minor = new.charged_on, new.name, new.value_minor, new.amount_minor
    row.fixed_fee_entry_id, row.recorded_at, row.recorded_by_user_id = entry_id, command.at, command.actor.user_id
    session.add(row)
    session.flush()
    _tell(session, command, row, "recorded")
    return row


def _tell(session: Session, command: CommandRecord, row: AgreedFee, deed: str) -> None:
    after = {"agreed_fee_id": row.id, "title": row.name, "amount_minor": row.amount_minor, "value_minor": row.value_minor}
    audit(session, command, action=f"agreed_fee.{deed}", subject_kind="matter", subject_id=row.matter_id, after=after)
