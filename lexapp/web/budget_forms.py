"""The form of a budget: the whole, a line for each UTBMS phase, a few for tasks, and what happens at its thresholds."""

from __future__ import annotations

from typing import Any

from flask_login import current_user

from lexapp.domain.budgets import CODES, DEFAULT_THRESHOLDS, Beyond, Budget, BudgetPart, phase_of, read_thresholds
from lexapp.domain.errors import InvalidInput, Refused
from lexapp.domain.money import Money
from lexapp.domain.quantities import parse_hundredths
from lexapp.domain.reductions import Counts
from lexapp.web.forms import ChoiceField, CommandForm, FirstDayField, LastDayField, MoneyField, NoteField, TextField
from lexapp.web.forms.figures import FigureField

PHASES = tuple(code for code in CODES if code == phase_of(code))
TASK_LINES = 3
COUNTS = ((Counts.FEES.value, "Fees"), (Counts.ALL.value, "Fees and expenses"))
BEYONDS = ((Beyond.WARN.value, "Warned of, and billed"), (Beyond.BLOCK.value, "Not billed unless somebody lets it be"))
_MOST_HUNDREDTHS = 10_000_000


class HoursOfBudget(FigureField):
    """Hours as a number with up to two decimals, in hundredths: more than a day has."""

    def parse(self, text: str) -> int:
        found = parse_hundredths(text.replace(",", ""), maximum=_MOST_HUNDREDTHS)
        if found == 0:
            raise InvalidInput("Write hours above zero.")
        return found

    def show(self, data: int) -> str:
        return f"{data // 100}" if data % 100 == 0 else f"{data // 100}.{data % 100:02d}"


class BudgetForm(CommandForm):
    """Lines of phases and tasks that stay empty have no budget of their own."""

    effective_from = FirstDayField("From", needed="Write the first day.", hint="The budget before ends the day before")
    effective_to = LastDayField("Until", hint="Empty: until another budget starts")
    counts_from = FirstDayField("Counts work from", hint="Empty: all work of the matter")
    amount_minor = MoneyField("Amount")
    hours_hundredths = HoursOfBudget("Hours")
    counts = ChoiceField("Counts", choices=COUNTS, default=Counts.FEES.value)
    beyond = ChoiceField("Work beyond it is", choices=BEYONDS, default=Beyond.WARN.value)
    thresholds = TextField("Warn at", longest=60, hint="Percents; each is told once to the responsible timekeeper")
    note = NoteField("Note", longest=4_000)

    @property
    def phases(self) -> list[tuple[str, str, Any, Any]]:
        """Code, name, and the two fields of each phase."""
        return [(code, CODES[code], self[f"{code}_amount"], self[f"{code}_hours"]) for code in PHASES]

    @property
    def tasks(self) -> list[tuple[Any, Any, Any]]:
        """The three fields of each line for a task."""
        return [(self[f"task_{n}"], self[f"task_{n}_amount"], self[f"task_{n}_hours"]) for n in range(1, TASK_LINES + 1)]

    def budget(self) -> Budget:
        """What was typed. Only after validation; raises InvalidInput beside a field."""
        return Budget(
            effective_from=self.effective_from.data,
            effective_to=self.effective_to.data,
            counts_from=self.counts_from.data,
            amount_minor=_minor(self.amount_minor),
            hours_hundredths=self.hours_hundredths.data,
            parts=tuple(self._parts()),
            counts=Counts(self.counts.data),
            beyond=Beyond(self.beyond.data),
            thresholds=read_thresholds(self.thresholds.data or ""),
            note=self.note.data or "",
        )

    def _parts(self) -> list[BudgetPart]:
        typed = [BudgetPart(code, _minor(amount), hours.data) for code, _, amount, hours in self.phases]
        for task, amount, hours in self.tasks:
            part = BudgetPart(task.data or "", _minor(amount), hours.data)
            is_empty = part.amount_minor is None and part.hours_hundredths is None
            if is_empty and task.data:
                raise InvalidInput("Write its amount or its hours, or choose no task.", field=amount.name)
            if not is_empty and not task.data:
                raise InvalidInput("Choose the task, or empty the line.", field=task.name)
            typed.append(part)
        return [part for part in typed if part.amount_minor is not None or part.hours_hundredths is not None]

    def refuse(self, error: Refused) -> None:
        """What is wrong with a task stands in its line."""
        code, _, what = (error.field or "").partition("_")
        line = next((n for n, (task, _, _) in enumerate(self.tasks, 1) if task.data == code), 0)
        if error.field and error.field not in self._fields and line:
            error.field = f"task_{line}_{what}"
        super().refuse(error)


for _code in PHASES:
    setattr(BudgetForm, f"{_code}_amount", MoneyField(f"{_code} amount"))
    setattr(BudgetForm, f"{_code}_hours", HoursOfBudget(f"{_code} hours"))
_TASKS = [(code, f"{code} {name}") for code, name in CODES.items() if code not in PHASES]
for _n in range(1, TASK_LINES + 1):
    setattr(BudgetForm, f"task_{_n}", ChoiceField(f"Task {_n}", choices=_TASKS, empty="Choose a task…"))
    setattr(BudgetForm, f"task_{_n}_amount", MoneyField(f"Task {_n} amount"))
    setattr(BudgetForm, f"task_{_n}_hours", HoursOfBudget(f"Task {_n} hours"))


def _minor(field: Any) -> int | None:
    return field.data.minor if field.data else None


def beginning(budget: Budget | None) -> dict[str, Any]:
    """The values of a new form: those of the budget in force, to be raised or divided anew."""
    if budget is None:
        return {"thresholds": thresholds_text(DEFAULT_THRESHOLDS)}
    values: dict[str, Any] = {"counts": budget.counts.value, "beyond": budget.beyond.value, "note": budget.note}
    values |= {"counts_from": budget.counts_from, "thresholds": thresholds_text(budget.thresholds)}
    values |= _figures("amount_minor", "hours_hundredths", BudgetPart("", budget.amount_minor, budget.hours_hundredths))
    tasks = 0
    for part in budget.parts:
        if part.code in PHASES:
            values |= _figures(f"{part.code}_amount", f"{part.code}_hours", part)
        elif tasks < TASK_LINES:
            tasks += 1
            values |= {f"task_{tasks}": part.code, **_figures(f"task_{tasks}_amount", f"task_{tasks}_hours", part)}
    return values


def _figures(amount: str, hours: str, part: BudgetPart) -> dict[str, Any]:
    money = None if part.amount_minor is None else Money(part.amount_minor, current_user.currency)
    return {amount: money, hours: part.hours_hundredths}


def thresholds_text(thresholds: tuple[int, ...]) -> str:
    return ", ".join(str(one) for one in thresholds)
