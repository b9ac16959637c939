"""The categories of expenses: added, changed, retired, brought back; and the usual ones, added at once."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.changes import Changed, change, lock_record
from lexapp.books.uniqueness import taken_meanwhile
from lexapp.database import transaction
from lexapp.domain.amounts import check_size
from lexapp.domain.errors import InvalidInput
from lexapp.domain.permissions import Actor
from lexapp.domain.utbms import EXPENSES
from lexapp.models import ExpenseCategory, Firm, UnitRate

NOUN = "expense category"


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryTerms:
    """What is said of a category. Amounts in minor units of what was paid, above which a receipt or an approval is needed; None: never."""

    name: str
    code: str = ""
    kind: str = "hard"
    unit: str = ""
    is_taxed: bool = True
    receipt_above_minor: int | None = None
    approval_above_minor: int | None = None

    def check(self, currency: str) -> None:
        """Refuse, beside its field, what cannot be."""
        if not self.name.strip():
            raise InvalidInput("Write the name of the category, such as Filing fees.", field="name")
        if self.code and EXPENSES.lookup(self.code) is None:
            raise InvalidInput("Choose the code of the list.", field="code")
        if self.kind not in ("hard", "soft"):
            raise InvalidInput("Choose whether it is paid to somebody else or an own cost.", field="kind")
        if len(self.unit) > 40:
            raise InvalidInput("Write in at most 40 characters what one is called.", field="unit")
        for field in ("receipt_above_minor", "approval_above_minor"):
            minor = getattr(self, field)
            if minor is not None:
                if minor < 0:
                    raise InvalidInput("Write an amount of zero or more.", field=field)
                check_size(minor, currency, field=field)


USUAL = (
    CategoryTerms(name="Photocopies", code="E101", kind="soft", unit="page"),
    CategoryTerms(name="Mileage", code="E109", kind="soft", unit="mile"),
    CategoryTerms(name="Filing fees", code="E112", is_taxed=False),
    CategoryTerms(name="Court reporter", code="E115"),
    CategoryTerms(name="Travel", code="E110"),
    CategoryTerms(name="Meals", code="E111"),
    CategoryTerms(name="Expert", code="E119"),
    CategoryTerms(name="Postage", code="E108", kind="soft"),
    CategoryTerms(name="Research", code="E106", kind="soft"),
)
"""What most firms have. Court fees are paid for the client, so they are outside of taxes (docs/money.md)."""


def add_expense_category(
    session: Session, *, actor: Actor, terms: CategoryTerms, key: str | None = None, now: datetime | None = None
) -> ExpenseCategory:
    """Offer one more category for expenses. Names differ in more than the case of their letters."""
    actor.require("settings.edit")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="expense_category.add", inputs=asdict(terms), key=key, now=now)
        if command.result is not None:
            return session.get_one(ExpenseCategory, command.result["expense_category_id"])
        terms.check(_currency(session, actor))
        _refuse_taken(session, actor.firm_id, terms.name)
        category = ExpenseCategory(firm_id=actor.firm_id, created_at=command.at, **asdict(terms))
        session.add(category)
        _flush(session, terms.name)
        _finish(session, command, category, "expense_category.added", Changed({}, asdict(terms)))
    return category


def add_usual_categories(session: Session, *, actor: Actor, key: str | None = None, now: datetime | None = None) -> int:
    """Add those of the usual categories whose names the firm has not; returns how many."""
    actor.require("settings.edit")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="expense_category.add_usual", inputs={}, key=key, now=now)
        if command.result is not None:
            return int(command.result["added"])
        mine = ExpenseCategory.firm_id == actor.firm_id
        names = {name.lower() for name in session.scalars(select(ExpenseCategory.name).where(mine))}
        new = [one for one in USUAL if one.name.lower() not in names]
        for one in new:
            session.add(ExpenseCategory(firm_id=actor.firm_id, created_at=command.at, **asdict(one)))
        session.flush()
        after = {"names": [one.name for one in new]}
        audit(session, command, action="expense_category.usual_added", subject_kind="firm", subject_id=actor.firm_id, after=after)
        succeed(session, command, added=len(new))
    return len(new)


def change_expense_category(
    session: Session,
    *,
    actor: Actor,
    expense_category_id: int,
    version: int,
    terms: CategoryTerms,
    key: str | None = None,
    now: datetime | None = None,
) -> ExpenseCategory:
    """Change what holds for a category from now on. Recorded expenses keep what they were saved with. Raises Conflict, InvalidInput."""
    actor.require("settings.edit")
    inputs = {"expense_category_id": expense_category_id, "version": version, **asdict(terms)}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="expense_category.change", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(ExpenseCategory, expense_category_id)
        terms.check(_currency(session, actor))
        row = lock_record(session, ExpenseCategory, firm_id=actor.firm_id, record_id=expense_category_id, version=version, noun=NOUN)
        if terms.name != row.name:
            _refuse_counted(session, row)
            _refuse_taken(session, actor.firm_id, terms.name, besides=row.id)
        changed = change(row, {field.name: getattr(terms, field.name) for field in fields(terms)})
        _flush(session, terms.name)
        _finish(session, command, row, "expense_category.changed", changed)
    return row


def retire_expense_category(
    session: Session, *, actor: Actor, expense_category_id: int, key: str | None = None, now: datetime | None = None
) -> ExpenseCategory:
    """Offer it no more. Expenses that have it keep it."""
    return _set_retired(session, actor, expense_category_id, retired=True, key=key, now=now)


def bring_back_expense_category(
    session: Session, *, actor: Actor, expense_category_id: int, key: str | None = None, now: datetime | None = None
) -> ExpenseCategory:
    """Offer it again."""
    return _set_retired(session, actor, expense_category_id, retired=False, key=key, now=now)


def _set_retired(session: Session, actor: Actor, id_: int, *, retired: bool, key: str | None, now: datetime | None) -> ExpenseCategory:
    actor.require("settings.edit")
    verb = "retire" if retired else "bring_back"
    with transaction(session, actor.firm_id):
        inputs = {"expense_category_id": id_}
        command = record_command(session, actor=actor, name=f"expense_category.{verb}", inputs=inputs, key=key, now=now)
        row = lock_record(session, ExpenseCategory, firm_id=actor.firm_id, record_id=id_, noun=NOUN)
        if (row.retired_at is not None) != retired and command.result is None:
            changed = change(row, {"retired_at": command.at if retired else None})
            session.flush()
            _finish(session, command, row, f"expense_category.{'retired' if retired else 'brought_back'}", changed)
    return row


def _currency(session: Session, actor: Actor) -> str:
    return session.execute(select(Firm.currency).where(Firm.id == actor.firm_id)).scalar_one()


def _refuse_counted(session: Session, row: ExpenseCategory) -> None:
    mine = (UnitRate.firm_id == row.firm_id, UnitRate.name == row.name, UnitRate.removed_at.is_(None))
    if session.scalar(select(UnitRate.id).where(*mine).limit(1)):
        raise InvalidInput(f"It is counted at the rates called {row.name}, so it keeps this name. Retire it and add another.", field="name")


def _refuse_taken(session: Session, firm_id: int, name: str, *, besides: int | None = None) -> None:
    same = (ExpenseCategory.firm_id == firm_id) & (func.lower(ExpenseCategory.name) == name.lower())
    if session.scalar(select(ExpenseCategory.id).where(same)) not in (None, besides):
        raise _taken(name)


def _taken(name: str) -> InvalidInput:
    return InvalidInput(f"There is a category called {name} already. Bring that one back, or choose another name.", field="name")


def _flush(session: Session, name: str) -> None:
    with taken_meanwhile("uq_expense_categories_firm_id_name", _taken(name)):
        session.flush()


def _finish(session: Session, command: CommandRecord, row: ExpenseCategory, action: str, changed: Changed) -> None:
    was = {"before": changed.before, "after": changed.after}
    audit(session, command, action=action, subject_kind="expense_category", subject_id=row.id, **was)
    succeed(session, command, expense_category_id=row.id)
