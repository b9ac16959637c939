"""For each kind of term: the fields of its section, how they are read, and how a term is written into them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from flask_login import current_user

from lexapp.domain.agreements import (
    AdvanceRetainer,
    AgreedCap,
    AgreedContingency,
    AgreedDiscount,
    Due,
    DueBy,
    Expenses,
    Flat,
    Hourly,
    HourlyRate,
    Milestones,
    Minimum,
    MonthlyRetainer,
    Part,
    ShareBy,
    SuccessFee,
    Term,
)
from lexapp.domain.agreements.dues import LONGEST_TASK
from lexapp.domain.agreements.fixed import LONGEST_NAME
from lexapp.domain.agreements.milestones import MOST_PARTS
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput
from lexapp.domain.money import Money
from lexapp.domain.shares import parse_percent, percent_text
from lexapp.web.classes import class_choices
from lexapp.web.dates import parse_date, today_here
from lexapp.web.fee_terms.coverage import coverage_fields, read_coverage, typed_coverage
from lexapp.web.fee_terms.expenses import ExpensesFields
from lexapp.web.fee_terms.outcomes import AdvanceFields, ContingencyFields, MinimumFields, MonthlyFields, SuccessFields
from lexapp.web.fee_terms.reducing import CapFields, DiscountFields
from lexapp.web.filters import money_plain
from lexapp.web.forms import ChoiceField, MoneyField, RateField, TextField

FIRST_LINES, MORE_LINES = 3, 3
USUAL_CLASSES = ("PARTNR", "ASSOC", "PARALG")
DUE_BY = ((DueBy.HAND.value, "When marked as reached"), (DueBy.TASK.value, "When this task is done"), (DueBy.DATE.value, "On this day"))
SHARE_BY = ((ShareBy.AMOUNTS.value, "Amounts"), (ShareBy.PERCENT.value, "Percent of a total"))
Read = Callable[[str], Any]
"""The field of a section by its short name."""


class TermFields(Protocol):
    """What a kind of term has to have, to stand in the form. Errors of `read` name short names of fields."""

    def fields(self, lines: int) -> dict[str, Any]: ...

    def read(self, field: Read, lines: int) -> Term: ...

    def typed(self, term: Any) -> dict[str, str]: ...


class HourlyFields:
    """A rate for each class, or one for everybody; a line without an amount says nothing."""

    def fields(self, lines: int) -> dict[str, Any]:
        classes, found = [("", "Everybody"), *class_choices()], {}
        for number in range(1, lines + 1):
            usual = USUAL_CLASSES[number - 1] if number <= len(USUAL_CLASSES) else ""
            found[f"rate_{number}_class"] = ChoiceField("For", choices=classes, default=usual)
            found[f"rate_{number}_minor"] = RateField("Rate")
        return found

    def read(self, field: Read, lines: int) -> Term:
        amounts = [(field(f"rate_{n}_class").data, field(f"rate_{n}_minor").data) for n in range(1, lines + 1)]
        return Hourly(tuple(HourlyRate(code, amount.minor) for code, amount in amounts if amount))

    def typed(self, term: Hourly) -> dict[str, str]:
        found = {"lines": str(min(max(len(term.rates), FIRST_LINES), MOST_PARTS))}
        for number, rate in enumerate(term.rates, 1):
            found[f"rate_{number}_class"] = rate.classification
            found[f"rate_{number}_minor"] = money_plain(Money(rate.per_hour_minor, current_user.currency))
        return found


class FlatFields:
    """One fee."""

    def fields(self, lines: int) -> dict[str, Any]:  # noqa: ARG002
        named = {"name": TextField("For", longest=LONGEST_NAME), "amount_minor": MoneyField("Amount")}
        return {**named, **_due_fields(), **coverage_fields()}

    def read(self, field: Read, lines: int) -> Term:  # noqa: ARG002
        amount = field("amount_minor").data
        paid = {"name": field("name").data or "", "amount_minor": amount.minor if amount else 0}
        return Flat(**paid, due=_due(field, ""), pays_for=read_coverage(field))

    def typed(self, term: Flat) -> dict[str, str]:
        amount = money_plain(Money(term.amount_minor, current_user.currency))
        return {"name": term.name, "amount_minor": amount, **_typed_due(term.due, ""), **typed_coverage(term.pays_for)}


class MilestonesFields:
    """As many lines as the section was given; empty ones are none."""

    def fields(self, lines: int) -> dict[str, Any]:
        found: dict[str, Any] = {"by": ChoiceField("Written as", choices=SHARE_BY, default=ShareBy.AMOUNTS.value)}
        found["total_minor"] = MoneyField("Whole fee", hint="Needed for percentages")
        for number in range(1, lines + 1):
            found[f"part_{number}_name"] = TextField("Milestone", longest=LONGEST_NAME)
            found[f"part_{number}_share"] = TextField("Amount or %", longest=30)
            found |= _due_fields(f"part_{number}_")
        return found | coverage_fields()

    def read(self, field: Read, lines: int) -> Term:
        by = ShareBy(field("by").data)
        numbers = [n for n in range(1, lines + 1) if field(f"part_{n}_name").data or field(f"part_{n}_share").data]
        parts = tuple(self._part(field, by, number) for number in numbers)
        total = field("total_minor").data
        return Milestones(parts=parts, by=by, total_minor=total.minor if total else None, pays_for=read_coverage(field))

    def _part(self, field: Read, by: ShareBy, number: int) -> Part:
        text = field(f"part_{number}_share").data or ""
        try:
            share = parse_percent(text) if by is ShareBy.PERCENT else Money.parse(text, current_user.currency, positive=True).minor
        except InvalidInput as error:
            raise InvalidInput(error.message, field=f"part_{number}_share") from error
        return Part(field(f"part_{number}_name").data or "", share, _due(field, f"part_{number}_"))

    def typed(self, term: Milestones) -> dict[str, str]:
        found = {"by": term.by.value, "lines": str(min(max(len(term.parts), FIRST_LINES), MOST_PARTS))}
        if term.total_minor:
            found["total_minor"] = money_plain(Money(term.total_minor, current_user.currency))
        for number, part in enumerate(term.parts, 1):
            is_percent = term.by is ShareBy.PERCENT
            found[f"part_{number}_name"] = part.name
            found[f"part_{number}_share"] = (
                percent_text(part.share) if is_percent else money_plain(Money(part.share, current_user.currency))
            )
            found |= _typed_due(part.due, f"part_{number}_")
        return found | typed_coverage(term.pays_for)


TERM_FIELDS: dict[str, TermFields] = {
    Hourly.kind: HourlyFields(),
    Flat.kind: FlatFields(),
    Milestones.kind: MilestonesFields(),
    AgreedContingency.kind: ContingencyFields(),
    SuccessFee.kind: SuccessFields(),
    Minimum.kind: MinimumFields(),
    MonthlyRetainer.kind: MonthlyFields(),
    AdvanceRetainer.kind: AdvanceFields(),
    AgreedDiscount.kind: DiscountFields(),
    AgreedCap.kind: CapFields(),
    Expenses.kind: ExpensesFields(),
}
"""The kinds that can be written on the screen, in the order in which they are offered."""


def _due_fields(prefix: str = "") -> dict[str, Any]:
    due = TextField("Day or task", longest=LONGEST_TASK)
    return {f"{prefix}due_by": ChoiceField("Due", choices=DUE_BY, default=DueBy.HAND.value), f"{prefix}due": due}


def _due(field: Read, prefix: str) -> Due:
    by, text = DueBy(field(f"{prefix}due_by").data), field(f"{prefix}due").data or ""
    if by is DueBy.TASK:
        return Due.when_done(text)
    if by is DueBy.HAND and text:
        raise InvalidInput("Choose what makes this count: on this day, or when this task is done. Or empty it.", field=f"{prefix}due_on")
    if by is DueBy.HAND:
        return Due()
    try:
        return Due(by, on=parse_date(text, today=today_here()) if text else None)
    except ValueError as error:
        raise InvalidInput(str(error), field=f"{prefix}due_on") from error


def _typed_due(due: Due, prefix: str) -> dict[str, str]:
    return {f"{prefix}due_by": due.by.value, f"{prefix}due": day_text(due.on) if due.on else due.task}
