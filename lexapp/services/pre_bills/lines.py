"""Review a line of an open pre-bill: edit it, hold it back, take it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.agreed_reductions import Reworked, lock_matter
from lexapp.books.guidelines import guidelines_on, written_line
from lexapp.books.volume_discounts import clear_volume
from lexapp.database import transaction
from lexapp.domain.errors import Conflict, InvalidInput, NotFound
from lexapp.domain.guidelines import require_followed
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.domain.pre_bills import LineEdit, LineFigures, edited
from lexapp.domain.pricing import LineKind
from lexapp.models import Firm, PreBill, PreBillLine
from lexapp.models.bound import bound_entry
from lexapp.services.pre_bills.reducing import rework
from lexapp.services.pre_bills.states import lock_pre_bill, require_open

LONGEST_NARRATIVE = 15_000
ABOVE = "This was agreed with the client, or settled. Charge that or less, and say why."


@dataclass(frozen=True, slots=True)
class LineChange:
    """What a reviewer typed. Amounts in minor units: `adjustment_minor` <= 0 is shown to the client, `write_down_minor` >= 0 is not."""

    narrative: str
    quantity_hundredths: int
    rate_minor: int
    task_code: str = ""
    activity_code: str = ""
    expense_code: str = ""
    write_down_minor: int = 0
    write_down_reason: str = ""
    adjustment_minor: int = 0
    adjustment_reason: str = ""
    no_charge: bool = False

    def inputs(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}


def edit_line(
    session: Session,
    *,
    actor: Actor,
    line_id: int,
    change: LineChange,
    version: int,
    key: str | None = None,
    now: datetime | None = None,
) -> PreBillLine:
    """Change a line's words, codes and figures; what it loses against the entry is its write-down and needs a reason.

    Raises InvalidInput naming the field where the figures do not multiply out or the client does not accept what is written, Conflict
    when somebody else changed the line first.
    """
    actor.require("pre_bill.edit")
    inputs = {"line_id": line_id, "version": version, **change.inputs()}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="pre_bill_line.edit", inputs=inputs, key=key, now=now)
        line, pre_bill = _lock_line(session, actor, line_id, None if command.result is not None else version)
        if command.result is not None:
            return line
        require_open(pre_bill)
        before = _facts(line)
        written = written_line(line)
        clear_volume(line)
        charged = line.amount_minor
        _apply(session, line, change)
        rules = guidelines_on(session, firm_id=line.firm_id, matter_id=pre_bill.matter_id, on=line.dated_on)
        require_followed(rules, written_line(line), before=written)
        _touch(session, command, pre_bill, line, "pre_bill_line.edited", before)
        rework(session, command, matter_id=pre_bill.matter_id, first=[Reworked(line, line.amount_minor - charged)])
    return line


def hold_back_line(
    session: Session, *, actor: Actor, line_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> PreBillLine:
    """Leave a line off this bill; its entry is unbilled again and comes up on the next."""
    return _set_state(session, actor, line_id, "held", version, key, now)


def take_back_line(
    session: Session, *, actor: Actor, line_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> PreBillLine:
    """Put a held line on the bill again. Raises Conflict when another pre-bill has taken its entry meanwhile."""
    return _set_state(session, actor, line_id, "included", version, key, now)


def _set_state(
    session: Session, actor: Actor, line_id: int, state: str, version: int, key: str | None, now: datetime | None
) -> PreBillLine:
    actor.require("pre_bill.edit")
    inputs = {"line_id": line_id, "state": state, "version": version}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name=f"pre_bill_line.{state}", inputs=inputs, key=key, now=now)
        line, pre_bill = _lock_line(session, actor, line_id, None if command.result is not None else version)
        if command.result is not None or line.state == state:
            return line
        require_open(pre_bill)
        if state == "included":
            _require_free(session, line)
        before: dict[str, object] = {"state": line.state}
        line.state = state
        try:
            _touch(session, command, pre_bill, line, f"pre_bill_line.{state}", before)
        except IntegrityError as error:
            raise _taken() from error
        charged = line.amount_minor - line.volume_minor
        rework(session, command, matter_id=pre_bill.matter_id, first=[Reworked(line, charged if state == "included" else -charged)])
    return line


def _require_free(session: Session, line: PreBillLine) -> None:
    """Nobody billed the entry while it was held back: not to this payer, and not more of it to the others than is left."""
    same = (
        PreBillLine.time_entry_id == line.time_entry_id
        if line.time_entry_id
        else PreBillLine.expense_entry_id == line.expense_entry_id
        if line.expense_entry_id
        else PreBillLine.fixed_fee_entry_id == line.fixed_fee_entry_id
    )
    live = select(func.coalesce(func.sum(PreBillLine.share_basis_points), 0), func.count().filter(PreBillLine.payer_id == line.payer_id))
    share, own = session.execute(live.where(PreBillLine.firm_id == line.firm_id, same, PreBillLine.state == "included")).one()
    if own or share + line.share_basis_points > 10_000:
        raise _taken()


def _taken() -> Conflict:
    return Conflict("This work is on another pre-bill by now. Hold it back there first, then take it back here.")


def _lock_line(session: Session, actor: Actor, line_id: int, version: int | None) -> tuple[PreBillLine, PreBill]:
    """The line with the pre-bills of its matter locked: two reviewers of one matter take turns."""
    mine = (PreBillLine.firm_id == actor.firm_id) & (PreBillLine.id == line_id)
    of_matter = (PreBill.firm_id == PreBillLine.firm_id) & (PreBill.id == PreBillLine.pre_bill_id)
    place = session.execute(select(PreBill.id, PreBill.matter_id).join(PreBillLine, of_matter).where(mine)).first()
    if place is None:
        raise NotFound("There is no such line.")
    lock_matter(session, firm_id=actor.firm_id, matter_id=place.matter_id)
    pre_bill = lock_pre_bill(session, actor, place.id)
    line = session.execute(select(PreBillLine).where(mine).execution_options(populate_existing=True)).scalar_one()
    if version is not None and line.version != version:
        raise Conflict("Somebody changed this line since you opened it. Compare what stands now with what you want, then do it again.")
    return line, pre_bill


def _apply(session: Session, line: PreBillLine, change: LineChange) -> None:
    narrative = change.narrative.strip()
    if not narrative or len(narrative) > LONGEST_NARRATIVE:
        raise InvalidInput(f"Type what was done, in at most {LONGEST_NARRATIVE:,} characters.", field="narrative")
    figures = _figures(session, line, change)
    if figures.write_down_minor < 0:
        _refuse_above(session, line)
    if figures.write_down_minor and not change.write_down_reason.strip():
        raise InvalidInput("Say why the line is charged differently from the entry. The client does not see it.", field="write_down_reason")
    if figures.adjustment_minor and not change.adjustment_reason.strip():
        raise InvalidInput("Say why it is reduced. The client reads it beside the line.", field="adjustment_reason")
    line.narrative = narrative
    line.task_code, line.activity_code, line.expense_code = change.task_code, change.activity_code, change.expense_code
    line.billing_status = "no_charge" if change.no_charge else "billable"
    line.write_down_reason = change.write_down_reason.strip() if figures.write_down_minor else ""
    line.adjustment_reason = change.adjustment_reason.strip() if figures.adjustment_minor else ""
    line.agreed_reason = line.agreed_reason if figures.agreed_minor else ""
    for name in LineFigures.__slots__:
        setattr(line, name, getattr(figures, name))


def _refuse_above(session: Session, line: PreBillLine) -> None:
    """Refuse to charge more than a fee agreement or a settled statement says."""
    if line.fixed_fee_entry_id is None and line.expense_entry_id is None:
        return
    of = {"fixed_fee_entry_id": line.fixed_fee_entry_id, "expense_entry_id": line.expense_entry_id}
    if session.scalar(bound_entry(line.firm_id, **of)) is not None:
        raise InvalidInput(ABOVE, field="rate", code="above_agreed")


def _figures(session: Session, line: PreBillLine, change: LineChange) -> LineFigures:
    currency = session.execute(select(Firm.currency).where(Firm.id == line.firm_id)).scalar_one()
    before = LineFigures(**{name: getattr(line, name) for name in LineFigures.__slots__})
    edit = LineEdit(
        quantity_hundredths=change.quantity_hundredths,
        rate=Money(change.rate_minor, currency),
        adjustment=Money(change.adjustment_minor, currency),
        write_down=Money(change.write_down_minor, currency),
        no_charge=change.no_charge,
    )
    return edited(LineKind(line.kind), line.entry_amount_minor, before, edit)


def _facts(line: PreBillLine) -> dict[str, object]:
    names = ("narrative", "billing_status", "write_down_reason", "adjustment_reason", *LineFigures.__slots__)
    return {name: getattr(line, name) for name in names}


def _touch(session: Session, command: CommandRecord, pre_bill: PreBill, line: PreBillLine, action: str, before: dict[str, object]) -> None:
    line.version += 1
    pre_bill.version += 1
    session.flush()
    after = _facts(line) | {"state": line.state}
    changed = {name: after[name] for name in before if before[name] != after[name]}
    old = {name: before[name] for name in changed}
    audit(session, command, action=action, subject_kind="pre_bill_line", subject_id=line.id, before=old, after=changed)
    succeed(session, command, line_id=line.id)
