"""The form of an expense: its category, what it is counted at, and what goes with it."""

from __future__ import annotations

from typing import Any

from flask_login import current_user
from wtforms import ValidationError

from lexapp.database import db
from lexapp.domain.unit_rates import resolve_unit_rate, unit_rate_text
from lexapp.domain.utbms import EXPENSES
from lexapp.queries.expense_categories import CategoryRow, offered_categories
from lexapp.queries.unit_rates import unit_rates
from lexapp.web.entry_forms import BILLING, MATTER_NEEDED, CodeField, MatterField, QuantityField, VersionedForm, today
from lexapp.web.forms import ChoiceField, DateField, FileField, MoneyField, NoteField, TextField

COST_KINDS = (("hard", "Hard cost, paid to a third party"), ("soft", "Soft cost, our own"))


class CategoryField(ChoiceField):
    """A category of expenses; one that is counted at a rate says so, and hides what then does not count."""

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(label, empty="None", default="", coerce=str, **options)
        self.type = "ChoiceField"
        self.rows: list[CategoryRow] = []

    def offer(self) -> None:
        """The firm's categories, and the one that an entry has."""
        present = str(self.object_data or "")
        also_id = int(present) if present.isdigit() else None
        self.rows = offered_categories(db.session(), firm_id=current_user.actor.firm_id, on=today(), also_id=also_id)
        self.pairs = [(str(row.category.id), _category_label(row)) for row in self.rows]

    def iter_choices(self) -> Any:
        counted = {str(row.category.id) for row in self.rows if row.is_counted}
        for value, label, chosen, _ in super().iter_choices():
            yield value, label, chosen, {"data-counted": ""} if value in counted else {}

    @property
    def counted_name(self) -> str:
        """The name of the chosen category, where it is counted."""
        return next((row.category.name for row in self.rows if row.is_counted and str(row.category.id) == str(self.data)), "")


def _category_label(row: CategoryRow) -> str:
    if row.rate is None:
        return row.category.name
    return f"{row.category.name}, {unit_rate_text(row.rate.rate_hundredths, current_user.currency)} a {row.rate.unit}"


class ExpenseForm(VersionedForm):
    """An expense entry."""

    incurred_on = DateField("Date", needed="Write the day of the expense, for example today or Nov 19.", latest=today, default=today)
    matter_id = MatterField(needed=MATTER_NEEDED)
    category_id = CategoryField("Category")
    kind = ChoiceField("Kind", choices=COST_KINDS, default="")
    code = CodeField("Code", EXPENSES)
    vendor = TextField("Paid to", longest=200)
    unit_rate_name = ChoiceField("Counted at a rate", empty="No: a price of its own", default="")
    quantity_hundredths = QuantityField("Quantity", needed="Write how many there were.", default=100)
    unit_minor = MoneyField("Price", zero=True)
    cost_minor = MoneyField("What we paid", zero=True, hint="Empty: the price. An agreed mark-up is added by itself")
    billing_status = ChoiceField("Billing", choices=BILLING, default="billable")
    description = NoteField("Description", longest=1000, needed="Write what it was for.")
    receipt = FileField("Receipt", accept="image/jpeg,image/png,application/pdf", hint="A photograph or a PDF of at most 15 MB")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.category_id.offer()
        named = {row.category.name for row in self.category_id.rows}
        present = self.unit_rate_name.object_data or ""
        self.unit_rate_name.pairs = [pair for pair in rate_choices(present) if pair[0] not in named or pair[0] == present]
        if self.category_id.pairs and not self.kind.object_data:
            self.kind.pairs = (("", "As usual for the category"), *COST_KINDS)
        elif not self.kind.data:
            self.kind.data = "hard"

    @property
    def rate_name(self) -> str:
        """The rates that it is counted at; empty: none."""
        return self.category_id.counted_name or self.unit_rate_name.data or ""

    def validate_unit_minor(self, field: MoneyField) -> None:
        if field.data is None and not (field.raw_data and str(field.raw_data[0]).strip()) and not self.rate_name:
            raise ValidationError("Write the price of one, or choose a rate.")


def rate_choices(present: str = "") -> list[tuple[str, str]]:
    """The names of the firm's rates of counted expenses, with what is in force today; and the one that an entry has."""
    rates, on = unit_rates(db.session(), firm_id=current_user.actor.firm_id), today()
    names = list(dict.fromkeys(rate.name for rate in rates))
    found = {name: resolve_unit_rate(rates, name, on) for name in names}
    texts = {name: unit_rate_text(one.rate_hundredths, current_user.currency) for name, one in found.items() if one}
    words = {name: f"{name}, {texts[name]} a {one.unit}" for name, one in found.items() if one}
    return [(name, words.get(name, name)) for name in dict.fromkeys([*names, *([present] if present else [])])]
